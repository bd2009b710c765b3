package history

import (
	"strconv"
	"strings"
)

// Type is the type of an [Event]. The constants and their strings are AWS's
// HistoryEventType.
type Type uint8

// Types of events: of executions, of states, of tasks, and EvaluationFailed.
const (
	ExecutionStarted Type = iota + 1
	ExecutionSucceeded
	ExecutionFailed
	ExecutionAborted
	ExecutionTimedOut
	ExecutionRedriven

	PassStateEntered
	PassStateExited
	TaskStateEntered
	TaskStateExited
	TaskStateAborted
	ChoiceStateEntered
	ChoiceStateExited
	WaitStateEntered
	WaitStateExited
	WaitStateAborted
	SucceedStateEntered
	SucceedStateExited
	FailStateEntered
	ParallelStateEntered
	ParallelStateExited
	ParallelStateStarted
	ParallelStateSucceeded
	ParallelStateFailed
	ParallelStateAborted
	MapStateEntered
	MapStateExited
	MapStateStarted
	MapStateSucceeded
	MapStateFailed
	MapStateAborted
	MapIterationStarted
	MapIterationSucceeded
	MapIterationFailed
	MapIterationAborted
	MapRunStarted
	MapRunSucceeded
	MapRunFailed
	MapRunAborted
	MapRunRedriven

	TaskScheduled
	TaskStarted
	TaskSubmitted
	TaskSucceeded
	TaskFailed
	TaskTimedOut
	TaskStartFailed
	TaskSubmitFailed
	LambdaFunctionScheduled
	LambdaFunctionStarted
	LambdaFunctionSucceeded
	LambdaFunctionFailed
	LambdaFunctionTimedOut
	LambdaFunctionScheduleFailed
	LambdaFunctionStartFailed
	ActivityScheduled
	ActivityStarted
	ActivitySucceeded
	ActivityFailed
	ActivityTimedOut
	ActivityScheduleFailed

	EvaluationFailed

	typeCount = iota + 1
)

var typeNames = [typeCount]string{
	ExecutionStarted:             "ExecutionStarted",
	ExecutionSucceeded:           "ExecutionSucceeded",
	ExecutionFailed:              "ExecutionFailed",
	ExecutionAborted:             "ExecutionAborted",
	ExecutionTimedOut:            "ExecutionTimedOut",
	ExecutionRedriven:            "ExecutionRedriven",
	PassStateEntered:             "PassStateEntered",
	PassStateExited:              "PassStateExited",
	TaskStateEntered:             "TaskStateEntered",
	TaskStateExited:              "TaskStateExited",
	TaskStateAborted:             "TaskStateAborted",
	ChoiceStateEntered:           "ChoiceStateEntered",
	ChoiceStateExited:            "ChoiceStateExited",
	WaitStateEntered:             "WaitStateEntered",
	WaitStateExited:              "WaitStateExited",
	WaitStateAborted:             "WaitStateAborted",
	SucceedStateEntered:          "SucceedStateEntered",
	SucceedStateExited:           "SucceedStateExited",
	FailStateEntered:             "FailStateEntered",
	ParallelStateEntered:         "ParallelStateEntered",
	ParallelStateExited:          "ParallelStateExited",
	ParallelStateStarted:         "ParallelStateStarted",
	ParallelStateSucceeded:       "ParallelStateSucceeded",
	ParallelStateFailed:          "ParallelStateFailed",
	ParallelStateAborted:         "ParallelStateAborted",
	MapStateEntered:              "MapStateEntered",
	MapStateExited:               "MapStateExited",
	MapStateStarted:              "MapStateStarted",
	MapStateSucceeded:            "MapStateSucceeded",
	MapStateFailed:               "MapStateFailed",
	MapStateAborted:              "MapStateAborted",
	MapIterationStarted:          "MapIterationStarted",
	MapIterationSucceeded:        "MapIterationSucceeded",
	MapIterationFailed:           "MapIterationFailed",
	MapIterationAborted:          "MapIterationAborted",
	MapRunStarted:                "MapRunStarted",
	MapRunSucceeded:              "MapRunSucceeded",
	MapRunFailed:                 "MapRunFailed",
	MapRunAborted:                "MapRunAborted",
	MapRunRedriven:               "MapRunRedriven",
	TaskScheduled:                "TaskScheduled",
	TaskStarted:                  "TaskStarted",
	TaskSubmitted:                "TaskSubmitted",
	TaskSucceeded:                "TaskSucceeded",
	TaskFailed:                   "TaskFailed",
	TaskTimedOut:                 "TaskTimedOut",
	TaskStartFailed:              "TaskStartFailed",
	TaskSubmitFailed:             "TaskSubmitFailed",
	LambdaFunctionScheduled:      "LambdaFunctionScheduled",
	LambdaFunctionStarted:        "LambdaFunctionStarted",
	LambdaFunctionSucceeded:      "LambdaFunctionSucceeded",
	LambdaFunctionFailed:         "LambdaFunctionFailed",
	LambdaFunctionTimedOut:       "LambdaFunctionTimedOut",
	LambdaFunctionScheduleFailed: "LambdaFunctionScheduleFailed",
	LambdaFunctionStartFailed:    "LambdaFunctionStartFailed",
	ActivityScheduled:            "ActivityScheduled",
	ActivityStarted:              "ActivityStarted",
	ActivitySucceeded:            "ActivitySucceeded",
	ActivityFailed:               "ActivityFailed",
	ActivityTimedOut:             "ActivityTimedOut",
	ActivityScheduleFailed:       "ActivityScheduleFailed",
	EvaluationFailed:             "EvaluationFailed",
}

