package stream

import (
	"bytes"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/siteproof/belay/internal/httpd"
)

// socket is the sink of a line whose connection net/http has let go of.
type socket struct {
	conn     net.Conn
	raw      syscall.RawConn
	sent     int64
	finished func(sent int64)
}

// takes says whether a request's connection can be taken over: it is a socket of this request alone, and not encrypted
// by this process.
func takes(r *http.Request) bool {
	if r.ProtoMajor != 1 || r.TLS != nil || !rawSockets {
		return false
	}
	switch r.Context().Value(http.LocalAddrContextKey).(type) {
	case *net.TCPAddr, *net.UnixAddr:
		return true
	default:
		return false
	}
}

// takeOver takes a request's connection over and writes the head of the answer and the first events. It gives nil when
// the handler has to stay; sent says whether the browser took what was written.
func takeOver(w http.ResponseWriter, r *http.Request, first []byte) (_ sink, sent bool) {
	conn, finished, err := httpd.TakeOver(w, r, http.StatusOK)
	if err != nil {
		return nil, false
	}
	s := &socket{conn: conn, finished: finished}
	has, is := conn.(syscall.Conn)
	if !is {
		return s, false
	}
	if s.raw, err = has.SyscallConn(); err != nil {
		return s, false
	}
	setHeaders(w.Header())
	w.Header().Set("Connection", "close") // the answer ends with the connection, which spares its bytes a frame
	w.Header().Set("Date", time.Now().UTC().Format(http.TimeFormat))
	var head bytes.Buffer
	head.WriteString("HTTP/1.1 200 OK\r\n")
	_ = w.Header().Write(&head) // a buffer takes everything
	head.WriteString("\r\n")
	head.Write(first)
	_ = conn.SetWriteDeadline(time.Now().Add(writeFor)) // a socket has deadlines
	n, err := conn.Write(head.Bytes())
	s.sent = int64(n)
	if err != nil {
		return s, false
	}
	_ = conn.SetWriteDeadline(time.Time{})
	return s, true
}

func (s *socket) send(b []byte, by *attempt) (int, error) {
	n, err := by.send(s.raw, b)
	s.sent += int64(n)
	return n, err
}

func (s *socket) gone(by *attempt) bool { return by.gone(s.raw) }

func (s *socket) close() {
	_ = s.conn.Close() // whatever it says, it is over
	s.finished(s.sent)
}
