package history

import "github.com/gostates/gostates/value"

// The details of events, in AWS's shape and with AWS's names. AWS has one
// structure per event type, and many are the same. Here, equal structures are
// one type with AWS's names as aliases, so that a switch over [Event.Details]
// needs one case for all failures.
//
// Data (input, output, parameters, each assigned variable) is JSON in a string.
// An optional string that is never empty on AWS is a string, empty if absent.
// Errors and causes may be empty, so they are pointers, nil if absent.
type (
	// ExecutionStartedEventDetails are the details of ExecutionStarted.
	ExecutionStartedEventDetails struct {
		Input                  string       `json:"input,omitempty"`                  // JSON
		InputDetails           *DataDetails `json:"inputDetails,omitempty"`           // nil if Input is absent
		RoleArn                string       `json:"roleArn"`                          // ARN of the role
		StateMachineAliasArn   string       `json:"stateMachineAliasArn,omitempty"`   // "" if absent
		StateMachineVersionArn string       `json:"stateMachineVersionArn,omitempty"` // "" if absent
	}

	// SucceededEventDetails are the details of ExecutionSucceeded,
	// LambdaFunctionSucceeded and ActivitySucceeded.
	SucceededEventDetails struct {
		Output        string       `json:"output,omitempty"`        // JSON
		OutputDetails *DataDetails `json:"outputDetails,omitempty"` // nil if Output is absent
	}

	// FailedEventDetails are the details of the failures, timeouts and aborts
	// of executions, Lambda functions, activities and Map Runs.
	FailedEventDetails struct {
		Error *string `json:"error,omitempty"` // name of the error; nil if absent
		Cause *string `json:"cause,omitempty"` // nil if absent
	}

	// ExecutionRedrivenEventDetails are the details of ExecutionRedriven.
	ExecutionRedrivenEventDetails struct {
		RedriveCount int32 `json:"redriveCount"` // number of redrives so far
	}

	// StateEnteredEventDetails are the details of every *StateEntered.
	StateEnteredEventDetails struct {
		Name         string       `json:"name"`                   // name of the state
		Input        string       `json:"input,omitempty"`        // JSON
		InputDetails *DataDetails `json:"inputDetails,omitempty"` // nil if Input is absent
	}

	// StateExitedEventDetails are the details of every *StateExited.
	// AssignedVariables is nil if the state assigned none.
	StateExitedEventDetails struct {
		Name                     string            `json:"name"`                               // name of the state
		Output                   string            `json:"output,omitempty"`                   // JSON
		OutputDetails            *DataDetails      `json:"outputDetails,omitempty"`            // nil if Output is absent
		AssignedVariables        map[string]string `json:"assignedVariables,omitempty"`        // JSON by variable
		AssignedVariablesDetails *DataDetails      `json:"assignedVariablesDetails,omitempty"` // nil if AssignedVariables is absent
	}

	// TaskScheduledEventDetails are the details of TaskScheduled.
	TaskScheduledEventDetails struct {
		ResourceType       string           `json:"resourceType"`                 // such as "lambda"
		Resource           string           `json:"resource"`                     // such as "invoke.waitForTaskToken"
		Region             string           `json:"region"`                       // AWS region
		Parameters         string           `json:"parameters"`                   // JSON
		TimeoutInSeconds   int64            `json:"timeoutInSeconds,omitempty"`   // 0 without a timeout
		HeartbeatInSeconds int64            `json:"heartbeatInSeconds,omitempty"` // 0 without a heartbeat
		TaskCredentials    *TaskCredentials `json:"taskCredentials,omitempty"`    // nil if the state has no Credentials
	}

	// TaskStartedEventDetails are the details of TaskStarted.
	TaskStartedEventDetails struct {
		ResourceType string `json:"resourceType"` // such as "lambda"
		Resource     string `json:"resource"`     // such as "invoke.waitForTaskToken"
	}

	// TaskSucceededEventDetails are the details of TaskSucceeded and
	// TaskSubmitted.
	TaskSucceededEventDetails struct {
		ResourceType  string       `json:"resourceType"`            // such as "lambda"
		Resource      string       `json:"resource"`                // such as "invoke.waitForTaskToken"
		Output        string       `json:"output,omitempty"`        // JSON
		OutputDetails *DataDetails `json:"outputDetails,omitempty"` // nil if Output is absent
	}

	// TaskFailedEventDetails are the details of TaskFailed, TaskTimedOut,
	// TaskStartFailed and TaskSubmitFailed.
	TaskFailedEventDetails struct {
		ResourceType string  `json:"resourceType"`    // such as "lambda"
		Resource     string  `json:"resource"`        // such as "invoke.waitForTaskToken"
		Error        *string `json:"error,omitempty"` // name of the error; nil if absent
		Cause        *string `json:"cause,omitempty"` // nil if absent
	}

	// LambdaFunctionScheduledEventDetails are the details of
	// LambdaFunctionScheduled.
	LambdaFunctionScheduledEventDetails struct {
		Resource         string           `json:"resource"`                   // ARN of the function
		Input            string           `json:"input,omitempty"`            // JSON
		InputDetails     *DataDetails     `json:"inputDetails,omitempty"`     // nil if Input is absent
		TimeoutInSeconds int64            `json:"timeoutInSeconds,omitempty"` // 0 without a timeout
		TaskCredentials  *TaskCredentials `json:"taskCredentials,omitempty"`  // nil if the state has no Credentials
	}

	// ActivityScheduledEventDetails are the details of ActivityScheduled.
	ActivityScheduledEventDetails struct {
		Resource           string       `json:"resource"`                     // ARN of the activity
		Input              string       `json:"input,omitempty"`              // JSON
		InputDetails       *DataDetails `json:"inputDetails,omitempty"`       // nil if Input is absent
		TimeoutInSeconds   int64        `json:"timeoutInSeconds,omitempty"`   // 0 without a timeout
		HeartbeatInSeconds int64        `json:"heartbeatInSeconds,omitempty"` // 0 without a heartbeat
	}

	// ActivityStartedEventDetails are the details of ActivityStarted.
	ActivityStartedEventDetails struct {
		WorkerName string `json:"workerName,omitempty"` // "" if the worker gave none
	}

	// MapStateStartedEventDetails are the details of MapStateStarted.
	MapStateStartedEventDetails struct {
		Length int32 `json:"length"` // number of items
	}

	// MapIterationEventDetails are the details of every MapIteration event.
	// Name is the name of the Map state, and Index counts from 0.
	MapIterationEventDetails struct {
		Name  string `json:"name"`  // name of the state
		Index int32  `json:"index"` // of the iteration, from 0
	}

	// MapRunStartedEventDetails are the details of MapRunStarted.
	MapRunStartedEventDetails struct {
		MapRunArn string `json:"mapRunArn"` // ARN of the Map Run
	}

	// MapRunRedrivenEventDetails are the details of MapRunRedriven.
	MapRunRedrivenEventDetails struct {
		MapRunArn    string `json:"mapRunArn"`    // ARN of the Map Run
		RedriveCount int32  `json:"redriveCount"` // number of redrives so far
	}

	// EvaluationFailedEventDetails are the details of EvaluationFailed.
	EvaluationFailedEventDetails struct {
		State    string  `json:"state"`              // name of the state
		Error    *string `json:"error,omitempty"`    // name of the error; nil if absent
		Cause    *string `json:"cause,omitempty"`    // nil if absent
		Location string  `json:"location,omitempty"` // field of the state; "" if absent
	}

	// DataDetails tells whether data was truncated. It is nil if the data is
	// absent.
	DataDetails struct {
		Truncated bool `json:"truncated"` // whether the data was truncated
	}

	// TaskCredentials name the role of a task.
	TaskCredentials struct {
		RoleArn string `json:"roleArn"` // ARN of the role
	}
)

