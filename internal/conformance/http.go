package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/httptask"
	"github.com/gostates/gostates/value"
)

// httpCall is a call of http:invoke: the connection that it names, the request
// that the server must receive (nil if it is not compared), and the answer of
// the server (nil if none was recorded).
type httpCall struct {
	connection      httptask.Connection
	request, answer *value.Object
}

// endpoint is the placeholder for the URL of the server.
const endpoint = "<endpoint>"

func readHTTP(c *Case, o *value.Object) error {
	s, err := readScenario(o.With("clock", c.recorded.Format(time.RFC3339)))
	if err != nil {
		return err
	}
	s.expected = objectOf(o, "expected")
	if textOf(s.expected, "status") == "" {
		return errors.New("expected.status is empty")
	}
	c.scenarios = []*scenario{s}
	c.call = &httpCall{request: objectOf(o, "request"), answer: objectOf(o, "answer")}
	return c.call.readConnection(objectOf(o, "connection"))
}

func (h *httpCall) readConnection(o *value.Object) error {
	for key, v := range o.All() {
		switch inner, _ := v.(*value.Object); key {
		case "basic":
			h.connection.Basic = &httptask.Basic{Username: textOf(inner, "username"), Password: textOf(inner, "password")}
		case "apiKey":
			h.connection.APIKey = &httptask.APIKey{Name: textOf(inner, "name"), Value: textOf(inner, "value")}
		case "headers":
			h.connection.Headers = readParameters(v)
		case "query":
			h.connection.Query = readParameters(v)
		case "body":
			h.connection.Body = readParameters(v)
		default:
			return fmt.Errorf("connection.%s is not supported", key)
		}
	}
	return nil
}

// readParameters reads an array of pairs of name and value.
func readParameters(v any) (all []httptask.Parameter) {
	pairs, _ := v.([]any)
	for _, pair := range pairs {
		if p, _ := pair.([]any); len(p) == 2 {
			name, _ := p[0].(string)
			text, _ := p[1].(string)
			all = append(all, httptask.Parameter{Name: name, Value: text})
		}
	}
	return all
}

// checkHTTP runs the call against a server on loopback.
func checkHTTP(c *Case) []string {
	p := &httpPeer{answer: c.call.answer}
	server := httptest.NewServer(p)
	defer server.Close()
	got, err := c.runHTTP(server.URL)
	if err != nil {
		return []string{err.Error()}
	}
	m := newMatcher(c)
	want, _ := withEndpoint(c.scenarios[0].expected, server.URL).(*value.Object)
	m.httpOutcome(want, got)
	if c.call.request != nil {
		m.httpRequest(c.call.request, p.requests())
	}
	return m.takeDifferences()
}

// withEndpoint replaces the placeholder by the URL of the server.
func withEndpoint(v any, url string) any {
	replaced, err := value.ParseString(strings.ReplaceAll(value.String(v), endpoint, url))
	if err != nil {
		return v
	}
	return replaced
}

// runHTTP returns the outcome of the execution: status, error, cause, and the
// output as a value.
func (c *Case) runHTTP(base string) (*value.Object, error) {
	s := c.scenarios[0]
	program, err := s.compileScenario()
	if err != nil {
		return nil, err
	}
	tasks, err := c.call.taskHandler(base)
	if err != nil {
		return nil, err
	}
	defer tasks.Close()
	in := interpreter.New(interpreter.Config{Resolver: tasks})
	defer in.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	e, err := in.Start(ctx, program, withEndpoint(s.input, base), interpreter.StartOptions{Name: s.context.executionArn})
	if err != nil {
		return nil, err
	}
	err = e.Wait(ctx)
	got := value.ObjectOf(value.Member{Key: "status", Value: e.Status().String()})
	var failed *interpreter.ExecutionError
	switch {
	case err == nil:
		output, err := e.Output()
		got.Set("output", output)
		return got, err
	case errors.As(err, &failed):
		got.Set("error", failed.Name)
		got.Set("cause", failed.Cause)
		return got, nil
	}
	return nil, fmt.Errorf("the execution did not end: %w", err)
}

