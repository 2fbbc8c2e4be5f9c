// Package flag holds flags, segments and overrides, and serves them from an immutable snapshot.
package flag
