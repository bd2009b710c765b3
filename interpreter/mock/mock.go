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

// Response is what invocations of a state give. Make it with [Return], [Throw]
// or [Hang].
type Response struct {
	output any
	err    error
	first  int // of the invocations that it is for; with last 0: the next one
	last   int
}

const forever = int(^uint(0) >> 1)

// Return is a task that succeeds with any value that value.From takes.
func Return(output any) Response { return Response{output: output} }

// Throw is a task that fails with an ASL error.
func Throw(name, cause string) Response {
	return Response{err: &asl.Error{Name: name, Cause: cause}}
}

// Hang is a task that never answers: it ends by its timeout, or by its token.
func Hang() Response { return Response{err: interpreter.ErrResultPending} }

// Times is a response to the next n invocations.
func Times(n int, r Response) Response {
	r.first, r.last = 0, n-1
	return r
}

// Always is a response to all further invocations.
func Always(r Response) Response { return Times(forever, r) }

// Script gives the responses of states by their names, in order.
type Script map[string][]Response

// Tasks is a [interpreter.Resolver] that answers tasks from a script. It
// handles the states that the script names, whatever their resources.
type Tasks struct {
	states map[string]*state
}

type state struct {
	mu        sync.Mutex
	responses []Response // with the invocations that each is for
	invoked   int
}

// New returns the Tasks of a script.
func New(s Script) *Tasks {
	t := &Tasks{states: make(map[string]*state, len(s))}
	for name, responses := range s { // into a map: in any order
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

// Handle gives the response to this invocation of the state. An invocation
// without one fails the task as States.Runtime, so that no Retry or Catch hides
// it.
func (s *state) Handle(_ context.Context, task *interpreter.Task) (any, error) {
	r, n, ok := s.next()
	if !ok {
		return nil, noResponse(task.State, n)
	}
	return respond(task, r)
}

// next counts an invocation, and returns its number and the response to it.
func (s *state) next() (r Response, n int, ok bool) {
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

func noResponse(state string, n int) error {
	return asl.Errorf(asl.StatesRuntime, "The mock of the state '%s' has no response to invocation %d, counted from 0.", state, n)
}

func respond(task *interpreter.Task, r Response) (any, error) {
	if task.Resource.Pattern != machine.RequestResponse { // the call itself is made
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
	return payload(task.Resource, output), nil
}

// payload is what a Lambda function returns whose mock says, as Step Functions
// Local wants it, what invoking it by the service would return.
func payload(r *machine.Resource, output any) any {
	o, ok := output.(*value.Object)
	if !ok || r.Kind != machine.Function || !o.Has("StatusCode") {
		return output
	}
	if v, ok := o.Get("Payload"); ok {
		return v
	}
	return output
}

// Answer gives the response to the next invocation of a state, and counts it,
// for hosts other than package interpreter. The error is an [asl.Error], or
// [interpreter.ErrResultPending] for [Hang]. It is false where the script does
// not name the state.
func (t *Tasks) Answer(name string, resource *machine.Resource) (output any, err error, ok bool) {
	st, ok := t.states[name]
	if !ok {
		return nil, nil, false
	}
	r, n, found := st.next()
	if !found {
		return nil, noResponse(name, n), true
	}
	if r.err != nil {
		return nil, r.err, true
	}
	if output, err = value.From(r.output); err != nil {
		return nil, fmt.Errorf("mock: %w", err), true
	}
	return payload(resource, output), nil, true
}
