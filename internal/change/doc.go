// Package change is the journal of the control plane: every write commits through it with who did it and why,
// gets a revision, and is announced to whoever keeps a view of the data (snapshots, streams, reactions).
package change
