package httptask

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"
)

// Defaults of [Config], which are AWS's limits.
const (
	DefaultTimeout  = 60 * time.Second // of Config.Timeout
	DefaultMaxBytes = 256 << 10        // of Config.MaxBytes
	maxRedirects    = 10
)

// Config says which servers tasks may reach, and how. The zero Config allows none.
// Its functions must be safe for concurrent use.
type Config struct {
	// Allow reports whether a URL may be requested. It is called before each
	// request and each redirect, but not for the endpoint of an [OAuth]. Default:
	// no URL.
	Allow func(*url.URL) bool
	// AllowAddress reports whether a connection may be made to an address. It is
	// called after the name was resolved. An IPv4-mapped IPv6 address is passed as
	// IPv4. An address that leads to another one is allowed only if both are: an
	// IPv6 address that contains an IPv4 address (NAT64, 6to4, Teredo,
	// IPv4-compatible), and an unspecified address, which leads to loopback. An
	// address with a zone is always refused. Default: [Public].
	AllowAddress func(netip.Addr) bool
	// Ports are the ports that a URL may use. Default: 443, and 80 with PlainHTTP.
	Ports []int
	// PlainHTTP also allows http:// URLs.
	PlainHTTP bool

	// Client makes the requests. Its Transport must be an *http.Transport or nil,
	// which means http.DefaultTransport. New copies it and sets a dialer that
	// checks addresses. The copy uses no proxy, since a proxy would make its own
	// connections. It asks for no compression, and reads at most 256 KiB of header
	// unless the transport sets a limit. The client's CheckRedirect is called after
	// the checks of this package.
	Client *http.Client
	// LookupNetIP resolves names. Default: that of net.DefaultResolver.
	LookupNetIP func(ctx context.Context, network, host string) ([]netip.Addr, error)
	// DialContext connects to an address and port. Default: that of a zero
	// net.Dialer.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
	// NoRedirects makes a redirect fail the task, for instance with
	// States.Http.StatusCode.302. Default: up to 10 redirects are followed.
	NoRedirects bool

	// Connection returns the connection of a ConnectionArn, or nil if it does not
	// exist. It must return when its context ends. Default: no connection exists.
	Connection func(ctx context.Context, arn string) (*Connection, error)
	// NoConnectionNeeded accepts http:invoke without a connection, which AWS
	// rejects.
	NoConnectionNeeded bool

	// Timeout limits a task: its request, its response, and the request for an
	// access token. Default: 60 seconds.
	Timeout time.Duration
	// MaxBytes limits the body of a response, in bytes. Default: 256 KiB.
	MaxBytes int64
	// Now returns the time at which the expiry of access tokens is checked.
	// Default: time.Now.
	Now func() time.Time
}
