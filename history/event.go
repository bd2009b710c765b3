package history

import "time"

// Event is a history event. A few fields hold what AWS puts into one details
// object per type; [Event.Details] returns AWS's shape. Events share their
// values with the execution, which become JSON only when the event is written.
type Event struct {
	ID       uint32 // 1, 2, 3, ... without gaps
	Previous uint32 // id of the event that caused this one; 0 if none
	Nanos    int64  // time in nanoseconds since 1970
	Type     Type   // AWS's HistoryEventType
	Index    int32  // iteration of MapIteration events; length in MapStateStarted; redriveCount in ExecutionRedriven and MapRunRedriven
	Name     string // name of the state (StateEntered, StateExited, MapIteration, EvaluationFailed); worker of ActivityStarted; ARN of a Map Run

	// Value is the input or output, or the parameters of TaskScheduled. It is a
	// value of package value or [NoData]. In an event that was read it may be
	// [Raw].
	Value any

	// Detail holds the details that only some types have:
	//
	//	ExecutionStarted                     *Started
	//	*StateExited                         *value.Object: the assigned variables, or nil
	//	*Failed, *TimedOut, *Aborted         *Failure
	//	EvaluationFailed                     *Failure
	//	TaskScheduled, LambdaFunctionScheduled, ActivityScheduled  *Scheduled
	//	TaskStarted, TaskSubmitted, TaskSucceeded                  *Resource
	Detail any
}

// Time returns the time of the event in UTC.
func (e *Event) Time() time.Time { return time.Unix(0, e.Nanos).UTC() }

// NoData is the Value of an event without its input or output, as
// GetExecutionHistory returns it without includeExecutionData. A nil Value is
// the JSON value null.
type NoData struct{}

// Raw is data that was read from a string that is not JSON: AWS truncates large
// data in its logs. It is written back unchanged. Executions never produce it.
type Raw struct {
	Text      string // as read
	Truncated bool   // by AWS
}

// WithoutData returns a copy without input, output and assigned variables, as
// GetExecutionHistory does if includeExecutionData is false. Names, errors, causes
// and the parameters of TaskScheduled stay.
func (e Event) WithoutData() Event {
	if shapeOf(e.Type).data {
		e.Value = NoData{}
	}
	if e.assignedVariables() != nil {
		e.Detail = nil
	}
	return e
}

// Started holds the details of ExecutionStarted except for the input.
type Started struct {
	RoleArn                string // ARN of the role
	StateMachineAliasArn   string // "" if absent
	StateMachineVersionArn string // "" if absent
}

// Resource is the resource of a task. Each state has one, which its events
// share.
type Resource struct {
	ARN          string // of a Lambda function or an activity, else ""
	ResourceType string // of other tasks: "sqs", "aws-sdk:dynamodb"
	Resource     string // of other tasks: "sendMessage.waitForTaskToken"
	Region       string // AWS region of other tasks
}

// Scheduled holds the details of the *Scheduled events except for parameters
// and input.
type Scheduled struct {
	*Resource
	TimeoutInSeconds   int64  // 0 without a timeout
	HeartbeatInSeconds int64  // 0 without a heartbeat
	RoleArn            string // role of the Credentials; "" if absent
}

// Failure is an error. Error and Cause are nil if absent.
type Failure struct {
	Error, Cause *string   // nil if absent
	Resource     *Resource // of Task events, else nil
	Location     string    // of EvaluationFailed, else ""
}

// failureDetail returns the event's Failure, or an empty one.
func (e *Event) failureDetail() *Failure {
	if f, ok := e.Detail.(*Failure); ok && f != nil {
		return f
	}
	return new(Failure)
}

// scheduledDetail returns the event's Scheduled, or an empty one.
func (e *Event) scheduledDetail() *Scheduled {
	if s, ok := e.Detail.(*Scheduled); ok && s != nil {
		return s
	}
	return new(Scheduled)
}

// startedDetail returns the event's Started, or an empty one.
func (e *Event) startedDetail() *Started {
	if s, ok := e.Detail.(*Started); ok && s != nil {
		return s
	}
	return new(Started)
}

// resourceDetail returns the Resource of a Lambda, activity or Task event, or
// an empty one.
func (e *Event) resourceDetail() *Resource {
	var r *Resource
	switch d := e.Detail.(type) {
	case *Resource:
		r = d
	case *Scheduled:
		r = e.scheduledDetail().Resource
	case *Failure:
		r = e.failureDetail().Resource
	}
	if r == nil {
		return new(Resource)
	}
	return r
}
