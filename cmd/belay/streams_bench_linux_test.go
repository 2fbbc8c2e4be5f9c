package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/flag"
)

const (
	openStreams = 10_000
	// refetchers is how many connections the clients that ask again share: as many as the usual limit of open files
	// leaves beside the streams.
	refetchers  = 4_000
	streamFlags = 100
	streamOff   = "design-system-v2"
)

// BenchmarkTenThousandStreams measures, through the real binary on one core of its own and with the clients on another,
// what streams cost and how fast a change arrives: at pages of Belay's SDK, which the event tells what changed; at
// other clients, which are only told to ask again; when those do ask; and at somebody who asks all the time.
func BenchmarkTenThousandStreams(b *testing.B) {
	c := newStreamCrowd(b)
	idle := c.memory()
	own := c.open("&session=ses_bench_%06d")
	c.settle()
	each := float64(c.memory()-idle) / openStreams
	told := c.rounds(own, func(round int) { c.toggle(round%2 != 0) }, nil)
	fresh := c.fresh(own)
	own.close()
	others := c.open("")
	event := c.rounds(others, func(round int) { c.toggle(round%2 != 0) }, nil)
	asked := c.rounds(others, func(round int) { c.toggle(round%2 != 0) }, c.refetchers())
	others.close()
	for _, line := range []string{
		fmt.Sprintf("memory of the server per stream        %8.2f kB      goal ≤ 6 kB", each/1000),
		fmt.Sprintf("change → event at the last client      %s goal p99 ≤ 170 ms", event),
		fmt.Sprintf("change → held by every page of the SDK %s goal max ≤ 300 ms", told),
		fmt.Sprintf("change → asked for again by every one  %s goal max ≤ 1500 ms", asked),
		fmt.Sprintf("change → seen by a fresh request       %s goal p50 ≤ 6 ms", fresh),
	} {
		fmt.Println(line)
	}
	b.ReportMetric(each, "B/stream")
	b.ReportMetric(0, "ns/op") // of the whole, which says nothing
	for b.Loop() {
	}
}

// spans are how long something took, for each client and change.
type spans []time.Duration

func (s spans) at(q float64) float64 {
	slices.Sort(s)
	return float64(s[int(q*float64(len(s)-1))].Microseconds()) / 1000
}

func (s spans) String() string {
	return fmt.Sprintf("p50 %6.1f  p99 %6.1f  max %6.1f ms", s.at(0.5), s.at(0.99), s.at(1))
}

type streamCrowd struct {
	b   *testing.B
	v   *victim
	key string
	on  bool // the flag, since it was changed last
}

func newStreamCrowd(b *testing.B) *streamCrowd {
	b.Helper()
	var limit syscall.Rlimit
	require.NoError(b, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit))
	if limit.Max < openStreams*3/2 {
		b.Skipf("10,000 streams need more open files than %d: raise ulimit -n", limit.Max)
	}
	v := &victim{t: b, dir: b.TempDir(), binary: build(b), address: freeAddress(b)}
	if taskset, err := exec.LookPath("taskset"); err == nil {
		require.NoError(b, exec.CommandContext(b.Context(), taskset, "-acp", "1", strconv.Itoa(os.Getpid())).Run(), "there are two cores")
		v.before = []string{taskset, "-c", "0"}
	}
	v.start()
	b.Cleanup(v.kill)
	for n := range streamFlags {
		f := api.NewFlag{Key: fmt.Sprintf("flag-%03d", n), Type: flag.Boolean, Enabled: n%2 == 0, Reason: "set up for the benchmark"}
		switch {
		case n == 0:
			f.Key = streamOff
		case n <= 5:
			f.Parent = streamOff
		}
		_, err := v.client.CreateFlag(b.Context(), "production", f)
		require.NoError(b, err)
	}
	env, err := v.client.Environment(b.Context(), "production")
	require.NoError(b, err)
	return &streamCrowd{b: b, v: v, key: env.ClientKey}
}

// memory is what the server has in memory, in bytes.
func (c *streamCrowd) memory() int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.v.process.Process.Pid))
	require.NoError(c.b, err)
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	kilobytes, err := strconv.Atoi(strings.Fields(rest)[0])
	require.NoError(c.b, err)
	return kilobytes << 10
}

// settle lets what opening cost be cleaned up.
func (c *streamCrowd) settle() { <-time.After(3 * time.Second) }

