package httptask

import (
	"cmp"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

// response is a response with its body read.
type response struct {
	*http.Response
	body []byte
}

// rejectStatus rejects a response that is not 2xx.
func rejectStatus(got *http.Response) error {
	if got.StatusCode/100 == 2 {
		return nil
	}
	return &asl.Error{Name: statusErrorName(got.StatusCode), Cause: reasonPhrase(got.StatusCode)}
}

// reasonPhrase returns the usual phrase of a status, or "" if AWS has none. The
// server's own phrase, which HTTP/2 does not have, is ignored.
func reasonPhrase(code int) string {
	if code == http.StatusTeapot {
		return "" // docs/evidence.md#reason-phrases
	}
	return http.StatusText(code)
}

// httpInvokeResult returns the result of an http:invoke task.
func (r *response) httpInvokeResult() (any, error) {
	o := value.ObjectOf(value.Member{Key: "Headers", Value: r.headerObject()})
	if r.StatusCode != http.StatusNoContent && r.Request.Method != http.MethodHead {
		kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if isBinaryType(kind) {
			return nil, runtimeError("Unsupported response content-type '%s'. Please see documentation for list of unsupported content-types.", kind)
		}
		o.Set("ResponseBody", decodeBody(r.body))
	}
	o.Set("StatusCode", int64(r.StatusCode))
	o.Set("StatusText", reasonPhrase(r.StatusCode))
	return o, nil
}

func isBinaryType(kind string) bool {
	family, _, _ := strings.Cut(kind, "/")
	return kind == "application/octet-stream" || family == "image" || family == "video" || family == "audio"
}

// headerObject returns the headers sorted by name, ignoring case.
func (r *response) headerObject() *value.Object {
	names := make([]string, 0, len(r.Header))
	for name := range r.Header { // sorted below
		names = append(names, name)
	}
	slices.SortFunc(names, func(x, y string) int { return cmp.Compare(strings.ToLower(x), strings.ToLower(y)) })
	headers := value.NewObject(len(names))
	for _, name := range names {
		values := make([]any, len(r.Header[name]))
		for i, v := range r.Header[name] {
			values[i] = strings.ToValidUTF8(v, "\uFFFD")
		}
		headers.Set(name, values)
	}
	return headers
}

// decodeBody returns a body as a JSON value or, if it is not JSON, as a string.
func decodeBody(body []byte) any {
	if v, err := value.Parse(body); err == nil {
		return v
	}
	return strings.ToValidUTF8(string(body), "\uFFFD")
}
