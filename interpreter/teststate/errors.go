package teststate

import (
	"fmt"
	"slices"
	"strings"
)

// Error is the error for a request that AWS rejects.
type Error struct {
	Code    string // one of the Code constants
	Message string // AWS's text, where it is known
}

// Error returns the code and the message.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Codes of an [Error].
const (
	CodeValidation        = "ValidationException"   // a field of the request is not valid
	CodeInvalidDefinition = "InvalidDefinition"     // the definition is not valid or not supported
	CodeInvalidInput      = "InvalidExecutionInput" // the input is not JSON
	CodeParamValidation   = "ParamValidationError"  // AWS's client reports it before it calls the service
)

func validationError(format string, args ...any) *Error {
	return &Error{CodeValidation, fmt.Sprintf(format, args...)}
}

// checkEnum rejects a value that is neither empty nor allowed, with AWS's message.
func checkEnum(field, v string, allowed ...string) *Error {
	if v == "" || slices.Contains(allowed, v) {
		return nil
	}
	return validationError("1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: Member must satisfy enum value set: [%s]",
		v, field, joinComma(allowed))
}

func joinComma(list []string) string { return strings.Join(list, ", ") }
