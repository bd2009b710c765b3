package httptask_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/httptask"
)

func TestPublic(t *testing.T) {
	for text, want := range map[string]bool{
		"8.8.8.8": true, "2606:4700:4700::1111": true,
		"0.0.0.0": false, "0.1.2.3": false, "10.0.0.1": false, "100.64.0.1": false, "127.0.0.1": false, "127.9.9.9": false,
		"169.254.169.254": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false, "192.0.0.8": false,
		"198.18.0.1": false, "192.0.2.1": false, "224.0.0.1": false, "240.0.0.1": false, "255.255.255.255": false,
		"::": false, "::1": false, "::7f00:1": false, "::ffff:127.0.0.1": false, "::ffff:8.8.8.8": false, "fc00::1": false,
		"fd00:ec2::254": false, "fe80::1": false, "fe80::1%eth0": false, "fec0::1": false, "ff02::1": false,
		"64:ff9b::7f00:1": false, "64:ff9b::a9fe:a9fe": false, "2002:7f00:1::": false, "2001:0:1::1": false, "2001:db8::1": false,
		"2606:4700:4700::1111%1": false,
	} {
		require.Equal(t, want, httptask.Public(netip.MustParseAddr(text)), text)
	}
}

// world simulates a name service and a dialer. It records the queries and serves all
// public addresses from one server.
type world struct {
	server *httptest.Server
	names  map[string][]string // answers by name: a list for each time, the last one for ever

	mu    sync.Mutex
	dials []string
}

func (w *world) lookup(_ context.Context, _, host string) ([]netip.Addr, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	answers := w.names[host]
	if len(answers) == 0 {
		return nil, errors.New("no such host")
	}
	if len(answers) > 1 {
		w.names[host] = answers[1:]
	}
	var addrs []netip.Addr
	for _, text := range strings.Fields(answers[0]) {
		addr, _ := netip.ParseAddr(text) // "-" is the zero Addr
		addrs = append(addrs, addr)
	}
	return addrs, nil
}

func (w *world) dial(ctx context.Context, network, address string) (net.Conn, error) {
	w.mu.Lock()
	w.dials = append(w.dials, address)
	w.mu.Unlock()
	return new(net.Dialer).DialContext(ctx, network, w.server.Listener.Addr().String())
}

