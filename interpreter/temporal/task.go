package temporal

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// forever is the timeout of a task without TimeoutSeconds: as long as AWS waits.
const forever = 99_999_999 * time.Second

// taskArguments is the first argument of the activity. The input and the credentials of
// the task follow it.
type taskArguments struct {
	State          string
	Resource       string
	Region         string `json:",omitempty"` // see machine.Resource
	Token          string
	Execution      string // ARN
	Task           machine.TaskID
	Attempt        int           `json:",omitempty"`
	Item           int           `json:",omitempty"` // plus 1
	Timeout        int64         `json:",omitempty"` // seconds
	Heartbeat      int64         `json:",omitempty"` // seconds
	HasCredentials bool          `json:",omitempty"`
	Beat           time.Duration `json:",omitempty"` // how often the activity says that its worker lives
}

// startHeld starts what is held back.
func (r *run) startHeld() {
	held := r.held
	r.held = nil
	for i := range held {
		switch c := &held[i]; c.Kind {
		case machine.StartTask:
			c.of.startTask(&c.Command)
		case machine.DetachMapRun:
			c.of.startMapRun(&c.Command)
		default:
			r.startMapCommand(&c.Command)
		}
	}
}

// startTask starts a task. The workflow watches over its timeouts by those of the
// activity: heartbeats of a worker do not reach the workflow.
func (h *hosted) startTask(c *machine.Command) {
	r := h.run
	if c.Resource.Kind == machine.Activity {
		h.post(machine.Event{Kind: machine.TaskScheduled, Task: c.Task}) // its start names the worker
	} else {
		h.post(machine.Event{Kind: machine.TaskStarted, Task: c.Task, Watched: true})
	}
	if r.engine.startsExecution(c.Resource) {
		h.startNested(c)
		return
	}
	a := taskArguments{
		State: c.State, Resource: c.Resource.Name, Region: c.Resource.Region, Token: h.x.Token(c.Task), Execution: h.program.ExecutionArn(h.x.ID),
		Task: c.Task, Attempt: c.Attempt, Item: c.Item + 1,
		Timeout: int64(c.Timeout / time.Second), Heartbeat: int64(c.Heartbeat / time.Second),
		HasCredentials: c.Credentials != nil,
	}
	if c.Heartbeat == 0 && r.engine.Liveness > 0 {
		a.Beat = r.engine.Liveness / 3
	}
	input, credentials := rawValue(c.Input), rawValue(c.Credentials)
	r.sendBytes(len(input.Payload().GetData()) + len(credentials.Payload().GetData()))
	ctx, cancel := workflow.WithCancel(r.ctx)
	h.tasks[c.Task] = cancel
	id := c.Task
	pattern := c.Resource
	r.selector.AddFuture(h.execute(ctx, c, a, input, credentials), func(f workflow.Future) {
		delete(h.tasks, id)
		h.taskEnded(id, pattern, f)
	})
}

func (h *hosted) execute(ctx workflow.Context, c *machine.Command, a taskArguments, input, credentials converter.RawValue) workflow.Future {
	r := h.run
	timeout := c.Timeout
	if timeout == 0 {
		timeout = forever
	}
	summary := c.State
	retry := &temporal.RetryPolicy{
		InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: 30 * time.Second,
		NonRetryableErrorTypes: []string{startToClose},
	}
	if local := r.engine.Local; local != nil && local(c.State, c.Resource.Name) {
		return workflow.ExecuteLocalActivity(workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
			StartToCloseTimeout: timeout, RetryPolicy: retry, Summary: summary,
		}), ActivityType, a, input, credentials)
	}
	o := workflow.ActivityOptions{
		ActivityID:          h.activityID(c),
		Summary:             summary,
		StartToCloseTimeout: timeout,
		HeartbeatTimeout:    max(0, r.engine.Liveness),
		RetryPolicy:         retry,
	}
	if c.Heartbeat > 0 {
		o.HeartbeatTimeout = c.Heartbeat
		retry.NonRetryableErrorTypes = append(retry.NonRetryableErrorTypes, heartbeatTimeout)
	}
	if queue := r.engine.Queue; queue != nil {
		o.TaskQueue = queue(c.State, c.Resource.Name)
	}
	return workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, o), ActivityType, a, input, credentials)
}

// activityID returns the name of an activity, which no other one of the run has.
func (h *hosted) activityID(c *machine.Command) string {
	id := validText(c.State) + "-" + strconv.FormatUint(uint64(c.Task), 36)
	if h.child != nil {
		id += "-" + strconv.FormatInt(h.child.Index, 10)
	}
	return id
}

