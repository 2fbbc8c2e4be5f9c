package app

import (
	"net"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestConnectionsInheritWhenTheyAreGivenUp(t *testing.T) {
	listener, err := listen(t.Context(), "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	near, err := net.Dial("tcp", listener.Addr().String())
	require.NoError(t, err)
	defer near.Close()
	far, err := listener.Accept()
	require.NoError(t, err)
	defer far.Close()
	raw, err := far.(*net.TCPConn).SyscallConn()
	require.NoError(t, err)
	var milliseconds int
	require.NoError(t, raw.Control(func(fd uintptr) {
		milliseconds, err = syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout)
	}))
	require.NoError(t, err)
	require.EqualValues(t, goneAfter.Milliseconds(), milliseconds)
}
