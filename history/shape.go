package history

import "strings"

// shape describes the details that some types share.
type shape struct {
	member  string  // of the details in JSON; "" if it is named after the type
	fields  []field // of the details, in the order of writing
	details func(*Event) any
	detail  func() any // makes the empty Detail of an event to be read; may be nil
	data    bool       // whether Value is an input or output
}

var shapes = [typeCount]*shape{
	ExecutionStarted:             &executionStartedShape,
	ExecutionSucceeded:           &succeededShape,
	ExecutionFailed:              &failedShape,
	ExecutionAborted:             &failedShape,
	ExecutionTimedOut:            &failedShape,
	ExecutionRedriven:            &executionRedrivenShape,
	PassStateEntered:             &stateEnteredShape,
	PassStateExited:              &stateExitedShape,
	TaskStateEntered:             &stateEnteredShape,
	TaskStateExited:              &stateExitedShape,
	ChoiceStateEntered:           &stateEnteredShape,
	ChoiceStateExited:            &stateExitedShape,
	WaitStateEntered:             &stateEnteredShape,
	WaitStateExited:              &stateExitedShape,
	SucceedStateEntered:          &stateEnteredShape,
	SucceedStateExited:           &stateExitedShape,
	FailStateEntered:             &stateEnteredShape,
	ParallelStateEntered:         &stateEnteredShape,
	ParallelStateExited:          &stateExitedShape,
	MapStateEntered:              &stateEnteredShape,
	MapStateExited:               &stateExitedShape,
	MapStateStarted:              &mapStateStartedShape,
	MapIterationStarted:          &mapIterationShape,
	MapIterationSucceeded:        &mapIterationShape,
	MapIterationFailed:           &mapIterationShape,
	MapIterationAborted:          &mapIterationShape,
	MapRunStarted:                &mapRunStartedShape,
	MapRunFailed:                 &failedShape,
	MapRunRedriven:               &mapRunRedrivenShape,
	TaskScheduled:                &taskScheduledShape,
	TaskStarted:                  &taskStartedShape,
	TaskSubmitted:                &taskSucceededShape,
	TaskSucceeded:                &taskSucceededShape,
	TaskFailed:                   &taskFailedShape,
	TaskTimedOut:                 &taskFailedShape,
	TaskStartFailed:              &taskFailedShape,
	TaskSubmitFailed:             &taskFailedShape,
	LambdaFunctionScheduled:      &lambdaFunctionScheduledShape,
	LambdaFunctionSucceeded:      &succeededShape,
	LambdaFunctionFailed:         &failedShape,
	LambdaFunctionTimedOut:       &failedShape,
	LambdaFunctionScheduleFailed: &failedShape,
	LambdaFunctionStartFailed:    &failedShape,
	ActivityScheduled:            &activityScheduledShape,
	ActivityStarted:              &activityStartedShape,
	ActivitySucceeded:            &succeededShape,
	ActivityFailed:               &failedShape,
	ActivityTimedOut:             &failedShape,
	ActivityScheduleFailed:       &failedShape,
	EvaluationFailed:             &evaluationFailedShape,
}

var noDetails shape

// shapeOf returns the shape of the type's details. It is empty for types
// without details and for unknown types.
func shapeOf(t Type) *shape {
	if int(t) >= typeCount || shapes[t] == nil {
		return &noDetails
	}
	return shapes[t]
}

// members holds the name of each type's details: "taskFailedEventDetails".
var members = func() (names [typeCount]string) {
	for t, s := range shapes {
		switch {
		case s == nil:
		case s.member != "":
			names[t] = s.member
		default:
			name := typeNames[t]
			names[t] = strings.ToLower(name[:1]) + name[1:] + "EventDetails"
		}
	}
	return names
}()

var (
	executionStartedShape = shape{
		fields:  []field{input, inputDetails, executionRole, alias, version},
		details: executionStartedDetails,
		detail:  func() any { return new(Started) },
		data:    true,
	}
	succeededShape = shape{
		fields:  []field{output, outputDetails},
		details: succeededDetails,
		data:    true,
	}
	failedShape = shape{
		fields:  []field{errorName, cause},
		details: failedDetails,
		detail:  func() any { return new(Failure) },
	}
	executionRedrivenShape = shape{
		fields:  []field{indexField("redriveCount")},
		details: executionRedrivenDetails,
	}
	stateEnteredShape = shape{
		member:  "stateEnteredEventDetails",
		fields:  []field{nameField("name"), input, inputDetails},
		details: stateEnteredDetails,
		data:    true,
	}
	stateExitedShape = shape{
		member:  "stateExitedEventDetails",
		fields:  []field{nameField("name"), output, outputDetails, assignedVariables, assignedVariablesDetails},
		details: stateExitedDetails,
		data:    true,
	}
	taskScheduledShape = shape{
		fields:  []field{resourceType, resource, region, parameters, timeout, heartbeat, taskCredentials},
		details: taskScheduledDetails,
		detail:  func() any { return &Scheduled{Resource: new(Resource)} },
	}
	taskStartedShape = shape{
		fields:  []field{resourceType, resource},
		details: taskStartedDetails,
		detail:  func() any { return new(Resource) },
	}
	taskSucceededShape = shape{
		fields:  []field{resourceType, resource, output, outputDetails},
		details: taskSucceededDetails,
		detail:  func() any { return new(Resource) },
		data:    true,
	}
	taskFailedShape = shape{
		fields:  []field{resourceType, resource, errorName, cause},
		details: taskFailedDetails,
		detail:  func() any { return &Failure{Resource: new(Resource)} },
	}
	lambdaFunctionScheduledShape = shape{
		fields:  []field{arn, input, inputDetails, timeout, taskCredentials},
		details: lambdaFunctionScheduledDetails,
		detail:  func() any { return &Scheduled{Resource: new(Resource)} },
		data:    true,
	}
	activityScheduledShape = shape{
		fields:  []field{arn, input, inputDetails, timeout, heartbeat},
		details: activityScheduledDetails,
		detail:  func() any { return &Scheduled{Resource: new(Resource)} },
		data:    true,
	}
	activityStartedShape = shape{
		fields:  []field{optionalField("workerName", func(e *Event) *string { return &e.Name })},
		details: activityStartedDetails,
	}
	mapStateStartedShape = shape{
		fields:  []field{indexField("length")},
		details: mapStateStartedDetails,
	}
	mapIterationShape = shape{
		fields:  []field{nameField("name"), indexField("index")},
		details: mapIterationDetails,
	}
	mapRunStartedShape = shape{
		fields:  []field{nameField("mapRunArn")},
		details: mapRunStartedDetails,
	}
	mapRunRedrivenShape = shape{
		fields:  []field{nameField("mapRunArn"), indexField("redriveCount")},
		details: mapRunRedrivenDetails,
	}
	evaluationFailedShape = shape{
		fields:  []field{nameField("state"), errorName, cause, location},
		details: evaluationFailedDetails,
		detail:  func() any { return new(Failure) },
	}
)
