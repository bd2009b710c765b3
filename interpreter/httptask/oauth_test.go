package httptask_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/httptask"
	"github.com/gostates/gostates/value"
)

// tokenServer returns the tokens t1, t2 and so on at /token, when the test allows it.
// All other paths respond with the token of the request.
type tokenServer struct {
	asked   atomic.Int32
	ended   atomic.Int32  // requests for a token whose client went away
	release chan struct{} // each request for a token takes one; nil: none waits
}

func (s *tokenServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/token" {
		_, _ = io.WriteString(w, r.Header.Get("Authorization"))
		return
	}
	_, _ = io.Copy(io.Discard, r.Body)
	n := s.asked.Add(1)
	if s.release != nil {
		select {
		case <-s.release:
		case <-r.Context().Done():
			s.ended.Add(1)
			return
		}
	}
	_, _ = fmt.Fprintf(w, `{"access_token": "t%d"}`, n)
}

func oauth(config httptask.Config) httptask.Config {
	config.Connection = fixed(&httptask.Connection{OAuth: &httptask.OAuth{Endpoint: pipeURL + "/token"}})
	return config
}

// calling is a call that is running.
type calling struct {
	cancel context.CancelFunc
	done   chan struct{}
	got    string
	err    error
}

func start(h *httptask.Tasks) *calling {
	c := &calling{done: make(chan struct{})}
	var ctx context.Context
	ctx, c.cancel = context.WithCancel(background)
	go func() {
		defer close(c.done)
		var out any
		if out, c.err = invocation(ctx, h, pipeURL); c.err == nil {
			v, _ := out.(*value.Object).Get("ResponseBody")
			c.got, _ = v.(string)
		}
	}()
	synctest.Wait()
	return c
}

func (c *calling) ended() bool {
	synctest.Wait()
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// Calls that need a token at the same time share one request. The end of one call does
// not end it for the others, even if that call made the request.
func TestCallsShareTheRequestForAToken(t *testing.T) {
	s := &tokenServer{}
	inBubble(t, s.ServeHTTP, func(t *testing.T, _ *pipes, config httptask.Config) {
		s.release = make(chan struct{})
		h := tasks(t, oauth(config))
		first, second, third := start(h), start(h), start(h)
		first.cancel()
		require.True(t, first.ended())
		requireNamed(t, httptask.StatesHTTPSocket, first.err)
		require.False(t, second.ended())
		s.release <- struct{}{}
		for _, c := range []*calling{second, third} {
			require.True(t, c.ended())
			require.NoError(t, c.err)
			require.Equal(t, "Bearer t1", c.got)
			c.cancel()
		}
		require.EqualValues(t, 1, s.asked.Load())
	})
}

// A request for a token ends when nobody waits for it any longer.
func TestRequestForATokenEndsWithTheLastCall(t *testing.T) {
	s := &tokenServer{}
	inBubble(t, s.ServeHTTP, func(t *testing.T, _ *pipes, config httptask.Config) {
		s.release = make(chan struct{})
		h := tasks(t, oauth(config))
		first, second := start(h), start(h)
		first.cancel()
		second.cancel()
		require.True(t, first.ended() && second.ended())
		require.EqualValues(t, 1, s.ended.Load())
		third := start(h)
		s.release <- struct{}{}
		require.True(t, third.ended())
		require.NoError(t, third.err)
		require.Equal(t, "Bearer t2", third.got)
		third.cancel()
	})
}

// A request for a token that times out fails all calls that wait for it. The next call
// asks again.
func TestRequestForATokenTimesOut(t *testing.T) {
	s := &tokenServer{}
	inBubble(t, s.ServeHTTP, func(t *testing.T, _ *pipes, config httptask.Config) {
		s.release = make(chan struct{}, 1)
		h := tasks(t, oauth(config))
		for range 3 {
			_, err := invocation(background, h, pipeURL)
			requireNamed(t, httptask.StatesHTTPSocket, err)
			require.ErrorContains(t, err, "The request timed out.")
		}
		synctest.Wait()
		s.release <- struct{}{}
		require.Equal(t, "Bearer t4", body(t, h, parameters(pipeURL, `"Method": "GET"`)))
	})
}

// A call whose token was rejected drops that token, but not a newer one.
func TestOnlyTheTokenThatWasRefusedIsDropped(t *testing.T) {
	var asked atomic.Int32
	var refusals chan struct{}
	answer := func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/token":
			_, _ = fmt.Fprintf(w, `{"access_token": "t%d"}`, asked.Add(1))
		case r.Header.Get("Authorization") == "Bearer t1":
			<-refusals
			w.WriteHeader(http.StatusUnauthorized)
		default:
			_, _ = io.WriteString(w, r.Header.Get("Authorization"))
		}
	}
	inBubble(t, answer, func(t *testing.T, _ *pipes, config httptask.Config) {
		refusals = make(chan struct{})
		h := tasks(t, oauth(config))
		for _, c := range []*calling{start(h), start(h)} {
			refusals <- struct{}{} // of either
			synctest.Wait()
			defer func() {
				require.True(t, c.ended())
				require.NoError(t, c.err)
				require.Equal(t, "Bearer t2", c.got)
				require.EqualValues(t, 2, asked.Load())
				c.cancel()
			}()
		}
	})
}