// AWS's other names for these details.
type (
	ExecutionSucceededEventDetails           = SucceededEventDetails
	LambdaFunctionSucceededEventDetails      = SucceededEventDetails
	ActivitySucceededEventDetails            = SucceededEventDetails
	ExecutionFailedEventDetails              = FailedEventDetails
	ExecutionAbortedEventDetails             = FailedEventDetails
	ExecutionTimedOutEventDetails            = FailedEventDetails
	LambdaFunctionFailedEventDetails         = FailedEventDetails
	LambdaFunctionTimedOutEventDetails       = FailedEventDetails
	LambdaFunctionScheduleFailedEventDetails = FailedEventDetails
	LambdaFunctionStartFailedEventDetails    = FailedEventDetails
	ActivityFailedEventDetails               = FailedEventDetails
	ActivityTimedOutEventDetails             = FailedEventDetails
	ActivityScheduleFailedEventDetails       = FailedEventDetails
	MapRunFailedEventDetails                 = FailedEventDetails
	TaskSubmittedEventDetails                = TaskSucceededEventDetails
	TaskTimedOutEventDetails                 = TaskFailedEventDetails
	TaskStartFailedEventDetails              = TaskFailedEventDetails
	TaskSubmitFailedEventDetails             = TaskFailedEventDetails
)

// Details returns the event's details, as one of the EventDetails structs by
// value, and the name of their member in JSON. It returns "" and nil for types
// without details.
func (e *Event) Details() (member string, details any) {
	s := shapeOf(e.Type)
	if s.details == nil {
		return "", nil
	}
	return members[e.Type], s.details(e)
}

// dataDetails describes the event's data. It returns nil if the data is absent.
func (e *Event) dataDetails() *DataDetails {
	switch v := e.Value.(type) {
	case NoData:
		return nil
	case Raw:
		return &DataDetails{Truncated: v.Truncated}
	}
	return &DataDetails{}
}

// dataText returns data as JSON, or "" if it is absent.
func dataText(v any) string {
	switch v := v.(type) {
	case NoData:
		return ""
	case Raw:
		return v.Text
	}
	if text, ok := value.Verbatim(v); ok {
		return text
	}
	return value.String(v)
}

