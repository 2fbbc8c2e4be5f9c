// Package webhook tells other people's programs what changed in an environment. It promises that each commit a hook asks
// for reaches it at least once and in order, whatever crashes in between, signed with a secret that only the two know;
// and that a hook that does not answer for a day is stopped with the reason where people see it.
package webhook
