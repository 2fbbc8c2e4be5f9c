// Package simulate runs a plan over a trace: the code that decides in production, with the trace's clock.
//
// A trace comes from a file, from another program line by line, or from a World, which makes sessions, repeat visitors,
// bots, day cycles, incidents and late beacons of whose harm the truth is known.
package simulate
