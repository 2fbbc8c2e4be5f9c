package httpd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"
)

const (
	headersFor = 5 * time.Second  // to send the headers: a slow sender holds a connection no longer
	bodyFor    = 30 * time.Second // to send all of a request
	idleFor    = 2 * time.Minute  // between two requests of a connection
	mostHeader = 32 << 10         // bytes of headers
)

// Server listens for all doors. There is no read timeout for the whole of a request, because net/http would end the
// context of an event stream with it; bodies have a deadline instead. There is no write timeout either; those who
// stream set write deadlines of their own through http.ResponseController.
type Server struct {
	listener net.Listener
	server   *http.Server
	done     chan error
	log      *slog.Logger
	cancel   context.CancelFunc
}

// NewServer makes a server for a listener that is open already, so that the caller knows its address.
func NewServer(listener net.Listener, handler http.Handler, log *slog.Logger) *Server {
	ctx, cancel := context.WithCancel(context.Background())
	return &Server{
		listener: listener, log: log, done: make(chan error, 1), cancel: cancel,
		server: &http.Server{
			Handler: hurryBodies(handler), ReadHeaderTimeout: headersFor, IdleTimeout: idleFor, MaxHeaderBytes: mostHeader,
			ErrorLog:    slog.NewLogLogger(log.Handler(), slog.LevelDebug), // broken connections and the like
			BaseContext: func(net.Listener) context.Context { return ctx },
		},
	}
}

// hurryBodies gives a request with a body so long to send it; whoever reads it then gets an error.
func hurryBodies(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != http.NoBody {
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyFor)) // every connection of net/http has deadlines
		}
		next.ServeHTTP(w, r)
	})
}

// Addr is where the server listens.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Start serves until Stop.
func (s *Server) Start() {
	go func() {
		err := s.server.Serve(&complaining{Listener: s.listener, log: s.log})
		if !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("server ended by itself", "error", err)
		}
		s.done <- err
	}()
}

// Stop takes no new requests, lets those under way finish until ctx ends, and then breaks them off. Streams never
// finish by themselves: whoever streams should be stopped first.
func (s *Server) Stop(ctx context.Context) error {
	err := s.server.Shutdown(ctx)
	if err != nil {
		err = errors.Join(fmt.Errorf("requests were still under way: %w", err), s.server.Close())
	}
	s.cancel()
	if served := <-s.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// complainEvery is how often the log repeats that connections cannot be taken.
const complainEvery = time.Minute

// complaining is a listener that says when the process may open no more files, of which each connection is one: net/http
// just tries again, and for people outside Belay seems to hang.
type complaining struct {
	net.Listener
	log *slog.Logger
	at  time.Time
}

// Accept is called by one goroutine only.
func (l *complaining) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if (errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)) && time.Since(l.at) > complainEvery {
		l.at = time.Now()
		l.log.Error("new connections wait: no more files may be opened", "error", err, "hint", "raise the limit: ulimit -n, or LimitNOFILE= of the service")
	}
	return conn, err
}
