package engine

import (
	"encoding/binary"
	"math/bits"
)

const (
	lanes      = 16 // texts that are hashed at once
	fewest     = 3  // texts for which lanes are faster than one after the other
	blockSize  = 64 // bytes that MD5 takes at once
	blockWords = blockSize / 4
	mostBlocks = 2
	usualText  = 256 // bytes of text that need no memory of their own
)

// Salts finds the slots of an identity in many salts. Where the processor can, sixteen are found at once: the steps
// of one hash wait for each other, those of sixteen stand beside each other. It is safe for use by many at once.
type Salts struct {
	salts   []Salt
	batches []batch // by the length of their salts
}

// batch is up to sixteen equally long salts. Their texts differ in the salt alone, so those are laid out once; whatever
// follows them is the same in all, and is added to the words of all.
type batch struct {
	length int                                   // bytes of the salt
	places []int                                 // among the salts
	words  [mostBlocks][blockWords][lanes]uint32 // the salts, followed by zeros
}

// NewSalts lays out salts.
func NewSalts(salts []Salt) *Salts {
	s := &Salts{salts: salts}
	open := map[int]int{} // length → batch with room
	for place, salt := range salts {
		length := len(salt.prefix)
		at, known := open[length]
		if !known || len(s.batches[at].places) == lanes {
			at = len(s.batches)
			open[length] = at
			s.batches = append(s.batches, batch{length: length})
		}
		s.batches[at].add(place, salt)
	}
	return s
}

func (b *batch) add(place int, salt Salt) {
	lane := len(b.places)
	b.places = append(b.places, place)
	var text [mostBlocks * blockSize]byte
	if copy(text[:], salt.prefix) < len(salt.prefix) {
		return // too long for lanes
	}
	for n := range mostBlocks * blockWords {
		b.words[n/blockWords][n%blockWords][lane] = binary.LittleEndian.Uint32(text[4*n:])
	}
}

// Len is how many salts there are.
func (s *Salts) Len() int { return len(s.salts) }

// Slots finds the slots of one identity, given in parts, and fills into, which is as long as there are salts.
func (s *Salts) Slots(into []Slot, identity ...string) {
	var buffer [usualText]byte
	whole := buffer[:0]
	for _, part := range identity {
		whole = append(whole, part...)
	}
	var rest tail
	able := laned()
	for i := range s.batches {
		b := &s.batches[i]
		if !able || len(b.places) < fewest || !rest.follow(b.length, whole) {
			for _, place := range b.places {
				into[place] = s.salts[place].Slot(identity...)
			}
			continue
		}
		s.inLanes(b, &rest, into, whole)
	}
}

func (s *Salts) inLanes(b *batch, rest *tail, into []Slot, identity []byte) {
	state := begin
	for n := range rest.blocks {
		blockLanes(&state, &b.words[n], &rest.added[n])
	}
	for lane, place := range b.places {
		lane &= lanes - 1
		first := remainderOf(
			uint64(bits.ReverseBytes32(state[0][lane]))<<32|uint64(bits.ReverseBytes32(state[1][lane])),
			uint64(bits.ReverseBytes32(state[2][lane]))<<32|uint64(bits.ReverseBytes32(state[3][lane])))
		if into[place] = Slot(first); first >= steps { //nolint:gosec // below 9999
			into[place] = settle(first, append([]byte(s.salts[place].prefix), identity...))
		}
	}
}

// begin is the state with which MD5 begins, in each lane.
var begin = func() (state [4][lanes]uint32) {
	for lane := range lanes {
		state[0][lane], state[1][lane], state[2][lane], state[3][lane] = 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476
	}
	return state
}()

// tail is what follows salts of one length in the blocks of MD5: the identity, the padding and the length of the text.
type tail struct {
	length int // bytes of the salts it follows; 0 before any
	blocks int
	added  [mostBlocks][64]uint32 // what each step of MD5 adds to its word: its constant and the tail's part of the word
}

// follow makes the tail for salts of a length; false when the text is too long.
func (t *tail) follow(length int, identity []byte) bool {
	if t.length == length {
		return t.blocks <= mostBlocks
	}
	size := length + len(identity)
	t.length, t.blocks = length, (size+8)/blockSize+1 // MD5 adds nine bytes
	if t.blocks > mostBlocks {
		return false
	}
	var text [mostBlocks * blockSize]byte
	copy(text[length:], identity)
	text[size] = 0x80
	binary.LittleEndian.PutUint64(text[t.blocks*blockSize-8:], uint64(size)*8) //nolint:gosec // a length
	for n := range t.blocks {
		var words [blockWords]uint32
		for w := range words {
			words[w] = binary.LittleEndian.Uint32(text[n*blockSize+4*w:])
		}
		to := &t.added[n]
		for step := range 16 { // which word each step takes: RFC 1321, 3.4
			to[step] = sines[step] + words[step]
			to[16+step] = sines[16+step] + words[(1+5*step)%blockWords]
			to[32+step] = sines[32+step] + words[(5+3*step)%blockWords]
			to[48+step] = sines[48+step] + words[7*step%blockWords]
		}
	}
	return true
}

// sines are MD5's constants (RFC 1321, 3.4): the integer part of 2^32 × |sin(step)|.
var sines = [64]uint32{
	0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
	0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
	0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
	0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
	0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
	0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
	0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
	0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
}
