package httptask

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
)

// Public reports whether an address belongs to the public internet. Private,
// link-local, loopback, shared, multicast, reserved and documentation addresses do
// not, nor do IPv6 forms of IPv4 addresses.
func Public(addr netip.Addr) bool {
	if addr.Zone() != "" || addr.Is4In6() || !addr.IsGlobalUnicast() || addr.IsPrivate() {
		return false
	}
	return !slices.ContainsFunc(specialPrefixes, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// specialPrefixes are the non-public addresses that the methods of netip.Addr do
// not report: internal use, documentation, translation to IPv4, and reserved.
var specialPrefixes = parsePrefixes("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
	"198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
	"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
	"5f00::/16", "fec0::/10")

func parsePrefixes(list ...string) []netip.Prefix {
	all := make([]netip.Prefix, len(list))
	for i, prefix := range list {
		all[i] = netip.MustParsePrefix(prefix)
	}
	return all
}

// embeddedIPv4 lists the IPv6 prefixes whose addresses contain an IPv4 address, and
// its bytes. A gateway or the operating system may connect to that IPv4 address.
var embeddedIPv4 = []struct {
	prefix netip.Prefix
	at     [4]int
	flip   byte
}{
	{netip.MustParsePrefix("::/96"), [4]int{12, 13, 14, 15}, 0},          // IPv4-compatible
	{netip.MustParsePrefix("64:ff9b::/96"), [4]int{12, 13, 14, 15}, 0},   // NAT64
	{netip.MustParsePrefix("64:ff9b:1::/48"), [4]int{12, 13, 14, 15}, 0}, // local-use NAT64 as a /96
	{netip.MustParsePrefix("64:ff9b:1::/48"), [4]int{6, 7, 9, 10}, 0},    // local-use NAT64 as a /48
	{netip.MustParsePrefix("2002::/16"), [4]int{2, 3, 4, 5}, 0},          // 6to4
	{netip.MustParsePrefix("2001::/32"), [4]int{12, 13, 14, 15}, 0xff},   // Teredo client
	{netip.MustParsePrefix("2001::/32"), [4]int{4, 5, 6, 7}, 0},          // Teredo server
}

// allowsAddress reports whether Config.AllowAddress allows an address and every
// address that it may lead to. addr must not be an IPv4-mapped IPv6 address.
func (t *Tasks) allowsAddress(addr netip.Addr) bool {
	if !addr.IsValid() || addr.Zone() != "" || !t.config.AllowAddress(addr) {
		return false
	}
	if addr.IsUnspecified() { // operating systems connect to loopback
		return t.config.AllowAddress(netip.IPv6Loopback()) && t.config.AllowAddress(netip.AddrFrom4([4]byte{127, 0, 0, 1}))
	}
	if addr.IsLoopback() {
		return true
	}
	bytes := addr.As16()
	for _, c := range embeddedIPv4 {
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

// dialAllowed resolves a host and connects to one of its addresses. It refuses the
// host if any of its addresses is not allowed. It runs on goroutines of the
// transport, where a panic of LookupNetIP, AllowAddress or DialContext would end
// the process.
func (t *Tasks) dialAllowed(ctx context.Context, network, hostport string) (conn net.Conn, err error) {
	defer func() {
		if p := recover(); p != nil {
			conn, err = nil, fmt.Errorf("panic: %v", p)
		}
	}()
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		return nil, err
	}
	addrs, err := t.lookupHost(ctx, host)
	if err != nil {
		return nil, err
	}
	for _, addr := range addrs {
		if !t.allowsAddress(addr) {
			return nil, &refusal{hostport, "Config.AllowAddress does not allow an address of its host"}
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

// lookupHost returns the addresses of a host, with IPv4-mapped IPv6 addresses as
// IPv4.
func (t *Tasks) lookupHost(ctx context.Context, host string) ([]netip.Addr, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{addr.Unmap()}, nil
	}
	found, err := t.config.LookupNetIP(ctx, "ip", host)
	addrs := make([]netip.Addr, len(found)) // a copy: LookupNetIP may keep and change its slice
	for i, addr := range found {
		addrs[i] = addr.Unmap()
	}
	return addrs, err
}

// guardClient returns a copy of a client that checks URLs and addresses.
func (t *Tasks) guardClient(c *http.Client) (*http.Client, error) {
	if c == nil {
		c = &http.Client{}
	}
	base := c.Transport
	if base == nil {
		base = http.DefaultTransport
	}
	transport, ok := base.(*http.Transport)
	if !ok {
		return nil, fmt.Errorf("httptask: the Client's Transport must be an *http.Transport, not %T", base)
	}
	if transport.DialTLSContext != nil {
		return nil, errors.New("httptask: the Client's Transport must not have DialTLSContext")
	}
	transport = transport.Clone()
	transport.Proxy, transport.DialContext = nil, t.dialAllowed
	transport.DisableCompression = true
	if transport.MaxResponseHeaderBytes == 0 {
		transport.MaxResponseHeaderBytes = DefaultMaxBytes
	}
	//lint:ignore SA1019 it would go around DialContext
	transport.DialTLS = nil
	next := c.CheckRedirect
	return &http.Client{
		Transport:     transport,
		Jar:           c.Jar,
		Timeout:       c.Timeout,
		CheckRedirect: func(r *http.Request, via []*http.Request) error { return t.checkRedirect(r, via, next) },
	}, nil
}
