package machine

import (
	"strconv"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

// compileNumberPath compiles a path to a number. Unlike in other fields, "$" is a
// path.
func compileNumberPath(o asl.Opt[asl.Path]) field { return field{path: o.Value.Parsed} }

// parseLong returns an integer. In every field whose name ends in Path, a string
// with an integer counts as that integer (docs/evidence.md#numeric-string).
func parseLong(v any) (int64, bool) {
	if text, ok := v.(string); ok {
		n, err := strconv.ParseInt(text, 10, 64)
		return n, err == nil
	}
	n, ok := v.(int64)
	return n, ok
}

// parseNumber is parseLong for numbers with a fraction or exponent.
func parseNumber(v any) (any, bool) {
	text, ok := v.(string)
	if !ok {
		return v, isNumber(v)
	}
	if strings.Trim(text, "+-.0123456789eE") != "" {
		return nil, false // ParseFloat also accepts other numbers
	}
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil
}

// plainText returns a value for a cause: a string as it is, others as JSON.
func plainText(v any) string {
	if text, ok := v.(string); ok {
		return text
	}
	return value.String(v)
}

func (s *step) notInteger(slot int32, name string, v any, f *field) *failure {
	return s.runtimeFailure(&s.x.scopes[slot], "The %s field refers to value \"%s\" which is not a valid integer: %s",
		name, plainText(v), f.path)
}
