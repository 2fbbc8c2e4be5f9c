//go:build !unix

package stream

import "runtime"

// yielder gives the core to others who can run.
type yielder struct{}

func newYielder() *yielder { return &yielder{} }

func (*yielder) close() {}

func (*yielder) give() { runtime.Gosched() }
