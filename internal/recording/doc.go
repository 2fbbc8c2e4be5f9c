// Package recording writes a rollout that has happened as a trace for belay simulate: what arrived, what people did, and
// a tick at each moment at which something was decided, so that the same code can be asked what it would decide.
//
// A trace names nobody: people and sessions are digests that are told apart within this rollout only.
package recording
