package app

import (
	"context"
	"net"
	"time"
)

// goneAfter is how long the other side of a connection may leave what it was sent unacknowledged before it is taken for
// gone. Without it a computer that fell asleep, or lost its network, would count as a connected page for a quarter of an
// hour, which is how long Linux sends again.
const goneAfter = 30 * time.Second

// listen opens an address for connections that notice when the other side has vanished.
func listen(ctx context.Context, address string) (net.Listener, error) {
	config := net.ListenConfig{
		Control: giveUp,
		// An idle connection is asked after, since nothing is under way that could go unacknowledged.
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: goneAfter / 2, Interval: goneAfter / 6, Count: 3},
	}
	return config.Listen(ctx, "tcp", address)
}
