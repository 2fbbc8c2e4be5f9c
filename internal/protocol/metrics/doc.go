// Package metrics is the door through which servers report what they see of people: requests that failed, how long an
// answer took. README.md says how it speaks.
package metrics