// assignedVariables returns the variables of a *StateExited, or nil.
func (e *Event) assignedVariables() *value.Object {
	if o, ok := e.Detail.(*value.Object); ok && o.Len() > 0 {
		return o
	}
	return nil
}

func executionStartedDetails(e *Event) any {
	s := e.startedDetail()
	return ExecutionStartedEventDetails{
		Input:                  dataText(e.Value),
		InputDetails:           e.dataDetails(),
		RoleArn:                s.RoleArn,
		StateMachineAliasArn:   s.StateMachineAliasArn,
		StateMachineVersionArn: s.StateMachineVersionArn,
	}
}

func succeededDetails(e *Event) any {
	return SucceededEventDetails{Output: dataText(e.Value), OutputDetails: e.dataDetails()}
}

func failedDetails(e *Event) any {
	f := e.failureDetail()
	return FailedEventDetails{Error: f.Error, Cause: f.Cause}
}

func executionRedrivenDetails(e *Event) any {
	return ExecutionRedrivenEventDetails{RedriveCount: e.Index}
}

func stateEnteredDetails(e *Event) any {
	return StateEnteredEventDetails{Name: e.Name, Input: dataText(e.Value), InputDetails: e.dataDetails()}
}

func stateExitedDetails(e *Event) any {
	d := StateExitedEventDetails{Name: e.Name, Output: dataText(e.Value), OutputDetails: e.dataDetails()}
	if variables := e.assignedVariables(); variables != nil {
		d.AssignedVariables = make(map[string]string, variables.Len())
		for name, v := range variables.All() {
			d.AssignedVariables[name] = dataText(v)
		}
		d.AssignedVariablesDetails = &DataDetails{}
	}
	return d
}

func credentialsOf(s *Scheduled) *TaskCredentials {
	if s.RoleArn == "" {
		return nil
	}
	return &TaskCredentials{RoleArn: s.RoleArn}
}

func taskScheduledDetails(e *Event) any {
	s, r := e.scheduledDetail(), e.resourceDetail()
	return TaskScheduledEventDetails{
		ResourceType:       r.ResourceType,
		Resource:           r.Resource,
		Region:             r.Region,
		Parameters:         dataText(e.Value),
		TimeoutInSeconds:   s.TimeoutInSeconds,
		HeartbeatInSeconds: s.HeartbeatInSeconds,
		TaskCredentials:    credentialsOf(s),
	}
}

func taskStartedDetails(e *Event) any {
	r := e.resourceDetail()
	return TaskStartedEventDetails{ResourceType: r.ResourceType, Resource: r.Resource}
}

func taskSucceededDetails(e *Event) any {
	r := e.resourceDetail()
	return TaskSucceededEventDetails{
		ResourceType:  r.ResourceType,
		Resource:      r.Resource,
		Output:        dataText(e.Value),
		OutputDetails: e.dataDetails(),
	}
}

func taskFailedDetails(e *Event) any {
	f, r := e.failureDetail(), e.resourceDetail()
	return TaskFailedEventDetails{
		ResourceType: r.ResourceType,
		Resource:     r.Resource,
		Error:        f.Error,
		Cause:        f.Cause,
	}
}

func lambdaFunctionScheduledDetails(e *Event) any {
	s := e.scheduledDetail()
	return LambdaFunctionScheduledEventDetails{
		Resource:         e.resourceDetail().ARN,
		Input:            dataText(e.Value),
		InputDetails:     e.dataDetails(),
		TimeoutInSeconds: s.TimeoutInSeconds,
		TaskCredentials:  credentialsOf(s),
	}
}

func activityScheduledDetails(e *Event) any {
	s := e.scheduledDetail()
	return ActivityScheduledEventDetails{
		Resource:           e.resourceDetail().ARN,
		Input:              dataText(e.Value),
		InputDetails:       e.dataDetails(),
		TimeoutInSeconds:   s.TimeoutInSeconds,
		HeartbeatInSeconds: s.HeartbeatInSeconds,
	}
}

func activityStartedDetails(e *Event) any { return ActivityStartedEventDetails{WorkerName: e.Name} }

func mapStateStartedDetails(e *Event) any { return MapStateStartedEventDetails{Length: e.Index} }

func mapIterationDetails(e *Event) any {
	return MapIterationEventDetails{Name: e.Name, Index: e.Index}
}

func mapRunStartedDetails(e *Event) any { return MapRunStartedEventDetails{MapRunArn: e.Name} }

func mapRunRedrivenDetails(e *Event) any {
	return MapRunRedrivenEventDetails{MapRunArn: e.Name, RedriveCount: e.Index}
}

func evaluationFailedDetails(e *Event) any {
	f := e.failureDetail()
	return EvaluationFailedEventDetails{State: e.Name, Error: f.Error, Cause: f.Cause, Location: f.Location}
}
