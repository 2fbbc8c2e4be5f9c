package engine

import (
	"crypto/md5" //nolint:gosec // the hash that Flagsmith's clients use to spread identities; nothing is kept secret with it
	"encoding/binary"
	"slices"
	"sort"
	"strings"
)

const (
	remainders = 9999 // Flagsmith cuts the hash into this many slices …
	steps      = 9998 // … of which the last would give 100 % exactly, and is hashed again
)

// Slot is where somebody falls among the steps into which identities are spread, from 0 to below 9998. Shares are turned
// into slots once, so that a decision compares two whole numbers.
type Slot uint16

// Percent is the slot as a share between 0 and 100; 100 itself is never given.
func (s Slot) Percent() float64 { return float64(s) / steps * 100 }

// Below counts the slots whose percentage is below one: somebody is in when their slot is below the count.
func Below(percent float64) Slot {
	return Slot(sort.Search(steps, func(n int) bool { return !(Slot(n).Percent() < percent) })) //nolint:gosec // below 9999
}

// upTo counts the slots whose percentage is at most one, as conditions count.
func upTo(percent float64) Slot {
	return Slot(sort.Search(steps, func(n int) bool { return !(Slot(n).Percent() <= percent) })) //nolint:gosec // below 9999
}

// Salt places identities by a salt: the same identity always falls on the same slot, on every machine.
type Salt struct{ prefix string }

// NewSalt takes a salt, which never changes for as long as nobody may be moved.
func NewSalt(salt string) Salt { return Salt{salt + ","} }

// Slot is where an identity falls: MD5 of salt, comma and identity, taken as one number, modulo 9999. The last remainder
// is none of the slots; then the text is hashed again, each round with one more copy of itself after a comma. The
// identity may be given in parts.
func (s Salt) Slot(identity ...string) Slot {
	var buffer [usualText]byte
	text := append(buffer[:0], s.prefix...)
	for _, part := range identity {
		text = append(text, part...)
	}
	return settle(remainder(md5.Sum(text)), text) //nolint:gosec // see the import
}

// settle takes a remainder for the slot, or hashes on when it is none.
func settle(first uint64, text []byte) Slot {
	n := first
	for hashed := text; n >= steps; {
		hashed = append(append(slices.Clip(hashed), ','), text...)
		n = remainder(md5.Sum(hashed)) //nolint:gosec // see the import
	}
	return Slot(n) //nolint:gosec // below 9998
}

// Percentage is where the ids fall between 0 and 100, by the text of all of them joined with commas.
func Percentage(ids ...string) float64 {
	last := len(ids) - 1
	if last < 0 {
		return 0
	}
	s := Salt{}
	if last > 0 {
		s = NewSalt(strings.Join(ids[:last], ","))
	}
	return s.Slot(ids[last]).Percent()
}

// remainder takes the hash as a 128 bit number, modulo 9999.
func remainder(sum [md5.Size]byte) uint64 {
	return remainderOf(binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:]))
}

func remainderOf(high, low uint64) uint64 {
	const carry = (1<<64 - 1) % remainders // 2^64 - 1, modulo 9999
	return (high%remainders*(carry+1) + low%remainders) % remainders
}

// Choose gives the index of the variant that an identity gets, or -1 for none of them. The weights are percentages in
// the order of the variants' priority; seed is the flag's number, which never changes.
func Choose(seed, identity string, weights []float64) int {
	return Pick(NewSalt(seed).Slot(identity), Bounds(weights))
}

// Bounds turns the weights of variants into the slots at which each of them ends.
func Bounds(weights []float64) []Slot {
	bounds, end := make([]Slot, 0, len(weights)), 0.0
	for _, weight := range weights {
		end += weight
		bounds = append(bounds, Below(end))
	}
	return bounds
}

// Pick gives the index of the first bound that a slot is below, or -1.
func Pick(at Slot, bounds []Slot) int {
	for i, bound := range bounds {
		if at < bound {
			return i
		}
	}
	return -1
}
