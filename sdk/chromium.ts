/** How the tests of every package start Debian's Chromium: also as root in a container, and without calling home. */
export const launchOptions = {
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
}
