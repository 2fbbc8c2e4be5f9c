// Package stream tells browsers and consoles at once that something changed, by server-sent events. Who hears of it asks
// again, unless the event says what changed. So nobody ever needs more than the newest news, a listener that is slow keeps
// nobody waiting, and nothing piles up.
//
// An open stream of a browser is a socket and a little state, and no goroutine: net/http lets go of the connection
// (httpd.TakeOver), and one loop for each core writes to all of its streams without ever waiting for one. Where a
// connection carries more than one request its handler stays and writes what the loop hands it.
package stream
