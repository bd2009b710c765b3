package interpreter

import "context"

// Handler does the work of tasks. It may be called from many goroutines.
//
// What it returns goes through [value.From] and becomes the task's result. An
// error that is, or wraps, an [asl.Error] fails the task with that name and
// cause; any other error, also a nil *asl.Error, fails it as States.TaskFailed
// with its text. The error itself is not kept: what [Run] and [Execution.Wait]
// return has its name and its text, as after a restart, and errors.Is does not find
// it. Errors that a caller must tell apart need names. So do a panic and runtime.Goexit, in the handler and in the
// methods of what it returned. Infinite recursion ends the process: Go cannot
// recover from it.
//
// The context ends when the task times out (its error is then
// [context.DeadlineExceeded]), when its execution is stopped or needs it no more,
// and when the interpreter is closed; a late result is dropped. It carries the task: see [TaskFrom].
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

// Resolver finds the handler of a task, by the name of its Task state and by the
// Resource as the definition spells it. It is called before each task, from many
// goroutines. Most resolvers look at the Resource only.
type Resolver interface {
	Resolve(state, resource string) (Handler, bool)
}

// Resolvers is a list of resolvers. The first one that has a handler wins.
type Resolvers []Resolver

// Resolve returns the first handler that a resolver of the list has.
func (all Resolvers) Resolve(state, resource string) (Handler, bool) {
	for _, r := range all {
		if h, ok := resolveTask(r, state, resource); ok {
			return h, true
		}
	}
	return nil, false
}

// resolveTask asks a resolver, which may be nil, and takes a nil handler for none.
func resolveTask(r Resolver, state, resource string) (Handler, bool) {
	if r == nil {
		return nil, false
	}
	h, ok := r.Resolve(state, resource)
	return h, ok && h != nil
}
