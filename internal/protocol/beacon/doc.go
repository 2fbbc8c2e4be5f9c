// Package beacon is the door through which Belay's own SDK reports; README.md is its specification.
package beacon
