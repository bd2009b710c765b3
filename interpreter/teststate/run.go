package teststate

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// Options are what a test works with besides its request. The zero value works.
type Options struct {
	// Resolver finds the handler of a Task that has no Mock. Default: none.
	Resolver interpreter.Resolver
	// Models check mocked results. Default: none, any JSON is one.
	Models Models
	// Now is the time at which the state is entered. Default: the system's.
	Now time.Time
	// Region and Account are in the ARNs of the context object. Defaults:
	// us-east-1, and the account of RoleArn or 000000000000.
	Region, Account string
}

// limit is how long a state may take: 5 minutes, as of an EXPRESS execution.
const limit = 5 * time.Minute

// test is one request under way.
type test struct {
	request         *Request
	options         *Options
	state           asl.State
	input           any
	variables       *value.Object
	now             time.Time
	region, account string

	probe      machine.Probe
	iterations int // of a Map
	result     any // mocked
	refused    error
}

// Run tests a state. The error is an [*Error] where AWS refuses the request, or
// says that no handler answers a Task; what fails in the state is in the
// response. The context is for the handler.
func Run(ctx context.Context, r *Request, o Options) (*Response, error) {
	t := &test{request: r, options: &o, now: orNow(o.Now), region: cmp.Or(o.Region, "us-east-1")}
	t.account = cmp.Or(o.Account, accountOf(r.RoleArn), "000000000000")
	if err := t.read(); err != nil {
		return nil, err
	}
	program, err := alone(t.state, machine.Options{Express: true, EveryResource: true, Limits: machine.Limits{Duration: limit}})
	if err != nil {
		return nil, err
	}
	x := program.New(machine.Start{ID: "TestState", Input: t.input, Variables: t.variables, Seed: [2]uint64{1, 2}})
	if err := t.play(ctx, program, x); err != nil {
		return nil, err
	}
	return t.response(x), nil
}

// accountOf is the account in an ARN.
func accountOf(arn string) string {
	if parts := strings.Split(arn, ":"); len(parts) > 4 {
		return parts[4]
	}
	return ""
}

// read makes the test of the request.
func (t *test) read() error {
	r := t.request
	if err := r.check(); err != nil {
		return err
	}
	var err error
	if t.state, err = stateOf(r); err != nil {
		return err
	}
	if err := r.checkState(t.state, t.options.Resolver != nil); err != nil {
		return err
	}
	if t.result, err = r.mockResult(t.state, t.options.Models); err != nil {
		return err
	}
	if t.input, err = value.ParseString(cmp.Or(r.Input, "{}")); err != nil {
		return &Error{CodeInvalidInput, "Invalid State Machine Execution Input: '" + err.Error() + "'"}
	}
	if t.variables, err = r.variables(); err != nil {
		return err
	}
	t.probe = machine.Probe{
		Retries: t.retries(),
		Answer:  t.container,
		Data:    value.ObjectOf(value.Member{Key: "input", Value: t.input}),
	}
	if m, ok := t.state.(*asl.MapState); ok && m.ItemReader != nil {
		t.probe.Read, t.probe.Items = true, t.readerItems(m.ItemReader.ReaderConfig)
	}
	t.probe.Context, err = t.context()
	return err
}

// readerItems are the items in the data of an ItemReader, as far as it is JSON:
// an array of them, which ItemsPointer may lead to, or one a line.
func (t *test) readerItems(config *asl.ReaderConfig) []any {
	data := t.request.StateConfiguration
	if data == nil {
		return nil
	}
	if v, err := value.ParseString(data.MapItemReaderData); err == nil {
		pointed := config != nil && config.ItemsPointer.IsSet()
		if pointed {
			v, _ = value.Pointed(v, config.ItemsPointer.Value)
		}
		if items, ok := v.([]any); ok {
			if pointed {
				t.probe.Data.Set("afterItemsPointer", items)
			}
			return items
		}
	}
	var items []any
	for line := range strings.Lines(data.MapItemReaderData) {
		v, err := value.ParseString(line)
		if err != nil {
			return nil
		}
		items = append(items, v)
	}
	return items
}

func (r *Request) variables() (*value.Object, error) {
	if r.Variables == "" {
		return nil, nil
	}
	v, err := value.ParseString(r.Variables)
	variables, ok := v.(*value.Object)
	if err != nil || !ok {
		return nil, invalid("Variables must be a JSON object")
	}
	return variables, nil
}

// play runs the state until it is over, or is to be tried again.
func (t *test) play(ctx context.Context, p *machine.Program, x *machine.Execution) error {
	r := machine.Result{Probe: &t.probe}
	ev, now := machine.Event{Kind: machine.Started}, t.now
	for {
		if err := p.Step(x, ev, now, &r); err != nil {
			return err
		}
		if t.refused != nil || t.probe.Retried || x.Status != machine.Running {
			return t.refused
		}
		if c := r.Commands; len(c) > 0 && c[0].Kind == machine.StartTask {
			var err error
			if ev, err = t.task(ctx, &c[0]); err != nil {
				return err
			}
			continue
		}
		at, ok := p.Wake(x)
		if !ok {
			return errors.New("teststate: the state waits for nothing")
		}
		ev, now = machine.Event{Kind: machine.Tick}, at
	}
}

