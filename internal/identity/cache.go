package identity

import (
	"context"
	"math/bits"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/zeebo/xxh3"
)

const (
	// cacheBytes is how much of people's traits is kept in memory, roughly: some 200,000 people with a few traits each.
	cacheBytes = 64 << 20
	// perTrait is what a trait takes besides its texts, in bytes, as a guess.
	perTrait = 80

	// bitsEach is how many bits of the filter there are for each identity that may become known: with four of them set,
	// one in some hundreds of unknown people is looked up in vain.
	bitsEach  = 16
	bitsSet   = 4
	leastRoom = 1 << 16 // identities
)

type who struct{ environmentID, identifier string }

// cache keeps traits in memory in front of a store. Whoever reads or writes those of one identity holds its lock in
// Service, so that what is read never overtakes what is written.
type cache struct {
	Store
	parts [locks]cachePart
	known atomic.Pointer[filter] // nil until everybody known was listed: then all may be
}

// cachePart has two generations: when the young one is full it becomes the old one, and what was old is forgotten.
type cachePart struct {
	mu         sync.Mutex
	young, old map[who]Traits
	bytes      int
}

func newCache(store Store) *cache {
	c := &cache{Store: store}
	for i := range c.parts {
		c.parts[i].young = map[who]Traits{}
	}
	return c
}

// load lists everybody who is known, so that nobody else is ever looked up.
func (c *cache) load(ctx context.Context) error {
	var hashes []uint64
	err := c.Identities(ctx, func(environmentID, identifier string) { hashes = append(hashes, hashOf(environmentID, identifier)) })
	if err != nil {
		return err
	}
	f := newFilter(len(hashes))
	for _, h := range hashes {
		f.add(h)
	}
	c.known.Store(f)
	return nil
}

// Traits gives what is kept, which is not to be changed.
func (c *cache) Traits(ctx context.Context, environmentID, identifier string) (Traits, error) {
	if f := c.known.Load(); f != nil && !f.may(hashOf(environmentID, identifier)) {
		return nil, nil
	}
	key := who{environmentID, identifier}
	p := &c.parts[slot(environmentID, identifier)]
	if found, kept := p.find(key); kept {
		return found, nil
	}
	found, err := c.Store.Traits(ctx, environmentID, identifier)
	if err == nil {
		key.identifier = strings.Clone(identifier) // a part of a request, which need not stay
		p.keep(key, found)
	}
	return found, err
}

// SaveTraits writes to the store. What is written may still be taken back with the transaction it is part of, so it is
// only forgotten here, and read again when it is asked for.
func (c *cache) SaveTraits(ctx context.Context, environmentID, identifier string, traits Traits) error {
	if f := c.known.Load(); f != nil {
		f.add(hashOf(environmentID, identifier))
	}
	c.parts[slot(environmentID, identifier)].forget(who{environmentID, identifier})
	return c.Store.SaveTraits(ctx, environmentID, identifier, traits)
}

func (p *cachePart) find(key who) (Traits, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if found, kept := p.young[key]; kept {
		return found, true
	}
	found, kept := p.old[key]
	if kept {
		p.put(key, found)
	}
	return found, kept
}

func (p *cachePart) keep(key who, traits Traits) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.put(key, traits)
}

func (p *cachePart) put(key who, traits Traits) {
	size := perTrait + len(key.identifier)
	for name, value := range traits {
		text, _ := value.(string)
		size += perTrait + len(name) + len(text)
	}
	if p.bytes += size; p.bytes > cacheBytes/locks/2 {
		p.old, p.young, p.bytes = p.young, map[who]Traits{}, size
	}
	p.young[key] = traits
}

func (p *cachePart) forget(key who) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.young, key)
	delete(p.old, key)
}

// filter says of whom surely nothing is kept (Bloom's filter). It can be used by many at once.
type filter struct{ words []atomic.Uint64 }

func newFilter(known int) *filter {
	room := max(leastRoom, 2*known) * bitsEach / 64
	return &filter{make([]atomic.Uint64, 1<<bits.Len(uint(room-1)))} //nolint:gosec // above 0
}

func (f *filter) add(h uint64) {
	for range bitsSet {
		word, bit := f.place(h)
		word.Or(bit)
		h = bits.RotateLeft64(h, 17) * 0x9e3779b97f4a7c15
	}
}

func (f *filter) may(h uint64) bool {
	for range bitsSet {
		word, bit := f.place(h)
		if word.Load()&bit == 0 {
			return false
		}
		h = bits.RotateLeft64(h, 17) * 0x9e3779b97f4a7c15
	}
	return true
}

func (f *filter) place(h uint64) (word *atomic.Uint64, bit uint64) {
	return &f.words[(h>>6)&uint64(len(f.words)-1)], 1 << (h & 63)
}

func hashOf(environmentID, identifier string) uint64 {
	return xxh3.HashStringSeed(identifier, xxh3.HashString(environmentID))
}
