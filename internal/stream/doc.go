// Package stream tells browsers and consoles at once that something changed, by server-sent events. It never says what
// changed: who hears of it asks again. So nobody ever needs more than the newest news, a listener that is slow keeps
// nobody waiting, and nothing piles up.
package stream
