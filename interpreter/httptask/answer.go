package httptask

import (
	"cmp"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

// Names of errors.
const (
	ErrSocket     = "States.Http.Socket"
	ErrStatusCode = "States.Http.StatusCode." // and the number
)

// answer is an answer whose body was read.
type answer struct {
	*http.Response
	body []byte
}

// refuseStatus refuses an answer that is not 2xx. Its body is lost.
func refuseStatus(got *http.Response) error {
	if got.StatusCode/100 == 2 {
		return nil
	}
	return &asl.Error{Name: statusName(got.StatusCode), Cause: reasonPhrase(got.StatusCode)}
}

func statusName(code int) string { return ErrStatusCode + strconv.Itoa(code) }

func isStatus(err error, code int) bool {
	e, ok := err.(*asl.Error)
	return ok && e.Name == statusName(code)
}

// reasonPhrase is the usual phrase of a status; "" if AWS knows none. The server's
// own, which HTTP/2 does not have, plays no part.
func reasonPhrase(code int) string {
	if code == http.StatusTeapot {
		return "" // docs/evidence.md#reason-phrases
	}
	return http.StatusText(code)
}

// result is what http:invoke gives.
func (a *answer) result() (any, error) {
	o := value.ObjectOf(value.Member{Key: "Headers", Value: a.headers()})
	if a.StatusCode != http.StatusNoContent && a.Request.Method != http.MethodHead {
		kind, _, _ := mime.ParseMediaType(a.Header.Get("Content-Type"))
		if isBinary(kind) {
			return nil, runtime("Unsupported response content-type '%s'. Please see documentation for list of unsupported content-types.", kind)
		}
		o.Set("ResponseBody", decoded(a.body))
	}
	o.Set("StatusCode", int64(a.StatusCode))
	o.Set("StatusText", reasonPhrase(a.StatusCode))
	return o, nil
}

func isBinary(kind string) bool {
	family, _, _ := strings.Cut(kind, "/")
	return kind == "application/octet-stream" || family == "image" || family == "video" || family == "audio"
}

// headers lists the headers by name, whatever their case.
func (a *answer) headers() *value.Object {
	names := make([]string, 0, len(a.Header))
	for name := range a.Header { // in any order: sorted below
		names = append(names, name)
	}
	slices.SortFunc(names, func(x, y string) int { return cmp.Compare(strings.ToLower(x), strings.ToLower(y)) })
	headers := value.NewObject(len(names))
	for _, name := range names {
		values := make([]any, len(a.Header[name]))
		for i, v := range a.Header[name] {
			values[i] = strings.ToValidUTF8(v, "\uFFFD")
		}
		headers.Set(name, values)
	}
	return headers
}

// decoded is a body as JSON, or else as a string.
func decoded(body []byte) any {
	if v, err := value.Parse(body); err == nil {
		return v
	}
	return strings.ToValidUTF8(string(body), "\uFFFD")
}
