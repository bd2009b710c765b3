package intrinsics

import (
	"cmp"
	"strings"

	"github.com/gostates/gostates/value"
)

const formatName = "States.Format"

// template is a template of States.Format: the strings around its {}.
type template struct {
	texts []string
	alone byte // an unmatched brace, or 0
}

// braceEscape holds the characters that a backslash escapes in a template from
// a path. The other escapes belong to the quotes of a literal.
const braceEscape = "{}"

// newTemplate splits a template at its {}. A backslash escapes the characters
// of escapes; before any other character it stands for itself.
func newTemplate(s, escapes string) template {
	t := template{}
	var text []byte
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s) && strings.IndexByte(escapes, s[i+1]) >= 0:
			i++
			text = append(text, s[i])
		case c == '{' && strings.HasPrefix(s[i:], "{}"):
			i++
			t.texts = append(t.texts, string(text))
			text = text[:0]
		case c == '{' || c == '}':
			t.alone = c
			return t
		default:
			text = append(text, c)
		}
	}
	t.texts = append(t.texts, string(text))
	return t
}

// formatString implements States.Format. Its messages for unmatched braces are
// recorded, the others come from other implementations.
func formatString(in input) (any, error) {
	t, err := in.formatTemplate()
	if err != nil {
		return nil, err
	}
	args := in.call.args
	problem := ""
	switch {
	case t.alone == '{':
		problem = "Invalid template in States.Format: matching '}' not found for '{'."
	case t.alone == '}':
		problem = "Invalid template in States.Format: matching '{' not found for '}'."
	case len(t.texts) != len(args):
		problem = formatMismatch
	}
	if problem != "" {
		return nil, cmp.Or(in.argumentFailure(), in.awsError(problem))
	}
	var room [128]byte
	text := append(room[:0], t.texts[0]...)
	for i := 1; i < len(args); i++ {
		v, err := in.call.evalArg(i, in.env)
		if err != nil {
			return nil, err
		}
		most, before := in.resultRoom(), len(text)
		text = append(appendJava(text, v, most), t.texts[i]...)
		if len(text) > most {
			return nil, in.tooLongError()
		}
		if err := in.meter.Read(len(text) - before); err != nil {
			return nil, err
		}
	}
	return string(text), nil
}

const formatMismatch = "Invalid arguments in States.Format: number of arguments do not match the occurrences of {}."

// formatTemplate returns the template of the call, from its literal or from the
// value of its first argument.
func (in input) formatTemplate() (*template, error) {
	if in.call.template != nil {
		return in.call.template, nil
	}
	v, err := in.call.evalArg(0, in.env)
	if err != nil {
		return nil, err
	}
	s, ok := v.(string)
	if !ok {
		return nil, cmp.Or(in.argumentFailure(), in.awsError(formatMismatch))
	}
	t := newTemplate(s, braceEscape)
	return &t, nil
}

// appendJava appends a value as Java's toString writes it: strings without
// quotes, [1, 2], {a=1, b=2}. It stops when dst is longer than room.
func appendJava(dst []byte, v any, room int) []byte {
	switch v := v.(type) {
	case string:
		if len(dst) > room {
			return dst
		}
		return append(dst, v...)
	case []any:
		dst = append(dst, '[')
		for i := range v {
			if len(dst) > room {
				break
			}
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = appendJava(dst, v[i], room)
		}
		return append(dst, ']')
	case *value.Object:
		dst = append(dst, '{')
		for i := range v.Len() {
			if len(dst) > room {
				break
			}
			if i > 0 {
				dst = append(dst, ", "...)
			}
			m := v.At(i)
			dst = append(append(dst, m.Key...), '=')
			dst = appendJava(dst, m.Value, room)
		}
		return append(dst, '}')
	}
	return value.Append(dst, v)
}
