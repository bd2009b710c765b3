package intrinsics

import (
	"fmt"

	"github.com/gostates/gostates/jsonpath"
	"github.com/gostates/gostates/value"
)

// ParseError reports why a string is not a call of an intrinsic function.
type ParseError struct {
	Text   string // the whole string
	Offset int    // in bytes from the start of Text
	Msg    string // without the offset and the text
}

// Error returns the message, the offset and the text.
func (e *ParseError) Error() string {
	return fmt.Sprintf("intrinsics: %s (at offset %d of %q)", e.Msg, e.Offset, e.Text)
}

// Error is the failure of a function whose arguments do not fit.
type Error struct {
	Function string // "States.MathAdd"
	Msg      string // AWS's message: "Invalid arguments in States.MathAdd"
	Detail   string // which argument and why, or "" if Msg says it
}

// Error returns AWS's message with the detail.
func (e *Error) Error() string {
	if e.Detail == "" {
		return e.Msg
	}
	return e.Msg + ": " + e.Detail
}

// ArgumentError is the failure to get the value of a path that is an argument.
type ArgumentError struct {
	Call *Call          // the call that has the argument
	Path *jsonpath.Path // the argument
	Err  error          // the error of the Env
}

// Error names the path and the call.
func (e *ArgumentError) Error() string {
	return fmt.Sprintf("intrinsics: argument %s of %s: %v", e.Path, e.Call.Function(), e.Err)
}

// Unwrap returns the error of the Env.
func (e *ArgumentError) Unwrap() error { return e.Err }

// describeKind returns the JSON type of a value with its article.
func describeKind(v any) string {
	switch k := value.Kind(v); k {
	case "null":
		return k
	case "array", "object":
		return "an " + k
	default:
		return "a " + k
	}
}
