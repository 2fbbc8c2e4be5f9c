package ofrep

import "sync"

// mostReused bounds what is kept for the next answer.
const mostReused = 1 << 18

// reused keeps slices of answers that were sent, for those that come next.
type reused[T any] struct{ pool sync.Pool }

func (p *reused[T]) take() []T {
	if kept, is := p.pool.Get().(*[]T); is {
		return (*kept)[:0]
	}
	return nil
}

func (p *reused[T]) giveBack(s []T) {
	if cap(s) <= mostReused {
		p.pool.Put(&s)
	}
}