// taskHandler returns a handler that may only reach a server on loopback.
func (h *httpCall) taskHandler(base string) (*httptask.Tasks, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		return nil, err
	}
	return httptask.New(httptask.Config{
		Allow:        func(*url.URL) bool { return true },
		AllowAddress: netip.Addr.IsLoopback,
		Ports:        []int{port},
		PlainHTTP:    true,
		Connection:   func(context.Context, string) (*httptask.Connection, error) { return &h.connection, nil },
	})
}

// httpOutcome compares the outcomes. A missing cause equals an empty one.
func (m *matcher) httpOutcome(want, got *value.Object) {
	m.matchTexts("response", want, got, "status", "error", "cause")
	output := objectOf(got, "output")
	if output == nil {
		return
	}
	if keys := output.Keys(); len(keys) == 0 || keys[0] != "Headers" {
		m.noteDifference("output", "expected Headers first, got %q", keys)
	}
	m.matchJSON("output", objectOf(want, "output"), output.Without("Headers"))
	for _, v := range listOf(want, "absent") {
		if name, _ := v.(string); output.Has(name) {
			m.noteDifference("output."+name, "expected nothing, got %s", shortJSON(memberOf(output, name)))
		}
	}
	headers := objectOf(output, "Headers")
	for name, values := range objectOf(want, "headers").All() {
		m.matchJSON("output.Headers."+name, values, headerOf(headers, name))
	}
}

func (m *matcher) matchTexts(at string, want, got *value.Object, keys ...string) {
	for _, key := range keys {
		if w, g := textOf(want, key), textOf(got, key); w != g {
			m.noteUnlike(at+"."+key, w, g)
		}
	}
}

// headerOf looks up a header by its name in any case, as HTTP does.
func headerOf(headers *value.Object, name string) any {
	for key, v := range headers.All() {
		if strings.EqualFold(key, name) {
			return v
		}
	}
	return nil
}

// httpRequest compares the only request. It may have headers that were not
// recorded.
func (m *matcher) httpRequest(want *value.Object, got []*value.Object) {
	if len(got) != 1 {
		m.noteDifference("request", "expected 1 request, got %d", len(got))
		return
	}
	m.matchTexts("request", want, got[0], "method", "path", "rawQuery", "body")
	headers := objectOf(got[0], "headers")
	for name, v := range objectOf(want, "headers").All() {
		if g := headerOf(headers, name); g != v {
			m.noteUnlike("request.headers."+name, v, g)
		}
	}
}

// httpPeer answers all requests alike and keeps them.
type httpPeer struct {
	answer *value.Object

	mu  sync.Mutex
	got []*value.Object
}

func (p *httpPeer) requests() []*value.Object {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.got)
}

func (p *httpPeer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	headers := value.NewObject(len(r.Header))
	for name, values := range r.Header { // in any order: looked up by name
		headers.Set(name, strings.Join(values, ","))
	}
	p.mu.Lock()
	p.got = append(p.got, value.ObjectOf(
		value.Member{Key: "method", Value: r.Method},
		value.Member{Key: "path", Value: r.URL.Path},
		value.Member{Key: "rawQuery", Value: r.URL.RawQuery},
		value.Member{Key: "headers", Value: headers},
		value.Member{Key: "body", Value: string(body)}))
	p.mu.Unlock()
	w.Header()["Content-Type"] = nil // otherwise the server guesses one
	for name, v := range objectOf(p.answer, "headers").All() {
		s, _ := v.(string)
		w.Header()[name] = []string{s} // keeps the spelling
	}
	if status, ok := memberOf(p.answer, "status").(int64); ok {
		w.WriteHeader(int(status))
	}
	_, _ = io.WriteString(w, textOf(p.answer, "body"))
}
