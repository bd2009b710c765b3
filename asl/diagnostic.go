package asl

import (
	"fmt"
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
