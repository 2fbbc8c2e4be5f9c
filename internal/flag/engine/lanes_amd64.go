package engine

import "golang.org/x/sys/cpu"

// blockLanes takes one block of sixteen texts into their states: the four rounds of MD5 (RFC 1321, 3.4). Each step adds
// its own number from added to the lane's word.
//
//go:noescape
func blockLanes(state *[4][lanes]uint32, words *[blockWords][lanes]uint32, added *[64]uint32)

// laned says whether this processor can work in lanes.
func laned() bool { return cpu.X86.HasAVX2 }
