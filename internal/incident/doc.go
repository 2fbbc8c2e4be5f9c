// Package incident follows a problem from its first signal to its end: severity, timeline, evidence.
package incident
