package temporal

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"strings"
	"unicode/utf8"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/intrinsics"
)

func (c *Config) startsExecution(r *machine.Resource) bool {
	return c.Machines != nil && r.Service == "states" && r.Action == "startExecution"
}

func (c *Config) findMachine(arn string) *machine.Program {
	if p := c.Machines[arn]; p != nil {
		return p
	}
	return c.Machines[arn[strings.LastIndexByte(arn, ':')+1:]]
}

// mostDepth bounds how many executions wait for each other, as by default in an Interpreter.
const mostDepth = 16

// nested is an execution that a task has started as a child workflow.
type nested struct {
	task    machine.TaskID
	pattern machine.IntegrationPattern
	arn     string // as the task gives it
	x       machine.Execution
	program *machine.Program
}

// startNested starts an execution as a child workflow. Without .sync it outlives this one.
func (h *hosted) startNested(c *machine.Command) {
	r := h.run
	arn, name, input, err := interpreter.NestedRequest(c.Input)
	if err != nil {
		h.post(failedTask(c.Task, err))
		return
	}
	n := &nested{task: c.Task, pattern: c.Resource.Pattern, arn: arn, program: r.engine.findMachine(arn)}
	if n.program == nil { // another worker may have it
		panic("temporal: this worker has no state machine " + validText(arn) + " in Config.Machines: it needs a worker that has")
	}
	waits := n.pattern == machine.Sync || n.pattern == machine.Sync2
	depth := h.x.Depth
	if waits {
		if depth++; depth > mostDepth {
			h.post(failedTask(c.Task, asl.Errorf(interpreter.StepFunctionsExecutionLimitExceededException, "More than %d nested executions wait for each other.", mostDepth)))
			return
		}
	}
	if len(name) > machine.MaxTokenID || !utf8.ValidString(name) {
		h.post(failedTask(c.Task, asl.Errorf(interpreter.StepFunctionsInvalidNameException, "Invalid Name: '%s' (Service: AWSStepFunctions; Status Code: 400; Error Code: InvalidName)", name)))
		return
	}
	token := h.x.Token(c.Task)
	if name == "" {
		name = intrinsics.UUID([16]byte(derive(token, "name")))
	}
	options, definition, err := splitDefinition(n.program)
	if err != nil {
		panic(err)
	}
	seed := derive(token, "seed")
	args := arguments{
		Options: options, Rules: machine.RulesVersion, TokenKey: derive(token, "key"), Depth: depth,
		Seed:        [2]uint64{binary.BigEndian.Uint64(seed), binary.BigEndian.Uint64(seed[8:])},
		KeepHistory: r.args.KeepHistory, SearchState: r.args.SearchState, ContinueAfter: r.args.ContinueAfter,
	}
	n.x.ID, n.x.Input = name, input
	o := workflow.ChildWorkflowOptions{
		WorkflowID:            name,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		ParentClosePolicy:     enumspb.PARENT_CLOSE_POLICY_ABANDON,
		StaticSummary:         c.State,
	}
	if r.args.SearchState {
		o.TypedSearchAttributes = temporal.NewSearchAttributes(machineAttribute.ValueSet(keyword(n.program.Options().StateMachineName)))
	}
	if waits {
		o.ParentClosePolicy = enumspb.PARENT_CLOSE_POLICY_REQUEST_CANCEL
	}
	in := rawValue(input)
	r.sendBytes(len(definition.GetData()) + len(in.Payload().GetData()))
	ctx, cancel := workflow.WithCancel(r.ctx)
	h.tasks[n.task] = cancel
	child := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, o), WorkflowType, args, converter.NewRawValue(definition), in, []byte(nil))
	r.selector.AddFuture(child.GetChildWorkflowExecution(), func(f workflow.Future) {
		if err := f.Get(r.ctx, nil); err != nil {
			delete(h.tasks, n.task)
			h.nestedRefused(n, err)
			return
		}
		n.x.StartedAt = workflow.Now(r.ctx).UnixNano()
		answer := interpreter.StartAnswer(n.program.ExecutionArn(name), workflow.Now(r.ctx))
		if n.pattern == machine.RequestResponse {
			delete(h.tasks, n.task)
			h.post(machine.Event{Kind: machine.TaskSucceeded, Task: n.task, Output: answer})
			return
		}
		h.post(machine.Event{Kind: machine.TaskSubmitted, Task: n.task, Output: answer})
		h.post(machine.Event{Kind: machine.TaskHeartbeat, Task: n.task}) // no activity watches over it
		if !waits {
			delete(h.tasks, n.task)
		}
	})
	if waits {
		r.selector.AddFuture(child, func(f workflow.Future) {
			if _, runs := h.tasks[n.task]; runs {
				delete(h.tasks, n.task)
				h.nestedEnded(n, f)
			}
		})
	}
}

