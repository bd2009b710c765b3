package machine

import (
	"strconv"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

// compileNumberPath compiles a path to a number, of which "$" says as much as any other.
func compileNumberPath(o asl.Opt[asl.Path]) field { return field{path: o.Value.Parsed} }

// parseLong reads a whole number. A string that holds one counts as the number,
// in every field whose name ends in Path (docs/evidence.md#numeric-string).
func parseLong(v any) (int64, bool) {
	if text, ok := v.(string); ok {
		n, err := strconv.ParseInt(text, 10, 64)
		return n, err == nil
	}
	n, ok := v.(int64)
	return n, ok
}

// parseNumber reads a number as parseLong does, with a fraction and an exponent too.
func parseNumber(v any) (any, bool) {
	text, ok := v.(string)
	if !ok {
		return v, isNumber(v)
	}
	if strings.Trim(text, "+-.0123456789eE") != "" {
		return nil, false // ParseFloat reads more than decimal numbers
	}
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil
}

// plainText is a value in a message: a string without its quotes.
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