// Error types of timeouts in retry policies.
const (
	startToClose     = "TemporalTimeout:StartToClose"
	heartbeatTimeout = "TemporalTimeout:Heartbeat"
)

// cancelTask cancels a task or a detached Map Run, if it runs.
func (h *hosted) cancelTask(id machine.TaskID) {
	r := h.run
	for i := range r.held {
		if r.held[i].of == h && r.held[i].Task == id {
			r.held = append(r.held[:i], r.held[i+1:]...)
			return
		}
	}
	if cancel, runs := h.tasks[id]; runs {
		cancel()
	}
}

// taskFailure is the detail of the ApplicationError of a task that failed. Its type is
// the name of the error.
type taskFailure struct {
	Error     *string         `json:",omitempty"`
	Cause     *string         `json:",omitempty"`
	Refused   bool            `json:",omitempty"`
	Worker    string          `json:",omitempty"`
	Submitted json.RawMessage `json:",omitempty"` // what Task.Submitted got
}

// taskEnded posts the events of an activity that has ended.
func (h *hosted) taskEnded(id machine.TaskID, resource *machine.Resource, f workflow.Future) {
	var result converter.RawValue
	err := f.Get(h.run.ctx, &result)
	if err == nil {
		h.taskReturned(id, resource, result)
		return
	}
	var failed *temporal.ApplicationError
	var timeout *temporal.TimeoutError
	switch {
	case temporal.IsCanceledError(err): // by the execution
	case errors.As(err, &failed):
		var d taskFailure
		if failed.Details(&d) != nil { // of another SDK
			name, cause := failed.Type(), failed.Message()
			d = taskFailure{Error: &name, Cause: &cause}
		}
		h.postStart(id, resource, d.Worker, d.Submitted)
		kind := machine.TaskFailed
		if d.Refused {
			kind = machine.TaskRefused
		}
		h.post(machine.Event{Kind: kind, Task: id, Error: d.Error, Cause: d.Cause})
	case errors.As(err, &timeout):
		name := asl.StatesTimeout
		if timeout.TimeoutType() == enumspb.TIMEOUT_TYPE_HEARTBEAT {
			name = asl.StatesHeartbeatTimeout
		}
		var worker string
		if timeout.HasLastHeartbeatDetails() {
			_ = timeout.LastHeartbeatDetails(&worker) // of another SDK, it may be anything
		}
		h.postStart(id, resource, worker, nil)
		h.post(machine.Event{Kind: machine.TaskTimedOut, Task: id, Error: &name})
	default:
		name, cause := asl.StatesTaskFailed, err.Error()
		h.post(machine.Event{Kind: machine.TaskFailed, Task: id, Error: &name, Cause: &cause})
	}
}

// Kinds of an activity's result, in its metadata. Without one the task has succeeded.
const (
	kindSubmitted = "submitted" // the result comes by the token
	kindPending   = "pending"   // so it does, and the handler returned no output
)

func (h *hosted) taskReturned(id machine.TaskID, resource *machine.Resource, result converter.RawValue) {
	p := result.Payload()
	meta := p.GetMetadata()
	output, err := parsePayload(p)
	if err != nil {
		name, cause := asl.StatesTaskFailed, fmt.Sprintf("The result of the activity is not JSON: %v", err)
		h.post(machine.Event{Kind: machine.TaskFailed, Task: id, Error: &name, Cause: &cause})
		return
	}
	h.postStart(id, resource, string(meta[workerKey]), meta[submittedKey])
	switch string(meta[kindKey]) {
	case kindSubmitted:
		h.post(machine.Event{Kind: machine.TaskSubmitted, Task: id, Output: output})
		h.post(machine.Event{Kind: machine.TaskHeartbeat, Task: id}) // no activity watches over it any longer
	case kindPending:
		h.post(machine.Event{Kind: machine.TaskHeartbeat, Task: id})
	default:
		h.post(machine.Event{Kind: machine.TaskSucceeded, Task: id, Output: output})
	}
}

// postStart posts what an activity tells of its start, and of Task.Submitted.
func (h *hosted) postStart(id machine.TaskID, resource *machine.Resource, worker string, submitted []byte) {
	if resource.Kind == machine.Activity {
		h.post(machine.Event{Kind: machine.TaskStarted, Task: id, Worker: worker, Watched: true})
	}
	if len(submitted) > 0 {
		if output, err := value.Parse(submitted); err == nil {
			h.post(machine.Event{Kind: machine.TaskSubmitted, Task: id, Output: output})
		}
	}
}
