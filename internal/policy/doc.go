// Package policy reads and writes the plan of a rollout as a file that people keep beside their code. It promises that a
// mistake is said with the line it stands in, that what is left out is what DefaultPlan has, and that a file says the
// same plan on every machine and at every time.
package policy
