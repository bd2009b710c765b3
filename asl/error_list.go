package asl

import (
	"cmp"
	"slices"
	"strings"
)

// ErrorList holds the findings about a definition, sorted by position. It is the
// error of [Parse] and [ParseValid], where it has errors only. The list that
// [Validate] returns may have warnings: call Err to use it as an error. At most a
// hundred findings are listed, see [ErrorList.Truncated].
type ErrorList []Diagnostic

// Error returns the diagnostics, one a line.
func (l ErrorList) Error() string {
	lines := make([]string, len(l))
	for i, d := range l {
		lines[i] = d.String()
	}
	return strings.Join(lines, "\n")
}

// Err returns the list as an error, or nil if it has no errors. Warnings alone are
// not an error.
func (l ErrorList) Err() error {
	if errors, _ := l.Count(); errors == 0 {
		return nil
	}
	return l
}

// Count counts the findings, including those that a truncated list leaves out.
func (l ErrorList) Count() (errors, warnings int) {
	var t tally
	for _, d := range l {
		t.addFinding(d)
	}
	return t.errors, t.warnings
}

// Truncated reports whether the list was cut. The last Diagnostic of such a list
// is not a finding: it says how many were left out.
func (l ErrorList) Truncated() bool {
	return slices.ContainsFunc(l, func(d Diagnostic) bool { return d.left != tally{} })
}

// Relocate returns the list with the positions in another text, from which the definition
// was made: one in YAML, or a template. offset returns the offset there, in bytes, of an
// offset in the definition. The list is sorted again.
func (l ErrorList) Relocate(text []byte, offset func(int) int) ErrorList {
	p := &parser{source: text}
	moved := slices.Clone(l)
	for i := range moved {
		moved[i].Pos = p.sourcePosition(min(max(offset(l[i].Pos.Offset), 0), len(text)))
	}
	end := len(moved)
	if l.Truncated() {
		end-- // the last one stays where it is
	}
	slices.SortStableFunc(moved[:end], func(a, b Diagnostic) int { return cmp.Compare(a.Pos.Offset, b.Pos.Offset) })
	return moved
}

// InvalidDefinition returns the message of the InvalidDefinition exception with
// which CreateStateMachine refuses the definition, or "" if the list has no
// errors. The message of a truncated list has only the errors in the list.
func (l ErrorList) InvalidDefinition() string {
	var errs []string
	for _, d := range slices.SortedStableFunc(slices.Values(l), func(a, b Diagnostic) int { return a.awsOrder() - b.awsOrder() }) {
		if d.Severity == SeverityError && d.left == (tally{}) {
			errs = append(errs, d.Code+": "+d.Message+" at "+cmp.Or(d.Location, "null"))
		}
	}
	if len(errs) == 0 {
		return ""
	}
	return "Invalid State Machine Definition: '" + strings.Join(errs, ", ") + "'"
}

// awsOrder orders errors as AWS does: fields, then transitions, then
// unreachable states, then the whole definition.
func (d Diagnostic) awsOrder() int {
	switch {
	case d.Code == CodeMissingEndState:
		return 3
	case d.Code == CodeMissingTransitionTarget && strings.HasPrefix(d.Message, "State"):
		return 2
	case d.Code == CodeMissingTransitionTarget:
		return 1
	}
	return 0
}