// mocked is the event of the mock.
func (t *test) mocked() machine.Event {
	if e := t.request.Mock.ErrorOutput; e != nil {
		return machine.Event{Kind: machine.TaskFailed, Error: optional(e.Error), Cause: optional(e.Cause)}
	}
	return machine.Event{Kind: machine.TaskSucceeded, Output: t.result}
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// task answers a Task: by the mock, or by its handler, which runs in a machine of
// nothing but the call.
func (t *test) task(ctx context.Context, c *machine.Command) (machine.Event, error) {
	if t.request.Mock != nil {
		ev := t.mocked()
		ev.Task = c.Task
		return ev, nil
	}
	output, err := call(ctx, t.options.Resolver, c)
	var failed *interpreter.ExecutionError
	switch {
	case errors.As(err, &failed):
		return machine.Event{Kind: machine.TaskFailed, Task: c.Task, Error: optional(failed.Name), Cause: optional(failed.Cause)}, nil
	case err != nil:
		return machine.Event{}, err
	}
	return machine.Event{Kind: machine.TaskSucceeded, Task: c.Task, Output: output}, nil
}

func call(ctx context.Context, resolver interpreter.Resolver, c *machine.Command) (any, error) {
	state := value.ObjectOf(
		value.Member{Key: "Type", Value: "Task"},
		value.Member{Key: "Resource", Value: c.Resource.Name},
		value.Member{Key: "TimeoutSeconds", Value: int64(min(cmp.Or(c.Timeout, limit), limit) / time.Second)},
		value.Member{Key: "End", Value: true})
	program, err := interpreter.Compile(value.Append(nil, value.ObjectOf(
		value.Member{Key: "StartAt", Value: c.State},
		value.Member{Key: "States", Value: value.ObjectOf(value.Member{Key: c.State, Value: state})})), interpreter.Options{})
	if err != nil {
		return nil, err
	}
	in := interpreter.New(interpreter.Config{Resolver: resolver})
	defer in.Close()
	if err := in.Check(program); err != nil {
		return nil, err
	}
	x, err := in.Start(ctx, program, c.Input, interpreter.StartOptions{})
	if err != nil {
		return nil, err
	}
	if err := x.Wait(ctx); err != nil {
		return nil, err
	}
	return x.Output()
}

// thresholdExceeded is the failure of a Map of which too many iterations failed
// (recorded).
const thresholdExceeded = "The specified tolerated failure threshold was exceeded"

// container answers a Map or Parallel.
func (t *test) container() machine.Event {
	if m, ok := t.state.(*asl.MapState); ok {
		if failed := t.batches(m); failed != nil {
			return *failed
		}
		t.tolerated(m)
		if n := t.request.failures(); n > len(t.probe.Items) && (!t.probe.Read || t.probe.Items != nil) {
			t.refused = errTooManyFailures
		}
		if t.request.Mock.ErrorOutput == nil && t.exceeded() {
			name, cause := asl.StatesExceedToleratedFailureThreshold, thresholdExceeded
			return machine.Event{Kind: machine.TaskFailed, Error: &name, Cause: &cause}
		}
		if results, ok := t.result.([]any); ok && m.ResultWriter == nil && len(results) != t.iterations {
			t.refused = errIterations
		}
	}
	return t.mocked()
}

// tolerated shows the thresholds that are not evaluated.
func (t *test) tolerated(m *asl.MapState) {
	if n := m.ToleratedFailureCount; n.IsSet() && n.Value.Expression == nil {
		t.probe.Data.Set("toleratedFailureCount", n.Value.Value)
	}
	if n := m.ToleratedFailurePercentage; n.IsSet() && n.Value.Expression == nil {
		t.probe.Data.Set("toleratedFailurePercentage", n.Value.Value)
	}
}

// exceeded reports whether more iterations failed than are tolerated. Where the
// state sets no threshold, any number is (recorded).
func (t *test) exceeded() bool {
	n := int64(t.request.failures())
	if count, ok := t.probe.Data.Get("toleratedFailureCount"); ok {
		if c, ok := value.CompareNumbers(n, count); ok && c > 0 {
			return true
		}
	}
	percent, ok := t.probe.Data.Get("toleratedFailurePercentage")
	if !ok || len(t.probe.Items) == 0 {
		return false
	}
	c, ok := value.CompareNumbers(float64(n)*100/float64(len(t.probe.Items)), percent)
	return ok && c > 0
}

// response is the answer to the test.
func (t *test) response(x *machine.Execution) *Response {
	p, variables := &t.probe, t.variables
	r := &Response{Error: p.Error, Cause: p.Cause}
	switch {
	case p.Retried:
		r.Status = Retriable
	case p.Left:
		r.Status, r.Output, r.NextState = Succeeded, value.String(p.Output), p.Next
		variables = p.Variables
		if p.Catcher > 0 {
			r.Status = CaughtError
		}
	case x.Status == machine.TimedOut:
		name := asl.StatesTimeout
		r.Status, r.Error = Failed, &name
	default:
		r.Status, r.Error, r.Cause = Failed, x.Outcome.Error, x.Outcome.Cause
	}
	if t.request.InspectionLevel == Debug || t.request.InspectionLevel == Trace {
		if variables.Len() > 0 {
			p.Data.Set("variables", sortedByName(variables))
		}
		r.InspectionData = inspectionData(p.Data)
		if details := t.errorDetails(); details.Len() > 0 {
			r.InspectionData.Set("errorDetails", details)
		}
	}
	return r
}

// sortedByName returns the object with its members in the order of their keys.
func sortedByName(o *value.Object) *value.Object {
	names := o.Keys()
	slices.Sort(names)
	sorted := value.NewObject(len(names))
	for _, name := range names {
		v, _ := o.Get(name)
		sorted.Set(name, v)
	}
	return sorted
}

// errorDetails says what handled a failure.
func (t *test) errorDetails() *value.Object {
	p, o := &t.probe, value.NewObject(3)
	if p.Catcher > 0 {
		o.Set("catchIndex", int64(p.Catcher-1))
	}
	if p.Retrier > 0 {
		o.Set("retryIndex", int64(p.Retrier-1))
	}
	if p.Retried {
		o.Set("retryBackoffIntervalSeconds", int64(p.Delay/time.Second))
	}
	return o
}
