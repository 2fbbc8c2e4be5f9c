// Package stats decides early without fooling itself: evidence that stays valid however often it is looked at. It does
// no I/O and keeps no state; everything is a function of counts, so it is the same whether they were counted now or
// again after a restart.
//
// Evidence is in nats: the logarithm of an e-value. While the hypothesis it speaks against is true, the chance that it
// ever reaches log(1/α) is at most α (Ville 1939).
package stats
