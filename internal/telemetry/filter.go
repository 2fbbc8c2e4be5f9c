package telemetry

import "hash/maphash"

const (
	firstLayer    = 1 << 17 // sessions the first layer is made for
	largestLayer  = 1 << 25 // and the last: its bits take 40 MB
	bitsAnEntry   = 10      // with 7 probes: about 1 % false alarms when full
	probes        = 7
	wordBits      = 64
	secondHashing = 0x9e3779b97f4a7c15 // 2^64 divided by the golden ratio, odd: spreads the second hash
)

// filter says of a session that it was never seen, or that it may have been. It is a Bloom filter (B. H. Bloom, CACM
// 13(7), 1970) in layers that double, each made when the one before is full. A false alarm costs one query.
type filter struct {
	seed   maphash.Seed
	layers []layer
}

type layer struct {
	words []uint64
	size  uint64 // bits
	count int
	most  int
}

func newFilter() *filter {
	return &filter{seed: maphash.MakeSeed(), layers: []layer{newLayer(firstLayer)}}
}

func newLayer(most int) layer {
	words := most * bitsAnEntry / wordBits
	return layer{words: make([]uint64, words), size: uint64(words) * wordBits, most: most}
}

// mayHold is false only for a session that was never added.
func (f *filter) mayHold(s Session) bool {
	h := maphash.Comparable(f.seed, s)
	for i := range f.layers {
		if f.layers[i].holds(h) {
			return true
		}
	}
	return false
}

// add remembers a session.
func (f *filter) add(s Session) {
	if f.mayHold(s) {
		return
	}
	last := &f.layers[len(f.layers)-1]
	if last.count >= last.most && last.most < largestLayer {
		f.layers = append(f.layers, newLayer(2*last.most))
		last = &f.layers[len(f.layers)-1]
	}
	last.add(maphash.Comparable(f.seed, s))
}

func (l *layer) holds(h uint64) bool {
	step := h*secondHashing | 1
	for range probes {
		bit := h % l.size
		if l.words[bit/wordBits]&(1<<(bit%wordBits)) == 0 {
			return false
		}
		h += step
	}
	return true
}

func (l *layer) add(h uint64) {
	step := h*secondHashing | 1
	for range probes {
		bit := h % l.size
		l.words[bit/wordBits] |= 1 << (bit % wordBits)
		h += step
	}
	l.count++
}
