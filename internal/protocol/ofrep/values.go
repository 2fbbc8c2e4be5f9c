package ofrep

import (
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/stream"
)

// maxValues is how large what an event says of flags may be, in bytes. It goes to everybody, so beyond it asking is cheaper.
const maxValues = 16 << 10

// Values are what a change made of flags, for the events that tell pages of it; nil when it is not the same for everybody.
func Values(before, after *flag.Snapshot) *stream.Values {
	changed, everybody := flag.Difference(before, after)
	if !everybody {
		return nil
	}
	text := []byte{'['}
	for n, d := range changed {
		if n > 0 {
			text = append(text, ',')
		}
		text = append(text, d.Encoded(flag.OFREP, encode)...)
	}
	if text = append(text, ']'); len(text) > maxValues {
		return nil
	}
	return &stream.Values{From: before.Revision(), Flags: text}
}
