//go:build unix

package stream

import (
	"errors"
	"io"
	"math"
	"syscall"
)

// rawSockets says whether sockets can be asked without waiting for them here.
const rawSockets = true

// attempt is one try to write to a socket, or to read from it, that does not wait. It is used again and again, so that
// tens of thousands of tries leave no garbage.
type attempt struct {
	out         []byte
	in          [512]byte // what a browser sends on a stream is nothing to anybody
	n           int
	err         error
	write, read func(fd uintptr) bool
}

func (a *attempt) prepare() {
	try := func(call func(fd int) (int, error)) func(uintptr) bool {
		return func(fd uintptr) bool {
			for {
				if a.n, a.err = call(int(fd)); !errors.Is(a.err, syscall.EINTR) { //nolint:gosec // as the kernel gave it
					return true
				}
			}
		}
	}
	a.write = try(func(fd int) (int, error) { return syscall.Write(fd, a.out) })
	a.read = try(func(fd int) (int, error) { return syscall.Read(fd, a.in[:]) })
}

// send writes what the socket takes now, which may be nothing.
func (a *attempt) send(raw syscall.RawConn, b []byte) (int, error) {
	a.out = b
	err := raw.Write(a.write)
	a.out = nil
	if err != nil {
		return 0, err
	}
	if errors.Is(a.err, syscall.EAGAIN) {
		return 0, nil
	}
	return max(a.n, 0), a.err
}

// gone says whether the other side has closed the socket, and forgets what it may have sent.
func (a *attempt) gone(raw syscall.RawConn) bool {
	if err := raw.Read(a.read); err != nil {
		return true
	}
	if a.err == nil && a.n == 0 {
		a.err = io.EOF
	}
	return a.err != nil && !errors.Is(a.err, syscall.EAGAIN)
}

// openFiles is how many files the process may have open; 0 when that is not known or has no limit.
func openFiles() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil || limit.Cur > math.MaxInt32 {
		return 0
	}
	return int(limit.Cur) //nolint:gosec // checked above
}
