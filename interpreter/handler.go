package interpreter

import "context"

// Handler does the work of tasks. It may be called from many goroutines.
//
// What it returns goes through [value.From] and becomes the task's result. An
// error that is, or wraps, an [asl.Error] fails the task with that name and
// cause; any other error, also a nil *asl.Error, fails it as States.TaskFailed
// with its text. So do a panic and runtime.Goexit, in the handler and in the
// methods of what it returned. Infinite recursion ends the process: Go cannot
// recover from it.
//
// The context ends when the task times out, when its execution is stopped or
// needs it no more, and when the interpreter is closed; a late result is
// dropped. It carries the task: see [TaskFrom].
//
// When the task ends depends on its Resource:
//   - a .waitForTaskToken task ends when its token is answered; what the
//     handler returns is the answer of the call that it made, unless it called
//     [Task.Submitted] for that, when it is the result;
//   - a .sync task ends with the handler, which may call [Task.Submitted] in
//     between;
//   - any task whose handler returns [ErrResultPending] ends when its token is
//     answered, or times out;
//   - all others end with the handler. That of an activity is its worker.
type Handler interface {
	Handle(ctx context.Context, task *Task) (any, error)
}

// HandlerFunc is a function as a [Handler].
type HandlerFunc func(ctx context.Context, task *Task) (any, error)

// Handle calls the function.
func (f HandlerFunc) Handle(ctx context.Context, task *Task) (any, error) { return f(ctx, task) }

// Worker gives an activity's handler the name that the ActivityStarted event
// shows.
func Worker(name string, h Handler) Handler { return worker{h, name} }

type worker struct {
	Handler
	name string
}

// Resolver finds the handler of a Task state's Resource. It is asked before each
// task.
type Resolver interface {
	Resolve(resource string) (Handler, bool)
}

// StateResolver is a [Resolver] that also looks at the name of the state.
type StateResolver interface {
	Resolver
	ResolveState(state, resource string) (Handler, bool)
}

// Resolvers asks several Resolvers, in this order.
type Resolvers []Resolver

// Resolve returns the first handler that one of them has.
func (all Resolvers) Resolve(resource string) (Handler, bool) {
	for _, r := range all {
		if h, ok := r.Resolve(resource); ok {
			return h, true
		}
	}
	return nil, false
}

// ResolveState returns the first handler that one of them has.
func (all Resolvers) ResolveState(state, resource string) (Handler, bool) {
	for _, r := range all {
		if h, ok := resolve(r, state, resource); ok {
			return h, true
		}
	}
	return nil, false
}

func resolve(r Resolver, state, resource string) (Handler, bool) {
	var h Handler
	var ok bool
	switch r := r.(type) {
	case nil:
		return nil, false
	case StateResolver:
		h, ok = r.ResolveState(state, resource)
	default:
		h, ok = r.Resolve(resource)
	}
	return h, ok && h != nil
}
