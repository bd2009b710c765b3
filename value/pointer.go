package value

import (
	"strconv"
	"strings"
)

// Pointed returns the part of v that a JSON Pointer (RFC 6901) refers to, and
// whether it exists. The empty pointer refers to v itself.
func Pointed(v any, pointer string) (any, bool) {
	if pointer == "" {
		return v, true
	}
	rest, ok := strings.CutPrefix(pointer, "/")
	for token := ""; ok; {
		var more bool
		token, rest, more = strings.Cut(rest, "/")
		switch parent := v.(type) {
		case *Object:
			v, ok = parent.Get(pointerEscapes.Replace(token))
		case []any:
			i, isIndex := pointerIndex(token)
			if ok = isIndex && i < len(parent); ok {
				v = parent[i]
			}
		default:
			ok = false
		}
		if ok && !more {
			return v, true
		}
	}
	return nil, false
}

var pointerEscapes = strings.NewReplacer("~1", "/", "~0", "~")

// pointerIndex parses an array index: digits without a leading zero.
func pointerIndex(token string) (int, bool) {
	if token == "" || token[0] == '0' && token != "0" || token[0] == '+' || token[0] == '-' {
		return 0, false
	}
	i, err := strconv.Atoi(token)
	return i, err == nil
}
