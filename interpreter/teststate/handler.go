package teststate

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// answerTask answers a Task from the mock, or else by its handler, which runs in a
// machine of that Task only.
func (t *test) answerTask(ctx context.Context, c *machine.Command) (machine.Event, error) {
	if t.request.Mock != nil {
		mock := t.mockAnswer()
		kind := machine.TaskSucceeded
		if mock.Failed {
			kind = machine.TaskFailed
		}
		return machine.Event{Kind: kind, Task: c.Task, Output: mock.Output, Error: mock.Error, Cause: mock.Cause}, nil
	}
	output, err := callHandler(ctx, t.options.Resolver, c)
	var failed *interpreter.ExecutionError
	switch {
	case errors.As(err, &failed):
		return machine.Event{Kind: machine.TaskFailed, Task: c.Task, Error: nilIfEmpty(failed.Name), Cause: nilIfEmpty(failed.Cause)}, nil
	case err != nil:
		return machine.Event{}, err
	}
	return machine.Event{Kind: machine.TaskSucceeded, Task: c.Task, Output: output}, nil
}

func callHandler(ctx context.Context, resolver interpreter.Resolver, c *machine.Command) (any, error) {
	state := value.ObjectOf(
		value.Member{Key: "Type", Value: "Task"},
		value.Member{Key: "Resource", Value: c.Resource.Name},
		value.Member{Key: "TimeoutSeconds", Value: int64(min(cmp.Or(c.Timeout, maxDuration), maxDuration) / time.Second)},
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
