package httptask

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gostates/gostates/asl"
)

// refused is an error of the guard. Its text does not tell which addresses a name has.
type refused struct{ url, why string }

func (r *refused) Error() string { return fmt.Sprintf("The URL %s is not allowed: %s.", r.url, r.why) }

func (r *refused) asl() error { return &asl.Error{Name: asl.StatesPermissions, Cause: r.Error()} }

// checkURL refuses what can be refused before a name is resolved.
func (t *Tasks) checkURL(u *url.URL) error {
	why, asked := t.objection(u), *u // Allow may do with its URL what it likes
	if why == "" && (t.config.Allow == nil || !t.config.Allow(&asked)) {
		why = "the host does not allow it"
	}
	if why == "" {
		return nil
	}
	return &refused{bare(u), why}
}

// bare is a URL without what may be a secret.
func bare(u *url.URL) string { return u.Scheme + "://" + u.Host + u.EscapedPath() }

func (t *Tasks) objection(u *url.URL) string {
	switch {
	case u.Scheme != "https" && (u.Scheme != "http" || !t.config.PlainHTTP):
		return "its scheme is not https"
	case u.User != nil:
		return "it names a user"
	case u.Hostname() == "":
		return "it names no host"
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	n, err := strconv.Atoi(port)
	if err != nil || !slices.Contains(t.config.Ports, n) {
		return "its port is not allowed"
	}
	host := u.Hostname()
	if addr, err := netip.ParseAddr(host); err == nil {
		if !t.allowsAddress(addr.Unmap()) {
			return "its address is not allowed"
		}
	} else if looksNumeric(host) {
		return "its host is neither a name nor an address" // 0177.1, 2130706433: some resolvers take it
	}
	return ""
}

// looksNumeric reports whether a host could be taken for an IPv4 address in one of its
// odd spellings: its last part starts with a digit, which no public name's does.
func looksNumeric(host string) bool {
	host = strings.TrimSuffix(host, ".")
	last := host[strings.LastIndexByte(host, '.')+1:]
	return last == "" || last[0] >= '0' && last[0] <= '9'
}

// carriers are the IPv6 addresses that carry an IPv4 address, and in which bytes: a
// gateway or the system connects to that.
var carriers = []struct {
	prefix netip.Prefix
	at     [4]int
	flip   byte
}{
	{netip.MustParsePrefix("::/96"), [4]int{12, 13, 14, 15}, 0},          // IPv4-compatible
	{netip.MustParsePrefix("64:ff9b::/96"), [4]int{12, 13, 14, 15}, 0},   // NAT64
	{netip.MustParsePrefix("64:ff9b:1::/48"), [4]int{12, 13, 14, 15}, 0}, // NAT64 within networks, as a /96
	{netip.MustParsePrefix("64:ff9b:1::/48"), [4]int{6, 7, 9, 10}, 0},    // and as a /48
	{netip.MustParsePrefix("2002::/16"), [4]int{2, 3, 4, 5}, 0},          // 6to4
	{netip.MustParsePrefix("2001::/32"), [4]int{12, 13, 14, 15}, 0xff},   // Teredo, the client
	{netip.MustParsePrefix("2001::/32"), [4]int{4, 5, 6, 7}, 0},          // Teredo, the server
}

// allowsAddress reports whether Config.AllowAddress allows an address, and all that it
// may lead to. The address is not an IPv4 address in IPv6 form.
func (t *Tasks) allowsAddress(addr netip.Addr) bool {
	if !addr.IsValid() || addr.Zone() != "" || !t.config.AllowAddress(addr) {
		return false
	}
	if addr.IsUnspecified() { // systems take it for loopback
		return t.config.AllowAddress(netip.IPv6Loopback()) && t.config.AllowAddress(netip.AddrFrom4([4]byte{127, 0, 0, 1}))
	}
	if addr.IsLoopback() {
		return true
	}
	bytes := addr.As16()
	for _, c := range carriers {
		if !c.prefix.Contains(addr) {
			continue
		}
		var carried [4]byte
		for i, at := range c.at {
			carried[i] = bytes[at] ^ c.flip
		}
		if !t.config.AllowAddress(netip.AddrFrom4(carried)) {
			return false
		}
	}
	return true
}

// dial connects to an address of a host that may be connected to. All addresses of
// the name must be allowed: one that is not gives the name away. It runs on goroutines
// of the transport, where the panic of a hook would end the process.
func (t *Tasks) dial(ctx context.Context, network, hostport string) (conn net.Conn, err error) {
	defer func() {
		if p := recover(); p != nil {
			conn, err = nil, fmt.Errorf("panic: %v", p)
		}
	}()
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		return nil, err
	}
	addrs, err := t.lookup(ctx, host)
	if err != nil {
		return nil, err
	}
	for _, addr := range addrs {
		if !t.allowsAddress(addr) {
			return nil, &refused{hostport, "the host has an address that is not allowed"}
		}
	}
	err = errors.New("the host has no address")
	for _, addr := range addrs {
		conn, err = t.config.DialContext(ctx, network, net.JoinHostPort(addr.String(), port))
		switch {
		case err == nil && conn != nil:
			return conn, nil
		case err == nil:
			err = errors.New("DialContext returned neither a connection nor an error")
		}
	}
	return nil, err
}

// lookup returns the addresses of a host. None is an IPv4 address in IPv6 form, which
// resolvers give too.
func (t *Tasks) lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{addr.Unmap()}, nil
	}
	found, err := t.config.LookupNetIP(ctx, "ip", host)
	addrs := make([]netip.Addr, len(found)) // theirs may be kept, and change
	for i, addr := range found {
		addrs[i] = addr.Unmap()
	}
	return addrs, err
}

// redirect looks at a redirect. One that leaves its origin takes nothing of a
// connection along: it is refused.
func (t *Tasks) redirect(r *http.Request, via []*http.Request, theirs func(*http.Request, []*http.Request) error) error {
	if t.config.NoRedirects {
		return http.ErrUseLastResponse
	}
	if len(via) >= maxRedirects {
		return errors.New("there are more than 10 redirects")
	}
	if err := t.checkURL(r.URL); err != nil {
		return err
	}
	first := via[0].URL
	if secret(r.Context()) && (first.Scheme != r.URL.Scheme || first.Host != r.URL.Host) {
		return &refused{bare(r.URL), "it is a redirect away from what the connection is for"}
	}
	if theirs != nil {
		return theirs(r, via)
	}
	return nil
}

// special are the addresses that are neither private nor local by the methods of
// netip.Addr, and not public either: for use within networks, for documentation,
// for translation to IPv4, and reserved.
var special = prefixes("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
	"198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
	"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
	"5f00::/16", "fec0::/10")

func prefixes(texts ...string) []netip.Prefix {
	all := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		all[i] = netip.MustParsePrefix(text)
	}
	return all
}

// Public reports whether an address is of the public internet: not private,
// link-local, loopback, shared, multicast, reserved or for documentation, and no
// IPv6 form of an IPv4 address.
func Public(addr netip.Addr) bool {
	if addr.Zone() != "" || addr.Is4In6() || !addr.IsGlobalUnicast() || addr.IsPrivate() {
		return false
	}
	return !slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(addr) })
}
