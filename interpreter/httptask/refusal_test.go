package httptask_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/httptask"
)

// The cause of a refusal names the field of Config that would allow the request.
func TestRefusalNamesTheFieldThatWouldAllowIt(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`1`))
	}))
	defer server.Close()
	program, err := interpreter.Compile([]byte(`{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "`+server.URL+`", "End": true}}}`), interpreter.Options{})
	require.NoError(t, err)
	c := httptask.Config{}
	for _, step := range []struct {
		want  string // in the cause; empty: the request is made
		allow func()
	}{
		{"PlainHTTP", func() { c.PlainHTTP = true }},
		{"Ports", func() { c.Ports = []int{server.Listener.Addr().(*net.TCPAddr).Port} }},
		{"AllowAddress", func() { c.AllowAddress = netip.Addr.IsLoopback }},
		{"Allow", func() { c.Allow = func(u *url.URL) bool { return u.Host == server.Listener.Addr().String() } }},
		{"", nil},
	} {
		tasks, err := httptask.New(c)
		require.NoError(t, err)
		in := interpreter.New(interpreter.Config{Resolver: tasks})
		_, err = interpreter.Run[int](context.Background(), in, program, nil)
		require.NoError(t, in.Close())
		tasks.Close()
		if step.want == "" {
			require.NoError(t, err)
			return
		}
		require.Regexp(t, `Config\.`+step.want+`\b`, err)
		step.allow()
	}
}
