//go:build unix

package stream

import (
	"errors"
	"os"
	"runtime"
	"syscall"
)

// yielder gives the core to others: to those who can run, and to those for whom something has arrived meanwhile. The
// latter is what runtime.Gosched leaves out, and a short sleep finds them too, but lasts a millisecond where nobody is
// there. A byte to oneself, waited for as all that arrives is waited for, costs some microseconds.
type yielder struct {
	in, out *os.File
	raw     syscall.RawConn // of in
	sent    bool
}

// newYielder makes the way; without one (there are no more files to open), only those who can run are let.
func newYielder() *yielder {
	in, out, err := os.Pipe()
	if err != nil {
		return &yielder{}
	}
	y := &yielder{in: in, out: out}
	if y.raw, err = in.SyscallConn(); err != nil {
		y.close()
		return &yielder{}
	}
	return y
}

func (y *yielder) close() {
	if y.in != nil {
		_, _ = y.in.Close(), y.out.Close() // nobody else has them, and nothing is in them
	}
}

func (y *yielder) give() {
	if y.raw == nil {
		runtime.Gosched()
		return
	}
	y.sent = false
	_ = y.raw.Read(y.step) // the pipe is open for as long as the loop runs
}

// step sends the byte and asks to be waked when it is there; then it takes it.
func (y *yielder) step(fd uintptr) (done bool) {
	var b [1]byte
	if !y.sent {
		y.sent = true
		_, err := y.out.Write(b[:])
		return err != nil
	}
	_, err := syscall.Read(int(fd), b[:]) //nolint:gosec // as the kernel gave it
	return !errors.Is(err, syscall.EAGAIN) && !errors.Is(err, syscall.EINTR)
}
