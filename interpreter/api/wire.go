package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/gostates/gostates/interpreter/registry"
)

const (
	contentType  = "application/x-amz-json-1.0"
	targetPrefix = "AWSStepFunctions."
)

// object is a JSON object of a request or a response.
type object map[string]any

// Error is an answer with status 400, as clients show it.
type Error struct {
	Type    string // such as StateMachineDoesNotExist
	Message string
	Reason  string // of a ValidationException; may be empty
	status  int    // 0: 400
}

// Error returns the type and the message.
func (e *Error) Error() string { return e.Type + ": " + e.Message }

func newError(kind, format string, args ...any) *Error {
	return &Error{Type: kind, Message: fmt.Sprintf(format, args...)}
}

func newValidationError(format string, args ...any) *Error {
	return newError("ValidationException", format, args...)
}

// date is a time on the wire: seconds since 1970 with milliseconds, as a number.
type date time.Time

// MarshalJSON writes the number without an exponent, as clients need it.
func (d date) MarshalJSON() ([]byte, error) {
	millis := time.Time(d).UnixMilli()
	text := strconv.AppendInt(nil, millis/1000, 10)
	if rest := millis % 1000; rest > 0 {
		text = fmt.Appendf(text, ".%03d", rest)
	}
	return bytes.TrimRight(text, "."), nil
}

// decodeRequest reads the body of a request: one JSON object, or nothing. Numbers stay
// as they are written, and null members count as absent. Text that is not UTF-8 is
// refused, as encoding/json would replace it.
func decodeRequest(body []byte) (object, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return object{}, nil
	}
	if !utf8.Valid(body) {
		return nil, newError("SerializationException", "The request is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var in map[string]any
	if err := d.Decode(&in); err != nil || in == nil {
		return nil, newError("SerializationException", "The request is not a JSON object")
	}
	if _, err := d.Token(); err != io.EOF { //nolint:errorlint // Token does not wrap it
		return nil, newError("SerializationException", "There is more than one JSON object in the request")
	}
	return in, nil
}

// The accessors below are for requests that checkRequest has passed: a member has its
// type, or is absent.

func (o object) text(name string) string {
	s, _ := o[name].(string)
	return s
}

func (o object) textPointer(name string) *string {
	if s, ok := o[name].(string); ok {
		return &s
	}
	return nil
}

func (o object) has(name string) bool { return o[name] != nil }

func (o object) isTrue(name string) bool { return o[name] == true }

func (o object) integer(name string) int64 {
	n, _ := o[name].(json.Number)
	i, _ := n.Int64()
	return i
}

func (o object) integerPointer(name string) *int64 {
	if !o.has(name) {
		return nil
	}
	i := o.integer(name)
	return &i
}

func (o object) floatPointer(name string) *float64 {
	n, ok := o[name].(json.Number)
	if !ok {
		return nil
	}
	f, _ := n.Float64()
	return &f
}

func (o object) member(name string) object {
	m, _ := o[name].(map[string]any)
	return m
}

func (o object) members(name string) []object {
	list, _ := o[name].([]any)
	all := make([]object, len(list))
	for i := range list {
		all[i], _ = list[i].(map[string]any)
	}
	return all
}

func (o object) texts(name string) []string {
	list, _ := o[name].([]any)
	all := make([]string, len(list))
	for i := range list {
		all[i], _ = list[i].(string)
	}
	return all
}

// setText sets a member of a response, unless it is empty.
func (o object) setText(name, text string) {
	if text != "" {
		o[name] = text
	}
}

// setDate sets a member of a response, unless the time is zero.
func (o object) setDate(name string, t time.Time) {
	if !t.IsZero() {
		o[name] = date(t)
	}
}

// writeAnswer writes a response. The error is that of the connection.
func writeAnswer(w http.ResponseWriter, status int, body any) error {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(body); err != nil {
		status = http.StatusBadRequest
		text.Reset()
		_ = e.Encode(errorBody(newError("InternalFailure", "The response cannot be encoded")))
	}
	text.Truncate(text.Len() - 1) // the line feed
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(text.Len()))
	w.WriteHeader(status)
	_, err := w.Write(text.Bytes())
	return err
}

// responder writes the response of an operation that must know whether it was written.
type responder struct {
	w    http.ResponseWriter
	sent bool
}

type responderKey struct{}

// send writes a response as far as the connection takes it.
func (r *responder) send(answer object) error {
	r.sent = true
	if err := writeAnswer(r.w, http.StatusOK, answer); err != nil {
		return err
	}
	if err := http.NewResponseController(r.w).Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}

func errorBody(e *Error) object {
	body := object{"__type": e.Type, "message": e.Message}
	body.setText("reason", e.Reason)
	return body
}

// writeError writes an error. Clients repeat a call after a status of 500 and above:
// only calls that have done nothing have one.
func writeError(w http.ResponseWriter, e *Error) {
	status := e.status
	if status == 0 {
		status = http.StatusBadRequest
	}
	w.Header().Set("X-Amzn-ErrorType", e.Type)
	_ = writeAnswer(w, status, errorBody(e)) // the client may be gone
}

// setHeaders sets what every response has.
func setHeaders(h http.Header) {
	h.Set("X-Amzn-Requestid", registry.NewUUID())
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
}

// readBody reads the body of a request up to a limit.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		e := newValidationError("The request has more than %d bytes", limit)
		e.status = http.StatusRequestEntityTooLarge
		return nil, e
	case err != nil:
		return nil, newError("SerializationException", "The request cannot be read")
	}
	return body, nil
}
