package asl

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Severity is how bad a finding is.
type Severity string

// The severities, as AWS names them.
const (
	SeverityError   Severity = "ERROR"
	SeverityWarning Severity = "WARNING"
)

// Codes of diagnostics, as AWS names them.
const (
	CodeInvalidJSON             = "INVALID_JSON_DESCRIPTION"
	CodeSchemaValidationFailed  = "SCHEMA_VALIDATION_FAILED"
	CodeMissingTransitionTarget = "MISSING_TRANSITION_TARGET"
	CodeDuplicateStateName      = "DUPLICATE_STATE_NAME"
	CodeInvalidStateName        = "INVALID_STATE_NAME"
	CodeDuplicateLabelName      = "DUPLICATE_LABEL_NAME"
	CodeInvalidLabelName        = "INVALID_LABEL_NAME"
	CodeInvalidVariableName     = "INVALID_VARIABLE_NAME"
	CodeReservedVariableName    = "RESERVED_VARIABLE_NAME"
	CodeTooDeeplyNested         = "TOO_DEEPLY_NESTED"
)

// Diagnostic is one finding about a definition, in AWS's words where AWS has
// some.
type Diagnostic struct {
	Severity Severity
	Code     string
	Message  string
	Location string // as AWS spells it: /States/Ship/Retry[0]; empty: the whole
	Pos      Pos
	Detail   string // what AWS does not say, such as where a path is wrong; may be empty
}

// String returns the finding as a compiler would, without a file name:
// 12:7: /States/Ship/Next: MISSING_TRANSITION_TARGET: Missing 'Next' target: Shp.
func (d Diagnostic) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d:%d: ", d.Pos.Line, d.Pos.Column)
	if d.Location != "" {
		b.WriteString(d.Location + ": ")
	}
	b.WriteString(d.Code + ": " + d.Message)
	if d.Detail != "" {
		b.WriteString(" (" + d.Detail + ")")
	}
	return b.String()
}

// ErrorList is all that is wrong with a definition, sorted by place. It is the
// error of [Parse].
type ErrorList []Diagnostic

// Error returns the findings, one a line.
func (l ErrorList) Error() string {
	lines := make([]string, len(l))
	for i, d := range l {
		lines[i] = d.String()
	}
	return strings.Join(lines, "\n")
}

// maxErrors is how many findings a list gives before it only counts them.
const maxErrors = 100

// capped orders the findings by place, drops repeated ones, and cuts the list,
// besides which there are some more.
func (l ErrorList) capped(more int) ErrorList {
	slices.SortStableFunc(l, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Pos.Offset, b.Pos.Offset), cmp.Compare(a.Message, b.Message))
	})
	l = slices.Compact(l)
	if len(l) <= maxErrors {
		return l
	}
	rest := l[maxErrors]
	rest.Location, rest.Detail = "", ""
	rest.Message = fmt.Sprintf("%d more errors from here on", len(l)-maxErrors+more)
	return append(l[:maxErrors:maxErrors], rest)
}

// Exception returns the findings as the message of the exception InvalidDefinition
// that CreateStateMachine and UpdateStateMachine throw (recorded).
func (l ErrorList) Exception() string {
	texts := make([]string, len(l))
	for i, d := range l {
		location := d.Location
		if location == "" {
			location = "null"
		}
		texts[i] = d.Code + ": " + d.Message + " at " + location
	}
	return "Invalid State Machine Definition: '" + strings.Join(texts, ", ") + "'"
}

// Err returns the list as an error, or nil if it is empty.
func (l ErrorList) Err() error {
	if len(l) == 0 {
		return nil
	}
	return l
}
