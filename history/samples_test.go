package history

import (
	"unsafe"

	"github.com/gostates/gostates/value"
)

func ptr[T any](v T) *T { return &v }

// sample returns an event of the type with everything that the type can have.
func sample(t Type) Event {
	e := Event{ID: uint32(t), Previous: uint32(t) - 1, Nanos: 1_700_000_000_123_000_000, Type: t}
	data := value.ObjectOf(
		value.Member{Key: "z", Value: []any{int64(1), 1.0, nil, true}},
		value.Member{Key: "a", Value: "quote \" slash \\ line \n lone \xed\xa0\x80 é <&>"},
	)
	lambda := &Resource{ARN: "arn:aws:lambda:us-east-1:1:function:f"}
	activity := &Resource{ARN: "arn:aws:states:us-east-1:1:activity:a"}
	task := func() *Resource { return &Resource{ResourceType: "sqs", Resource: "sendMessage"} }
	switch shapes[t] {
	case &executionStartedShape:
		e.Value = data
		e.Detail = &Started{RoleArn: "role", StateMachineAliasArn: "alias", StateMachineVersionArn: "version"}
	case &succeededShape:
		e.Value = data
	case &failedShape:
		e.Detail = &Failure{Error: ptr("E"), Cause: ptr("")}
	case &executionRedrivenShape:
		e.Index = 2
	case &stateEnteredShape:
		e.Name, e.Value = "S", data
	case &stateExitedShape:
		e.Name, e.Value = "S", data
		e.Detail = value.ObjectOf(
			value.Member{Key: "a", Value: "s"},
			value.Member{Key: "b", Value: 0.1},
			value.Member{Key: "c", Value: nil},
		)
	case &taskScheduledShape:
		r := task()
		r.Region = "us-east-1"
		e.Value = data
		e.Detail = &Scheduled{Resource: r, TimeoutInSeconds: 9, HeartbeatInSeconds: 3, RoleArn: "r"}
	case &taskStartedShape:
		e.Detail = task()
	case &taskSucceededShape:
		e.Value, e.Detail = data, task()
	case &taskFailedShape:
		e.Detail = &Failure{Error: ptr("E"), Cause: ptr("C"), Resource: task()}
	case &lambdaFunctionScheduledShape:
		e.Value, e.Detail = data, &Scheduled{Resource: lambda, TimeoutInSeconds: 9, RoleArn: "r"}
	case &activityScheduledShape:
		e.Value, e.Detail = data, &Scheduled{Resource: activity, TimeoutInSeconds: 9, HeartbeatInSeconds: 3}
	case &activityStartedShape:
		e.Name = "worker"
	case &mapStateStartedShape:
		e.Index = 3
	case &mapIterationShape:
		e.Name, e.Index = "M", 1
	case &mapRunStartedShape:
		e.Name = "arn:map"
	case &mapRunRedrivenShape:
		e.Name, e.Index = "arn:map", 4
	case &evaluationFailedShape:
		e.Name = "S"
		e.Detail = &Failure{Error: ptr("States.QueryEvaluationError"), Cause: ptr("C"), Location: "Output/x"}
	}
	return e
}

func allTypes() []Type {
	types := make([]Type, 0, typeCount)
	for t := Type(1); t < typeCount; t++ {
		types = append(types, t)
	}
	return types
}

const sizeOf = unsafe.Sizeof(Event{})
