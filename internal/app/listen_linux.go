package app

import (
	"errors"
	"syscall"
)

// tcpUserTimeout is TCP_USER_TIMEOUT of linux/tcp.h (RFC 5482), which accepted connections inherit from the listener.
const tcpUserTimeout = 18

// giveUp sets how long the kernel sends again before it gives a connection up.
func giveUp(_, _ string, raw syscall.RawConn) error {
	var failed error
	err := raw.Control(func(fd uintptr) {
		failed = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(goneAfter.Milliseconds()))
	})
	return errors.Join(err, failed)
}
