package httptask

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/asl/value"
	"github.com/gostates/gostates/interpreter"
)

// Names of errors.
const (
	ErrSocket     = "States.Http.Socket"
	ErrStatusCode = "States.Http.StatusCode." // and the number
)

func named(err error) bool {
	var e *asl.Error
	return errors.As(err, &e)
}

// Handle makes the request of a task.
func (t *Tasks) Handle(ctx context.Context, task *interpreter.Task) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, t.config.Timeout)
	defer cancel()
	if isURL(task.Resource.Name) {
		return t.post(ctx, task)
	}
	c, err := t.readCall(task.Input)
	if err != nil {
		return nil, err
	}
	answer, err := t.do(ctx, task, c)
	if err != nil {
		return nil, err
	}
	return answer.result()
}

// post is the plain form.
func (t *Tasks) post(ctx context.Context, task *interpreter.Task) (any, error) {
	u, err := url.Parse(task.Resource.Name)
	if err != nil {
		return nil, runtime("The Resource is no URL.")
	}
	c := &call{url: u, method: http.MethodPost, body: task.Input, hasBody: true}
	if s, ok := c.body.(string); ok { // JSON, and not the text itself
		c.body = nil
		answer, err := t.send(ctx, task, c, nil, value.Append(nil, s), jsonType)
		return plainResult(answer, err)
	}
	return plainResult(t.do(ctx, task, c))
}

func plainResult(answer *answer, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace(answer.body)) == 0 {
		return nil, nil
	}
	v, err := value.Parse(answer.body)
	if err != nil {
		return nil, asl.Errorf(asl.ErrTaskFailed, "The answer is no JSON: %v", err)
	}
	return v, nil
}

// do makes a call, a second time where an access token was refused.
func (t *Tasks) do(ctx context.Context, task *interpreter.Task, c *call) (*answer, error) {
	connection, err := t.connection(ctx, c.connection)
	if err != nil {
		return nil, err
	}
	if connection == nil {
		connection = &Connection{}
	}
	body, kind, err := c.encodeBody(connection.Body)
	if err != nil {
		return nil, err
	}
	addQuery(c.url, connection.Query)
	answer, err := t.send(ctx, task, c, connection, body, kind)
	var status *asl.Error
	if connection.OAuth != nil && errors.As(err, &status) &&
		(status.Name == ErrStatusCode+"401" || status.Name == ErrStatusCode+"407") {
		if token, ok := t.known(c.connection); ok {
			t.forgetToken(c.connection, token)
		}
		return t.send(ctx, task, c, connection, body, kind)
	}
	return answer, err
}

// known returns the access token that is in use.
func (t *Tasks) known(arn string) (string, bool) {
	k := t.token(arn)
	k.busy <- struct{}{}
	defer func() { <-k.busy }()
	return k.value, k.value != ""
}

// answer is what came back.
type answer struct {
	status  int
	headers http.Header
	body    []byte
}

func (t *Tasks) send(ctx context.Context, task *interpreter.Task, c *call, connection *Connection, body []byte, kind string) (*answer, error) {
	if err := t.checkURL(c.url); err != nil {
		return nil, socket(err)
	}
	if c.connection != "" {
		ctx = context.WithValue(ctx, secretKey{}, true)
	}
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	r, err := http.NewRequestWithContext(ctx, c.method, c.url.String(), reader)
	if err != nil {
		return nil, runtime("The request cannot be made.")
	}
	for _, h := range c.headers {
		r.Header.Add(h.Name, h.Value)
	}
	if kind != "" && r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", kind)
	}
	r.Header.Set("User-Agent", "Amazon|StepFunctions|HttpInvoke|"+task.Resource.Region)
	r.Header.Set("Range", fmt.Sprintf("bytes=0-%d", t.config.MaxBytes))
	if connection != nil {
		if err := t.authorize(r, c.connection, connection); err != nil {
			return nil, err
		}
	}
	return t.receive(r)
}

func (t *Tasks) receive(r *http.Request) (*answer, error) {
	got, err := t.client.Do(r)
	if err != nil {
		return nil, socket(err)
	}
	defer got.Body.Close()
	body, err := io.ReadAll(io.LimitReader(got.Body, t.config.MaxBytes+1))
	if got.StatusCode/100 != 2 { // the body is lost
		return nil, asl.Errorf(ErrStatusCode+strconv.Itoa(got.StatusCode), "%s", statusText(got.StatusCode))
	}
	if err != nil {
		return nil, socket(err)
	}
	if int64(len(body)) > t.config.MaxBytes {
		return nil, asl.Errorf(asl.ErrDataLimitExceeded,
			"The state/task 'http' returned a result with a size exceeding the maximum number of bytes service limit.")
	}
	return &answer{got.StatusCode, got.Header, body}, nil
}

func statusText(code int) string {
	if s := http.StatusText(code); s != "" {
		return s
	}
	return strconv.Itoa(code)
}

// socket is the error of a request that got no answer.
func socket(err error) error {
	var no *refused
	if errors.As(err, &no) {
		return no.asl()
	}
	if named(err) {
		return err
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err // without the URL, which may hold a secret
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return asl.Errorf(ErrSocket, "The request timed out.")
	}
	return asl.Errorf(ErrSocket, "%v", err)
}

// result is what http:invoke gives. The names of headers are in lower case and
// sorted (from memory).
func (a *answer) result() (any, error) {
	kind, _, _ := mime.ParseMediaType(a.headers.Get("Content-Type"))
	if binary(kind) {
		return nil, runtime("The answer is of the type '%s', which is no text.", kind)
	}
	names := make([]string, 0, len(a.headers))
	for name := range a.headers { // in any order: sorted below
		names = append(names, name)
	}
	slices.Sort(names)
	headers := value.NewObject(len(names))
	for _, name := range names {
		values := make([]any, len(a.headers[name]))
		for i, v := range a.headers[name] {
			values[i] = v
		}
		headers.Set(strings.ToLower(name), values)
	}
	return value.ObjectOf(
		value.Member{Key: "Headers", Value: headers},
		value.Member{Key: "ResponseBody", Value: decoded(a.body)},
		value.Member{Key: "StatusCode", Value: int64(a.status)},
		value.Member{Key: "StatusText", Value: statusText(a.status)}), nil
}

// decoded is a body as JSON, or else as a text.
func decoded(body []byte) any {
	if v, err := value.Parse(body); err == nil {
		return v
	}
	return strings.ToValidUTF8(string(body), "\uFFFD")
}

func binary(kind string) bool {
	family, _, _ := strings.Cut(kind, "/")
	return kind == "application/octet-stream" || family == "image" || family == "video" || family == "audio"
}
