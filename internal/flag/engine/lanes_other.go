//go:build !amd64

package engine

// blockLanes is not called where laned says no.
func blockLanes(*[4][lanes]uint32, *[16][lanes]uint32) {}

func laned() bool { return false }
