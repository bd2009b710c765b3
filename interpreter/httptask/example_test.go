package httptask_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/httptask"
)

// Tasks reach the allowed host only. The example's server listens on loopback and
// speaks plain HTTP, both of which must be allowed; a server on the internet needs
// neither.
func ExampleNew() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"price": 12, "key": %q}`, r.Header.Get("X-Api-Key"))
	}))
	defer server.Close()
	u, err := url.Parse(server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	tasks, err := httptask.New(httptask.Config{
		Allow: func(asked *url.URL) bool { return asked.Hostname() == u.Hostname() },
		Connection: func(context.Context, string) (*httptask.Connection, error) {
			return &httptask.Connection{APIKey: &httptask.APIKey{Name: "X-Api-Key", Value: "secret"}}, nil
		},
		AllowAddress: netip.Addr.IsLoopback,
		PlainHTTP:    true,
		Ports:        []int{443, int(netip.MustParseAddrPort(u.Host).Port())},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer tasks.Close()

	program, err := interpreter.Compile([]byte(`{"StartAt": "Quote", "States": {"Quote": {
		"Type": "Task", "Resource": "arn:aws:states:::http:invoke", "End": true,
		"Parameters": {"ApiEndpoint.$": "$", "Method": "GET",
			"Authentication": {"ConnectionArn": "arn:aws:events:us-east-1:123456789012:connection/shop/1"}},
		"ResultSelector": {"status.$": "$.StatusCode", "body.$": "$.ResponseBody"}}}}`), interpreter.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	in := interpreter.New(interpreter.Config{Resolver: tasks})
	defer in.Close()
	for _, endpoint := range []string{server.URL + "/quotes/7", "https://example.com/"} {
		output, err := interpreter.Run[any](context.Background(), in, program, endpoint)
		fmt.Println(output, err)
	}
	// Output:
	// map[body:map[key:secret price:12] status:200] <nil>
	// <nil> execution FAILED in state "Quote": States.Permissions: The URL https://example.com/ is not allowed: Config.Allow does not allow it.
}
