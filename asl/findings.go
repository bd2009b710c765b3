package asl

import (
	"cmp"
	"fmt"
	"slices"
)

// maxErrors is the number of findings in a list before the rest is only
// counted.
const maxErrors = 100

// maxCollected bounds the errors, and the warnings, that a hostile definition
// can cause to be kept while parsing.
const maxCollected = 100 * maxErrors

// tally counts findings.
type tally struct{ errors, warnings int }

func (t *tally) addFinding(d Diagnostic) {
	switch {
	case d.left != tally{}:
		t.errors += d.left.errors
		t.warnings += d.left.warnings
	case d.Severity == SeverityWarning:
		t.warnings++
	default:
		t.errors++
	}
}

func (t tally) countOf(severity Severity) int {
	if severity == SeverityWarning {
		return t.warnings
	}
	return t.errors
}

// String returns how many more findings there are.
func (t tally) String() string {
	more := func(n int, what string) string {
		if n == 1 {
			return "1 more " + what
		}
		return fmt.Sprintf("%d more %ss", n, what)
	}
	switch {
	case t.warnings == 0:
		return more(t.errors, "error")
	case t.errors == 0:
		return more(t.warnings, "warning")
	}
	return more(t.errors, "error") + " and " + more(t.warnings, "warning")
}

// addDiagnostic adds a finding, or only counts it if there are too many.
func (p *parser) addDiagnostic(severity Severity, code string, pos Pos, location, format string, args ...any) {
	if p.ignoredLast = p.ignoresFinding(pos, format); p.ignoredLast {
		return
	}
	d := Diagnostic{Severity: severity, Code: code, Pos: pos}
	if p.collected.countOf(severity) >= maxCollected {
		p.ignoredLast = true
		p.left.addFinding(d)
		return
	}
	p.collected.addFinding(d)
	d.Message = fmt.Sprintf(format, args...)
	d.Location = abbreviate(location)
	p.found = append(p.found, d)
}

// setRank sets the rank of the last finding.
func (p *parser) setRank(rank int) {
	if !p.ignoredLast && len(p.found) > 0 {
		p.found[len(p.found)-1].rank = rank
	}
}

// sortedFindings returns the findings of a severity or worse, sorted and
// capped.
func (p *parser) sortedFindings(least Severity) ErrorList {
	if least == SeverityError {
		p.left.warnings = 0
		p.found = slices.DeleteFunc(p.found, func(d Diagnostic) bool { return d.Severity != SeverityError })
	}
	return p.found.sortAndCap(p.left)
}

// sortAndCap sorts the findings by position, drops duplicates and truncates the
// list. The last element then counts the rest, including left.
func (l ErrorList) sortAndCap(left tally) ErrorList {
	slices.SortStableFunc(l, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Pos.Offset, b.Pos.Offset), cmp.Compare(a.rank, b.rank), cmp.Compare(a.Message, b.Message))
	})
	l = slices.Compact(l)
	if len(l) <= maxErrors {
		return l
	}
	for _, d := range l[maxErrors:] {
		left.addFinding(d)
	}
	first := l[maxErrors]
	rest := Diagnostic{Severity: SeverityError, Code: CodeSchemaValidationFailed, Pos: first.Pos, left: left}
	rest.Message = left.String() + " from here on"
	if left.errors == 0 {
		rest.Severity, rest.Code = SeverityWarning, first.Code
	}
	return append(l[:maxErrors:maxErrors], rest)
}
