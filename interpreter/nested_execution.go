package interpreter

import (
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/intrinsics"
	"github.com/gostates/gostates/value"
)

// Names of errors of the Step Functions service, for Retriers and Catchers.
const (
	StepFunctionsExecutionAlreadyExistsException   = "StepFunctions.ExecutionAlreadyExistsException"
	StepFunctionsExecutionLimitExceededException   = "StepFunctions.ExecutionLimitExceededException"
	StepFunctionsInvalidExecutionInputException    = "StepFunctions.InvalidExecutionInputException"
	StepFunctionsInvalidNameException              = "StepFunctions.InvalidNameException"
	StepFunctionsStateMachineDoesNotExistException = "StepFunctions.StateMachineDoesNotExistException"
)

// defaultDepth is the default of StartExecution.MaxDepth.
const defaultDepth = 16

const maxDepth = 255

// StartExecution is a [Resolver] of arn:aws:states:::states:startExecution, with
// and without .sync, .sync:2 or .waitForTaskToken. It starts executions of other
// programs in the same interpreter. A task that waits for such an execution needs
// neither a goroutine nor a worker.
//
// If a .sync task times out or is cancelled, the execution that it waits for is
// stopped. An execution without a Name is named after the task's token, from which
// the tokens of its own tasks are made as well.
//
// With Config.Store a task finds the execution that it had started, running or ended,
// also if its program is not among Programs any longer. Without:
//
// After a restart both executions are restored from their own snapshots, in any
// order; the children are among [Interpreter.Executions]. The task finds the
// execution that it had started, running or ended, or waits until it is restored:
// see [Interpreter.AllRestored]. If the task timed out while no process ran, the
// child is not stopped.
type StartExecution struct {
	// Programs by the StateMachineArn of the tasks, or by the name in it.
	Programs map[string]*Program
	// MaxDepth limits how many executions wait for each other (.sync) in a row, at
	// most 255. An execution that no other waits for starts a new row. Default: 16.
	MaxDepth int
}

// Resolve returns the handler of states:startExecution.
func (m *StartExecution) Resolve(_, resource string) (Handler, bool) {
	r := machine.ParseResource(resource)
	return m, r.Service == "states" && r.Action == "startExecution"
}

// Handle starts the execution that a task asks for.
func (m *StartExecution) Handle(ctx context.Context, task *Task) (any, error) {
	if task.execution == nil {
		return nil, asl.Errorf(asl.StatesRuntime, "StartExecution starts executions only for tasks of an Interpreter, and not in Perform.")
	}
	arn, name, input, err := NestedRequest(task.Input)
	c := childStart{parent: task.execution, task: task, arn: arn, program: m.findProgram(arn), input: input}
	if c.program == nil && task.execution.stored == nil { // else the task may have started it with an earlier process
		return nil, c.unknownMachine()
	}
	if err != nil {
		return nil, err
	}
	if name == "" {
		name = nameFromToken(task.Token())
	}
	c.start = StartOptions{Name: name, token: task.Token()}
	if !c.waitsForChild() {
		return c.startChild(ctx)
	}
	depth := int(task.execution.x.Depth) + 1
	if limit := m.depthLimit(); depth > limit {
		return nil, asl.Errorf(StepFunctionsExecutionLimitExceededException, "More than %d nested executions wait for each other.", limit)
	}
	c.start.depth = uint8(depth)
	task.stays = true                                          // the process waits for the child, even if the handler has returned
	if task.submitted.Load() && task.execution.stored == nil { // started by an earlier process
		return nil, c.resumeWait()
	}
	return c.startChild(ctx)
}

// childStart is the work of a task that starts an execution.
type childStart struct {
	parent  *Execution
	task    *Task  // nil: of a Map Run
	arn     string // as the task gives it
	program *Program
	input   any
	start   StartOptions
}

// waitsForChild reports whether the task waits for the end of the execution.
func (c *childStart) waitsForChild() bool {
	p := c.task.Resource.Pattern
	return p == machine.Sync || p == machine.Sync2
}

func (c *childStart) unknownMachine() error {
	return asl.Errorf(StepFunctionsStateMachineDoesNotExistException,
		"State Machine Does Not Exist: '%s' (Service: AWSStepFunctions; Status Code: 400; Error Code: StateMachineDoesNotExist)", c.arn)
}

// childKey returns the key by which the execution is found.
func (c *childStart) childKey() nameKey {
	start := machine.Start{ID: c.start.Name}
	_ = c.parent.in.fillRandomParts(c.program, &start, c.start.token) // a token always gives enough bytes
	return executionKey(c.program, start.ID)
}

