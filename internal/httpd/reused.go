package httpd

import "sync"

// mostReused bounds what is kept for the next answer.
const mostReused = 1 << 18

// Reused keeps slices of answers that were sent, for those that come next.
type Reused[T any] struct{ pool sync.Pool }

// Take gives an empty slice.
func (p *Reused[T]) Take() []T {
	if kept, is := p.pool.Get().(*[]T); is {
		return (*kept)[:0]
	}
	return nil
}

// GiveBack takes a slice that nobody uses any more.
func (p *Reused[T]) GiveBack(s []T) {
	if cap(s) <= mostReused {
		p.pool.Put(&s)
	}
}
