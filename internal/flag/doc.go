// Package flag holds flags, segments and overrides, and serves them from an immutable snapshot.
//
// A flag is decided in this order: a parent that is off for somebody keeps its children off for them; then come the
// override for the identity, the overrides for segments (lowest priority number first), the split of a rollout, and the
// flag's own state. Flags of a migration (those with a parent, with children or under a split) are off for everybody,
// overrides or not, while they are switched off: that is what makes a rollback whole. Any other flag that is switched
// off can still be on through an override, as in Flagsmith.
package flag
