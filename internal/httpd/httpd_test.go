package httpd_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/httpd"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func TestEveryFaultCodeHasAStatusOfItsOwn(t *testing.T) {
	seen := map[int]fault.Code{}
	for _, code := range fault.Codes() {
		status := httpd.Status(code)
		require.GreaterOrEqual(t, status, 400)
		require.Empty(t, seen[status], "%s and %s share %d", code, seen[status], status)
		seen[status] = code
	}
}

func ask(h http.Handler, r *http.Request) (*httptest.ResponseRecorder, httpd.Problem) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var p httpd.Problem
	_ = json.Unmarshal(w.Body.Bytes(), &p)
	return w, p
}

func TestAProblemSaysWhatWhereAndTheWayOut(t *testing.T) {
	h := httpd.Chain(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		httpd.WriteProblem(w, r, fault.New(fault.Invalid, "the plan is wrong").Hint("look at phase 2").At("body.plan", "too short"))
	}), quiet())
	w, p := ask(h, httptest.NewRequest(http.MethodPost, "/x", http.NoBody))
	require.Equal(t, 400, w.Code)
	require.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
	require.Equal(t, w.Header().Get("X-Request-Id"), p.RequestID)
	p.RequestID = ""
	require.Equal(t, httpd.Problem{
		Type: "about:blank", Title: "Bad Request", Status: 400, Detail: "the plan is wrong", Hint: "look at phase 2",
		Fields: []fault.Field{{Path: "body.plan", Message: "too short"}},
	}, p)
}

func TestInternalFaultsAndPanicsAreLoggedOnceAndHidden(t *testing.T) {
	for name, do := range map[string]http.HandlerFunc{
		"fault": func(w http.ResponseWriter, r *http.Request) {
			httpd.WriteProblem(w, r, errors.New("secret detail"))
		},
		"panic": func(http.ResponseWriter, *http.Request) { panic("secret detail") },
	} {
		var log bytes.Buffer
		h := httpd.Chain(do, slog.New(slog.NewTextHandler(&log, nil)))
		r := httptest.NewRequest(http.MethodGet, "/x", http.NoBody)
		r.Header.Set("X-Request-Id", "from-the-proxy")
		w, p := ask(h, r)
		require.Equal(t, 500, w.Code, name)
		require.NotContains(t, w.Body.String(), "secret", name)
		require.Equal(t, "from-the-proxy", p.RequestID, name)
		require.Equal(t, 1, strings.Count(log.String(), `msg="request failed"`), name)
		require.Contains(t, log.String(), "request_id=from-the-proxy", name)
		require.Contains(t, log.String(), "secret detail", name)
	}
}

func TestARequestIDThatIsNotOneIsReplaced(t *testing.T) {
	h := httpd.Chain(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), quiet())
	for _, given := range []string{"", "with space", "a\"b", strings.Repeat("x", 65)} {
		r := httptest.NewRequest(http.MethodGet, "/x", http.NoBody)
		r.Header["X-Request-Id"] = []string{given}
		w, _ := ask(h, r)
		require.True(t, strings.HasPrefix(w.Header().Get("X-Request-Id"), "req_"), given)
	}
}

func TestWaitsAreToldInWholeSeconds(t *testing.T) {
	for after, want := range map[time.Duration]string{0: "1", time.Millisecond: "1", time.Second: "1", 1001 * time.Millisecond: "2", time.Minute: "60"} {
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			httpd.WriteProblem(w, r, &httpd.RetryError{Err: fault.New(fault.Limited, "too often"), After: after})
		})
		w, _ := ask(h, httptest.NewRequest(http.MethodGet, "/x", http.NoBody))
		require.Equal(t, http.StatusTooManyRequests, w.Code)
		require.Equal(t, want, w.Header().Get("Retry-After"))
	}
}

func packed(t *testing.T, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(text)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.Bytes()
}

func TestBodiesAreReadWithinTheirLimits(t *testing.T) {
	text := []byte(strings.Repeat("body ", 100))
	gz := packed(t, text)
	cases := map[string]struct {
		body     []byte
		encoding string
		limits   httpd.Limits
		want     fault.Code
	}{
		"plain":                        {text, "", httpd.Limits{Sent: 500, Unpacked: 500}, ""},
		"plain, said so":               {text, "identity", httpd.Limits{Sent: 500, Unpacked: 500}, ""},
		"one too many":                 {text, "", httpd.Limits{Sent: 499, Unpacked: 500}, fault.TooLarge},
		"plain over what may unpack":   {text, "", httpd.Limits{Sent: 500, Unpacked: 499}, fault.TooLarge},
		"gzip, said so":                {gz, "gzip", httpd.Limits{Sent: 500, Unpacked: 500}, ""},
		"gzip by its first bytes":      {gz, "", httpd.Limits{Sent: 500, Unpacked: 500}, ""},
		"gzip that unpacks to more":    {gz, "gzip", httpd.Limits{Sent: 500, Unpacked: 499}, fault.TooLarge},
		"gzip cut off":                 {gz[:len(gz)-4], "gzip", httpd.Limits{Sent: 500, Unpacked: 500}, fault.Invalid},
		"gzip with something changed":  {append(append([]byte{}, gz[:len(gz)-6]...), 1, 2, 3, 4, 5, 6), "", httpd.Limits{Sent: 500, Unpacked: 500}, fault.Invalid},
		"said gzip, is none":           {text, "gzip", httpd.Limits{Sent: 500, Unpacked: 500}, fault.Invalid},
		"an encoding nobody asked for": {text, "br", httpd.Limits{Sent: 500, Unpacked: 500}, fault.Invalid},
		"nothing":                      {nil, "", httpd.Limits{Sent: 500, Unpacked: 500}, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			for _, length := range []int64{int64(len(c.body)), -1} { // told beforehand, or not
				r := httptest.NewRequest(http.MethodPost, "/x", bytes.NewReader(c.body))
				r.ContentLength = length
				r.Header.Set("Content-Encoding", c.encoding)
				got, err := httpd.ReadBody(r, c.limits)
				require.Equal(t, c.want, fault.CodeOf(err), "%v", err)
				if c.want == "" && len(c.body) > 0 {
					require.Equal(t, text, got)
				}
			}
		})
	}
}

