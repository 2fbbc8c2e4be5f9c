package stream

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// pump is the sink of a line that keeps its handler: it hands over one message at a time.
type pump struct {
	next  chan []byte   // closed by the loop when the line is over
	dead  chan struct{} // closed by the handler when it cannot go on
	ended chan struct{} // closed when the line is counted out
}

var errGone = errors.New("the browser is gone")

func newPump() *pump {
	return &pump{next: make(chan []byte, 1), dead: make(chan struct{}), ended: make(chan struct{})}
}

func (p *pump) send(b []byte, _ *attempt) (int, error) {
	if p.gone(nil) {
		return 0, errGone
	}
	select {
	case p.next <- b:
		return len(b), nil
	default:
		return 0, nil
	}
}

func (p *pump) gone(*attempt) bool {
	select {
	case <-p.dead:
		return true
	default:
		return false
	}
}

func (p *pump) close() {
	close(p.next)
	close(p.ended)
}

// run writes what it is handed until the browser goes, takes nothing, or the line is over.
func (p *pump) run(ctx context.Context, write func(events string) error) {
	defer close(p.dead)
	for {
		select {
		case b, open := <-p.next:
			if !open || write(string(b)) != nil {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// writer sends events at once, and gives up on who does not take them.
type writer struct {
	w          http.ResponseWriter
	controller *http.ResponseController
}

func newWriter(w http.ResponseWriter) *writer {
	setHeaders(w.Header())
	return &writer{w, http.NewResponseController(w)}
}

func setHeaders(h http.Header) {
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-cache, no-transform")
	h.Set("X-Accel-Buffering", "no") // nginx would keep events back
}

func (o *writer) write(events string) error {
	// A writer without deadlines is one of a test, in memory.
	if err := o.controller.SetWriteDeadline(time.Now().Add(writeFor)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := io.WriteString(o.w, events); err != nil {
		return err
	}
	return o.controller.Flush()
}
