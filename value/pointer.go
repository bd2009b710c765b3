package value

import (
	"strconv"
	"strings"
)

// Pointed returns the value that a JSON Pointer (RFC 6901) leads to, and whether
// there is one. The empty pointer leads to v itself.
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

// pointerIndex reads an index of an array: digits without a leading zero.
func pointerIndex(token string) (int, bool) {
	if token == "" || token[0] == '0' && token != "0" || token[0] == '+' || token[0] == '-' {
		return 0, false
	}
	i, err := strconv.Atoi(token)
	return i, err == nil
}
