// Package egress is the only way out to addresses that people typed in. It promises that a call reaches no address of the
// private network unless that was allowed, whatever name leads there, and that it takes bounded time and bytes.
package egress
