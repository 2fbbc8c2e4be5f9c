import flagsmith from "flagsmith"

// The client's main entry, as a page uses it; the test says which package "flagsmith" is.
globalThis.flagsmith = flagsmith