// startChild starts the execution, or finds the one with its name.
func (c *childStart) startChild(ctx context.Context) (any, error) {
	in := c.parent.in
	begun, err := in.currentTime()
	if err != nil {
		return nil, err
	}
	child, started, err := c.createChild(ctx)
	switch {
	case isError(err, ErrExecutionAlreadyExists):
		return nil, asl.Errorf(StepFunctionsExecutionAlreadyExistsException,
			"Execution Already Exists: '%s' (Service: AWSStepFunctions; Status Code: 400; Error Code: ExecutionAlreadyExists)",
			c.program.ExecutionArn(c.start.Name))
	case isError(err, ErrInvalidName):
		return nil, asl.Errorf(StepFunctionsInvalidNameException,
			"Invalid Name: '%s' (Service: AWSStepFunctions; Status Code: 400; Error Code: InvalidName)", c.start.Name)
	case isError(err, ErrClosed):
		c.task.stays = true
		return nil, ErrResultPending
	case isUnloadable(err):
		c.task.stays = true
		c.haltParent("finding execution ", c.start.Name, err)
		return nil, ErrResultPending
	case err != nil:
		return nil, err
	}
	if started { // also if a hook ends the goroutine
		defer child.driveExecution(&mail{event: machine.Event{Kind: machine.Started}}, keepNone)
	}
	answer := StartAnswer(child.Arn(), begun)
	if !c.waitsForChild() {
		return answer, nil
	}
	if !c.task.submitted.Swap(true) {
		c.task.sendEvent(machine.Event{Kind: machine.TaskSubmitted, Output: answer}) // first, so that snapshots of both agree
	}
	c.awaitChild(child)
	return nil, ErrResultPending
}

// createChild makes the execution, which the caller must drive if it has not started.
// With a store it has: a call of the store that fails is repeated until ctx ends. An
// execution that a lost attempt of this task started is found even if it has ended.
func (c *childStart) createChild(ctx context.Context) (child *Execution, undriven bool, err error) {
	in := c.parent.in
	if in.durable == nil {
		return in.createExecution(ctx, c.program, c.input, &c.start)
	}
	c.start.parent = c.parent.stored.id
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		child, err = c.findOrStart(ctx)
		if !isStoreFailure(err) {
			return child, false, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, false, err
		}
	}
}

// findOrStart starts an execution in the store, unless this task has started it before.
func (c *childStart) findOrStart(ctx context.Context) (*Execution, error) {
	if c.program == nil {
		return c.findStarted(ctx)
	}
	child, err := c.parent.in.startStored(ctx, c.program, c.input, &c.start)
	exists, ok := err.(*ExecutionExistsError) //nolint:errorlint // startStored does not wrap it, and others may be the store's
	if !ok {
		return child, err
	}
	own, failure := c.hasStarted(ctx, exists.Execution)
	switch {
	case failure != nil:
		return nil, failure
	case !own:
		return nil, err
	}
	return exists.Execution, nil
}

// hasStarted reports whether this task has started an execution.
func (c *childStart) hasStarted(ctx context.Context, child *Execution) (own bool, err error) {
	key := c.parent.in.childTokenKey(c.start.token)
	err = child.visitStored(ctx, func(x *machine.Execution) { own = x.TokenKey == key })
	return own, err
}

// childTokenKey returns the key of the tokens of an execution that a task has started,
// which is computed from the task's token.
func (in *Interpreter) childTokenKey(token string) (key [16]byte) {
	_ = in.random.drawBytes(key[:], token, "start") // a token always gives enough bytes
	return key
}

// findStarted returns the execution that this task has started, although its program is
// not among StartExecution.Programs any longer: the store has its definition.
func (c *childStart) findStarted(ctx context.Context) (*Execution, error) {
	s := c.parent.in.durable
	q := store.Query{Namespace: &s.namespace, Parent: c.start.parent, NamePrefix: c.start.Name}
	for l, err := range s.listAll(ctx, q) {
		if err != nil {
			return nil, err
		}
		child, err := s.openExecution(ctx, l.ID)
		if err != nil {
			return nil, err
		}
		if own, err := c.hasStarted(ctx, child); own || err != nil {
			return child, err
		}
	}
	return nil, c.unknownMachine()
}

// isUnloadable reports whether the store has an execution that cannot be loaded.
func isUnloadable(err error) bool {
	var load *loadError
	return errors.As(err, &load) || isError(err, store.ErrCorrupt) || isError(err, store.ErrNoKey)
}

