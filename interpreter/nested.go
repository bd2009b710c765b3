package interpreter

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/asl/value"
	"github.com/gostates/gostates/interpreter/machine"
)

// Errors of the Step Functions service.
const (
	ErrExecutionAlreadyExistsException   = "StepFunctions.ExecutionAlreadyExistsException"
	ErrExecutionLimitExceededException   = "StepFunctions.ExecutionLimitExceededException"
	ErrInvalidExecutionInputException    = "StepFunctions.InvalidExecutionInputException"
	ErrStateMachineDoesNotExistException = "StepFunctions.StateMachineDoesNotExistException"
)

// defaultDepth is the default of Machines.MaxDepth.
const defaultDepth = 16

// Machines is a [Resolver] of arn:aws:states:::states:startExecution, .sync,
// .sync:2 and .waitForTaskToken: it starts executions of other programs in the
// interpreter that runs the one with the task. A task that waits for such an
// execution holds neither a goroutine nor a worker.
//
// When a .sync task times out, or its execution is stopped or needs it no more,
// the execution that it waits for is stopped. One whose Name is not given is named
// after the task's token: a task that is delivered again, after a restart, finds
// it if it still runs, and else starts it anew.
type Machines struct {
	// Programs by the StateMachineArn that tasks give, or by the name in it.
	Programs map[string]*Program
	// MaxDepth is how deep executions may start each other, from the one that
	// was started by the host, or restored, on. Default: 16.
	MaxDepth int
}

// Resolve returns the handler of states:startExecution.
func (m *Machines) Resolve(resource string) (Handler, bool) {
	r := machine.ParseResource(resource)
	return m, r.Service == "states" && r.Action == "startExecution"
}

// Handle starts the execution.
func (m *Machines) Handle(_ context.Context, task *Task) (any, error) {
	o, _ := task.Input.(*value.Object)
	arn, _ := get(o, "StateMachineArn")
	program := m.program(arn)
	if program == nil {
		return nil, asl.Errorf(ErrStateMachineDoesNotExistException,
			"State Machine Does Not Exist: '%s' (Service: AWSStepFunctions; Status Code: 400; Error Code: StateMachineDoesNotExist)", arn)
	}
	depth := task.execution.depth() + 1
	if limit := m.limit(); depth > limit {
		return nil, asl.Errorf(ErrExecutionLimitExceededException, "Executions start each other more than %d deep.", limit)
	}
	input, err := childInput(o)
	if err != nil {
		return nil, err
	}
	name, ok := get(o, "Name")
	if !ok || name == "" {
		name = nameOf(task.Token())
	}
	in := task.execution.in
	child, started, err := in.create(program, input, &StartOptions{Name: name, depth: depth})
	switch {
	case errors.Is(err, ErrExecutionAlreadyExists):
		return nil, asl.Errorf(ErrExecutionAlreadyExistsException,
			"Execution Already Exists: '%s' (Service: AWSStepFunctions; Status Code: 400; Error Code: ExecutionAlreadyExists)",
			program.ExecutionArn(name))
	case errors.Is(err, ErrClosed):
		return nil, ErrResultPending // the task stays outstanding
	case err != nil:
		return nil, err
	}
	begun, err := in.now()
	if err != nil {
		return nil, err
	}
	if started {
		child.drive(mail{event: machine.Event{Kind: machine.Started}}, keepNone)
	}
	answer := startAnswer(child, begun)
	switch task.Resource.Pattern {
	case machine.Sync, machine.Sync2:
		return nil, task.await(child, arn, answer)
	}
	return answer, nil
}

func (m *Machines) limit() int {
	if m.MaxDepth > 0 {
		return m.MaxDepth
	}
	return defaultDepth
}

func (m *Machines) program(arn string) *Program {
	if p := m.Programs[arn]; p != nil {
		return p
	}
	return m.Programs[arn[strings.LastIndexByte(arn, ':')+1:]]
}

func get(o *value.Object, key string) (string, bool) {
	v, _ := o.Get(key)
	s, ok := v.(string)
	return s, ok
}

