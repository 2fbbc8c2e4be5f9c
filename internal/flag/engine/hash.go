package engine

import (
	"crypto/md5" //nolint:gosec // the hash that Flagsmith's clients use to spread identities; nothing is kept secret with it
	"encoding/binary"
	"math/bits"
	"strings"
)

const (
	remainders = 9999 // Flagsmith cuts the hash into this many slices …
	steps      = 9998 // … of which the last would give 100 % exactly, and is hashed again
)

// Percentage is where the ids fall between 0 and 100 (100 itself is never given). The same ids always fall on the same
// place, on every machine: MD5 of the ids joined by commas, taken as one number, modulo 9999, as a share of 9998. When
// that is 100 the ids are hashed again, each round with one more copy of them in the text.
func Percentage(ids ...string) float64 {
	text := strings.Join(ids, ",")
	for hashed := text; ; hashed += "," + text {
		if n := remainder(md5.Sum([]byte(hashed))); n < steps { //nolint:gosec // see the import
			return float64(n) / steps * 100
		}
	}
}

// remainder takes the hash as a 128 bit number, modulo 9999.
func remainder(sum [md5.Size]byte) uint64 {
	_, high := bits.Div64(0, binary.BigEndian.Uint64(sum[:8]), remainders)
	_, low := bits.Div64(high, binary.BigEndian.Uint64(sum[8:]), remainders)
	return low
}

// Choose gives the index of the variant that an identity gets, or -1 for none of them. The weights are percentages in
// the order of the variants' priority; seed is the flag's number, which never changes.
func Choose(seed, identity string, weights []float64) int {
	at := Percentage(seed, identity)
	start := 0.0
	for i, weight := range weights {
		if at >= start && at < start+weight {
			return i
		}
		start += weight
	}
	return -1
}
