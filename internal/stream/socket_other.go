//go:build !unix

package stream

import "syscall"

// rawSockets says whether sockets can be asked without waiting for them here: every stream keeps its handler.
const rawSockets = false

type attempt struct{}

func (*attempt) prepare() {}

func (*attempt) send(syscall.RawConn, []byte) (int, error) { return 0, errGone }

func (*attempt) gone(syscall.RawConn) bool { return true }

// openFiles is not known here.
func openFiles() int { return 0 }
