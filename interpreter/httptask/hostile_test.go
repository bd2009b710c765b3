package httptask_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/httptask"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// hostile writes a response and waits until the client has closed the connection.
type hostile func(w io.Writer) error

// says responds with a fixed string to any request.
func says(text string) hostile {
	return func(w io.Writer) error { _, err := io.WriteString(w, text); return err }
}

// forever responds with a string and then repeats another one.
func forever(text, again string) hostile {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		for block := strings.Repeat(again, 1+4096/len(again)); err == nil; {
			_, err = io.WriteString(w, block)
		}
		return err
	}
}

// hang takes over the connection of a request. It returns once the client has closed it,
// unless the response ends with the server closing it.
func (h hostile) hang(t testing.TB, w http.ResponseWriter) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close()
	if err := h(conn); err == nil {
		_, _ = io.Copy(io.Discard, conn)
	}
}

// cut closes the connection after a response.
var errCut = errors.New("cut")

func cut(text string) hostile {
	return func(w io.Writer) error { _, _ = io.WriteString(w, text); return errCut }
}

const (
	ok      = "HTTP/1.1 200 OK\r\n"
	chunked = "Transfer-Encoding: chunked\r\n\r\n"
)

func gzipped(size int) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(make([]byte, size))
	_ = w.Close()
	return fmt.Sprintf(ok+"Content-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", b.Len(), b.String())
}

// hostiles are responses of a malicious server and the error names that they cause,
// empty for none. The timeout ends the slow ones.
var hostiles = map[string]struct {
	answer hostile
	want   string
	slow   bool
}{
	"101 that takes the connection":   {says("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"), "States.Http.StatusCode.101", false},
	"101 that talks":                  {forever("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", "x"), "States.Http.StatusCode.101", false},
	"101 without Upgrade":             {says("HTTP/1.1 101 Switching Protocols\r\n\r\n"), "States.Http.StatusCode.101", false},
	"100, 102 and 103 first":          {says("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" + ok + "Content-Length: 2\r\n\r\n{}"), "", false},
	"103 without end":                 {forever("", "HTTP/1.1 103 Early Hints\r\n\r\n"), httptask.StatesHTTPSocket, false},
	"100 and nothing":                 {says("HTTP/1.1 100 Continue\r\n\r\n"), httptask.StatesHTTPSocket, true},
	"199 and an end":                  {cut("HTTP/1.1 199 Almost\r\n\r\n"), httptask.StatesHTTPSocket, false},
	"300":                             {says("HTTP/1.1 300 Multiple Choices\r\nContent-Length: 0\r\n\r\n"), "States.Http.StatusCode.300", false},
	"302 without Location":            {says("HTTP/1.1 302 Found\r\n\r\n"), "States.Http.StatusCode.302", false},
	"302 to nothing that can be read": {says("HTTP/1.1 302 Found\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n"), httptask.StatesHTTPSocket, false},
	"302 to itself":                   {says("HTTP/1.1 302 Found\r\nLocation: ?\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"), httptask.StatesHTTPSocket, false},
	"302 with a body without end":     {forever("HTTP/1.1 302 Found\r\nLocation: ?\r\n"+chunked, "1\r\nx\r\n"), httptask.StatesHTTPSocket, false},
	"299":                             {says("HTTP/1.1 299 Odd\r\nContent-Length: 2\r\n\r\n{}"), "", false},
	"000":                             {says("HTTP/1.1 000 Nothing\r\n\r\n"), "States.Http.StatusCode.0", false},
	"600":                             {says("HTTP/1.1 600 More\r\n\r\n"), "States.Http.StatusCode.600", false},
	"999":                             {says("HTTP/1.1 999 Most\r\n\r\n"), "States.Http.StatusCode.999", false},
	"1000":                            {says("HTTP/1.1 1000 Too many\r\n\r\n"), httptask.StatesHTTPSocket, false},
	"an error without a body's end":   {forever("HTTP/1.1 500 Sorry\r\n\r\n", "x"), "States.Http.StatusCode.500", false},
	"an error whose body never comes": {says("HTTP/1.1 500 Sorry\r\nContent-Length: 5\r\n\r\n"), "States.Http.StatusCode.500", false},
	"an error cut off":                {cut("HTTP/1.1 503 Sorry\r\nContent-Length: 5\r\n\r\nx"), "States.Http.StatusCode.503", false},
	"no HTTP":                         {says("SSH-2.0-OpenSSH_9.9\r\n"), httptask.StatesHTTPSocket, false},
	"no HTTP without end":             {forever("", "x"), httptask.StatesHTTPSocket, false},
	"a header without end":            {forever(ok+"X: ", "x"), httptask.StatesHTTPSocket, false},
	"headers without end":             {forever(ok, "X: y\r\n"), httptask.StatesHTTPSocket, false},
	"nothing":                         {says(""), httptask.StatesHTTPSocket, true},
	"an end":                          {cut(""), httptask.StatesHTTPSocket, false},
	"less than Content-Length":        {cut(ok + "Content-Length: 5\r\n\r\n{}"), httptask.StatesHTTPSocket, false},
	"less, and no end":                {says(ok + "Content-Length: 5\r\n\r\n{}"), httptask.StatesHTTPSocket, true},
	"more than Content-Length":        {says(ok + "Content-Length: 2\r\n\r\n{}{}{}{}"), "", false},
	"two lengths":                     {says(ok + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"), httptask.StatesHTTPSocket, false},
	"a negative length":               {says(ok + "Content-Length: -2\r\n\r\n{}"), httptask.StatesHTTPSocket, false},
	"a length of 2^63":                {says(ok + "Content-Length: 9223372036854775808\r\n\r\n{}"), httptask.StatesHTTPSocket, false},
	"a length of 2^63-1":              {forever(ok+"Content-Length: 9223372036854775807\r\n\r\n", "x"), asl.StatesDataLimitExceeded, false},
	"a body without end":              {forever(ok+"\r\n", "x"), asl.StatesDataLimitExceeded, false},
	"chunks without end":              {forever(ok+chunked, "1\r\nx\r\n"), asl.StatesDataLimitExceeded, false},
	"a chunk without end":             {forever(ok+chunked+"7fffffffffffffff\r\n", "x"), asl.StatesDataLimitExceeded, false},
	"a chunk's size without end":      {forever(ok+chunked, "0"), httptask.StatesHTTPSocket, false},
	"a chunk's extension without end": {forever(ok+chunked+"1;", "x"), httptask.StatesHTTPSocket, false},
	"chunks of nothing but extension": {forever(ok+chunked, "1;"+strings.Repeat("x", 2000)+"\r\ny\r\n"), httptask.StatesHTTPSocket, false},
	"a trailer":                       {says(ok + "Trailer: X\r\n" + chunked + "2\r\n{}\r\n0\r\nX: y\r\n\r\n"), "", false},
	"a trailer without end":           {forever(ok+"Trailer: X\r\n"+chunked+"2\r\n{}\r\n0\r\nX: ", "x"), httptask.StatesHTTPSocket, false},
	"a slow body":                     {slowly(ok + "Content-Length: 1000000\r\n\r\n"), httptask.StatesHTTPSocket, true},
	"a gzip bomb":                     {says(gzipped(50 << 20)), "", false},
	"two answers":                     {says(strings.Repeat(ok+"Content-Length: 2\r\n\r\n{}", 2)), "", false},
	"204 with a body":                 {forever("HTTP/1.1 204 No Content\r\n\r\n", "x"), "", false},
}

// slowly writes a string, and then one byte a second until that fails.
func slowly(text string) hostile {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		for err == nil {
			_, err = io.WriteString(w, "x")
			time.Sleep(time.Second)
		}
		return err
	}
}

// pipes is a listener whose connections are in-memory pipes.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	dials  atomic.Int32
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.closed); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	p.dials.Add(1)
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

