package asl

import (
	"fmt"
	"iter"
	"strings"
)

// canAdvise reports whether there is advice for the last finding. Nobody reads the
// ends of long lists: parsing, and each check, gives it for as many as a list shows.
func (p *parser) canAdvise() bool { return !p.ignoredLast && len(p.found)-p.earlier <= maxErrors }

// addAdvice adds to the last finding what helps its reader.
func (p *parser) addAdvice(detail string) {
	if p.canAdvise() {
		p.found[len(p.found)-1].Detail = detail
	}
}

// suggestName is advise with the first of the known names that a name may be meant to
// be, if there is one.
func (p *parser) suggestName(name string, known iter.Seq[string]) {
	if p.canAdvise() {
		p.addAdvice(didYouMean(name, known))
	}
}

// didYouMean asks whether a name is meant to be one of those that are known, or
// returns "".
func didYouMean(name string, known iter.Seq[string]) string {
	for k := range known {
		if isSimilar(name, k) {
			return fmt.Sprintf("did you mean '%s'?", k)
		}
	}
	return ""
}

// isSimilar reports whether a name of more than two letters may be meant to be
// another.
func isSimilar(name, known string) bool {
	return len(known) > 2 && name != known && (isOneEdit(name, known) || strings.EqualFold(name, known))
}

// isOneEdit reports whether one letter more, less or other, or two letters
// swapped, make one word of the other.
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
