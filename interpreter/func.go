package interpreter

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

// Func makes a [Handler] of a Go function. The task's input is converted to In
// as [value.Decode] does, what the function returns as [value.From] does. An In
// of any or *value.Object gets the input itself: it is shared and must not be
// changed. An input that does not fit fails the task as States.TaskFailed; the
// cause names the state and the field.
//
// [TaskFrom] gives the function the task that its context belongs to.
func Func[In, Out any](f func(context.Context, In) (Out, error), o ...FuncOption) Handler {
	if len(o) > 0 {
		return strict[In, Out]{f, options(o)}
	}
	return function[In, Out](f)
}

// Plain is [Func] for a function that takes no context.
func Plain[In, Out any](f func(In) (Out, error), o ...FuncOption) Handler {
	return Func(func(_ context.Context, in In) (Out, error) { return f(in) }, o...)
}

// strict is a function with options.
type strict[In, Out any] struct {
	function[In, Out]
	options FuncOption
}

func (s strict[In, Out]) Handle(ctx context.Context, task *Task) (any, error) {
	if err := s.options.check(task.State, reflect.TypeFor[In](), task.Input); err != nil {
		return nil, err
	}
	return s.function.Handle(ctx, task)
}

type function[In, Out any] func(context.Context, In) (Out, error)

func (f function[In, Out]) Handle(ctx context.Context, task *Task) (any, error) {
	in, err := bind[In](task)
	if err != nil {
		return nil, err
	}
	out, err := f(ctx, in)
	if err != nil {
		return nil, err
	}
	return out, nil
}

// bind is value.Decode, with a shorter way for those who take values as they
// are.
func bind[In any](task *Task) (In, error) {
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
	arrayType = reflect.TypeFor[[]any]() // its elements become Go's own
)

// emptyInput is {}: values are immutable, so one is enough.
var emptyInput = value.NewObject(0)

// from is modelOf for an input: nothing is {} there, as in StartExecution.
func from(input any) (any, error) {
	if text, ok := input.([]byte); input == nil || ok && text == nil {
		return emptyInput, nil
	}
	v, err := modelOf(input)
	if err != nil {
		return nil, fmt.Errorf("interpreter: invalid execution input: %w", err)
	}
	return v, nil
}

// modelOf is value.From for what comes from outside of handlers: a []byte is
// JSON text there, which is kept as it is until something is computed from it.
func modelOf(v any) (any, error) {
	switch v := v.(type) {
	case []byte:
		return value.ParseVerbatim(v)
	case json.RawMessage:
		return value.ParseVerbatim(v)
	}
	return valueOf(v)
}

// valueOf is value.From, with an error where a method of v panics.
func valueOf(v any) (out any, err error) {
	err = recovered("encoding", func() (err error) {
		out, err = value.From(v)
		return err
	})
	return out, err
}
