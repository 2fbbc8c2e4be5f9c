// Package evidence makes the report of a rollout that somebody outside can check: every decision with what it rested on,
// tied to the journal by its chain of hashes. Verify needs nothing but the report.
package evidence