// haltParent halts the execution of the task, which is not to blame.
func (c *childStart) haltParent(doing, name string, err error) {
	e := c.parent
	e.deliverMail(&mail{visit: func(*driver) { e.haltExecution(e.wrapHookError(doing, name, err), false) }}, keepNone)
}

// resumeWait waits for an execution that an earlier process started, when it is
// restored.
func (c *childStart) resumeWait() error {
	in := c.parent.in
	here := in.whenRestored(c.childKey(), func(child *Execution) {
		switch {
		case child != nil:
			c.awaitChild(child)
		case c.task.dropped.Load() == 0:
			c.restartChild()
		}
	})
	if !here {
		in.logWarning("interpreter: a restored task waits for an execution that was not restored yet",
			slog.String("execution", c.task.Execution()), slog.String("state", c.task.State), slog.String("awaited", c.start.Name))
	}
	return ErrResultPending
}

// restartChild starts an execution again that was lost.
func (c *childStart) restartChild() {
	if _, err := c.startChild(context.Background()); err != nil {
		if ev, ok := c.task.errorEvent(err); ok {
			c.task.sendEvent(ev)
		}
	}
}

func (m *StartExecution) depthLimit() int {
	if m.MaxDepth > 0 {
		return min(m.MaxDepth, maxDepth)
	}
	return defaultDepth
}

func (m *StartExecution) findProgram(arn string) *Program {
	if p := m.Programs[arn]; p != nil {
		return p
	}
	return m.Programs[arn[strings.LastIndexByte(arn, ':')+1:]]
}

// NestedRequest reads the parameters of a states:startExecution task, for an engine that
// starts nested executions itself (see [Perform]). machineArn is the StateMachineArn, and
// name the Name, as the task gives them; both may be empty. An Input that is a string is
// parsed as JSON, and an absent one is {}. The error is that of the task, a
// [*asl.Error]: the Input is not JSON.
func NestedRequest(parameters any) (machineArn, name string, input any, err error) {
	o, _ := parameters.(*value.Object)
	machineArn, _ = stringMember(o, "StateMachineArn")
	name, _ = stringMember(o, "Name")
	input, err = childInput(o)
	return machineArn, name, input, err
}

func stringMember(o *value.Object, key string) (string, bool) {
	v, _ := o.Get(key)
	s, ok := v.(string)
	return s, ok
}

// childInput returns the input of the execution: a string is parsed as JSON, and an
// absent input is {}.
func childInput(o *value.Object) (any, error) {
	input, _ := o.Get("Input")
	switch input := input.(type) {
	case nil:
		return emptyInput, nil
	case string:
		v, err := value.ParseString(input)
		if err != nil {
			return nil, asl.Errorf(StepFunctionsInvalidExecutionInputException,
				"Invalid State Machine Execution Input: '%v' (Service: AWSStepFunctions; Status Code: 400; Error Code: InvalidExecutionInput)", err)
		}
		return v, nil
	}
	return input, nil
}

// nameFromToken makes the name of an execution from a token, which cannot be
// computed from it.
func nameFromToken(token string) string {
	sum := sha256.Sum256([]byte("execution of " + token))
	return intrinsics.UUID([16]byte(sum[:16]))
}

// StartAnswer returns what states:startExecution answers when an execution has been
// started at a time: the result of a task that does not wait for the execution, and the
// output of the TaskSubmitted event of one that does.
func StartAnswer(executionArn string, begun time.Time) *value.Object {
	call := Metadata{StatusCode: 200, RequestID: nameFromToken(executionArn)}
	return value.ObjectOf(
		value.Member{Key: "ExecutionArn", Value: executionArn},
		value.Member{Key: "SdkHttpMetadata", Value: call.SdkHttpMetadata()},
		value.Member{Key: "SdkResponseMetadata", Value: call.SdkResponseMetadata()},
		value.Member{Key: "StartDate", Value: begun.UnixMilli()})
}

// awaitChild has the task wait for the end of the execution.
func (c *childStart) awaitChild(child *Execution) {
	t := c.task
	t.whenDropped(func(cancelled bool) {
		child.in.releaseChild(child)
		if cancelled {
			child.stopAsync(childStopped)
		}
	})
	child.whenEnded(func() {
		if err, _ := child.haltError(); err != nil {
			c.haltParent("waiting for execution ", child.Name(), err)
			return
		}
		t.sendEvent(NestedEnded(&child.x, child.Arn(), c.arn, t.Resource.Pattern))
	})
}
