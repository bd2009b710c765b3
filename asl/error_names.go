package asl

// Names of the errors that ASL predefines. They are strings for ErrorEquals and
// [Error].Name, not Go errors.
const (
	StatesAll                             = "States.ALL"
	StatesBranchFailed                    = "States.BranchFailed"
	StatesDataLimitExceeded               = "States.DataLimitExceeded"
	StatesExceedToleratedFailureThreshold = "States.ExceedToleratedFailureThreshold"
	StatesHeartbeatTimeout                = "States.HeartbeatTimeout"
	StatesIntrinsicFailure                = "States.IntrinsicFailure"
	StatesItemReaderFailed                = "States.ItemReaderFailed"
	StatesNoChoiceMatched                 = "States.NoChoiceMatched"
	StatesParameterPathFailure            = "States.ParameterPathFailure"
	StatesPermissions                     = "States.Permissions"
	StatesQueryEvaluationError            = "States.QueryEvaluationError"
	StatesReferencePathConflict           = "States.ReferencePathConflict"
	StatesResultPathMatchFailure          = "States.ResultPathMatchFailure"
	StatesResultWriterFailed              = "States.ResultWriterFailed"
	StatesRuntime                         = "States.Runtime"
	StatesTaskFailed                      = "States.TaskFailed"
	StatesTimeout                         = "States.Timeout"
)

// predefined has all predefined errors.
var predefined = []string{
	StatesAll, StatesBranchFailed, StatesDataLimitExceeded, StatesExceedToleratedFailureThreshold, StatesHeartbeatTimeout,
	StatesIntrinsicFailure, StatesItemReaderFailed, StatesNoChoiceMatched, StatesParameterPathFailure, StatesPermissions,
	StatesQueryEvaluationError, StatesReferencePathConflict, StatesResultPathMatchFailure, StatesResultWriterFailed, StatesRuntime,
	StatesTaskFailed, StatesTimeout,
}
