package intrinsics

import (
	"cmp"
	"strings"

	"github.com/gostates/gostates/value"
)

const formatName = "States.Format"

// template is a template of States.Format: the texts around its {}.
type template struct {
	texts []string
	alone byte // a brace that stands alone in it, or 0
}

// braceEscape is what a backslash takes the meaning of in a template that comes
// from a path. It has no other escapes: those of a literal belong to its quotes.
const braceEscape = "{}"

// newTemplate cuts a template into its parts. A backslash stands before the
// characters of escapes; before another one it is a character itself.
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

// format is States.Format. Recorded: its words for a brace alone. Those for
// arguments that do not match the template, and for a template that is no text,
// are what other implementations give as AWS's.
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
		most := in.resultRoom()
		text = append(appendJava(text, v, most), t.texts[i]...)
		if len(text) > most {
			return nil, in.tooLongError()
		}
	}
	return string(text), nil
}

const formatMismatch = "Invalid arguments in States.Format: number of arguments do not match the occurrences of {}."

// template returns the call's template, from its text or from its first
// argument's value.
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

// appendJava appends a value as Java's toString writes it: texts without quotes,
// [1, 2], {a=1, b=2}. It stops once the text is too long.
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
