package egress_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/egress"
	"github.com/siteproof/belay/internal/fault"
)

func TestPrivateAddressesAreNotCalled(t *testing.T) {
	called := false
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called = true }))
	defer server.Close()
	c := egress.New(egress.Options{})
	defer c.Close()
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	for _, host := range []string{"127.0.0.1", "localhost", "LOCALHOST", "127.1", "0x7f000001", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "[::]", "localhost."} {
		_, err := c.Send(t.Context(), egress.Request{Method: http.MethodPost, URL: "http://" + host + ":" + port + "/"})
		require.Error(t, err, host)
	}
	require.False(t, called)
	_, err := c.Send(t.Context(), egress.Request{Method: http.MethodPost, URL: server.URL})
	require.True(t, fault.Is(err, fault.Forbidden), "%v", err)

	allowed := egress.New(egress.Options{AllowPrivate: true})
	defer allowed.Close()
	answer, err := allowed.Send(t.Context(), egress.Request{Method: http.MethodPost, URL: server.URL})
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, answer.Status)
	require.True(t, called)
}

func TestANameIsJudgedByWhereItLeadsWhenItIsDialled(t *testing.T) {
	c := egress.New(egress.Options{Resolver: leadingHome(t)})
	defer c.Close()
	require.NoError(t, c.Check("http://hooks.example:9/"), "a name alone tells nothing")
	_, err := c.Send(t.Context(), egress.Request{Method: http.MethodGet, URL: "http://hooks.example:9/"})
	require.True(t, fault.Is(err, fault.Forbidden), "%v", err)
}

// leadingHome is a resolver whose name server says of every name that it is 127.0.0.1.
func leadingHome(t *testing.T) *net.Resolver {
	t.Helper()
	server, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Close() }) // ends the loop below
	go func() {
		question := make([]byte, 512)
		for {
			n, from, err := server.ReadFrom(question)
			if err != nil {
				return
			}
			end := 12 + bytes.IndexByte(question[12:n], 0) + 5 // behind name, type and class
			answer := append([]byte{}, question[:end]...)
			copy(answer[2:], []byte{0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0})
			if answer[end-3] == 1 { // it asks for an IPv4 address
				answer[7] = 1
				answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1)
			}
			_, _ = server.WriteTo(answer, from) // who asked gives up by itself
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", server.LocalAddr().String())
	}}
}

func TestPublic(t *testing.T) {
	for address, public := range map[string]bool{
		"1.1.1.1": true, "93.184.216.34": true, "2606:4700::1111": true, "127.0.0.1": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false,
		"169.254.169.254": false, "100.64.0.1": false, "0.0.0.0": false, "255.255.255.255": false, "224.0.0.1": false, "198.18.0.1": false,
		"::1": false, "::": false, "fe80::1": false, "fe80::1%eth0": false, "fd00::1": false, "ff02::1": false, "::ffff:10.0.0.1": false, "64:ff9b::a00:1": false, "2002:a00:1::": false, "2001:0:1::": false,
	} {
		require.Equal(t, public, egress.Public(netip.MustParseAddr(address)), address)
	}
}

func TestRedirectsAreNotFollowedAndBodiesAreBounded(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/away" {
			http.Redirect(w, r, "/long", http.StatusFound)
			return
		}
		_, _ = io.WriteString(w, strings.Repeat("x", 1000))
	}))
	defer server.Close()
	c := egress.New(egress.Options{AllowPrivate: true, MaxBytes: 10})
	defer c.Close()
	answer, err := c.Send(t.Context(), egress.Request{Method: http.MethodGet, URL: server.URL + "/away"})
	require.NoError(t, err)
	require.Equal(t, http.StatusFound, answer.Status)
	answer, err = c.Send(t.Context(), egress.Request{Method: http.MethodGet, URL: server.URL + "/long"})
	require.NoError(t, err)
	require.Len(t, answer.Body, 10)
	require.True(t, answer.Cut)
}

func TestAServerThatNeverAnswersIsGivenUp(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	c := egress.New(egress.Options{AllowPrivate: true, Timeout: 50 * time.Millisecond})
	defer c.Close()
	_, err = c.Send(t.Context(), egress.Request{Method: http.MethodGet, URL: "http://" + listener.Addr().String()})
	require.True(t, fault.Is(err, fault.Unavailable), "%v", err)
}

func TestWhatIsNoAddressIsRefused(t *testing.T) {
	c := egress.New(egress.Options{AllowPrivate: true})
	for _, address := range []string{"", "x", "ftp://a.example", "file:///etc/passwd", "https://", "https://u:p@a.example/", "http://[::1", "javascript:alert(1)"} {
		require.True(t, fault.Is(c.Check(address), fault.Invalid), address)
	}
	require.NoError(t, c.Check("https://hooks.example/belay"))
}
