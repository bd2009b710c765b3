package httptask

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
)

// AWS's limits.
const (
	DefaultTimeout  = 60 * time.Second
	DefaultMaxBytes = 256 << 10
	maxRedirects    = 10
)

// Config says what tasks may reach, and how. The zero Config reaches nothing.
type Config struct {
	// Allow says whether a URL may be called. It is asked before each request and
	// each redirect, but not for the endpoint of an [OAuth]. Default: none may.
	Allow func(*url.URL) bool
	// AllowAddress says whether a connection may go to an address, after the
	// name was resolved. IPv4 addresses in IPv6 form are asked for as IPv4. One
	// that leads to another is allowed only if both are: an IPv6 address that
	// carries an IPv4 address (NAT64, 6to4, Teredo, IPv4-compatible), and an
	// unspecified address, which leads to loopback. An address with a zone is
	// always refused. Default: [Public].
	AllowAddress func(netip.Addr) bool
	// Ports that a URL may name. Default: 443, and 80 with PlainHTTP.
	Ports []int
	// PlainHTTP allows http:// too.
	PlainHTTP bool

	// Client makes the requests. Its transport must be a *http.Transport, or
	// nil, which is http.DefaultTransport: it is copied, with a dialer that looks
	// at addresses. A proxy would make its own connections, so the copy uses
	// none. The copy asks for no compression and reads at most 256 KiB of header
	// where the transport sets no limit. The client's CheckRedirect is asked
	// after ours.
	Client *http.Client
	// LookupNetIP resolves names. Default: net.DefaultResolver.
	LookupNetIP func(ctx context.Context, network, host string) ([]netip.Addr, error)
	// DialContext connects to an address and port. Default: a net.Dialer.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
	// NoRedirects gives a redirect as an error, States.Http.StatusCode.302, and
	// does not follow it. Default: up to 10 are followed.
	NoRedirects bool

	// Connection returns the connection of a ConnectionArn; nil: there is none. It
	// must return when its context ends. Default: there are none.
	Connection func(ctx context.Context, arn string) (*Connection, error)
	// NoConnectionNeeded takes http:invoke without a connection, which AWS
	// refuses.
	NoConnectionNeeded bool

	// Timeout of a task: of its request with the answer, and of what they need, such
	// as an access token. Default: 60 seconds.
	Timeout time.Duration
	// MaxBytes of the body of an answer, in bytes. Default: 256 KiB.
	MaxBytes int64
	// Now tells when an access token ends. Default: time.Now.
	Now func() time.Time
}

// Tasks handles tasks over HTTP. Make it with [New]. It is an
// [interpreter.Resolver], and a [interpreter.Handler] of all that it resolves. It
// is safe for concurrent use.
type Tasks struct {
	config Config
	client *http.Client
	tokens tokens
}

// New returns the Tasks of a Config. The error says that the transport of its
// Client cannot be guarded.
func New(c Config) (*Tasks, error) {
	if c.Timeout <= 0 {
		c.Timeout = DefaultTimeout
	}
	if c.MaxBytes <= 0 {
		c.MaxBytes = DefaultMaxBytes
	}
	c.MaxBytes = min(c.MaxBytes, math.MaxInt64-1) // one more is read
	if c.AllowAddress == nil {
		c.AllowAddress = Public
	}
	if c.LookupNetIP == nil {
		c.LookupNetIP = net.DefaultResolver.LookupNetIP
	}
	if c.DialContext == nil {
		c.DialContext = new(net.Dialer).DialContext
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if len(c.Ports) == 0 {
		c.Ports = []int{443}
		if c.PlainHTTP {
			c.Ports = append(c.Ports, 80)
		}
	}
	t := &Tasks{config: c}
	client, err := t.guarded(c.Client)
	t.client = client
	return t, err
}

// guarded returns a copy of a client that reaches only what is allowed.
func (t *Tasks) guarded(c *http.Client) (*http.Client, error) {
	if c == nil {
		c = &http.Client{}
	}
	base := c.Transport
	if base == nil {
		base = http.DefaultTransport
	}
	transport, ok := base.(*http.Transport)
	if !ok {
		return nil, fmt.Errorf("httptask: a transport of type %T cannot be guarded", base)
	}
	if transport.DialTLSContext != nil {
		return nil, errors.New("httptask: a transport with DialTLSContext cannot be guarded")
	}
	transport = transport.Clone()
	transport.Proxy, transport.DialContext = nil, t.dial
	transport.DisableCompression = true
	if transport.MaxResponseHeaderBytes == 0 {
		transport.MaxResponseHeaderBytes = DefaultMaxBytes
	}
	//lint:ignore SA1019 it would go around DialContext
	transport.DialTLS = nil
	theirs := c.CheckRedirect
	return &http.Client{
		Transport:     transport,
		Jar:           c.Jar,
		Timeout:       c.Timeout,
		CheckRedirect: func(r *http.Request, via []*http.Request) error { return t.redirect(r, via, theirs) },
	}, nil
}

// Close closes the connections that are not in use.
func (t *Tasks) Close() { t.client.CloseIdleConnections() }

// Resolve returns the handler of http:invoke and of URLs.
func (t *Tasks) Resolve(_, resource string) (interpreter.Handler, bool) {
	if isURL(resource) {
		return t, true
	}
	r := machine.ParseResource(resource)
	return t, r.Service == "http" && r.Action == "invoke" && r.Pattern == machine.RequestResponse
}

func isURL(resource string) bool {
	return strings.HasPrefix(resource, "https://") || strings.HasPrefix(resource, "http://")
}
