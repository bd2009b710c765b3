package asl

import (
	"fmt"
	"iter"
	"strings"
)

// canAdvise reports whether the last finding may get advice. Advice takes time,
// and nobody reads the end of a long list.
func (p *parser) canAdvise() bool { return !p.ignoredLast && len(p.found)-p.earlier <= maxErrors }

// addAdvice sets the Detail of the last finding.
func (p *parser) addAdvice(detail string) {
	if p.canAdvise() {
		p.found[len(p.found)-1].Detail = detail
	}
}

// suggestName advises the first known name that is similar to name, if there is
// one.
func (p *parser) suggestName(name string, known iter.Seq[string]) {
	if p.canAdvise() {
		p.addAdvice(didYouMean(name, known))
	}
}

// didYouMean returns the question whether name is meant to be a known one, or
// "".
func didYouMean(name string, known iter.Seq[string]) string {
	for k := range known {
		if isSimilar(name, k) {
			return fmt.Sprintf("did you mean '%s'?", k)
		}
	}
	return ""
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