func TestAnswersOfAnAuthorizationEndpoint(t *testing.T) {
	for answer, want := range map[string]struct {
		header string
		lasts  time.Duration // until the token is asked for again
	}{
		`{"access_token": "t"}`: {"Bearer t", 3570 * time.Second},
		`{"access_token": "t", "token_type": "BEARER", "expires_in": 60}`: {"Bearer t", 30 * time.Second},
		`{"access_token": "t", "token_type": "MAC", "expires_in": "60"}`:  {"MAC t", 30 * time.Second},
		`{"access_token": "t", "expires_in": 60.5}`:                       {"Bearer t", 30 * time.Second},
		`{"access_token": "t", "expires_in": 10}`:                         {"Bearer t", 0},
		`{"access_token": "t", "expires_in": -1}`:                         {"Bearer t", 3570 * time.Second},
		`{"access_token": "t", "expires_in": 1e300}`:                      {"Bearer t", 1<<30*time.Second - 30*time.Second},
		`{"access_token": "t", "expires_in": null}`:                       {"Bearer t", 3570 * time.Second},
		`{"access_token": "a\r\nb"}`:                                      {},
		`{"access_token": "t", "token_type": "a\u0000"}`:                  {},
		`{"access_token": ""}`:                                            {},
		`{"access_token": 7}`:                                             {},
		`{"access_token": "t", "expires_in": "soon"}`:                     {},
		`[]`:                                     {},
		`null`:                                   {},
		`access_token=t`:                         {},
		`"` + strings.Repeat("x", 300<<10) + `"`: {},
	} {
		t.Run(answer[:min(len(answer), 80)], func(t *testing.T) {
			asked := 0
			inBubble(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/token" {
					asked++
					_, _ = io.WriteString(w, answer)
					return
				}
				_, _ = io.WriteString(w, r.Header.Get("Authorization"))
			}, func(t *testing.T, _ *pipes, config httptask.Config) {
				h := tasks(t, oauth(config))
				if want.header == "" {
					_, err := invocation(background, h, pipeURL)
					requireNamed(t, httptask.ConnectionNotAuthorized, err)
					return
				}
				read := func() string { return body(t, h, parameters(pipeURL, `"Method": "GET"`)) }
				require.Equal(t, want.header, read())
				time.Sleep(max(want.lasts-1, 0))
				read()
				require.Equal(t, want.lasts > 0, asked == 1)
				time.Sleep(time.Nanosecond)
				before := asked
				read()
				require.Equal(t, before+1, asked)
			})
		})
	}
}

// Config's functions run on goroutines of net/http and of the request for a token, where
// a panic would end the process.
func TestHooksThatPanicFailTheTask(t *testing.T) {
	redirect := func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/token", http.StatusFound) }
	for name, set := range map[string]func(*httptask.Config){
		"LookupNetIP": func(c *httptask.Config) {
			c.LookupNetIP = func(context.Context, string, string) ([]netip.Addr, error) { panic("hook") }
		},
		"DialContext": func(c *httptask.Config) {
			c.DialContext = func(context.Context, string, string) (net.Conn, error) { panic("hook") }
		},
		"DialContext without a connection": func(c *httptask.Config) {
			c.DialContext = func(context.Context, string, string) (net.Conn, error) { return nil, nil }
		},
		"AllowAddress": func(c *httptask.Config) {
			c.AllowAddress = func(netip.Addr) bool { panic("hook") }
		},
		"Allow": func(c *httptask.Config) {
			c.Allow = func(*url.URL) bool { panic("hook") }
		},
		"CheckRedirect": func(c *httptask.Config) {
			c.Client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { panic("hook") }}
		},
		"Now": func(c *httptask.Config) {
			c.Now = func() time.Time { panic("hook") }
		},
		"Connection": func(c *httptask.Config) {
			c.Connection = func(context.Context, string) (*httptask.Connection, error) { panic("hook") }
		},
	} {
		for kind, endpoint := range map[string]string{"call": "", "token": "http://name/token"} {
			t.Run(name+" of a "+kind, func(t *testing.T) {
				inBubble(t, redirect, func(t *testing.T, _ *pipes, config httptask.Config) {
					if endpoint != "" {
						config.Connection = fixed(&httptask.Connection{OAuth: &httptask.OAuth{Endpoint: endpoint}})
					}
					config.LookupNetIP = func(context.Context, string, string) ([]netip.Addr, error) {
						return []netip.Addr{netip.IPv6Loopback()}, nil
					}
					set(&config)
					in := interpreter.New(interpreter.Config{Resolver: tasks(t, config), Logger: slog.New(slog.DiscardHandler)})
					p, err := interpreter.Compile([]byte(`{"StartAt": "Call", "States": {"Call": {"Type": "Task", "Resource": "`+invoke+`", "End": true}}}`), interpreter.Options{})
					require.NoError(t, err)
					_, err = interpreter.Run[any](background, in, p, parameters("http://name", `"Method": "GET"`))
					var failed *interpreter.ExecutionError
					require.ErrorAs(t, err, &failed)
					require.NoError(t, in.Close())
				})
			})
		}
	}
}