const pipeURL = "http://127.0.0.1"

// inBubble runs a test under synctest, with a server that is reached by pipes. Time is
// virtual, and goroutines that do not end fail the test.
func inBubble(t *testing.T, h http.HandlerFunc, f func(*testing.T, *pipes, httptask.Config)) {
	t.Helper()
	log.SetOutput(io.Discard) // net/http complains about servers that talk too much
	defer log.SetOutput(os.Stderr)
	synctest.Test(t, func(t *testing.T) {
		p := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
		s := &http.Server{Handler: h}
		go func() { _ = s.Serve(p) }()
		t.Cleanup(func() { _ = s.Close() })
		f(t, p, httptask.Config{
			Allow: func(*url.URL) bool { return true }, AllowAddress: netip.Addr.IsLoopback, DialContext: p.dial,
			PlainHTTP: true, Connection: fixed(&httptask.Connection{}),
		})
		time.Sleep(time.Minute) // servers that sleep see that nobody listens
	})
}

// call calls http:invoke without an interpreter.
func invocation(ctx context.Context, h *httptask.Tasks, url string) (any, error) {
	r := machine.ParseResource(invoke)
	input, err := value.Parse(parameters(url, `"Method": "GET"`))
	if err != nil {
		return nil, err
	}
	return h.Handle(ctx, &interpreter.Task{Resource: &r, Input: input})
}

// The header of a response decides. A task ends at once or after the timeout, whatever
// the server does.
func TestHostileServers(t *testing.T) {
	for name, c := range hostiles {
		t.Run(name, func(t *testing.T) {
			answer := func(w http.ResponseWriter, _ *http.Request) { c.answer.hang(t, w) }
			inBubble(t, answer, func(t *testing.T, _ *pipes, config httptask.Config) {
				start := time.Now()
				_, err := invocation(background, tasks(t, config), pipeURL)
				requireNamed(t, c.want, err)
				require.Equal(t, c.slow, time.Since(start) >= httptask.DefaultTimeout, time.Since(start))
			})
		})
	}
}

