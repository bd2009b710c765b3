// Package spelling finds the name that a misspelt one may stand for.
package spelling

import (
	"iter"
	"strings"
)

// Similar returns the first known name of which name may be a misspelling. It reports false
// if there is none.
func Similar(name string, known iter.Seq[string]) (similar string, ok bool) {
	for k := range known {
		if isSimilar(name, k) {
			return k, true
		}
	}
	return "", false
}

// isSimilar reports whether a name of more than two letters may be a
// misspelling of known.
func isSimilar(name, known string) bool {
	return len(known) > 2 && name != known && (isOneEdit(name, known) || strings.EqualFold(name, known))
}

// isOneEdit reports whether two words differ in one letter that is added,
// removed or replaced, or in two letters that are swapped.
func isOneEdit(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	x, y := a[i:], b[i:]
	switch {
	case len(a) < len(b):
		return x == y[1:]
	case x == "":
		return false // equal
	case x[1:] == y[1:]:
		return true
	}
	return len(x) > 1 && x[0] == y[1] && x[1] == y[0] && x[2:] == y[2:]
}
