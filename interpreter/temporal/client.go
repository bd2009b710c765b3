package temporal

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/intrinsics"
	"github.com/gostates/gostates/value"
)

// ClientOptions configure a [Client].
type ClientOptions struct {
	// TaskQueue of the workers. Required.
	TaskQueue string
	// ContinueAfter is the number of Temporal's events after which an execution
	// continues as a new run. Default: when the server suggests it.
	ContinueAfter int
	// KeepHistory keeps the events of executions for [Execution.Events], in the memory of
	// the workers. Without it Events yields an error.
	KeepHistory bool
	// SearchState sets the search attributes AslStateMachine, and AslState at each change
	// of the states in which the execution stands. The namespace must have both, of type
	// Keyword. A change of the state costs one of Temporal's events.
	SearchState bool
	// DataConverter is that of the client, if it has another one than the SDK's: Start
	// reads what an execution was started with.
	DataConverter converter.DataConverter
}

// Client starts executions and answers their tasks. It is safe for concurrent use.
//
// Start and [Execution.Wait] need Temporal's server alone. [Client.SendTaskSuccess] and its
// siblings, [Execution.Stop], [Execution.Where] and [Execution.Events] are answered by a
// worker. While none is up they wait as long as their context lets them, Where and Events
// perhaps shorter: give it a deadline. The error then wraps that of the context, and an
// answer or a stop is not withdrawn: it may or may not take effect.
type Client struct {
	temporal client.Client
	options  ClientOptions
}

// NewClient returns a Client that uses a client of Temporal, which it never closes. With nil
// its calls panic.
func NewClient(c client.Client, o ClientOptions) *Client { return &Client{c, o} }

// StartOptions configure one execution.
type StartOptions struct {
	// Name of the execution, which is its WorkflowID: at most 256 bytes. Default: a UUID.
	Name string
	// Seed of jitter, States.UUID and other random values of the execution. Default, two
	// zeros: a random seed.
	Seed [2]uint64
}

// Execution is an execution of a state machine on Temporal. It is safe for concurrent use.
type Execution struct {
	client *Client
	name   string
}

// Start starts an execution. The input is as in [interpreter.Interpreter.Start]: nil is
// {}, and a []byte or json.RawMessage is JSON. The program must be one for Temporal:
// see [Check].
//
// If an execution of the same name is running, Start returns it if its state machine and
// its input are the same, so that a call whose answer was lost can be repeated. If not,
// or if Temporal still has an execution of that name that has ended, the error is
// [interpreter.ErrExecutionAlreadyExists].
func (c *Client) Start(ctx context.Context, p *machine.Program, input any, o StartOptions) (*Execution, error) {
	if p == nil {
		return nil, interpreter.ErrNoProgram
	}
	in, err := inputOf(input)
	if err != nil {
		return nil, err
	}
	if o.Name != "" {
		if err := checkName(o.Name); err != nil {
			return nil, err
		}
	}
	if err := checkProgram(p); err != nil {
		return nil, err
	}
	options, definition, err := splitDefinition(p)
	if err != nil {
		return nil, err
	}
	args := arguments{
		Options: options, Seed: o.Seed,
		ContinueAfter: c.options.ContinueAfter, KeepHistory: c.options.KeepHistory, SearchState: c.options.SearchState,
	}
	args = args.drawn()
	if o.Name == "" {
		var id [16]byte
		_, _ = rand.Read(id[:]) // never fails
		o.Name = intrinsics.UUID(id)
	}
	start := client.StartWorkflowOptions{
		ID: o.Name, TaskQueue: c.options.TaskQueue,
		WorkflowIDReusePolicy:                    enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		StaticSummary:                            p.Options().StateMachineName,
	}
	if c.options.SearchState {
		start.TypedSearchAttributes = temporal.NewSearchAttributes(machineAttribute.ValueSet(keyword(p.Options().StateMachineName)))
	}
	_, err = c.temporal.ExecuteWorkflow(ctx, start, WorkflowType, args, converter.NewRawValue(definition), rawValue(in), []byte(nil))
	e := c.Execution(o.Name)
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		err = e.checkStart(ctx, options, in)
	}
	if err != nil {
		return nil, callError(ctx, fmt.Errorf("temporal: starting the execution: %w", err))
	}
	return e, nil
}

