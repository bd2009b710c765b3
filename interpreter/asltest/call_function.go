package asltest

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

var (
	contextType    = reflect.TypeFor[context.Context]()
	invocationType = reflect.TypeFor[Invocation]()
	errorType      = reflect.TypeFor[error]()
)

// adaptFunction checks the signature of a function given to [Script.Call] and
// returns it as a function of the Invocation.
func adaptFunction(f any) (func(context.Context, Invocation) (any, *thrown), error) {
	fn := reflect.ValueOf(f)
	if fn.Kind() != reflect.Func {
		return nil, fmt.Errorf("%T is not a function", f)
	}
	t := fn.Type()
	in := 0
	for ; in < t.NumIn() && t.In(in) == contextType; in++ {
	}
	if t.IsVariadic() || in > 1 || t.NumIn()-in > 1 || t.NumOut() > 2 || t.NumOut() == 2 && t.Out(1) != errorType {
		return nil, fmt.Errorf("%T does not have the form func([context.Context,] [asltest.Invocation | T]) ([R,] [error])", f)
	}
	return func(ctx context.Context, i Invocation) (output any, failure *thrown) {
		defer func() {
			if p := recover(); p != nil {
				failure = thrownByPanic(p)
			}
		}()
		args, err := decodeArguments(ctx, t, i)
		if err != nil {
			return nil, toThrown(err)
		}
		return encodeResults(t, fn.Call(args))
	}, nil
}

func decodeArguments(ctx context.Context, t reflect.Type, i Invocation) ([]reflect.Value, error) {
	var args []reflect.Value
	for n := range t.NumIn() {
		switch t.In(n) {
		case contextType:
			args = append(args, reflect.ValueOf(ctx))
		case invocationType:
			args = append(args, reflect.ValueOf(i))
		default:
			arg := reflect.New(t.In(n))
			if err := value.Decode(i.Input, arg.Interface()); err != nil {
				return nil, err
			}
			args = append(args, arg.Elem())
		}
	}
	return args, nil
}

func encodeResults(t reflect.Type, out []reflect.Value) (any, *thrown) {
	var output any
	for n, v := range out {
		if t.Out(n) == errorType {
			if err, _ := v.Interface().(error); err != nil {
				return nil, toThrown(err)
			}
			continue
		}
		var err error
		if output, err = value.From(v.Interface()); err != nil {
			return nil, toThrown(err)
		}
	}
	return output, nil
}

func toThrown(err error) *thrown {
	var named *asl.Error
	if errors.As(err, &named) {
		return &thrown{named.Name, named.Cause}
	}
	return &thrown{asl.StatesTaskFailed, err.Error()}
}

func thrownByPanic(v any) *thrown { return &thrown{asl.StatesTaskFailed, fmt.Sprintf("panic: %v", v)} }
