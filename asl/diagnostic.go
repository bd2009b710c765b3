package asl

import (
	"fmt"
	"strings"

	"github.com/gostates/gostates/value"
)

// Severity is the severity of a Diagnostic.
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

	// No path to a state assigns a variable that it reads.
	CodePossiblyUndefinedVariable = "POSSIBLY_UNDEFINED_VARIABLE"
)

// CodePlaceholderWithoutValue is the code of errors in placeholders, see
// [Options].
const CodePlaceholderWithoutValue = "PLACEHOLDER_WITHOUT_VALUE"

// Codes of warnings that AWS does not have.
const (
	CodeFieldNeverExists       = "FIELD_NEVER_EXISTS"        // no earlier state gives the field
	CodeNotEvaluated           = "NOT_EVALUATED"             // an expression without {% %}, or in a JSONPath state
	CodeFunctionUnknown        = "FUNCTION_UNKNOWN"          // an expression calls an unknown function
	CodeCallAlwaysFails        = "CALL_ALWAYS_FAILS"         // an intrinsic function has the wrong number of arguments
	CodeErrorNameUnknown       = "ERROR_NAME_UNKNOWN"        // a misspelt predefined error
	CodeErrorNeverOccurs       = "ERROR_NEVER_OCCURS"        // no state fails with the error
	CodeRetrierNeverMatches    = "RETRIER_NEVER_MATCHES"     // earlier Retriers match all its errors, or nothing retries them
	CodeCatcherNeverMatches    = "CATCHER_NEVER_MATCHES"     // earlier Catchers match all its errors, or nothing catches them
	CodeChoiceRuleNeverReached = "CHOICE_RULE_NEVER_REACHED" // an earlier rule is always true or has the same condition
	CodeEndlessLoop            = "ENDLESS_LOOP"              // no path leads from the state to an end
	CodeHeartbeatTooLong       = "HEARTBEAT_TOO_LONG"        // HeartbeatSeconds is not below TimeoutSeconds
	CodeTaskTokenNotPassed     = "TASK_TOKEN_NOT_PASSED"     // the Task waits for a token that it passes to nobody
	CodeTaskTokenNeverExists   = "TASK_TOKEN_NEVER_EXISTS"   // the state that reads a task token has none
	CodeRetryOutlastsTimeout   = "RETRY_OUTLASTS_TIMEOUT"    // the execution times out before the last retry
	CodeInlineMapIgnores       = "INLINE_MAP_IGNORES"        // only a Map in DISTRIBUTED mode uses the field
	CodeFieldRepeated          = "FIELD_REPEATED"            // an object has a field or state twice
)

// Diagnostic is an error or a warning about a definition. Where AWS has a code
// and a message for it, Code and Message are AWS's.
type Diagnostic struct {
	Severity Severity
	Code     string
	Message  string
	Location string // as AWS spells it: /States/Ship/Retry[0]; empty: the whole definition
	Pos      Pos
	Detail   string // more than AWS says, such as the offset of an error in a path; may be empty

	left tally // the number of findings that the last Diagnostic of a truncated list stands for
	rank int   // the order among the findings of a check, at one position
}

// String formats the diagnostic as a compiler does, without a file name:
//
//	12:7: /States/Ship/Next: MISSING_TRANSITION_TARGET: Missing 'Next' target: Shp
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
	return value.Printable(b.String())
}
