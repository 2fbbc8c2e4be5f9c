// Package rollout moves a change through its phases, watches its guardrails, and takes it back.
package rollout
