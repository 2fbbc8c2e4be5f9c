package simulate

import (
	"maps"
	"slices"
	"time"
)

// scenarios are worlds with a name and a known truth. Each begins as the usual one.
var scenarios = map[string]func(*World){
	"harmless":        func(*World) {},
	"new-error":       func(w *World) { w.Harm.NewError = .005 },
	"doubled-errors":  func(w *World) { w.Harm.Errors = 2 },
	"boot-crash":      func(w *World) { w.Harm.BootCrash = .02 },
	"slow":            func(w *World) { w.Harm.LCP = .25 },
	"safari-only":     func(w *World) { w.Harm.Errors, w.Harm.Browser = 4, "safari" },
	"shared-incident": func(w *World) { w.Incidents = []Incident{{Stretch{5 * time.Minute, 25 * time.Minute}, .2}} },
	"outage":          func(w *World) { w.Outages = []Stretch{{8 * time.Minute, 20 * time.Minute}} },
}

// Scenarios lists the names that Scenario knows.
func Scenarios() []string { return slices.Sorted(maps.Keys(scenarios)) }

// Scenario is a world by its name, at so many sessions a second; an unknown name is the usual world, which is harmless.
func Scenario(name string, rate float64, seed uint64) World {
	w := Usual(rate, seed)
	if change, known := scenarios[name]; known {
		change(&w)
	}
	return w
}
