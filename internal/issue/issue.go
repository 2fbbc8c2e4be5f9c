package issue

import "time"

// Minutes is how many minutes of counts an Issue carries.
const Minutes = 30

// Issue is one group of like errors, as lists show it.
type Issue struct {
	Fingerprint string
	Title       string // "TypeError: x is undefined", of the newest one
	Component   string // where most of them happened
	Page        string // where most of them happened
	Source      string // how most of them were caught
	Events      int64  // in the time asked for
	Users       int64  // in the time asked for
	// ByVariant counts users by the variant of the component's flag in force when it happened to them; for errors outside
	// of components with a flag, by the variant of the flag the service was told to split by. "" is nobody knows.
	ByVariant map[string]int64
	FirstAt   time.Time // first ever, also before the time asked for
	LastAt    time.Time
	Minutes   []int64 // events a minute, the last 30, oldest first
}

// Detail is one issue with an example.
type Detail struct {
	Issue
	Message  string
	Stack    string // of the newest one that has a stack
	Releases []string
	Browsers map[string]int64 // users
	Pages    map[string]int64 // events; the twenty with most
}

// Filter narrows a list.
type Filter struct {
	Since     time.Time // errors received since then
	Limit     int       // 0 means DefaultLimit
	Component string    // "" means all
}
