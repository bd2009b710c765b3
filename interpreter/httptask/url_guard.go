package httptask

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gostates/gostates/asl"
)

// refusal is the error of a request that is not allowed. Its message does not
// contain the addresses of a host.
type refusal struct{ url, why string }

func (r *refusal) Error() string { return fmt.Sprintf("The URL %s is not allowed: %s.", r.url, r.why) }

func (r *refusal) permissionsError() error {
	return &asl.Error{Name: asl.StatesPermissions, Cause: r.Error()}
}

// checkURL refuses a URL before its host is resolved.
func (t *Tasks) checkURL(u *url.URL) error {
	why, copied := t.whyRefused(u), *u // a copy: Allow may change its argument
	if why == "" && (t.config.Allow == nil || !t.config.Allow(&copied)) {
		why = "Config.Allow does not allow it"
	}
	if why == "" {
		return nil
	}
	return &refusal{withoutSecrets(u), why}
}

// withoutSecrets returns a URL without the parts that may contain a secret.
func withoutSecrets(u *url.URL) string { return u.Scheme + "://" + u.Host + u.EscapedPath() }

func (t *Tasks) whyRefused(u *url.URL) string {
	switch {
	case u.Scheme != "https" && (u.Scheme != "http" || !t.config.PlainHTTP):
		return "its scheme is not https (see Config.PlainHTTP)"
	case u.User != nil:
		return "it has a user"
	case u.Hostname() == "":
		return "it has no host"
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	n, err := strconv.Atoi(port)
	if err != nil || !slices.Contains(t.config.Ports, n) {
		return "its port is not in Config.Ports"
	}
	host := u.Hostname()
	if addr, err := netip.ParseAddr(host); err == nil {
		if !t.allowsAddress(addr.Unmap()) {
			return "Config.AllowAddress does not allow its address"
		}
	} else if looksNumeric(host) {
		return "its host is neither a name nor an address" // some resolvers accept 0177.1 and 2130706433
	}
	return ""
}

// looksNumeric reports whether a resolver could take a host for an unusual form of
// an IPv4 address: its last label starts with a digit, which no public name's does.
func looksNumeric(host string) bool {
	host = strings.TrimSuffix(host, ".")
	last := host[strings.LastIndexByte(host, '.')+1:]
	return last == "" || last[0] >= '0' && last[0] <= '9'
}
