package mock

import (
	"context"
	"fmt"
	"sync"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// Script holds the responses of each state by its name, in the order of
// invocations.
type Script map[string][]Response

// Tasks is an [interpreter.Resolver] that answers tasks from a script. It handles
// the states that the script names, whatever their resources.
type Tasks struct {
	states map[string]*state
}

type state struct {
	mu        sync.Mutex
	responses []Response // with first and last set
	invoked   int
}

// New returns the Tasks of a script.
func New(s Script) *Tasks {
	t := &Tasks{states: make(map[string]*state, len(s))}
	for name, responses := range s { // the order does not matter
		st := &state{}
		next := 0
		for _, r := range responses {
			count := r.last - r.first
			r.first, r.last = next, forever
			if count < forever-next {
				r.last = next + count
				next = r.last + 1
			}
			st.responses = append(st.responses, r)
		}
		t.states[name] = st
	}
	return t
}

// Resolve returns the handler of a state that the script names.
func (t *Tasks) Resolve(name, _ string) (interpreter.Handler, bool) {
	st, ok := t.states[name]
	return st, ok
}

// Answer counts an invocation of a state and returns the response to it, for hosts
// other than package interpreter. The error is an [asl.Error], or
// [interpreter.ErrResultPending] for [Hang]. ok is false if the script does not
// name the state.
func (t *Tasks) Answer(name string, resource *machine.Resource) (output any, err error, ok bool) {
	st, ok := t.states[name]
	if !ok {
		return nil, nil, false
	}
	r, n, found := st.nextResponse()
	if !found {
		return nil, noResponseError(name, n), true
	}
	if r.err != nil {
		return nil, r.err, true
	}
	if output, err = value.From(r.output); err != nil {
		return nil, fmt.Errorf("mock: %w", err), true
	}
	return unwrapPayload(resource, output), nil, true
}

// Handle returns the response to this invocation of the state. An invocation
// without a response fails with States.Runtime, so that no Retry or Catch hides it.
func (s *state) Handle(_ context.Context, task *interpreter.Task) (any, error) {
	r, n, ok := s.nextResponse()
	if !ok {
		return nil, noResponseError(task.State, n)
	}
	return answerTask(task, r)
}

// nextResponse counts an invocation, and returns the response to it and its number.
func (s *state) nextResponse() (r Response, n int, ok bool) {
	s.mu.Lock()
	n = s.invoked
	s.invoked++
	s.mu.Unlock()
	for _, r := range s.responses {
		if n >= r.first && n <= r.last {
			return r, n, true
		}
	}
	return Response{}, n, false
}

func noResponseError(state string, n int) error {
	return asl.Errorf(asl.StatesRuntime, "The mock of the state '%s' has no response to invocation %d, counted from 0.", state, n)
}

func answerTask(task *interpreter.Task, r Response) (any, error) {
	if task.Resource.Pattern != machine.RequestResponse { // the call itself succeeds
		if err := task.Submitted(struct{}{}); err != nil {
			return nil, err
		}
	}
	if r.err != nil {
		return nil, r.err
	}
	output, err := value.From(r.output)
	if err != nil {
		return nil, fmt.Errorf("mock: %w", err)
	}
	return unwrapPayload(task.Resource, output), nil
}

// unwrapPayload returns the output of a Lambda function. Step Functions Local
// expects such a mock to be the response of Lambda's Invoke API, with a Payload.
func unwrapPayload(r *machine.Resource, output any) any {
	o, ok := output.(*value.Object)
	if !ok || r.Kind != machine.Function || !o.Has("StatusCode") {
		return output
	}
	if v, ok := o.Get("Payload"); ok {
		return v
	}
	return output
}
