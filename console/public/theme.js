// Sets the theme before the first paint; a file of its own because the page's policy allows no inline scripts.
;(() => {
  let kept = "auto"
  try {
    kept = localStorage.getItem("belay-theme") ?? "auto"
  } catch {
    // Storage may be forbidden; then the system's theme it is.
  }
  const dark =
    kept === "dark" || (kept !== "light" && matchMedia("(prefers-color-scheme: dark)").matches)
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light")
})()