// derive returns 16 bytes that depend on a token, from which nobody can compute it.
func derive(token, purpose string) []byte {
	sum := sha256.Sum256([]byte(purpose + " of " + token))
	return sum[:16]
}

func failedTask(id machine.TaskID, err error) machine.Event {
	failed := &asl.Error{Name: asl.StatesTaskFailed, Cause: err.Error()}
	errors.As(err, &failed)
	return machine.Event{Kind: machine.TaskFailed, Task: id, Error: &failed.Name, Cause: &failed.Cause}
}

func (h *hosted) nestedRefused(n *nested, err error) {
	if temporal.IsCanceledError(err) {
		return
	}
	name, cause := "StepFunctions.AWSStepFunctionsException", err.Error()
	var exists *serviceerror.WorkflowExecutionAlreadyStarted // from the test environment
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) || errors.As(err, &exists) {
		name = interpreter.StepFunctionsExecutionAlreadyExistsException
		cause = "Execution Already Exists: '" + n.program.ExecutionArn(n.x.ID) + "' (Service: AWSStepFunctions; Status Code: 400; Error Code: ExecutionAlreadyExists)"
	}
	h.post(machine.Event{Kind: machine.TaskFailed, Task: n.task, Error: &name, Cause: &cause})
}

// nestedEnded ends a .sync task with the end of the child workflow.
func (h *hosted) nestedEnded(n *nested, f workflow.Future) {
	var output converter.RawValue
	err := f.Get(h.run.ctx, &output)
	n.x.Now = workflow.Now(h.run.ctx).UnixNano()
	n.x.Status, n.x.Outcome = outcomeOf(output, err)
	ev := interpreter.NestedEnded(&n.x, n.program.ExecutionArn(n.x.ID), n.arn, n.pattern)
	ev.Task = n.task
	h.post(ev)
}

// outcomeOf returns how an execution has ended whose workflow has ended so.
func outcomeOf(output converter.RawValue, err error) (machine.Status, *machine.Outcome) {
	if err == nil {
		v, err := parsePayload(output.Payload())
		if err == nil {
			return machine.Succeeded, &machine.Outcome{Output: v}
		}
		cause := err.Error()
		return machine.Failed, &machine.Outcome{Cause: &cause}
	}
	var d result
	var failed *temporal.ApplicationError
	var cancelled *temporal.CanceledError
	switch {
	case errors.As(err, &failed) && failed.Details(&d) == nil:
	case errors.As(err, &cancelled):
		if cancelled.Details(&d) != nil {
			d = result{Status: machine.Aborted.String()}
		}
	default: // such as terminated by hand
		cause := err.Error()
		d = result{Status: machine.Aborted.String(), Cause: &cause}
		if temporal.IsTimeoutError(err) {
			d = result{Status: machine.TimedOut.String()}
		}
	}
	status := machine.Failed
	for s := machine.Running; s <= machine.Aborted; s++ {
		if s.String() == d.Status {
			status = s
		}
	}
	return status, &machine.Outcome{Error: d.Error, Cause: d.Cause, State: d.State}
}
