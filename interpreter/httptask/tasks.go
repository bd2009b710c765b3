package httptask

import (
	"bytes"
	"context"
	"math"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// Tasks handles tasks that make HTTP requests. Make it with [New]. It is an
// [interpreter.Resolver], and the [interpreter.Handler] of all resources that it
// resolves. It is safe for concurrent use.
type Tasks struct {
	config Config
	client *http.Client
	tokens tokenCache
}

// New returns Tasks with this configuration. It fails if the transport of c.Client
// cannot be made to check addresses.
func New(c Config) (*Tasks, error) {
	if c.Timeout <= 0 {
		c.Timeout = DefaultTimeout
	}
	if c.MaxBytes <= 0 {
		c.MaxBytes = DefaultMaxBytes
	}
	c.MaxBytes = min(c.MaxBytes, math.MaxInt64-1) // one more is read
	if c.AllowAddress == nil {
		c.AllowAddress = Public
	}
	if c.LookupNetIP == nil {
		c.LookupNetIP = net.DefaultResolver.LookupNetIP
	}
	if c.DialContext == nil {
		c.DialContext = new(net.Dialer).DialContext
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if len(c.Ports) == 0 {
		c.Ports = []int{443}
		if c.PlainHTTP {
			c.Ports = append(c.Ports, 80)
		}
	}
	t := &Tasks{config: c}
	client, err := t.guardClient(c.Client)
	t.client = client
	return t, err
}

// Close closes idle connections.
func (t *Tasks) Close() { t.client.CloseIdleConnections() }

// Resolve returns t for http:invoke and for URLs.
func (t *Tasks) Resolve(_, resource string) (interpreter.Handler, bool) {
	if isURL(resource) {
		return t, true
	}
	r := machine.ParseResource(resource)
	return t, r.Service == "http" && r.Action == "invoke" && r.Pattern == machine.RequestResponse
}

func isURL(resource string) bool {
	return strings.HasPrefix(resource, "https://") || strings.HasPrefix(resource, "http://")
}

// Handle makes the request of a task and returns its result.
func (t *Tasks) Handle(ctx context.Context, task *interpreter.Task) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, t.config.Timeout)
	defer cancel()
	if isURL(task.Resource.Name) {
		return t.postInput(ctx, task)
	}
	c, err := t.readParameters(task.Input)
	if err != nil {
		return nil, err
	}
	resp, err := t.sendInvocation(ctx, task.Resource.Region, c)
	if err != nil {
		return nil, err
	}
	return resp.httpInvokeResult()
}

// postInput handles a Resource that is a URL.
func (t *Tasks) postInput(ctx context.Context, task *interpreter.Task) (any, error) {
	u, err := url.Parse(task.Resource.Name)
	if err != nil {
		return nil, runtimeError("The Resource is not a URL.")
	}
	r, err := t.newRequest(ctx, &invocation{url: u, method: http.MethodPost}, value.Append(nil, task.Input), plainType)
	if err != nil {
		return nil, err
	}
	t.setFixedHeaders(r, task.Resource.Region)
	resp, err := t.exchangeHTTP(r, rejectStatus)
	if err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace(resp.body)) == 0 {
		return nil, nil
	}
	v, err := value.Parse(resp.body)
	if err != nil {
		return nil, asl.Errorf(asl.StatesTaskFailed, "The response is not JSON: %v", err)
	}
	return v, nil
}

// sendInvocation handles http:invoke. It tries once more if an access token is
// rejected.
func (t *Tasks) sendInvocation(ctx context.Context, region string, c *invocation) (*response, error) {
	connection, err := t.findConnection(ctx, c.connection)
	if err != nil {
		return nil, err
	}
	body, kind, err := c.encodeBody(connection.Body)
	if err != nil {
		return nil, err
	}
	c.headers = mergeHeaders(c.headers, connection.headersWithKey())
	c.url.RawQuery = mergeQuery(c.url.RawQuery, connection.Query)
	if c.connection != "" {
		ctx = markSecret(ctx)
	}
	for first := true; ; first = false {
		r, err := t.newRequest(ctx, c, body, kind)
		if err != nil {
			return nil, err
		}
		t.setFixedHeaders(r, region)
		token, err := t.authorizeRequest(r, c.connection, connection)
		if err != nil {
			return nil, err
		}
		resp, err := t.exchangeHTTP(r, rejectStatus)
		if first && token != "" && (isStatusError(err, http.StatusUnauthorized) || isStatusError(err, http.StatusProxyAuthRequired)) {
			t.tokens.dropToken(c.connection, token)
			continue
		}
		return resp, err
	}
}