// Forbidden addresses are not reached. The dialer is asked for public addresses only and
// connects to a server on loopback.
func TestForgedRequestsAreRefused(t *testing.T) {
	const metadata = "169.254.169.254"
	for name, c := range map[string]struct {
		url      string
		redirect string
		answers  map[string][]string
		dials    string // what was connected to before the refusal
	}{
		"loopback name":            {url: "https://inside.test/", answers: map[string][]string{"inside.test": {"127.0.0.1"}}},
		"localhost":                {url: "https://localhost/", answers: map[string][]string{"localhost": {"127.0.0.1 ::1"}}},
		"private name":             {url: "https://inside.test/", answers: map[string][]string{"inside.test": {"10.1.2.3"}}},
		"link-local name":          {url: "https://inside.test/", answers: map[string][]string{"inside.test": {metadata}}},
		"one address of many":      {url: "https://inside.test/", answers: map[string][]string{"inside.test": {"8.8.8.8 10.0.0.1"}}},
		"mapped IPv6 of a name":    {url: "https://inside.test/", answers: map[string][]string{"inside.test": {"::ffff:10.0.0.1"}}},
		"address":                  {url: "https://127.0.0.1/"},
		"metadata":                 {url: "https://" + metadata + "/latest/meta-data"},
		"all zeros":                {url: "https://0.0.0.0/"},
		"short address":            {url: "https://127.1/"},
		"decimal address":          {url: "https://2130706433/"},
		"octal address":            {url: "https://0177.0.0.1/"},
		"hexadecimal address":      {url: "https://0x7f000001/"},
		"hexadecimal parts":        {url: "https://0x7f.0.0.0x1/"},
		"address with a dot":       {url: "https://127.0.0.1./"},
		"IPv6 loopback":            {url: "https://[::1]/"},
		"IPv6 unspecified":         {url: "https://[::]/"},
		"IPv6 mapped":              {url: "https://[::ffff:127.0.0.1]/"},
		"IPv6 mapped, hexadecimal": {url: "https://[::ffff:7f00:1]/"},
		"IPv6 compatible":          {url: "https://[::127.0.0.1]/"},
		"IPv6 unique local":        {url: "https://[fd00:ec2::254]/"},
		"IPv6 link-local":          {url: "https://[fe80::1]/"},
		"IPv6 zone":                {url: "https://[fe80::1%25eth0]/"},
		"IPv6 translated":          {url: "https://[64:ff9b::7f00:1]/"},
		"IPv6 6to4":                {url: "https://[2002:7f00:1::]/"},
		"IPv6 Teredo":              {url: "https://[2001:0:102:304::80ff:fffe]/"},
		"full-width address":       {url: "https://１２７.０.０.１/"},
		"full-width, hexadecimal":  {url: "https://０x7f000001/", answers: map[string][]string{"0x7f000001": {"127.0.0.1"}}},
		"no address":               {url: "https://inside.test/", answers: map[string][]string{"inside.test": {"-"}}},
		"user":                     {url: "https://public.test@inside.test/"},
		"user and password":        {url: "https://public.test:443@127.0.0.1/"},
		"port":                     {url: "https://public.test:22/"},
		"port 0":                   {url: "https://public.test:0/"},
		"port of another service":  {url: "https://public.test:6379/"},
		"no https":                 {url: "http://public.test/"},
		"file":                     {url: "file:///etc/passwd"},
		"gopher":                   {url: "gopher://public.test/"},
		"no host":                  {url: "https:///x"},
		"not allowed":              {url: "https://other.test/"},
		"redirect to an address":   {url: "https://public.test/", redirect: "https://127.0.0.1/", dials: "8.8.8.8:443"},
		"redirect to metadata":     {url: "https://public.test/", redirect: "http://" + metadata + "/", dials: "8.8.8.8:443"},
		"redirect to a private name": {url: "https://public.test/", redirect: "https://inside.test/",
			answers: map[string][]string{"inside.test": {"192.168.0.1"}}, dials: "8.8.8.8:443"},
		"redirect to http":       {url: "https://public.test/", redirect: "http://public.test/", dials: "8.8.8.8:443"},
		"redirect to a port":     {url: "https://public.test/", redirect: "https://public.test:8443/", dials: "8.8.8.8:443"},
		"redirect with a user":   {url: "https://public.test/", redirect: "https://a@public.test/", dials: "8.8.8.8:443"},
		"redirect not allowed":   {url: "https://public.test/", redirect: "https://other.test/", dials: "8.8.8.8:443"},
		"redirect to a file":     {url: "https://public.test/", redirect: "file:///etc/passwd", dials: "8.8.8.8:443"},
		"name that changes":      {url: "https://public.test/", redirect: "https://inside.test/", answers: map[string][]string{"inside.test": {"127.0.0.1"}, "public.test": {"8.8.8.8", "127.0.0.1"}}, dials: "8.8.8.8:443"},
		"name that changes back": {url: "https://changes.test/", answers: map[string][]string{"changes.test": {"127.0.0.1", "8.8.8.8"}}},
	} {
		t.Run(name, func(t *testing.T) {
			w := &world{names: map[string][]string{"public.test": {"8.8.8.8"}, "other.test": {"8.8.4.4"}}}
			for host, answers := range c.answers {
				w.names[host] = answers
			}
			var config httptask.Config
			w.server, config = serve(t, func(rw http.ResponseWriter, r *http.Request) {
				if c.redirect != "" && r.Host == "public.test" {
					http.Redirect(rw, r, c.redirect, http.StatusFound)
				}
			})
			config.AllowAddress, config.Ports = nil, nil
			config.LookupNetIP, config.DialContext = w.lookup, w.dial
			config.Allow = func(u *url.URL) bool { return u.Hostname() != "other.test" }
			config.Client = insecure(config.Client)
			config.NoConnectionNeeded = true
			_, err := run(t, config, invoke, map[string]string{"ApiEndpoint": c.url, "Method": "GET"})
			require.ErrorIs(t, err, &asl.Error{Name: asl.StatesPermissions})
			require.Equal(t, c.dials, strings.Join(w.dials, " "))
		})
	}
}