// childInput is the Input: a text is JSON, nothing is {} (both recorded).
func childInput(o *value.Object) (any, error) {
	input, _ := o.Get("Input")
	switch input := input.(type) {
	case nil:
		return emptyInput, nil
	case string:
		v, err := value.ParseString(input)
		if err != nil {
			return nil, asl.Errorf(ErrInvalidExecutionInputException,
				"Invalid State Machine Execution Input: '%v' (Service: AWSStepFunctions; Status Code: 400; Error Code: InvalidExecutionInput)", err)
		}
		return v, nil
	}
	return input, nil
}

// nameOf makes an execution's name of a token that it does not give away.
func nameOf(token string) string {
	sum := sha256.Sum256([]byte("execution of " + token))
	return uuid(sum[:16])
}

// startAnswer is what StartExecution answers.
func startAnswer(child *Execution, begun time.Time) *value.Object {
	call := Metadata{StatusCode: 200, RequestID: nameOf(child.Arn())}
	return value.ObjectOf(
		value.Member{Key: "ExecutionArn", Value: child.Arn()},
		value.Member{Key: "SdkHttpMetadata", Value: call.http()},
		value.Member{Key: "SdkResponseMetadata", Value: call.response()},
		value.Member{Key: "StartDate", Value: begun.UnixMilli()})
}

// await has a task wait for an execution.
func (t *Task) await(child *Execution, arn string, answer any) error {
	if err := t.Submitted(answer); err != nil {
		return err
	}
	child.whenEnded(func() {
		if err, _ := child.haltError(); err != nil {
			t.execution.deliver(mail{visit: func() {
				t.execution.halt(t.execution.hookFailed("waiting for another one: ", err), false)
			}}, keepNone)
			return
		}
		t.send(childEnded(child, arn, t.Resource.Pattern))
	})
	t.whenCancelled(func() { _ = child.Stop("", "The task that waited for this execution was cancelled.") })
	return ErrResultPending
}

// childEnded is how an execution that has ended ends the task that waited for it.
// It is called where nothing drives the execution any more.
func childEnded(child *Execution, arn string, pattern machine.Pattern) machine.Event {
	x := &child.x
	data := func(v any) any {
		if pattern == machine.Sync2 {
			return v
		}
		return value.String(v)
	}
	details := value.ObjectOf(value.Member{Key: "Included", Value: true})
	o := value.NewObject(10)
	ok := x.Status == Succeeded
	if !ok && x.Outcome.Cause != nil {
		o.Set("Cause", *x.Outcome.Cause)
	}
	if !ok && x.Outcome.Error != nil {
		o.Set("Error", *x.Outcome.Error)
	}
	o.Set("ExecutionArn", child.Arn())
	o.Set("Input", data(x.Input))
	o.Set("InputDetails", details)
	o.Set("Name", child.Name())
	if ok {
		o.Set("Output", data(x.Outcome.Output))
		o.Set("OutputDetails", details)
	}
	redrivable(o, x.Status)
	// milliseconds since 1970, from memory: recordings show a placeholder
	o.Set("StartDate", x.StartedAt/int64(time.Millisecond))
	o.Set("StateMachineArn", arn)
	o.Set("Status", x.Status.String())
	o.Set("StopDate", x.Time().UnixMilli())
	if ok {
		return machine.Event{Kind: machine.TaskSucceeded, Output: o}
	}
	name, cause := asl.ErrTaskFailed, value.String(o)
	return machine.Event{Kind: machine.TaskFailed, Error: &name, Cause: &cause}
}

// redrivable says whether the execution could be redriven: recorded of one that
// succeeded, from memory of others.
func redrivable(o *value.Object, s Status) {
	o.Set("RedriveCount", int64(0))
	if s != Succeeded {
		o.Set("RedriveStatus", "REDRIVABLE")
		return
	}
	o.Set("RedriveStatus", "NOT_REDRIVABLE")
	o.Set("RedriveStatusReason", "Execution is SUCCEEDED and cannot be redriven")
}

// depth is how many executions started each other before this one.
func (e *Execution) depth() int {
	if m := e.more.Load(); m != nil {
		return m.depth
	}
	return 0
}

// whenEnded has f called when the execution is driven no more, at once if so.
func (e *Execution) whenEnded(f func()) {
	e.mu.Lock()
	ended := e.over()
	if !ended {
		m := e.needMore()
		m.after = append(m.after, f)
	}
	e.mu.Unlock()
	if ended {
		f()
	}
}
