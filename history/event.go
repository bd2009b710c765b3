package history

import "time"

// Event is one history event, flat and small: what AWS puts into a details
// object per type is in the few fields here, and [Event.Details] gives it in
// AWS's shape. Values are shared with the execution and become text only when
// the event is written.
type Event struct {
	ID       uint32 // 1, 2, 3 ... without gaps
	Previous uint32 // the event that caused this one; 0: none
	Nanos    int64  // the time, in nanoseconds since 1970
	Type     Type
	Index    int32  // of MapIteration events; the length in MapStateStarted; the redriveCount in ExecutionRedriven and MapRunRedriven
	Name     string // of the state (StateEntered, StateExited, MapIteration, EvaluationFailed), or ActivityStarted's worker, or MapRun's ARN

	// Value is the input or output; for TaskScheduled the parameters. It is a
	// value of the value model, or [NoData], or in an event that was read [Raw].
	Value any

	// Detail is what few types have besides:
	//
	//	ExecutionStarted                     *Started
	//	*StateExited                         *value.Object: the assigned variables; or nil
	//	*Failed, *TimedOut, *Aborted         *Failure
	//	EvaluationFailed                     *Failure
	//	TaskScheduled, LambdaFunctionScheduled, ActivityScheduled  *Scheduled
	//	TaskStarted, TaskSubmitted, TaskSucceeded                  *Resource
	Detail any
}

// Time returns the time of the event, in UTC.
func (e *Event) Time() time.Time { return time.Unix(0, e.Nanos).UTC() }

// NoData is the Value of an event whose input or output was left out, as
// GetExecutionHistory does without includeExecutionData. (A nil Value is the
// JSON value null.)
type NoData struct{}

// Raw is data that was read as a text which is not JSON: AWS cuts large data in
// its logs. It is written as it was read. An execution never makes one.
type Raw struct {
	Text      string
	Truncated bool
}

// WithoutData returns the event without its input or output, as
// GetExecutionHistory gives it when includeExecutionData is false. Names,
// errors, causes, the parameters of TaskScheduled and assigned variables stay.
func (e Event) WithoutData() Event {
	if shapeOf(e.Type).data {
		e.Value = NoData{}
	}
	return e
}

// Started is what ExecutionStarted says besides the input.
type Started struct {
	RoleArn                string
	StateMachineAliasArn   string // may be empty
	StateMachineVersionArn string // may be empty
}

// Resource is what a Task's Resource is in the events. It is made once for a
// state and shared by its events.
type Resource struct {
	ARN          string // of a Lambda function or an activity
	ResourceType string // of other tasks: "sqs", "aws-sdk:dynamodb"
	Resource     string // of other tasks: "sendMessage.waitForTaskToken"
	Region       string
}

// Scheduled is what the *Scheduled events say besides the parameters or input.
type Scheduled struct {
	*Resource
	TimeoutInSeconds   int64  // 0: none
	HeartbeatInSeconds int64  // 0: none
	RoleArn            string // of the Credentials; empty: none
}

// Failure is an error's name and cause, each nil where there is none.
type Failure struct {
	Error, Cause *string
	Resource     *Resource // of Task events; else nil
	Location     string    // of EvaluationFailed; may be empty
}

// failure returns the event's Failure, an empty one if it has none.
func (e *Event) failureDetail() *Failure {
	if f, ok := e.Detail.(*Failure); ok && f != nil {
		return f
	}
	return new(Failure)
}

// scheduled returns the event's Scheduled, an empty one if it has none.
func (e *Event) scheduledDetail() *Scheduled {
	if s, ok := e.Detail.(*Scheduled); ok && s != nil {
		return s
	}
	return new(Scheduled)
}

// started returns the event's Started, an empty one if it has none.
func (e *Event) startedDetail() *Started {
	if s, ok := e.Detail.(*Started); ok && s != nil {
		return s
	}
	return new(Started)
}

// resource returns the Resource of a Lambda, activity or Task event, an empty
// one if it has none.
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
