package interpreter_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/httptask"
	"github.com/gostates/gostates/interpreter/lambdatask"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// The handlers of the task packages need no interpreter.
func TestPerformRunsTheTaskPackages(t *testing.T) {
	lambda := workOf(t, "arn:aws:lambda:us-east-1:111111111111:function:charge:prod")
	ev, ok := interpreter.Perform(background, lambdatask.New(lambdatask.InvokerFunc(
		func(_ context.Context, r *lambdatask.Request) (*lambdatask.Response, error) {
			return &lambdatask.Response{Payload: []byte(`"paid by ` + r.Qualifier + `"`)}, nil
		})), lambda)
	require.True(t, ok)
	require.Equal(t, machine.TaskSucceeded, ev.Kind)
	require.Equal(t, "paid by prod", ev.Output)

	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"price":12}`)
	}))
	defer server.Close()
	u, err := url.Parse(server.URL)
	require.NoError(t, err)
	tasks, err := httptask.New(httptask.Config{
		Allow: func(*url.URL) bool { return true }, AllowAddress: netip.Addr.IsLoopback, PlainHTTP: true,
		Ports:      []int{int(netip.MustParseAddrPort(u.Host).Port())},
		Connection: func(context.Context, string) (*httptask.Connection, error) { return &httptask.Connection{}, nil },
	})
	require.NoError(t, err)
	fetch := workOf(t, "arn:aws:states:::http:invoke")
	fetch.Input, err = value.ParseString(`{"ApiEndpoint": "` + server.URL + `", "Method": "GET",
		"Authentication": {"ConnectionArn": "arn:aws:events:us-east-1:123456789012:connection/c/1"}}`)
	require.NoError(t, err)
	ev, ok = interpreter.Perform(background, tasks, fetch)
	require.True(t, ok)
	require.Equal(t, machine.TaskSucceeded, ev.Kind, "%v", ev.Cause)
}
