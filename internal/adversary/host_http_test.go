package adversary

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/httptask"
)

// talk is a connection to a server that answers every request with a string, if any,
// and says no more until the client closes the connection.
func talk(answer string) net.Conn {
	ours, theirs := net.Pipe()
	go func() {
		defer theirs.Close()
		requests := bufio.NewReader(theirs)
		for {
			if _, err := http.ReadRequest(requests); err != nil {
				return
			}
			if _, err := io.WriteString(theirs, answer); err != nil {
				return
			}
		}
	}()
	return ours
}

const (
	callHTTP = `{"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "arn:aws:states:::http:invoke", "TimeoutSeconds": 20, "End": true,
		"Parameters": {"ApiEndpoint": "https://api.example", "Method": "GET", "Authentication": {"ConnectionArn":
			"arn:aws:events:us-east-1:111111111111:connection/c/1"}}}}}`
	plainHTTP = `{"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "http://api.example", "TimeoutSeconds": 20, "End": true}}}`
	answer200 = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
)

// httpConfig reaches a server that answers with a string.
func httpConfig(answer string) httptask.Config {
	return httptask.Config{
		Allow:        func(*url.URL) bool { return true },
		AllowAddress: func(netip.Addr) bool { return true },
		PlainHTTP:    true,
		LookupNetIP: func(context.Context, string, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("192.0.2.1")}, nil
		},
		DialContext: func(context.Context, string, string) (net.Conn, error) { return talk(answer), nil },
		Connection: func(context.Context, string) (*httptask.Connection, error) {
			return &httptask.Connection{}, nil
		},
	}
}

// invokeHTTP runs one call in an interpreter with one worker, which must be free again
// although nothing is as it should be.
func invokeHTTP(t *testing.T, c httptask.Config, definition string) error {
	t.Helper()
	tasks, err := httptask.New(c)
	require.NoError(t, err)
	in := interpreter.New(interpreter.Config{Workers: 1, Logger: discard, Resolver: interpreter.Resolvers{tasks, handlers(nil)}})
	e, err := in.Start(background, compile(t, definition), nil, interpreter.StartOptions{})
	require.NoError(t, err)
	err = e.Wait(background)
	synctest.Wait()
	neighbour(t, in)
	require.NoError(t, in.Shutdown(background))
	tasks.Close()
	return err
}

// Hooks of httptask run on the goroutines of tasks and of net/http: they fail the
// task.
func TestHooksOfHTTPTasks(t *testing.T) {
	for hook, set := range map[string]func(c *httptask.Config, act func()){
		"Allow": func(c *httptask.Config, act func()) { c.Allow = func(*url.URL) bool { act(); return true } },
		"AllowAddress": func(c *httptask.Config, act func()) {
			c.AllowAddress = func(netip.Addr) bool { act(); return true }
		},
		"LookupNetIP": func(c *httptask.Config, act func()) {
			c.LookupNetIP = func(context.Context, string, string) ([]netip.Addr, error) { act(); return nil, errBroken }
		},
		"DialContext": func(c *httptask.Config, act func()) {
			c.DialContext = func(context.Context, string, string) (net.Conn, error) { act(); return nil, errBroken }
		},
		"Connection": func(c *httptask.Config, act func()) {
			c.Connection = func(context.Context, string) (*httptask.Connection, error) { act(); return nil, errBroken }
		},
		"CheckRedirect": func(c *httptask.Config, act func()) {
			c.DialContext = func(context.Context, string, string) (net.Conn, error) {
				return talk("HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n"), nil
			}
			c.Client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { act(); return nil }}
		},
	} {
		for doing, act := range map[string]func(){"panics": boom, "ends its goroutine": runtime.Goexit} {
			t.Run(hook+" "+doing, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c := httpConfig(answer200)
					set(&c, act)
					definition := plainHTTP
					if hook == "Connection" {
						definition = callHTTP
					}
					var failed *interpreter.ExecutionError
					require.ErrorAs(t, invokeHTTP(t, c, definition), &failed)
					require.Equal(t, "Work", failed.State)
				})
			})
		}
	}
}

// A hook of httptask that blocks holds its worker until it returns, and nothing else.
func TestHookOfHTTPTasksThatBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, release := httpConfig(answer200), make(chan struct{})
		c.Allow = func(*url.URL) bool { <-release; return true }
		tasks, err := httptask.New(c)
		require.NoError(t, err)
		in := interpreter.New(interpreter.Config{Workers: 2, Resolver: interpreter.Resolvers{tasks, handlers(nil)}})
		e, err := in.Start(background, compile(t, plainHTTP), nil, interpreter.StartOptions{})
		require.NoError(t, err)
		begun := time.Now()
		require.ErrorContains(t, e.Wait(background), "States.Timeout")
		require.Equal(t, 20*time.Second, time.Since(begun))
		neighbour(t, in)
		close(release)
		require.NoError(t, in.Shutdown(background))
		tasks.Close()
	})
}

// A server may do what it likes: the task is over no later than its timeout, and
// leaves neither a goroutine nor a connection.
func TestHostileServersEndNoLaterThanTheTask(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		want   string // empty: it succeeds
	}{
		"honest":               {answer200, ""},
		"silent":               {"", "States.Timeout"},
		"switches protocols":   {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", "States.Http.StatusCode.101"},
		"stops in the header":  {"HTTP/1.1 200 OK\r\nX: ", "States.Timeout"},
		"stops in the body":    {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", "States.Timeout"},
		"refuses without end":  {"HTTP/1.1 500 Oh\r\nContent-Length: 999999999\r\n\r\n", "States.Http.StatusCode.500"},
		"speaks no HTTP":       {"\x00\x01\x02\r\n\r\n", "States.Http.Socket"},
		"redirects for ever":   {"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", "States."},
		"body of no JSON type": {"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n{", "States."},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begun := time.Now()
				err := invokeHTTP(t, httpConfig(c.answer), plainHTTP)
				require.LessOrEqual(t, time.Since(begun), 20*time.Second)
				if c.want == "" {
					require.NoError(t, err)
				} else {
					require.ErrorContains(t, err, c.want)
				}
			})
		})
	}
}
