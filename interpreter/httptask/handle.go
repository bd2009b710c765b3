package httptask

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/value"
)

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
	answer, err := t.do(ctx, task.Resource.Region, c)
	if err != nil {
		return nil, err
	}
	return answer.result()
}

// post is the plain form.
func (t *Tasks) post(ctx context.Context, task *interpreter.Task) (any, error) {
	u, err := url.Parse(task.Resource.Name)
	if err != nil {
		return nil, runtime("The Resource is not a URL.")
	}
	r, err := t.request(ctx, &call{url: u, method: http.MethodPost}, value.Append(nil, task.Input), plainType)
	if err != nil {
		return nil, err
	}
	t.identify(r, task.Resource.Region)
	answer, err := t.exchange(r, refuseStatus)
	if err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace(answer.body)) == 0 {
		return nil, nil
	}
	v, err := value.Parse(answer.body)
	if err != nil {
		return nil, asl.Errorf(asl.StatesTaskFailed, "The answer is not JSON: %v", err)
	}
	return v, nil
}

// do makes a call, a second time where an access token was refused.
func (t *Tasks) do(ctx context.Context, region string, c *call) (*answer, error) {
	connection, err := t.connection(ctx, c.connection)
	if err != nil {
		return nil, err
	}
	body, kind, err := c.encodeBody(connection.Body)
	if err != nil {
		return nil, err
	}
	c.headers = mergeHeaders(c.headers, connection.headers())
	c.url.RawQuery = mergeQuery(c.url.RawQuery, connection.Query)
	if c.connection != "" {
		ctx = withSecret(ctx)
	}
	for first := true; ; first = false {
		r, err := t.request(ctx, c, body, kind)
		if err != nil {
			return nil, err
		}
		t.identify(r, region)
		token, err := t.authorize(r, c.connection, connection)
		if err != nil {
			return nil, err
		}
		answer, err := t.exchange(r, refuseStatus)
		if first && token != "" && (isStatus(err, http.StatusUnauthorized) || isStatus(err, http.StatusProxyAuthRequired)) {
			t.tokens.forget(c.connection, token)
			continue
		}
		return answer, err
	}
}

// request makes the request of a call, once its URL is allowed.
func (t *Tasks) request(ctx context.Context, c *call, body []byte, contentType string) (*http.Request, error) {
	if err := t.checkURL(c.url); err != nil {
		return nil, socket(err)
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
	if contentType != "" && r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", contentType)
	}
	return r, nil
}

// identify sets the headers that AWS sets, whatever a task gives by their names.
func (t *Tasks) identify(r *http.Request, region string) {
	r.Header.Set("User-Agent", "Amazon|StepFunctions|HttpInvoke|"+region)
	r.Header.Set("Range", fmt.Sprintf("bytes=0-%d", t.config.MaxBytes))
}

// The body of an answer that is refused is read up to these limits, so that its
// connection can be used again. Beyond them the connection is closed.
const (
	maxDrain  = 16 << 10
	drainTime = 100 * time.Millisecond
)

// exchange makes a request and reads the answer. The header decides first: where
// refuse returns an error, the body does not matter, and need not end. Nothing of the
// answer is open when exchange returns.
func (t *Tasks) exchange(r *http.Request, refuse func(*http.Response) error) (*answer, error) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	got, err := t.client.Do(r.WithContext(ctx))
	if err != nil {
		return nil, socket(err)
	}
	defer got.Body.Close()
	if err := refuse(got); err != nil {
		if got.StatusCode >= 200 { // else the connection no longer speaks HTTP
			late := time.AfterFunc(drainTime, cancel)
			_, _ = io.CopyN(io.Discard, got.Body, maxDrain)
			late.Stop()
		}
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(got.Body, t.config.MaxBytes+1))
	if err != nil {
		return nil, socket(err)
	}
	if int64(len(body)) > t.config.MaxBytes {
		return nil, errTooLong
	}
	return &answer{got, body}, nil
}

var errTooLong = asl.Errorf(asl.StatesDataLimitExceeded,
	"The state/task 'http' returned a result with a size exceeding the maximum number of bytes service limit.")

// maxCause bounds what a cause quotes of a server's words, in bytes.
const maxCause = 1 << 10

// socket is the error of a request that got no answer.
func socket(err error) error {
	var no *refused
	if errors.As(err, &no) {
		return no.asl()
	}
	if isASLError(err) {
		return err
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err // without the URL, which may hold a secret
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return asl.Errorf(ErrSocket, "The request timed out.")
	}
	cause := err.Error()
	return &asl.Error{Name: ErrSocket, Cause: strings.ToValidUTF8(cause[:min(len(cause), maxCause)], "")}
}
