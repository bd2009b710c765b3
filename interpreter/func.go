package interpreter

import (
	"context"
	"reflect"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

// Func makes a [Handler] from a Go function.
//
// Errors of f that have a name can be caught by Retry and Catch, and told apart by who
// called [Run]: an error made by [asl.Errorf], or a type of your own that is an
// [ErrorNamer]. Config.Errors says how to make the Go error again from the name:
//
//	type DeclinedError struct{ Reason string }
//
//	func (e *DeclinedError) Error() string     { return e.Reason }
//	func (e *DeclinedError) ErrorName() string { return "CardDeclined" }
//
//	interpreter.Config{
//		Resolver: interpreter.Mux{"charge": interpreter.Func(charge)}, // may return a *DeclinedError
//		Errors: map[string]func(cause string) error{
//			"CardDeclined": func(cause string) error { return &DeclinedError{cause} },
//		},
//	}
//
//	_, err := interpreter.Run[Receipt](ctx, in, program, order)
//	var declined *DeclinedError
//	errors.As(err, &declined) // true
//
// Any other error is States.TaskFailed, with its message as the cause.
//
// The task's input is converted to In as
// [value.Decode] does, and the result of f as [value.From] does. If In is any or
// *value.Object, f gets the input itself, which is shared and must not be changed.
// An input that does not fit fails the task as States.TaskFailed, with a cause that
// names the state and the field.
//
// Inside f, [TaskFrom] returns the task that the context belongs to.
func Func[In, Out any](f func(context.Context, In) (Out, error), o ...FuncOption) Handler {
	if len(o) > 0 {
		return strictFunction[In, Out]{f, combineOptions(o)}
	}
	return function[In, Out](f)
}

// Plain is [Func] for a function without a context.
func Plain[In, Out any](f func(In) (Out, error), o ...FuncOption) Handler {
	return Func(func(_ context.Context, in In) (Out, error) { return f(in) }, o...)
}

// strictFunction is a function with options.
type strictFunction[In, Out any] struct {
	function[In, Out]
	options FuncOption
}

func (s strictFunction[In, Out]) Handle(ctx context.Context, task *Task) (any, error) {
	if err := checkInput(s.options, task.State, reflect.TypeFor[In](), task.Input); err != nil {
		return nil, err
	}
	return s.function.Handle(ctx, task)
}

type function[In, Out any] func(context.Context, In) (Out, error)

func (f function[In, Out]) Handle(ctx context.Context, task *Task) (any, error) {
	in, err := bindInput[In](task)
	if err != nil {
		return nil, err
	}
	out, err := f(ctx, in)
	if err != nil {
		return nil, err
	}
	return out, nil
}

// typed is a handler that is made from a function. CheckTypes asks it.
type typed interface {
	types() (in, out reflect.Type, o FuncOption)
}

func (f function[In, Out]) types() (in, out reflect.Type, o FuncOption) {
	return reflect.TypeFor[In](), reflect.TypeFor[Out](), 0
}

func (s strictFunction[In, Out]) types() (in, out reflect.Type, o FuncOption) {
	in, out, _ = s.function.types()
	return in, out, s.options
}

// bindInput converts the input of a task. It is value.Decode with a shortcut for
// functions that take values as they are.
func bindInput[In any](task *Task) (In, error) {
	t := reflect.TypeFor[In]()
	if in, ok := task.Input.(In); ok && t != arrayType || t == anyType {
		return in, nil
	}
	var decoded In
	if err := value.Decode(task.Input, &decoded); err != nil {
		return decoded, asl.Errorf(asl.StatesTaskFailed,
			"The input of the state '%s' does not fit its function: %v", task.State, err)
	}
	return decoded, nil
}

var (
	anyType   = reflect.TypeFor[any]()
	arrayType = reflect.TypeFor[[]any]() // its elements become values of Go's own types
)
