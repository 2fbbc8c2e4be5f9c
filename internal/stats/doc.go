// Package stats decides early without fooling itself: evidence that stays valid however often it is looked at. It does
// no I/O and keeps no state; everything is a function of counts. Evidence is in nats (natural logarithm).
package stats
