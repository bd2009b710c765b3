package httptask

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/gostates/gostates/asl"
)

// Content types of requests whose headers have none.
const (
	formType   = "application/x-www-form-urlencoded"
	invokeType = "application/json; charset=UTF-8" // http:invoke, as AWS
	plainType  = "application/json"                // a URL as Resource
	textType   = "text/plain; charset=utf-8"       // docs/evidence.md#http-types
)

// newRequest checks the URL of an invocation and returns its request.
func (t *Tasks) newRequest(ctx context.Context, c *invocation, body []byte, contentType string) (*http.Request, error) {
	if err := t.checkURL(c.url); err != nil {
		return nil, socketError(err)
	}
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	r, err := http.NewRequestWithContext(ctx, c.method, c.url.String(), reader)
	if err != nil {
		return nil, runtimeError("The request cannot be made.")
	}
	for _, h := range c.headers {
		r.Header.Add(h.Name, h.Value)
	}
	if contentType != "" && r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", contentType)
	}
	return r, nil
}

// setFixedHeaders sets the headers that a task cannot change.
func (t *Tasks) setFixedHeaders(r *http.Request, region string) {
	r.Header.Set("User-Agent", "Amazon|StepFunctions|HttpInvoke|"+region)
	r.Header.Set("Range", fmt.Sprintf("bytes=0-%d", t.config.MaxBytes))
}

// The body of a rejected response is read up to these limits, so that its
// connection can be reused. Beyond them the connection is closed.
const (
	maxDrain  = 16 << 10
	drainTime = 100 * time.Millisecond
)

// exchangeHTTP makes a request and reads its response. If reject returns an error
// for the header, the body is not waited for. The response is closed when
// exchangeHTTP returns.
func (t *Tasks) exchangeHTTP(r *http.Request, reject func(*http.Response) error) (*response, error) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	got, err := t.client.Do(r.WithContext(ctx))
	if err != nil {
		return nil, socketError(err)
	}
	defer got.Body.Close()
	if err := ctx.Err(); err != nil { // net/http may return an answer that comes after the end
		return nil, socketError(err)
	}
	if err := reject(got); err != nil {
		if got.StatusCode >= 200 { // after 101, the connection no longer speaks HTTP
			late := time.AfterFunc(drainTime, cancel)
			_, _ = io.CopyN(io.Discard, got.Body, maxDrain)
			late.Stop()
		}
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(got.Body, t.config.MaxBytes+1))
	if err = cmp.Or(err, ctx.Err()); err != nil {
		return nil, socketError(err)
	}
	if int64(len(body)) > t.config.MaxBytes {
		return nil, errTooLong
	}
	return &response{got, body}, nil
}

var errTooLong = asl.Errorf(asl.StatesDataLimitExceeded,
	"The state/task 'http' returned a result with a size exceeding the maximum number of bytes service limit.")
