package stream

import (
	"os"
	"runtime"
)

// yielder gives the core to others: to those who can run, and to those for whom something has arrived meanwhile. The
// latter is what runtime.Gosched leaves out, and a short sleep finds them too, but lasts a millisecond where nobody is
// there. A byte to oneself goes the way of all that arrives, and costs some microseconds.
type yielder struct {
	in, out *os.File
}

// newYielder makes the way; without one (there are no more files to open), only those who can run are let.
func newYielder() *yielder {
	in, out, err := os.Pipe()
	if err != nil {
		return &yielder{}
	}
	return &yielder{in, out}
}

func (y *yielder) close() {
	if y.in != nil {
		_, _ = y.in.Close(), y.out.Close() // nobody else has them, and nothing is in them
	}
}

func (y *yielder) give() {
	var b [1]byte
	if y.in == nil {
		runtime.Gosched()
	} else if _, err := y.out.Write(b[:]); err == nil {
		_, _ = y.in.Read(b[:]) // there is a byte
	}
}
