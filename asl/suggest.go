package asl

import (
	"fmt"
	"iter"

	"github.com/gostates/gostates/internal/spelling"
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
	if k, ok := spelling.Similar(name, known); ok {
		return fmt.Sprintf("did you mean '%s'?", k)
	}
	return ""
}
