package httptask

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/gostates/gostates/asl"
)

// Error names. StatesHTTPStatusCode is a prefix.
const (
	StatesHTTPSocket     = "States.Http.Socket"      // no complete response in time
	StatesHTTPStatusCode = "States.Http.StatusCode." // followed by the status code
)

// runtimeError returns an error in the parameters. AWS's messages are not known,
// except where a comment says so.
func runtimeError(format string, args ...any) error {
	return asl.Errorf(asl.StatesRuntime, format, args...)
}

// maxCause is the longest part of a server's message that a cause quotes, in bytes.
const maxCause = 1 << 10

// socketError returns the error of a request without a response.
func socketError(err error) error {
	var no *refusal
	if errors.As(err, &no) {
		return no.permissionsError()
	}
	if isASLError(err) {
		return err
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err // leave out the URL, which may contain a secret
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return asl.Errorf(StatesHTTPSocket, "The request timed out.")
	}
	cause := err.Error()
	return &asl.Error{Name: StatesHTTPSocket, Cause: strings.ToValidUTF8(cause[:min(len(cause), maxCause)], "")}
}

func isASLError(err error) bool {
	var e *asl.Error
	return errors.As(err, &e)
}

func statusErrorName(code int) string { return StatesHTTPStatusCode + strconv.Itoa(code) }

func isStatusError(err error, code int) bool {
	e, ok := err.(*asl.Error)
	return ok && e.Name == statusErrorName(code)
}