func TestPreflightsAreAnsweredBeforeAnythingElse(t *testing.T) {
	h := httpd.CORS(httpd.Options{Headers: []string{"Content-Type"}, Expose: []string{"ETag"}, Methods: []string{"GET", "POST"}})(
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			httpd.WriteProblem(w, r, fault.New(fault.Unauthenticated, "no key"))
		}))
	r := httptest.NewRequest(http.MethodOptions, "/x", http.NoBody)
	r.Header.Set("Access-Control-Request-Headers", "content-type, belay-session,bad header,\"x")
	w, _ := ask(h, r)
	require.Equal(t, 204, w.Code)
	require.Equal(t, "Content-Type, belay-session", w.Header().Get("Access-Control-Allow-Headers"))
	require.Equal(t, "GET, POST", w.Header().Get("Access-Control-Allow-Methods"))
	require.Equal(t, "7200", w.Header().Get("Access-Control-Max-Age"))
	w, _ = ask(h, httptest.NewRequest(http.MethodGet, "/x", http.NoBody))
	require.Equal(t, 401, w.Code)
	require.Equal(t, "*", w.Header().Get("Access-Control-Allow-Origin"), "a page must be able to read the refusal")
	require.Equal(t, "ETag", w.Header().Get("Access-Control-Expose-Headers"))
}

func TestTheLimiterRefillsAndForgetsThoseUnusedLongest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := httpd.NewLimiter(2, 4, 100)
		for range 4 {
			allowed, _ := l.Allow("ann")
			require.True(t, allowed)
		}
		allowed, after := l.Allow("ann")
		require.False(t, allowed)
		require.Equal(t, 500*time.Millisecond, after)
		allowed, _ = l.Allow("bob")
		require.True(t, allowed, "another key is another matter")
		<-time.After(after)
		allowed, _ = l.Allow("ann")
		require.True(t, allowed, "what was told is true")
		for i := range 100_000 {
			l.Allow(strconv.Itoa(i))
		}
		allowed, _ = l.Allow("ann")
		require.True(t, allowed)
		unlimited := httpd.NewLimiter(-1, 0, 1)
		for range 1000 {
			allowed, _ := unlimited.Allow("ann")
			require.True(t, allowed)
		}
	})
}

func serve(t *testing.T, h http.Handler) *httpd.Server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed by Stop
	require.NoError(t, err)
	s := httpd.NewServer(listener, httpd.Chain(h, quiet()), quiet())
	s.Start()
	return s
}

func TestStreamsPassThroughEveryLayer(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	ended := make(chan struct{})
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		_ = control.SetWriteDeadline(time.Now().Add(time.Minute))
		_, _ = io.WriteString(w, "data: hello\n")
		if control.Flush() == nil {
			<-r.Context().Done()
		}
		close(ended)
	}))
	response, err := http.Get("http://" + s.Addr().String() + "/stream")
	require.NoError(t, err)
	line, err := bufio.NewReader(response.Body).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "data: hello\n", line)
	response.Body.Close() // the client goes: the handler hears of it
	<-ended
	require.NoError(t, s.Stop(t.Context()))
	http.DefaultClient.CloseIdleConnections()
}

func TestStopLetsRequestsFinishAndBreaksOffTheRest(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	entered, leave := make(chan struct{}, 2), make(chan struct{})
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		entered <- struct{}{}
		if r.URL.Path == "/stuck" {
			<-r.Context().Done()
			return
		}
		<-leave
		_, _ = io.WriteString(w, "done")
	}))
	answers := make(chan string, 2)
	for _, path := range []string{"/fine", "/stuck"} {
		go func() {
			response, err := http.Get("http://" + s.Addr().String() + path)
			if err != nil {
				answers <- "broken off"
				return
			}
			defer response.Body.Close()
			text, _ := io.ReadAll(response.Body)
			answers <- string(text)
		}()
		<-entered
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	close(leave)
	require.ErrorIs(t, s.Stop(ctx), context.DeadlineExceeded)
	require.ElementsMatch(t, []string{"done", "broken off"}, []string{<-answers, <-answers})
	http.DefaultClient.CloseIdleConnections()
}