func requireNamed(t testing.TB, want string, err error) {
	t.Helper()
	if want == "" {
		require.NoError(t, err)
		return
	}
	var e *asl.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, want, e.Name)
	require.Less(t, len(e.Cause), 2<<10)
}

// After any response of an authorization endpoint, the next call asks again.
func TestHostileAuthorizationEndpoints(t *testing.T) {
	for name, c := range hostiles {
		t.Run(name, func(t *testing.T) {
			var good atomic.Bool
			answer := func(w http.ResponseWriter, r *http.Request) {
				switch {
				case !strings.HasPrefix(r.URL.Path, "/token"):
					_, _ = io.WriteString(w, r.Header.Get("Authorization"))
				case good.Load():
					_, _ = io.WriteString(w, `{"access_token": "t"}`)
				default:
					c.answer.hang(t, w)
				}
			}
			inBubble(t, answer, func(t *testing.T, _ *pipes, config httptask.Config) {
				config.Connection = fixed(&httptask.Connection{OAuth: &httptask.OAuth{Endpoint: pipeURL + "/token"}})
				config.Client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // each answer to a request
				h := tasks(t, config)
				for range 2 {
					_, err := invocation(background, h, pipeURL)
					if c.want == httptask.StatesHTTPSocket {
						requireNamed(t, httptask.StatesHTTPSocket, err)
					} else {
						requireNamed(t, httptask.ConnectionNotAuthorized, err)
					}
				}
				good.Store(true)
				require.Equal(t, "Bearer t", body(t, h, parameters(pipeURL, `"Method": "GET"`)))
			})
		})
	}
}

// A worker is released as soon as the header of a response has arrived.
func TestWorkerIsFreeAfterAnAnswerThatIsRefused(t *testing.T) {
	answer := func(w http.ResponseWriter, _ *http.Request) {
		hostiles["101 that takes the connection"].answer.hang(t, w)
	}
	inBubble(t, answer, func(t *testing.T, _ *pipes, config httptask.Config) {
		in := interpreter.New(interpreter.Config{Resolver: tasks(t, config), Workers: 1})
		p, err := interpreter.Compile([]byte(`{"StartAt": "Call", "States": {"Call": {"Type": "Task", "Resource": "`+invoke+`", "TimeoutSeconds": 30, "End": true}}}`), interpreter.Options{})
		require.NoError(t, err)
		start := time.Now()
		for range 3 {
			_, err := interpreter.Run[any](background, in, p, parameters(pipeURL, `"Method": "GET"`))
			require.ErrorIs(t, err, &asl.Error{Name: "States.Http.StatusCode.101"})
		}
		require.NoError(t, in.Shutdown(background))
		require.Zero(t, time.Since(start))
	})
}

// The body of an error is read if it is short, so that its connection is reused.
func TestShortErrorKeepsTheConnection(t *testing.T) {
	for length, connections := range map[int]int32{0: 1, 10_000: 1, 100_000: 5} {
		answer := func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(404)
			_, _ = io.WriteString(w, strings.Repeat("x", length))
		}
		inBubble(t, answer, func(t *testing.T, p *pipes, config httptask.Config) {
			h := tasks(t, config)
			for range 5 {
				_, err := invocation(background, h, pipeURL)
				requireNamed(t, "States.Http.StatusCode.404", err)
			}
			require.Equal(t, connections, p.dials.Load(), length)
		})
	}
}

// The same rules hold for HTTP/2, which has no phrases and whose streams need not end.
func TestHostileServersOverHTTP2(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"200": {func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, `{}`) }, ""},
		"204": {status(204), ""},
		"404": {status(404), "States.Http.StatusCode.404"},
		"an error whose body never ends": {func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(500)
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, strings.Repeat("x", 1<<10))
			}
		}, "States.Http.StatusCode.500"},
		"a body without end": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, strings.Repeat("x", 1<<10))
			}
		}, asl.StatesDataLimitExceeded},
		"a header over the limit": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X", strings.Repeat("x", 1<<20))
		}, httptask.StatesHTTPSocket},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.ProtoMajor != 2 {
					t.Errorf("the request came by %s", r.Proto)
				}
				c.answer(w, r)
			}))
			s.EnableHTTP2 = true
			s.StartTLS()
			t.Cleanup(s.Close)
			_, err := invocation(background, tasks(t, httptask.Config{
				Client: s.Client(), Allow: func(*url.URL) bool { return true }, AllowAddress: netip.Addr.IsLoopback,
				Ports: []int{port(t, s)}, Connection: fixed(&httptask.Connection{}),
			}), s.URL)
			requireNamed(t, c.want, err)
		})
	}
}
