// Package preflight joins what has to be so before a phase of a rollout is entered into one checklist: items that Belay
// answers itself, and items that people tick with their name.
//
// What it promises:
//   - An item that nobody can know is not called green: what was never recorded, reported or ticked is missing.
//   - A required item that is not green is missing, whoever asks: rollout.Service asks before every phase, on every way in.
//     Rolling back asks nobody.
//   - An environment nobody has set up asks for nothing but that the rollout's flags are there; everything else is shown as
//     advice. The template "production" requires all of it.
//   - Every tick, record, report and change of a checklist is a commit of the journal.
package preflight
