package egress

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/siteproof/belay/internal/fault"
)

const (
	defaultTimeout  = 10 * time.Second
	defaultMaxBytes = 64 << 10
	idleFor         = 30 * time.Second
)

// Options say what a Client may do.
type Options struct {
	AllowPrivate bool          // loopback, link-local and private addresses too, for tests and intranets
	Timeout      time.Duration // of a whole call; 0 means 10 seconds
	MaxBytes     int64         // of an answer's body; what is beyond is not read; 0 means 64 kB
	Resolver     *net.Resolver // of names; nil is the system's
}

// Client calls addresses that people typed in. It is safe for concurrent use.
type Client struct {
	options Options
	http    *http.Client
}

// Request is one call.
type Request struct {
	Method string
	URL    string
	Header map[string]string
	Body   []byte
}

// Answer is what came back, whatever its status.
type Answer struct {
	Status int
	Link   string // the header that says where the next page is
	Body   []byte // at most Options.MaxBytes of it
	Cut    bool   // there was more
}

// New makes a client. It follows no redirects and uses no proxy: either could lead where it must not go.
func New(o Options) *Client {
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = defaultMaxBytes
	}
	c := &Client{options: o}
	// Control sees the address that is about to be dialled, after its name was resolved: a name that leads elsewhere a
	// moment later is judged by where it leads then.
	dialer := &net.Dialer{Timeout: o.Timeout, Control: c.permit, Resolver: o.Resolver}
	c.http = &http.Client{
		Timeout: o.Timeout,
		Transport: &http.Transport{
			DialContext: dialer.DialContext, ForceAttemptHTTP2: true, IdleConnTimeout: idleFor, MaxIdleConnsPerHost: 2,
			TLSHandshakeTimeout: o.Timeout, ResponseHeaderTimeout: o.Timeout, MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c
}

// Close ends idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// forbidden are networks that are not the public internet, beyond those that netip can tell by itself.
var forbidden = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),       // this network
	netip.MustParsePrefix("100.64.0.0/10"),   // behind a carrier's NAT
	netip.MustParsePrefix("192.0.0.0/24"),    // protocol assignments
	netip.MustParsePrefix("192.0.2.0/24"),    // documentation
	netip.MustParsePrefix("198.18.0.0/15"),   // benchmarks
	netip.MustParsePrefix("198.51.100.0/24"), // documentation
	netip.MustParsePrefix("203.0.113.0/24"),  // documentation
	netip.MustParsePrefix("240.0.0.0/4"),     // reserved, broadcast
	netip.MustParsePrefix("64:ff9b::/96"),    // IPv4 through NAT64, which may be a private one
	netip.MustParsePrefix("64:ff9b:1::/48"),  //
	netip.MustParsePrefix("100::/64"),        // discarded
	netip.MustParsePrefix("2001::/23"),       // Teredo and others that carry IPv4
	netip.MustParsePrefix("2001:db8::/32"),   // documentation
	netip.MustParsePrefix("2002::/16"),       // 6to4, which carries IPv4
	netip.MustParsePrefix("fec0::/10"),       // site-local of old
}

// Public says whether an address is one of the public internet.
func Public(address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	if !address.IsGlobalUnicast() || address.IsPrivate() {
		return false
	}
	for _, network := range forbidden {
		if network.Contains(address) {
			return false
		}
	}
	return true
}

// errPrivate is what permit refuses with.
var errPrivate = errors.New("it is an address of the private network")

func (c *Client) permit(_, address string, _ syscall.RawConn) error {
	if c.options.AllowPrivate {
		return nil
	}
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("read the address %s: %w", address, err)
	}
	if !Public(to.Addr()) {
		return errPrivate
	}
	return nil
}

// Check says what is wrong with an address before anything is sent there. Where its name leads is only known, and judged,
// when it is called.
func (c *Client) Check(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return fault.New(fault.Invalid, "%q is not an address that can be called", address).Hint("it begins with https://").At("url", "begins with https://")
	case u.User != nil:
		return fault.New(fault.Invalid, "an address holds no name and password").At("url", "leave out what stands before @")
	}
	to, err := netip.ParseAddr(strings.Trim(u.Hostname(), "[]"))
	if !c.options.AllowPrivate && (err == nil && !Public(to) || strings.EqualFold(u.Hostname(), "localhost")) {
		return private(u.Host)
	}
	return nil
}

func private(host string) *fault.Error {
	return fault.New(fault.Forbidden, "%s is not called: %w", host, errPrivate).
		Hint("belay serve --allow-private-webhooks allows it").At("url", "an address of the private network")
}

// Send makes one call. Whatever is answered is an Answer; an error means that none came, in words for people.
func (c *Client) Send(ctx context.Context, r Request) (Answer, error) {
	if err := c.Check(r.URL); err != nil {
		return Answer{}, err
	}
	request, err := http.NewRequestWithContext(ctx, r.Method, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return Answer{}, fault.New(fault.Invalid, "%q is not an address that can be called: %w", r.URL, err)
	}
	for name, value := range r.Header {
		request.Header.Set(name, value)
	}
	response, err := c.http.Do(request)
	if err != nil {
		if errors.Is(err, errPrivate) {
			return Answer{}, private(request.URL.Host)
		}
		return Answer{}, fault.New(fault.Unavailable, "%s does not answer: %w", request.URL.Host, unwrapped(err))
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, c.options.MaxBytes+1))
	if err != nil {
		return Answer{}, fault.New(fault.Unavailable, "the answer of %s broke off: %w", request.URL.Host, unwrapped(err))
	}
	out := Answer{Status: response.StatusCode, Link: response.Header.Get("Link"), Body: body}
	if int64(len(body)) > c.options.MaxBytes {
		out.Body, out.Cut = body[:c.options.MaxBytes], true
	}
	return out, nil
}

// unwrapped leaves out the method and the address, which whoever reads it knows and which may hold a secret.
func unwrapped(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}
