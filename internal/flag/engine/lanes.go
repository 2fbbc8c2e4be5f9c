package engine

import (
	"encoding/binary"
	"math/bits"
)

const (
	lanes      = 8  // texts that are hashed at once
	fewest     = 3  // texts for which lanes are faster than one after the other
	blockSize  = 64 // bytes that MD5 takes at once
	mostBlocks = 2
	usualText  = 256 // bytes of text that need no memory of their own
)

// Slots finds the slots of one identity, given in parts, in several salts and fills into, which is as long. Where the
// processor can, eight are found at once: the steps of one hash wait for each other, those of eight stand beside each
// other. Salts that are equally long should be neighbours.
func Slots(salts []Salt, into []Slot, identity ...string) {
	var buffer [usualText]byte
	whole := buffer[:0]
	for _, part := range identity {
		whole = append(whole, part...)
	}
	able := laned()
	for len(salts) > 0 {
		n := 0
		if able {
			n = slotsInLanes(salts, into, whole)
		}
		if n == 0 {
			into[0], n = salts[0].Slot(identity...), 1
		}
		salts, into = salts[n:], into[n:]
	}
}

// slotsInLanes finds the slots of the first salts whose texts take equally many blocks, and says how many it found.
func slotsInLanes(salts []Salt, into []Slot, identity []byte) int {
	blocks, n := blocksOf(salts[0], identity), 0
	for n < lanes && n < len(salts) && blocksOf(salts[n], identity) == blocks {
		n++
	}
	if blocks > mostBlocks || n < fewest {
		return 0
	}
	var words [mostBlocks][16][lanes]uint32
	var text [mostBlocks * blockSize]byte
	for lane := range n {
		length := copy(text[:], salts[lane].prefix)
		length += copy(text[length:], identity)
		text[length] = 0x80
		end := blocks*blockSize - 8
		clear(text[length+1 : end])
		binary.LittleEndian.PutUint64(text[end:], uint64(length)*8) //nolint:gosec // a length
		for b := range blocks {
			from, to := (*[blockSize]byte)(text[b*blockSize:]), &words[b]
			for w := range to {
				to[w][lane&(lanes-1)] = binary.LittleEndian.Uint32(from[4*w:])
			}
		}
	}
	var state [4][lanes]uint32
	for lane := range lanes { // where MD5 begins
		state[0][lane], state[1][lane], state[2][lane], state[3][lane] = 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476
	}
	for b := range blocks {
		blockLanes(&state, &words[b])
	}
	for lane := range n {
		first := remainderOf(
			uint64(bits.ReverseBytes32(state[0][lane]))<<32|uint64(bits.ReverseBytes32(state[1][lane])),
			uint64(bits.ReverseBytes32(state[2][lane]))<<32|uint64(bits.ReverseBytes32(state[3][lane])))
		if into[lane] = Slot(first); first >= steps { //nolint:gosec // below 9999
			into[lane] = settle(first, append([]byte(salts[lane].prefix), identity...))
		}
	}
	return n
}

// blocksOf counts the blocks that MD5 makes of a text: it adds nine bytes.
func blocksOf(s Salt, identity []byte) int { return (len(s.prefix)+len(identity)+8)/blockSize + 1 }
