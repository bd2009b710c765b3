package teststate

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/internal/probe"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// Options configures [Run]. The zero value is valid.
type Options struct {
	// Resolver finds the handler of a Task without a Mock. Default: none.
	Resolver interpreter.Resolver
	// Models check the parameters of Tasks and the mocked result of one. Default:
	// any are valid.
	Models Models
	// Now is the time at which the state is entered. Default: the current time.
	Now time.Time
	// Region and Account are part of the ARNs in the context object. Defaults:
	// us-east-1, and the account of RoleArn or else 000000000000.
	Region, Account string
}

// maxDuration is the time limit of a state: that of an Express execution.
const maxDuration = 5 * time.Minute

// test is one call of Run.
type test struct {
	request         *Request
	options         *Options
	state           asl.State
	input           any
	variables       *value.Object
	now             time.Time
	region, account string

	probe      probe.Probe
	unread     error // why the ItemReader cannot read its data
	iterations int   // of a Map state
	result     any   // the parsed Mock.Result
	refused    error
}

// Run tests a state. The error is an [*Error] if AWS rejects the request; another
// error says that a Task has no handler. A failure of the state is part of the
// response. ctx is passed to the handler.
func Run(ctx context.Context, r *Request, o Options) (*Response, error) {
	if r == nil {
		r = new(Request)
	}
	t := &test{request: r, options: &o, now: orNow(o.Now), region: cmp.Or(o.Region, "us-east-1")}
	t.account = cmp.Or(o.Account, accountOfARN(r.RoleArn), "000000000000")
	if err := t.readRequest(); err != nil {
		return nil, err
	}
	program, err := compileAlone(t.state, machine.Options{Express: true, EveryResource: true, Limits: machine.Limits{Duration: maxDuration}})
	if err != nil {
		return nil, err
	}
	x := program.New(machine.Start{ID: "TestState", Input: t.input, Variables: t.variables, Seed: [2]uint64{1, 2}})
	if err := t.runState(ctx, program, x); err != nil {
		return nil, err
	}
	return t.newResponse(x), nil
}

// accountOfARN returns the account in an ARN, or "".
func accountOfARN(text string) string {
	a, _ := asl.ParseARN(text)
	return a.Account
}

// readRequest validates and parses the request.
func (t *test) readRequest() error {
	r := t.request
	if err := r.checkRequest(); err != nil {
		return err
	}
	var err error
	if t.state, err = findState(r, t.options.Models); err != nil {
		return err
	}
	if err := r.checkState(t.state, t.options.Resolver != nil); err != nil {
		return err
	}
	if t.result, err = r.parseMockResult(t.state, t.options.Models); err != nil {
		return err
	}
	if t.input, err = value.ParseString(cmp.Or(r.Input, "{}")); err != nil {
		return &Error{CodeInvalidInput, "Invalid State Machine Execution Input: '" + err.Error() + "'"}
	}
	if t.variables, err = r.parseVariables(); err != nil {
		return err
	}
	t.probe = probe.Probe{
		Retries: t.retryCount(),
		Answer:  t.answerContainer,
		Data:    value.ObjectOf(value.Member{Key: "input", Value: t.input}),
	}
	if t.probe.Context, err = t.contextObject(); err != nil {
		return err
	}
	if m, ok := t.state.(*asl.MapState); ok && m.ItemReader != nil {
		t.readItems(m)
	}
	return nil
}

// runState runs the state until it has ended or would be retried.
func (t *test) runState(ctx context.Context, p *machine.Program, x *machine.Execution) error {
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
			if ev, err = t.answerTask(ctx, &c[0]); err != nil {
				return err
			}
			continue
		}
		at, ok := p.Wake(x)
		if !ok {
			return errors.New("teststate: the state waits forever")
		}
		ev, now = machine.Event{Kind: machine.Tick}, at
	}
}

func orNow(t time.Time) time.Time {
	if t.IsZero() {
		return time.Now()
	}
	return t
}
