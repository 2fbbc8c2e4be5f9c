// Command belay keeps people safe while a live web front end changes under them.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/siteproof/belay/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the program at once: after the first one, signals have their usual effect again.
	context.AfterFunc(ctx, stop)
	code := cli.Run(ctx, cli.Process{Args: os.Args[1:], In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
	stop()
	os.Exit(code)
}
