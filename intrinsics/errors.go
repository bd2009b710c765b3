package intrinsics

import (
	"fmt"

	"github.com/gostates/gostates/jsonpath"
	"github.com/gostates/gostates/value"
)

// ParseError says why a text is not a call of an intrinsic function.
type ParseError struct {
	Text   string // the whole text
	Offset int    // in bytes from the start of Text
	Msg    string
}

// Error tells the message, the place and the text.
func (e *ParseError) Error() string {
	return fmt.Sprintf("intrinsics: %s (at offset %d of %q)", e.Msg, e.Offset, e.Text)
}

// Error is the failure of a function: its arguments do not fit it.
type Error struct {
	Function string // "States.MathAdd"
	Msg      string // in AWS's words: "Invalid arguments in States.MathAdd" (recorded)
	Detail   string // which argument, and why, where Msg does not say it
}

// Error is AWS's message with the detail.
func (e *Error) Error() string {
	if e.Detail == "" {
		return e.Msg
	}
	return e.Msg + ": " + e.Detail
}

// ArgumentError is the failure to get the value of a path that is an argument.
type ArgumentError struct {
	Call *Call          // the call that the path is an argument of
	Path *jsonpath.Path // the argument
	Err  error          // what the Env said
}

// Error names the path and the call.
func (e *ArgumentError) Error() string {
	return fmt.Sprintf("intrinsics: argument %s of %s: %v", e.Path, e.Call.Function(), e.Err)
}

// Unwrap returns what the Env said.
func (e *ArgumentError) Unwrap() error { return e.Err }

// kind names the JSON type of a value with its article, for messages.
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