// checkName checks the name of an execution, which is also part of its tokens.
func checkName(name string) error {
	if len(name) > machine.MaxTokenID {
		return fmt.Errorf("%w: %q has %d bytes, and Temporal's executions have at most %d", interpreter.ErrInvalidName, name, len(name), machine.MaxTokenID)
	}
	return nil
}

// checkStart returns an error unless the execution runs and was started so.
func (e *Execution) checkStart(ctx context.Context, options json.RawMessage, input any) error {
	exists := fmt.Errorf("%w: %s", interpreter.ErrExecutionAlreadyExists, e.name)
	d, err := e.client.temporal.DescribeWorkflowExecution(ctx, e.name, "")
	if err != nil {
		return err
	}
	info := d.GetWorkflowExecutionInfo()
	if info.GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING || info.GetType().GetName() != WorkflowType {
		return exists
	}
	started, err := e.startOf(ctx, info.GetExecution().GetRunId())
	if err == nil && started.GetContinuedExecutionRunId() != "" { // only the first run has the input
		started, err = e.startOf(ctx, started.GetFirstExecutionRunId())
	}
	if err != nil {
		return fmt.Errorf("%w, and what it was started with cannot be read: %w", exists, err)
	}
	from := e.client.options.DataConverter
	if from == nil {
		from = converter.GetDefaultDataConverter()
	}
	var args arguments
	var definition, in converter.RawValue
	if err := from.FromPayloads(started.GetInput(), &args, &definition, &in); err != nil {
		return fmt.Errorf("%w, and what it was started with cannot be read: %w", exists, err)
	}
	v, err := parsePayload(in.Payload())
	if err != nil {
		return fmt.Errorf("%w, and what it was started with cannot be read: %w", exists, err)
	}
	if machineOf(args.Options) != machineOf(options) || !value.Equal(v, input) {
		return exists
	}
	return nil
}

// machineOf returns what a state machine is known by, from its options.
func machineOf(options json.RawMessage) (m struct{ Digest, StateMachineArn string }) {
	_ = json.Unmarshal(options, &m) // of another program it may be anything
	return m
}

