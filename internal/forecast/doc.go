// Package forecast says, before a rollout starts, how soon each of its guards would see a harm and how many people would
// have met it by then.
//
// It rests on the usual traffic and on the very sums by which rollouts are judged, fed with what is to be expected
// instead of with what was counted: about the median of what happens. It knows neither the hours of the day nor what
// people with one kind of visit have in common, so what really happens may be twice as soon or as late. Nor does it know
// how long visits last: it takes all views of one to come at once, so what it foretells within two minutes comes later.
// And it takes nobody to load an empty page again: where people do, silent clients are seen up to twice as soon.
package forecast
