package asl

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gostates/gostates/internal/printable"
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
	CodeDuplicateVariableName   = "DUPLICATE_VARIABLE_NAME"
	CodeReservedVariableName    = "RESERVED_VARIABLE_NAME"
	CodeTooDeeplyNested         = "TOO_DEEPLY_NESTED"
	CodeMissingEndState         = "MISSING_END_STATE"
	CodeInvalidJSONata          = "INVALID_JSONATA_EXPRESSION"
	CodeUnsupportedJSONata      = "UNSUPPORTED_JSONATA_EXPRESSION"
	CodeNoDollar                = "NO_DOLLAR"
	CodeNoPath                  = "NO_PATH"
	CodePassResultIsStatic      = "PASS_RESULT_IS_STATIC"

	// No way to a state assigns a variable that it reads.
	CodePossiblyUndefinedVariable = "POSSIBLY_UNDEFINED_VARIABLE"
)

// CodePlaceholderWithoutValue is the code of errors about placeholders, see [Options].
const CodePlaceholderWithoutValue = "PLACEHOLDER_WITHOUT_VALUE"

// Codes of warnings that AWS does not give.
const (
	CodeFieldNeverExists       = "FIELD_NEVER_EXISTS"        // what comes before gives no such field
	CodeNotEvaluated           = "NOT_EVALUATED"             // an expression without {% %}, or in a JSONPath state
	CodeFunctionUnknown        = "FUNCTION_UNKNOWN"          // an expression calls a function that there is not
	CodeCallAlwaysFails        = "CALL_ALWAYS_FAILS"         // an intrinsic function has a wrong number of arguments
	CodeErrorNameUnknown       = "ERROR_NAME_UNKNOWN"        // no error has the name, but one nearly
	CodeErrorNeverOccurs       = "ERROR_NEVER_OCCURS"        // no state fails with the error
	CodeRetrierNeverMatches    = "RETRIER_NEVER_MATCHES"     // earlier ones take all its errors, or none can
	CodeCatcherNeverMatches    = "CATCHER_NEVER_MATCHES"     // earlier ones take all its errors, or none can
	CodeChoiceRuleNeverReached = "CHOICE_RULE_NEVER_REACHED" // an earlier rule is always true, or asks the same
	CodeEndlessLoop            = "ENDLESS_LOOP"              // no way leads from the state to an end
	CodeHeartbeatTooLong       = "HEARTBEAT_TOO_LONG"        // HeartbeatSeconds is not below TimeoutSeconds
	CodeTaskTokenNotPassed     = "TASK_TOKEN_NOT_PASSED"     // nobody learns the token that the Task waits for
	CodeTaskTokenNeverExists   = "TASK_TOKEN_NEVER_EXISTS"   // the state that reads it gets none
	CodeRetryOutlastsTimeout   = "RETRY_OUTLASTS_TIMEOUT"    // the execution times out before the last retry
	CodeInlineMapIgnores       = "INLINE_MAP_IGNORES"        // only a Map in DISTRIBUTED mode uses the field
	CodeFieldRepeated          = "FIELD_REPEATED"            // an object has a field, or a state, twice
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

	left tally // what the last one of a cut list stands for
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
	return printable.Line(b.String())
}

// InvalidDefinition returns the message of the InvalidDefinition exception with
// which CreateStateMachine refuses the definition, or "" if the list has no
// errors. The message of a truncated list has only the errors in the list.
func (l ErrorList) InvalidDefinition() string {
	var errs []string
	for _, d := range slices.SortedStableFunc(slices.Values(l), func(a, b Diagnostic) int { return a.rank() - b.rank() }) {
		if d.Severity == SeverityError && d.left == (tally{}) {
			errs = append(errs, d.Code+": "+d.Message+" at "+cmp.Or(d.Location, "null"))
		}
	}
	if len(errs) == 0 {
		return ""
	}
	return "Invalid State Machine Definition: '" + strings.Join(errs, ", ") + "'"
}

// rank orders errors as AWS does: those of fields, of transitions, of states that
// cannot be reached, of the whole (recorded).
func (d Diagnostic) rank() int {
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

// ErrorList holds the findings about a definition, sorted by position. It is the
// error of [Parse] and [ParseValid], where it has errors only. The list that
// [Validate] returns may have warnings: call Err to use it as an error. At most a
// hundred findings are listed, see [ErrorList.Truncated].
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

// Truncated reports whether the list was cut. The last Diagnostic of such a list
// is not a finding: it says how many were left out.
func (l ErrorList) Truncated() bool {
	return slices.ContainsFunc(l, func(d Diagnostic) bool { return d.left != tally{} })
}

// Count counts the findings, including those that a truncated list leaves out.
func (l ErrorList) Count() (errors, warnings int) {
	var t tally
	for _, d := range l {
		t.add(d)
	}
	return t.errors, t.warnings
}

// maxCollected is how many errors, and how many warnings, are kept at all: what a
// hostile definition can make of them.
const maxCollected = 100 * maxErrors

// tally counts findings.
type tally struct{ errors, warnings int }

func (t *tally) add(d Diagnostic) {
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

func (t tally) of(severity Severity) int {
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

// collect keeps a finding, or only counts it where there are too many.
func (p *parser) collect(severity Severity, code string, pos Pos, location, format string, args ...any) {
	if p.overlooked = p.overlooks(pos, format); p.overlooked {
		return
	}
	d := Diagnostic{Severity: severity, Code: code, Pos: pos}
	if p.collected.of(severity) >= maxCollected {
		p.left.add(d)
		return
	}
	p.collected.add(d)
	d.Message = fmt.Sprintf(format, args...)
	d.Location = abbreviate(location)
	p.found = append(p.found, d)
}

// findings gives what was found as a user gets it, of a severity or worse.
func (p *parser) findings(least Severity) ErrorList {
	if least == SeverityError {
		p.left.warnings = 0
		p.found = slices.DeleteFunc(p.found, func(d Diagnostic) bool { return d.Severity != SeverityError })
	}
	return p.found.capped(p.left)
}

// capped sorts the findings by place, drops repeated ones, and cuts the list. Its
// last one then counts the rest, and those left out before.
func (l ErrorList) capped(left tally) ErrorList {
	slices.SortStableFunc(l, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Pos.Offset, b.Pos.Offset), cmp.Compare(a.Message, b.Message))
	})
	l = slices.Compact(l)
	if len(l) <= maxErrors {
		return l
	}
	for _, d := range l[maxErrors:] {
		left.add(d)
	}
	first := l[maxErrors]
	rest := Diagnostic{Severity: SeverityError, Code: CodeSchemaValidationFailed, Pos: first.Pos, left: left}
	rest.Message = left.String() + " from here on"
	if left.errors == 0 {
		rest.Severity, rest.Code = SeverityWarning, first.Code
	}
	return append(l[:maxErrors:maxErrors], rest)
}

// Err returns the list as an error, or nil if it has no errors. Warnings alone are
// not an error.
func (l ErrorList) Err() error {
	if errors, _ := l.Count(); errors == 0 {
		return nil
	}
	return l
}
