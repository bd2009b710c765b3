package asl

import (
	"cmp"
	"fmt"
	"slices"
)

// maxErrors is how many findings a list gives before it only counts them.
const maxErrors = 100

// maxCollected is how many errors, and how many warnings, are kept at all: what a
// hostile definition can make of them.
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

// String says how many more there are.
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

// addDiagnostic keeps a finding, or only counts it where there are too many.
func (p *parser) addDiagnostic(severity Severity, code string, pos Pos, location, format string, args ...any) {
	if p.ignoredLast = p.ignoresFinding(pos, format); p.ignoredLast {
		return
	}
	d := Diagnostic{Severity: severity, Code: code, Pos: pos}
	if p.collected.countOf(severity) >= maxCollected {
		p.left.addFinding(d)
		return
	}
	p.collected.addFinding(d)
	d.Message = fmt.Sprintf(format, args...)
	d.Location = abbreviate(location)
	p.found = append(p.found, d)
}

// sortedFindings gives what was found as a user gets it, of a severity or worse.
func (p *parser) sortedFindings(least Severity) ErrorList {
	if least == SeverityError {
		p.left.warnings = 0
		p.found = slices.DeleteFunc(p.found, func(d Diagnostic) bool { return d.Severity != SeverityError })
	}
	return p.found.sortAndCap(p.left)
}

// sortAndCap sorts the findings by place, drops repeated ones, and cuts the list. Its
// last one then counts the rest, and those left out before.
func (l ErrorList) sortAndCap(left tally) ErrorList {
	slices.SortStableFunc(l, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Pos.Offset, b.Pos.Offset), cmp.Compare(a.Message, b.Message))
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
