//go:build !amd64

package engine

// blockLanes is not called where laned says no.
func blockLanes(*[4][lanes]uint32, *[blockWords][lanes]uint32, *[64]uint32) {}

func laned() bool { return false }