func (c *streamCrowd) toggle(on bool) {
	c.on = on
	_, err := c.v.client.ChangeFlag(c.b.Context(), "production", streamOff, api.FlagChange{Enabled: &on, Reason: "the benchmark changes it"})
	require.NoError(c.b, err)
}

// from is an address of this machine: clients come from many, as they do in life.
func from(n int) *net.TCPAddr { return &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(1+n%250))} }

func (c *streamCrowd) dial(n int) net.Conn {
	conn, err := (&net.Dialer{LocalAddr: from(n)}).DialContext(c.b.Context(), "tcp", c.v.address)
	require.NoError(c.b, err)
	return conn
}

// listeners are open streams.
type listeners struct {
	conns   []net.Conn
	reading sync.WaitGroup
	heard   chan heardEvent
}

type heardEvent struct {
	client int
	data   []byte
	at     time.Time
}

// open opens the streams one after the other and waits for the greeting of each.
func (c *streamCrowd) open(session string) *listeners {
	l := &listeners{heard: make(chan heardEvent, 2*openStreams)}
	for n := range openStreams {
		conn := c.dial(n)
		query := "?key=" + c.key
		if session != "" {
			query += fmt.Sprintf(session, n)
		}
		_, err := fmt.Fprintf(conn, "GET /ofrep/v1/stream%s HTTP/1.1\r\nHost: belay\r\nAccept: text/event-stream\r\nUser-Agent: Mozilla/5.0\r\n\r\n", query)
		require.NoError(c.b, err)
		lines := bufio.NewReader(conn)
		for {
			line, err := lines.ReadSlice('\n')
			require.NoError(c.b, err)
			if bytes.Contains(line, []byte("data: ")) {
				break
			}
		}
		l.conns = append(l.conns, conn)
		l.reading.Go(func() { l.listen(n, lines) })
	}
	return l
}

func (l *listeners) listen(n int, lines *bufio.Reader) {
	for {
		line, err := lines.ReadSlice('\n')
		if err != nil {
			return
		}
		if bytes.HasPrefix(line, []byte("data: ")) {
			at := time.Now()
			l.heard <- heardEvent{n, bytes.Clone(line), at}
		}
	}
}

func (l *listeners) close() {
	for _, conn := range l.conns {
		_ = conn.Close()
	}
	l.reading.Wait()
}

// next is an event that some client heard.
func (c *streamCrowd) next(l *listeners) heardEvent {
	select {
	case e := <-l.heard:
		return e
	case <-time.After(30 * time.Second):
		require.FailNow(c.b, "somebody never heard of a change", c.v.printed.String())
		return heardEvent{}
	}
}

// rounds changes the flag again and again. Without ask it gives when each client had the event, with the value in it for
// those who are sent it; with it, when each had asked again.
func (c *streamCrowd) rounds(l *listeners, change func(round int), ask chan *refetcher) spans {
	const rounds = 6
	var all spans
	for round := range rounds {
		var asking sync.WaitGroup
		took := make(spans, openStreams)
		began := time.Now()
		go change(round)
		want := fmt.Appendf(nil, `"key":%q,"value":%v`, streamOff, round%2 != 0)
		for range openStreams {
			e := c.next(l)
			took[e.client] = e.at.Sub(began)
			if bytes.Contains(e.data, []byte(`"flags"`)) && !bytes.Contains(e.data, want) {
				c.b.Fatalf("the event says %s", e.data)
			}
			if ask == nil {
				continue
			}
			asking.Go(func() {
				r := <-ask
				defer func() { ask <- r }()
				body, err := r.fetch(c.key, e.client)
				if err != nil || !bytes.Contains(body, want) {
					c.b.Errorf("client %d was answered %s: %v", e.client, body, err)
				}
				took[e.client] = time.Since(began)
			})
		}
		asking.Wait()
		all = append(all, took...)
		<-time.After(500 * time.Millisecond) // what the change has caused besides is over
	}
	return all
}

// refetcher is one kept connection over which flags are asked for.
type refetcher struct {
	conn  net.Conn
	lines *bufio.Reader
}

func (c *streamCrowd) refetchers() chan *refetcher {
	all := make(chan *refetcher, refetchers)
	for n := range refetchers {
		conn := c.dial(n)
		c.b.Cleanup(func() { _ = conn.Close() })
		r := &refetcher{conn, bufio.NewReader(conn)}
		_, err := r.fetch(c.key, n) // a connection is kept after its first answer
		require.NoError(c.b, err)
		all <- r
	}
	return all
}

