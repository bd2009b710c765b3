package asltest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

// toValue makes a value of JSON text (a string, []byte or json.RawMessage) or of
// any other Go value.
func toValue(v any) (any, error) {
	var text []byte
	switch v := v.(type) {
	case string:
		text = []byte(v)
	case []byte:
		text = v
	case json.RawMessage:
		text = v
	default:
		return value.From(v)
	}
	parsed, err := value.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%q is not JSON (%w); a JSON string needs its quotes: `%s`", text, err, value.String(string(text)))
	}
	return parsed, nil
}

const maxShort = 60

func short(v any) string {
	s := value.String(v)
	if len(s) > maxShort {
		s = s[:maxShort] + "..."
	}
	return s
}

func panicked(v any) *thrown { return &thrown{asl.StatesTaskFailed, fmt.Sprintf("panic: %v", v)} }

var (
	contextType    = reflect.TypeFor[context.Context]()
	invocationType = reflect.TypeFor[Invocation]()
	errorType      = reflect.TypeFor[error]()
)

// function makes the answer of a Go function.
func function(f any) (func(Invocation) (any, *thrown), error) {
	fn := reflect.ValueOf(f)
	if fn.Kind() != reflect.Func {
		return nil, fmt.Errorf("%T is no function", f)
	}
	t := fn.Type()
	in := 0
	for ; in < t.NumIn() && t.In(in) == contextType; in++ {
	}
	if t.IsVariadic() || in > 1 || t.NumIn()-in > 1 || t.NumOut() > 2 || t.NumOut() == 2 && t.Out(1) != errorType {
		return nil, fmt.Errorf("%T has not the form func([context.Context,] [asltest.Invocation | T]) ([R,] [error])", f)
	}
	return func(i Invocation) (output any, failure *thrown) {
		defer func() {
			if p := recover(); p != nil {
				failure = panicked(p)
			}
		}()
		args, err := arguments(t, i)
		if err != nil {
			return nil, thrownBy(err)
		}
		return results(t, fn.Call(args))
	}, nil
}

func arguments(t reflect.Type, i Invocation) ([]reflect.Value, error) {
	var args []reflect.Value
	for n := range t.NumIn() {
		switch t.In(n) {
		case contextType:
			args = append(args, reflect.ValueOf(context.Background()))
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

func results(t reflect.Type, out []reflect.Value) (any, *thrown) {
	var output any
	for n, v := range out {
		if t.Out(n) == errorType {
			if err, _ := v.Interface().(error); err != nil {
				return nil, thrownBy(err)
			}
			continue
		}
		var err error
		if output, err = value.From(v.Interface()); err != nil {
			return nil, thrownBy(err)
		}
	}
	return output, nil
}

func thrownBy(err error) *thrown {
	var named *asl.Error
	if errors.As(err, &named) {
		return &thrown{named.Name, named.Cause}
	}
	return &thrown{asl.StatesTaskFailed, err.Error()}
}