// Config.AllowAddress gets the address that is reached, however it is written. A host
// that forbids some addresses also forbids their other forms.
func TestAllowAddressIsAskedForTheAddressThatIsReached(t *testing.T) {
	for name, c := range map[string]struct {
		forbidden, address string
		reached            string // empty: it is not
	}{
		"itself":                           {"127.0.0.1", "127.0.0.1", ""},
		"another":                          {"127.0.0.1", "127.0.0.2", "127.0.0.2"},
		"mapped":                           {"127.0.0.1", "::ffff:127.0.0.1", ""},
		"mapped, hexadecimal":              {"169.254.169.254", "::ffff:a9fe:a9fe", ""},
		"another, mapped":                  {"127.0.0.1", "::ffff:127.0.0.2", "127.0.0.2"},
		"compatible":                       {"127.0.0.1", "::127.0.0.1", ""},
		"another, compatible":              {"127.0.0.1", "::127.0.0.2", "::7f00:2"},
		"NAT64":                            {"169.254.169.254", "64:ff9b::169.254.169.254", ""},
		"NAT64 of a network":               {"169.254.169.254", "64:ff9b:1::169.254.169.254", ""},
		"NAT64 of a network, after 48 bit": {"169.254.169.254", "64:ff9b:1:a9fe:a9:fe00::", ""},
		"another, NAT64":                   {"169.254.169.254", "64:ff9b::8.8.8.8", "64:ff9b::808:808"},
		"6to4":                             {"10.0.0.1", "2002:a00:1::1", ""},
		"another, 6to4":                    {"10.0.0.1", "2002:a00:2::1", "2002:a00:2::1"},
		"Teredo's client":                  {"10.0.0.1", "2001:0:102:304::f5ff:fffe", ""},
		"Teredo's server":                  {"1.2.3.4", "2001:0:102:304::f5ff:fffe", ""},
		"unspecified":                      {"127.0.0.1", "0.0.0.0", ""},
		"unspecified IPv6":                 {"::1", "::", ""},
		"unspecified IPv6 for IPv4":        {"127.0.0.1", "::", ""},
		"loopback":                         {"127.0.0.1", "::1", "::1"},
		"zone":                             {"fe80::1", "fe80::1%eth0", ""},
		"another, with a zone":             {"fe80::1", "fe80::2%eth0", ""},
	} {
		literal := c.address
		if strings.Contains(literal, ":") {
			literal = "[" + strings.ReplaceAll(literal, "%", "%25") + "]"
		}
		dialed := ""
		if c.reached != "" {
			dialed = net.JoinHostPort(c.reached, "443")
		}
		for way, to := range map[string]struct {
			url, redirect, endpoint string
			dials                   string
		}{
			"address":                {"https://" + literal + "/", "", "", dialed},
			"name":                   {"https://name.test/", "", "", dialed},
			"redirect":               {"https://first.test/", "https://" + literal + "/", "", "8.8.8.8:443 " + dialed},
			"authorization endpoint": {"https://first.test/", "", "https://" + literal + "/", dialed + " 8.8.8.8:443"},
		} {
			t.Run(name+" by "+way, func(t *testing.T) {
				w := &world{names: map[string][]string{"name.test": {c.address}, "first.test": {"8.8.8.8"}}}
				var config httptask.Config
				w.server, config = serve(t, func(rw http.ResponseWriter, r *http.Request) {
					if to.redirect != "" && r.Host == "first.test" {
						http.Redirect(rw, r, to.redirect, http.StatusFound)
					}
					_, _ = rw.Write([]byte(`{"access_token": "t"}`))
				})
				input := map[string]any{"ApiEndpoint": to.url, "Method": "GET"}
				if to.endpoint != "" {
					config.Connection = fixed(&httptask.Connection{OAuth: &httptask.OAuth{Endpoint: to.endpoint}})
					input["Authentication"] = map[string]string{"ConnectionArn": "c"}
				}
				config.NoConnectionNeeded = true
				config.Ports, config.Client = nil, insecure(config.Client)
				config.AllowAddress = func(addr netip.Addr) bool { return addr != netip.MustParseAddr(c.forbidden) }
				config.LookupNetIP, config.DialContext = w.lookup, w.dial
				_, err := run(t, config, invoke, input)
				if c.reached != "" {
					require.NoError(t, err)
					require.Equal(t, to.dials, strings.Join(w.dials, " "))
					return
				}
				require.ErrorIs(t, err, &asl.Error{Name: asl.StatesPermissions})
				require.LessOrEqual(t, len(w.dials), strings.Count(way, "redirect"))
			})
		}
	}
}