func (r *refetcher) fetch(key string, n int) ([]byte, error) {
	question := fmt.Sprintf(`{"context":{"targetingKey":"usr_%d"}}`, n)
	_, err := fmt.Fprintf(r.conn, "POST /ofrep/v1/evaluate/flags HTTP/1.1\r\nHost: belay\r\nAuthorization: Bearer %s\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", key, len(question), question)
	if err != nil {
		return nil, err
	}
	response, err := http.ReadResponse(r.lines, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	return io.ReadAll(response.Body)
}

// fresh gives how long a change takes, from its request on, to be in the answer of somebody who asks for it all the time.
// That is a process of its own, which changes the flag as well: in this one both would wait their turn behind ten
// thousand clients that hear of the same change.
func (c *streamCrowd) fresh(l *listeners) spans {
	asker := exec.CommandContext(c.b.Context(), os.Args[0])
	asker.Env = append(os.Environ(), strings.Join([]string{askVariable + "=" + c.v.address, c.key, c.v.token()}, " "))
	in, err := asker.StdinPipe()
	require.NoError(c.b, err)
	out, err := asker.StdoutPipe()
	require.NoError(c.b, err)
	require.NoError(c.b, asker.Start())
	defer func() { _ = asker.Process.Kill(); _ = asker.Wait() }()
	lines := bufio.NewScanner(out)
	var all spans
	for range 40 {
		c.on = !c.on
		_, err := fmt.Fprintln(in, c.on)
		require.NoError(c.b, err)
		require.True(c.b, lines.Scan(), "whoever asks all the time has ended")
		took, err := time.ParseDuration(lines.Text())
		require.NoError(c.b, err)
		all = append(all, took)
		for range openStreams {
			c.next(l)
		}
	}
	return all
}

// askVariable makes this program one that asks for a flag all the time and changes it on demand: the server's address,
// the environment's key and a token.
const askVariable = "BELAY_BENCHMARK_ASKS"

func TestMain(m *testing.M) {
	if door := strings.Fields(os.Getenv(askVariable)); len(door) == 3 { //nolint:forbidigo // between two processes of a benchmark
		if err := ask(door[0], door[1], door[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1) // it is ended from outside
	}
	os.Exit(m.Run())
}

// ask asks for the flag on one kept connection. For each value that comes in it changes the flag on another and prints
// how long it took until the answer had it. It goes before the clients that share its core, where it may: they would be
// elsewhere.
func ask(address, key, token string) error {
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, -20)
	asks, err := dialRaw(address, http.MethodPost, "/ofrep/v1/evaluate/flags/"+streamOff, key)
	if err != nil {
		return err
	}
	changes, err := dialRaw(address, http.MethodPatch, "/api/v1/environments/production/flags/"+streamOff, token)
	if err != nil {
		return err
	}
	wanted := make(chan string)
	go func() {
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			wanted <- lines.Text()
		}
	}()
	const question = `{"context":{"targetingKey":"usr_1"}}`
	until, began := "", time.Time{}
	for {
		select {
		case value := <-wanted:
			until, began = `"value":`+value, time.Now()
			if err := changes.send(`{"enabled":` + value + `,"reason":"the benchmark changes it"}`); err != nil {
				return err
			}
		default:
		}
		if err := asks.send(question); err != nil {
			return err
		}
		body, err := asks.answer()
		if err != nil {
			return err
		}
		if until != "" && bytes.Contains(body, []byte(until)) {
			fmt.Println(time.Since(began))
			until = ""
			if _, err := changes.answer(); err != nil {
				return err
			}
		}
	}
}

// rawConn sends one kind of request on one connection, without what a client costs.
type rawConn struct {
	conn  net.Conn
	lines *bufio.Reader
	head  string
}

func dialRaw(address, method, path, bearer string) (*rawConn, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	head := method + " " + path + " HTTP/1.1\r\nHost: belay\r\nAuthorization: Bearer " + bearer + "\r\nContent-Type: application/json\r\nContent-Length: "
	return &rawConn{conn, bufio.NewReader(conn), head}, nil
}

func (c *rawConn) send(body string) error {
	_, err := fmt.Fprintf(c.conn, "%s%d\r\n\r\n%s", c.head, len(body), body)
	return err
}

func (c *rawConn) answer() ([]byte, error) {
	response, err := http.ReadResponse(c.lines, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", response.Status, body)
	}
	return body, err
}
