package rollout

// queue is first in, first out; each item keeps its number, from 0, until it leaves. It holds no memory of what has left.
type queue[T any] struct {
	items []T
	head  int // items before it have left
	left  int // how many have left in all
}

func (q *queue[T]) len() int { return len(q.items) - q.head }

// push adds an item and gives its number.
func (q *queue[T]) push(item T) int {
	q.items = append(q.items, item)
	return q.left + q.len() - 1
}

// front is the oldest item; the queue must not be empty.
func (q *queue[T]) front() *T { return &q.items[q.head] }

// at is the item of a number that has not left.
func (q *queue[T]) at(number int) *T { return &q.items[q.head+number-q.left] }

func (q *queue[T]) pop() {
	var none T
	q.items[q.head] = none
	q.head++
	q.left++
	if q.head > 64 && q.head > len(q.items)/2 {
		n := copy(q.items, q.items[q.head:])
		clear(q.items[n:])
		q.items, q.head = q.items[:n], 0
	}
}
