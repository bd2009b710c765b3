package asl

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// suggest adds to the last error which of the known fields is one edit away
// from a name, if there is one that the object does not have already.
func (o *object) suggest(table fields, name string) {
	if o.uncollected > 0 {
		return
	}
	for _, known := range slices.Sorted(maps.Keys(table)) {
		if !o.has(known) && (oneEdit(name, known) || strings.EqualFold(name, known)) {
			o.errors[len(o.errors)-1].Detail = fmt.Sprintf("did you mean '%s'?", known)
			return
		}
	}
}

// oneEdit reports whether one letter more, less or other, or two letters
// swapped, make one word of the other.
func oneEdit(a, b string) bool {
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
