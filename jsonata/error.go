package jsonata

import (
	"strconv"
	"strings"
)

// Error is the error of Compile and Eval: an error of jsonata-js 2.0.6, with
// its code and its message word for word.
//
// Codes that start with S are syntax errors, T are type errors, D are errors
// that depend on the data. U1001 means that a limit was reached. An error
// raised by $error or $assert has the code D3137 or D3141 and the message given
// to them.
type Error struct {
	Code    string // of jsonata-js, such as T2001; empty if jsonata-js has none
	Pos     int    // offset in bytes into the source, just after the token; 0 if unknown
	Token   string // the operator, function name or source that the error is about; may be empty
	Value   any    // the offending value; nil if there is none
	Message string // without code and position

	// The other fields of the message's template.
	token  any // nil for none
	value2 any
	index  int
	typ    string
	exp    any
	fname  string
	hasVal bool
	cause  error // of a context that ended
}

// Error returns the code and the message.
func (e *Error) Error() string {
	if e.Code == "" {
		return "jsonata: " + e.Message
	}
	return "jsonata: " + e.Code + ": " + e.Message
}

// Unwrap returns the error of the context or of Limits.Interrupt that ended the
// evaluation, else nil.
func (e *Error) Unwrap() error { return e.cause }

// failWith returns an error without a position, to be thrown with panic.
// Callers add position and token on the way out.
func failWith(code string) *Error { return &Error{Code: code} }

func failValue(code string, v any) *Error {
	return &Error{Code: code, Value: v, hasVal: true}
}

// ArgumentError returns the error for an argument that a [Function] does not
// accept. The code is T0410 or T0412. The first argument has index 1.
func ArgumentError(code string, index int, arg any) *Error {
	e := failValue(code, arg)
	e.index = index
	return e
}

// failAt returns an error of the parser. A nil token means none.
func failAt(code string, pos int, token any) *Error {
	return &Error{Code: code, Pos: pos, token: token}
}

// fillMessage sets Message and Token when the error leaves the package.
func (e *Error) fillMessage() *Error {
	if s, ok := e.token.(string); ok {
		e.Token = s
	} else if e.token != nil {
		e.Token = stringifyJSON(e.token)
	}
	template, known := messages[e.Code]
	if !known {
		return e
	}
	var b strings.Builder
	for {
		start := strings.Index(template, "{{")
		if start < 0 {
			break
		}
		end := strings.Index(template, "}}")
		name := strings.Trim(template[start:end], "{}")
		b.WriteString(template[:start])
		if strings.HasPrefix(template[start:], "{{{") {
			b.WriteString(e.rawField(name))
			end++
		} else {
			b.WriteString(e.jsonField(name))
		}
		template = template[end+2:]
	}
	b.WriteString(template)
	e.Message = b.String()
	return e
}

func (e *Error) rawField(name string) string {
	switch name {
	case "message":
		return e.Message
	case "functionName":
		return e.fname
	}
	return e.Token
}

func (e *Error) jsonField(name string) string {
	switch name {
	case "token":
		if e.token == nil {
			return "undefined"
		}
		return stringifyJSON(e.token)
	case "value":
		if !e.hasVal {
			return "undefined"
		}
		return stringifyJSON(e.Value)
	case "value2":
		return stringifyJSON(e.value2)
	case "index":
		return strconv.Itoa(e.index)
	case "type":
		if e.typ == "" {
			return "undefined"
		}
		return stringifyJSON(e.typ)
	case "exp":
		return stringifyJSON(e.exp)
	}
	return "undefined"
}

// stringifyJSON is JSON.stringify.
func stringifyJSON(v any) string {
	if v == Undefined || isFunction(v) {
		return "undefined"
	}
	return string(appendJSON(nil, v))
}