// startOf returns how a run was started.
func (e *Execution) startOf(ctx context.Context, run string) (*historypb.WorkflowExecutionStartedEventAttributes, error) {
	h := e.client.temporal.GetWorkflowHistory(ctx, e.name, run, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	if !h.HasNext() {
		return nil, errors.New("the run has no events")
	}
	first, err := h.Next()
	return first.GetWorkflowExecutionStartedEventAttributes(), err
}

func inputOf(input any) (any, error) {
	if input == nil {
		return value.NewObject(0), nil
	}
	in, err := outputOf(input)
	if err != nil {
		return nil, fmt.Errorf("temporal: invalid execution input: %w", err)
	}
	return in, nil
}

// outputOf converts a value: a []byte is JSON, and so is a json.RawMessage.
func outputOf(v any) (any, error) {
	switch v := v.(type) {
	case []byte:
		return value.ParseVerbatim(v)
	case json.RawMessage:
		return value.ParseVerbatim(v)
	}
	return value.From(v)
}

// Execution returns the execution of a name, which may not exist: it calls nothing. The
// error of the methods of one that Temporal does not have, or no longer, wraps a
// *serviceerror.NotFound.
func (c *Client) Execution(name string) *Execution { return &Execution{c, name} }

// Name returns the name, which is the WorkflowID.
func (e *Execution) Name() string { return e.name }

// Wait waits for the end of the execution. The error of one that did not succeed is an
// [*interpreter.ExecutionError].
func (e *Execution) Wait(ctx context.Context) error {
	_, err := e.output(ctx)
	return err
}

// Decode waits for the end of the execution and stores the output in dst, a pointer, as
// value.Decode does.
func (e *Execution) Decode(ctx context.Context, dst any) error {
	output, err := e.output(ctx)
	if err != nil {
		return err
	}
	return value.Decode(output, dst)
}

func (e *Execution) output(ctx context.Context) (any, error) {
	var output converter.RawValue
	err := e.client.temporal.GetWorkflow(ctx, e.name, "").Get(ctx, &output)
	var ended *temporal.WorkflowExecutionError
	if err != nil && !errors.As(err, &ended) {
		return nil, callError(ctx, fmt.Errorf("temporal: waiting for the execution: %w", err))
	}
	status, outcome := outcomeOf(output, err)
	if status == machine.Succeeded {
		return outcome.Output, nil
	}
	return nil, &interpreter.ExecutionError{Name: orEmpty(outcome.Error), Cause: orEmpty(outcome.Cause), State: outcome.State, Status: status}
}

// Stop aborts the execution, with an error and a cause that may be empty. It returns nil
// if the execution is stopped now or was stopped before. The error is
// [interpreter.ErrEnded] if it has ended otherwise.
//
// ctx limits the wait for a worker, which must be up: see [Client]. If ctx ends during the
// call, the execution may still be stopped; the call can be repeated.
func (e *Execution) Stop(ctx context.Context, name, cause string) error {
	err := e.client.update(ctx, e.name, stopName, stopRequest{Error: sentText(name, machine.MaxError), Cause: sentText(cause, machine.MaxCause)})
	if !isNotFound(err) {
		return err
	}
	d, unknown := e.client.temporal.DescribeWorkflowExecution(ctx, e.name, "")
	if unknown != nil {
		return err
	}
	switch d.GetWorkflowExecutionInfo().GetStatus() {
	case enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED, enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED:
		return nil
	}
	return interpreter.ErrEnded
}

// Where returns the names of the innermost states in which the execution stands: see
// [machine.Program.Where]. A worker must be up: see [Client].
func (e *Execution) Where(ctx context.Context) ([]string, error) {
	v, err := e.client.temporal.QueryWorkflow(ctx, e.name, "", whereName)
	if err != nil {
		return nil, callError(ctx, fmt.Errorf("temporal: %w", err))
	}
	var names []string
	return names, v.Get(&names)
}

// SendTaskSuccess ends a task with its result, in JSON or as a value. It returns when
// the answer is applied. The error is, in this order, [interpreter.ErrInvalidToken],
// [interpreter.ErrInvalidOutput], or [interpreter.ErrTaskTimedOut] if no task waits under
// the token (any longer).
//
// ctx limits the wait for a worker, which must be up: see [Client]. If it ends during the
// call, the result is not withdrawn: it may or may not be applied. The call can be
// repeated; ErrTaskTimedOut then may mean that the first one has arrived.
func (c *Client) SendTaskSuccess(ctx context.Context, token string, output any) error {
	if _, err := executionOf(token); err != nil {
		return err
	}
	v, err := outputOf(output)
	if err != nil {
		return fmt.Errorf("%w: %w", interpreter.ErrInvalidOutput, err)
	}
	if n, _ := value.MeasureWithin(v, mostResultBytes); n > mostResultBytes {
		return fmt.Errorf("%w: it has more than %d bytes, which is the limit on Temporal", interpreter.ErrInvalidOutput, mostResultBytes)
	}
	return c.sendAnswer(ctx, answer{Token: token, Kind: "success"}, v)
}

// SendTaskFailure ends a task with an error, of which an execution keeps
// [machine.MaxError] and [machine.MaxCause] characters. An empty name or cause is absent.
// The errors and ctx are as in SendTaskSuccess.
func (c *Client) SendTaskFailure(ctx context.Context, token, name, cause string) error {
	return c.sendAnswer(ctx, answer{Token: token, Kind: "failure", Error: sentText(name, machine.MaxError), Cause: sentText(cause, machine.MaxCause)}, nil)
}

// SendTaskHeartbeat restarts the heartbeat timeout of a task. The errors and ctx are as in
// SendTaskSuccess.
func (c *Client) SendTaskHeartbeat(ctx context.Context, token string) error {
	return c.sendAnswer(ctx, answer{Token: token, Kind: "heartbeat"}, nil)
}

// executionOf returns the name of the execution whose task has a token.
func executionOf(token string) (string, error) {
	name, ok := machine.TokenExecution(token)
	if !ok || name == "" {
		return "", interpreter.ErrInvalidToken
	}
	return name, nil
}

func (c *Client) sendAnswer(ctx context.Context, a answer, output any) error {
	name, err := executionOf(a.Token)
	if err != nil {
		return err
	}
	if err = c.update(ctx, name, answerName, a, rawValue(output)); isNotFound(err) {
		return interpreter.ErrTaskTimedOut // it has ended
	}
	return err
}

// update calls an update of a workflow. If it has ended, the error is of the kind that
// isNotFound reports.
func (c *Client) update(ctx context.Context, workflowID, name string, args ...any) error {
	h, err := c.temporal.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: workflowID, UpdateName: name, Args: args, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err == nil {
		err = h.Get(ctx, nil)
	}
	return callError(ctx, updateError(err))
}

// callError returns the error of a call to Temporal, which does not wrap that of a
// context that has ended, and may come before it.
func callError(ctx context.Context, err error) error {
	ended := ctx.Err()
	var deadline *serviceerror.DeadlineExceeded
	var cancelled *serviceerror.Canceled
	switch {
	case errors.As(err, &deadline):
		ended = context.DeadlineExceeded
	case errors.As(err, &cancelled):
		ended = context.Canceled
	}
	if err == nil || ended == nil || errors.Is(err, ended) {
		return err
	}
	return fmt.Errorf("%w: %w", err, ended)
}

func isNotFound(err error) bool {
	var notFound *serviceerror.NotFound
	return errors.As(err, &notFound)
}

// updateErrors are the errors of this API by the types of an update's errors.
var updateErrors = map[string]error{
	invalidToken: interpreter.ErrInvalidToken, taskTimedOut: interpreter.ErrTaskTimedOut,
	invalidOutput: interpreter.ErrInvalidOutput, ended: interpreter.ErrEnded,
}

func updateError(err error) error {
	var refused *temporal.ApplicationError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused) && updateErrors[refused.Type()] != nil:
		return updateErrors[refused.Type()]
	}
	return fmt.Errorf("temporal: %w", err)
}

