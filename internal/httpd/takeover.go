package httpd

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// TakeOver takes a request's connection away from net/http, whose goroutine and buffers are free as soon as the handler
// returns. Nothing must have been answered yet: the caller writes the whole answer, its head too, with the status it
// names here, and closes the connection. It calls finished once, when the connection has ended, with the number of bytes
// it sent; only then the access log gets its line. What the other side has sent beyond the request is lost.
//
// It answers an error that wraps http.ErrNotSupported where the connection is not the request's alone (HTTP/2) or there
// is none (tests); the handler can then answer as usual.
func TakeOver(w http.ResponseWriter, r *http.Request, status int) (conn net.Conn, finished func(sent int64), err error) {
	conn, _, err = http.NewResponseController(w).Hijack()
	if err != nil {
		return nil, nil, err
	}
	x := exchangeOf(w)
	if x == nil {
		return conn, func(int64) {}, nil
	}
	x.status, x.taken = status, true
	if !x.log.Enabled(r.Context(), slog.LevelDebug) {
		return conn, func(int64) {}, nil
	}
	// Nothing of the request itself may be kept: it would hold on to all that was let go of here.
	log, began, method, path, request := x.log, x.began, r.Method, r.URL.Path, x.id
	return conn, func(sent int64) {
		logRequest(context.Background(), log, method, path, status, sent, time.Since(began), request)
	}, nil
}
