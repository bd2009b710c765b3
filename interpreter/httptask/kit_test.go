package httptask_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/httptask"
	"github.com/gostates/gostates/value"
)

var background = context.Background()

// serve returns a TLS server on loopback and a Config that reaches it.
func serve(t testing.TB, h http.HandlerFunc) (*httptest.Server, httptask.Config) {
	t.Helper()
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		require.True(t, soon(func() bool { return runtime.NumGoroutine() <= before }), "goroutines stay behind")
	})
	s := httptest.NewTLSServer(h)
	t.Cleanup(s.Close)
	return s, httptask.Config{
		Client:       s.Client(),
		Allow:        func(*url.URL) bool { return true },
		AllowAddress: netip.Addr.IsLoopback,
		Ports:        []int{port(t, s)},
	}
}

func port(t testing.TB, s *httptest.Server) int {
	u, err := url.Parse(s.URL)
	require.NoError(t, err)
	n, err := strconv.Atoi(u.Port())
	require.NoError(t, err)
	return n
}

// soon waits up to two minutes until is returns true.
func soon(is func() bool) bool {
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); runtime.Gosched() {
		if is() {
			return true
		}
	}
	return is()
}

func tasks(t testing.TB, c httptask.Config) *httptask.Tasks {
	t.Helper()
	h, err := httptask.New(c)
	require.NoError(t, err)
	t.Cleanup(h.Close)
	return h
}

// run runs a single Task state.
func run(t testing.TB, c httptask.Config, resource string, input any) (string, error) {
	t.Helper()
	in := interpreter.New(interpreter.Config{Resolver: tasks(t, c)})
	defer in.Close()
	p, err := interpreter.Compile([]byte(`{"StartAt": "Call", "States": {"Call": {"Type": "Task", "Resource": "`+resource+`", "End": true}}}`), interpreter.Options{})
	require.NoError(t, err)
	e, err := in.Start(background, p, input, interpreter.StartOptions{})
	require.NoError(t, err)
	if err := e.Wait(background); err != nil {
		return "", err
	}
	out, err := e.Output()
	return value.String(out), err
}

const invoke = "arn:aws:states:::http:invoke"

// body runs http:invoke and returns the ResponseBody, which must be a string.
func body(t testing.TB, h *httptask.Tasks, parameters []byte) string {
	t.Helper()
	in := interpreter.New(interpreter.Config{Resolver: h})
	defer in.Close()
	p, err := interpreter.Compile([]byte(`{"StartAt": "Call", "States": {"Call": {"Type": "Task", "Resource": "`+invoke+`",
		"OutputPath": "$.ResponseBody", "End": true}}}`), interpreter.Options{})
	require.NoError(t, err)
	out, err := interpreter.Run[string](background, in, p, parameters)
	require.NoError(t, err)
	return out
}