// EventsOptions configure [Execution.Events].
type EventsOptions struct {
	// WithoutData leaves out inputs, outputs and variables: see [history.Event.WithoutData].
	WithoutData bool
}

// Events returns the history of the execution, over all its runs. It replays the workflow
// on a worker, which must be up: see [Client]. It yields one error, the last, if the
// history is not kept (ClientOptions.KeepHistory).
func (e *Execution) Events(ctx context.Context, o EventsOptions) iter.Seq2[*history.Event, error] {
	return func(yield func(*history.Event, error) bool) {
		runs, err := e.runs(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		next := uint32(1)
		for _, run := range runs {
			for more := true; more; {
				p, err := e.page(ctx, run, pageRequest{From: next, WithoutData: o.WithoutData})
				if err != nil {
					yield(nil, err)
					return
				}
				for _, text := range p.Events {
					ev := new(history.Event)
					if err := json.Unmarshal(text, ev); err != nil {
						yield(nil, fmt.Errorf("temporal: event %d: %w", next, err))
						return
					}
					next = ev.ID + 1
					if !yield(ev, nil) {
						return
					}
				}
				more = p.More
			}
		}
	}
}

// runs returns the IDs of all runs of the execution, from the first.
func (e *Execution) runs(ctx context.Context) ([]string, error) {
	var runs []string
	d, err := e.client.temporal.DescribeWorkflowExecution(ctx, e.name, "")
	if err != nil {
		return nil, callError(ctx, fmt.Errorf("temporal: %w", err))
	}
	for run := d.GetWorkflowExecutionInfo().GetExecution().GetRunId(); run != ""; {
		started, err := e.startOf(ctx, run)
		if err != nil {
			return nil, callError(ctx, fmt.Errorf("temporal: %w", err))
		}
		runs = append([]string{run}, runs...)
		run = started.GetContinuedExecutionRunId()
	}
	return runs, nil
}

func (e *Execution) page(ctx context.Context, run string, q pageRequest) (p eventPage, err error) {
	v, err := e.client.temporal.QueryWorkflow(ctx, e.name, run, historyName, q)
	var refused *serviceerror.QueryFailed
	if errors.As(err, &refused) {
		return p, fmt.Errorf("temporal: execution %s: %w", e.name, err)
	}
	if err != nil {
		return p, callError(ctx, fmt.Errorf("temporal: %w", err))
	}
	return p, v.Get(&p)
}

// sentText returns the first characters of a string, as many as an execution keeps; nil if
// it is empty. The server takes updates of up to 4 MB, with which no worker could be
// given the workflow task.
func sentText(text string, most int) *string {
	if text == "" {
		return nil
	}
	for i := range text {
		if most--; most < 0 {
			return ptr(text[:i])
		}
	}
	return &text
}
