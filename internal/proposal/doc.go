// Package proposal holds changes that are not made yet: change requests that wait for somebody's approval, and changes
// whose time has not come. It promises that nothing changes the flags or segments of an environment that asks for
// approvals without them, whatever door it comes through, except to make things safer: switching a flag off, and what
// a rollout does once it was let start. It also takes commits back: an undo is one more change, and waits like any other.
package proposal
