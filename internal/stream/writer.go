package stream

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// writer sends events at once, and gives up on who does not take them.
type writer struct {
	w          http.ResponseWriter
	controller *http.ResponseController
}

func newWriter(w http.ResponseWriter) *writer {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-cache, no-transform")
	h.Set("X-Accel-Buffering", "no") // nginx would keep events back
	return &writer{w, http.NewResponseController(w)}
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