// String returns AWS's name for the type.
func (t Type) String() string {
	if t == 0 || int(t) >= typeCount {
		return "Type(" + strconv.Itoa(int(t)) + ")"
	}
	return typeNames[t]
}

// ParseType returns the type with AWS's name, and whether it exists.
func ParseType(name string) (Type, bool) {
	t, ok := typesByName[name]
	return t, ok
}

var typesByName = func() map[string]Type {
	m := make(map[string]Type, typeCount)
	for t := Type(1); t < typeCount; t++ {
		m[typeNames[t]] = t
	}
	return m
}()

// EnteredType returns the type of the event that enters a state of this ASL
// type: PassStateEntered for "Pass". It returns 0 for an unknown one.
func EnteredType(stateType string) Type { return typesByName[stateType+"StateEntered"] }

// ExitedType returns the type of the event that leaves a state of this ASL
// type: PassStateExited for "Pass". It returns 0 for an unknown one, and for
// "Fail", which has no such event.
func ExitedType(stateType string) Type { return typesByName[stateType+"StateExited"] }

// IsKnown reports whether t is one of the types of this package.
func (t Type) IsKnown() bool { return 0 < t && t < typeCount }

// StateType returns the ASL type of the state that the event enters or leaves:
// "Pass" for PassStateEntered and PassStateExited. It returns "" for other
// events.
func (t Type) StateType() string {
	if state, ok := strings.CutSuffix(t.String(), "StateEntered"); ok {
		return state
	}
	if state, ok := strings.CutSuffix(t.String(), "StateExited"); ok {
		return state
	}
	return ""
}

// IsStateEntered reports whether the event enters a state.
func (t Type) IsStateEntered() bool { return strings.HasSuffix(t.String(), "StateEntered") }

// IsStateExited reports whether the event leaves a state.
func (t Type) IsStateExited() bool { return strings.HasSuffix(t.String(), "StateExited") }

// EndsExecution reports whether the event ends an execution. A redrive may
// continue it.
func (t Type) EndsExecution() bool { return ExecutionSucceeded <= t && t <= ExecutionTimedOut }