// insecure accepts the test server's certificate under any name.
func insecure(c *http.Client) *http.Client {
	transport := c.Transport.(*http.Transport).Clone()
	transport.TLSClientConfig.InsecureSkipVerify = true
	transport.DisableKeepAlives = true
	return &http.Client{Transport: transport}
}

// A name is resolved once for each connection, and the connection goes to that address.
func TestConnectionGoesToTheAddressThatWasLookedAt(t *testing.T) {
	w := &world{names: map[string][]string{"changes.test": {"::ffff:8.8.8.8", "127.0.0.1"}}}
	var config httptask.Config
	w.server, config = serve(t, func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write([]byte("1")) })
	config.AllowAddress, config.Ports = nil, nil
	config.LookupNetIP, config.DialContext = w.lookup, w.dial
	config.Client = insecure(config.Client)
	out, err := run(t, config, "https://changes.test/", nil)
	require.NoError(t, err)
	require.Equal(t, "1", out)
	require.Equal(t, []string{"8.8.8.8:443"}, w.dials)
	_, err = run(t, config, "https://changes.test/", nil)
	require.ErrorIs(t, err, &asl.Error{Name: asl.StatesPermissions})
	require.Equal(t, []string{"8.8.8.8:443"}, w.dials)
}

func TestNothingIsAllowedByDefault(t *testing.T) {
	s, _ := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was made") })
	for _, config := range []httptask.Config{
		{},
		{Allow: func(*url.URL) bool { return true }, Ports: []int{port(t, s)}},
	} {
		_, err := run(t, config, s.URL, nil)
		require.ErrorIs(t, err, &asl.Error{Name: asl.StatesPermissions})
	}
}

func TestRedirects(t *testing.T) {
	s, config := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Query().Get("n"))
		if n > 0 {
			http.Redirect(w, r, "/?n="+strconv.Itoa(n-1), http.StatusTemporaryRedirect)
			return
		}
		_, _ = w.Write([]byte(`"` + r.Method + `"`))
	})
	out, err := run(t, config, s.URL+"/?n=9", nil)
	require.NoError(t, err)
	require.Equal(t, `"POST"`, out)
	_, err = run(t, config, s.URL+"/?n=10", nil)
	require.ErrorIs(t, err, &asl.Error{Name: httptask.StatesHTTPSocket})
	require.ErrorContains(t, err, "more than 10 redirects")
	config.NoRedirects = true
	_, err = run(t, config, s.URL+"/?n=1", nil)
	require.ErrorIs(t, err, &asl.Error{Name: "States.Http.StatusCode.307"})
}

func TestConnectionDoesNotFollowARedirectElsewhere(t *testing.T) {
	other, _ := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the secret was sent elsewhere") })
	s, config := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	})
	config.Ports = append(config.Ports, port(t, other))
	config.Connection = fixed(&httptask.Connection{APIKey: &httptask.APIKey{Name: "X-Api-Key", Value: "k"}})
	_, err := run(t, config, invoke, parameters(s.URL, `"Method": "GET"`))
	require.ErrorIs(t, err, &asl.Error{Name: asl.StatesPermissions})
}

func TestTransportThatBypassesTheGuardIsRejected(t *testing.T) {
	for want, transport := range map[string]http.RoundTripper{
		"httptask: the Client's Transport must be an *http.Transport, not http.fileTransport": http.NewFileTransport(http.Dir(".")),
		"httptask: the Client's Transport must not have DialTLSContext":                       &http.Transport{DialTLSContext: new(net.Dialer).DialContext},
	} {
		_, err := httptask.New(httptask.Config{Client: &http.Client{Transport: transport}})
		require.EqualError(t, err, want)
	}
}
