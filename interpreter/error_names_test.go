package interpreter_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// declinedError is a user's own error.
type declinedError struct{ reason string }

func (e *declinedError) Error() string     { return e.reason }
func (e *declinedError) ErrorName() string { return "CardDeclined" }

var errNoTime = errors.New("no time")

var ownErrors = map[string]func(cause string) error{
	"CardDeclined":            func(cause string) error { return &declinedError{cause} },
	asl.StatesTimeout:         func(string) error { return errNoTime },
	"Nothing":                 func(string) error { return nil },
	"Panics":                  func(string) error { panic("broken table") },
	asl.StatesNoChoiceMatched: nil,
}

const charge = `{"StartAt": "Charge", "States": {"Charge": {"Type": "Task", "Resource": "charge", "End": true,
	"Retry": [{"ErrorEquals": ["CardDeclined"], "IntervalSeconds": 1, "MaxAttempts": 1}]}}}`

// A type of the user's own goes through Retry and comes out of Run.
func TestErrorsAsFindsTheTypeOfTheHandler(t *testing.T) {
	attempts := 0
	in := interpreter.New(interpreter.Config{
		Clock: interpreter.NewVirtualClock(time.Unix(0, 0)),
		Resolver: interpreter.Mux{"charge": interpreter.Func(func(context.Context, any) (any, error) {
			attempts++
			return nil, fmt.Errorf("charging: %w", &declinedError{fmt.Sprint("no money at attempt ", attempts)})
		})},
		Errors: ownErrors,
	})
	defer in.Close()
	_, err := interpreter.Run[any](background, in, compile(t, charge), nil)
	require.Equal(t, 2, attempts)
	var declined *declinedError
	require.ErrorAs(t, err, &declined)
	require.Equal(t, "no money at attempt 2", declined.reason)
	require.ErrorIs(t, err, &asl.Error{Name: "CardDeclined", Cause: "no money at attempt 2"})
	require.EqualError(t, err, `execution FAILED in state "Charge": CardDeclined: no money at attempt 2`)
}

// After a restart the Go value is gone. The table makes it again.
func TestErrorsAsFindsTheTypeAfterARestart(t *testing.T) {
	s := memory.New()
	config := interpreter.Config{
		Store: s, Errors: ownErrors,
		Resolver: interpreter.Mux{"charge": interpreter.Func(func(context.Context, any) (any, error) { return nil, &declinedError{"no money"} })},
	}
	before := interpreter.New(config)
	program := compile(t, `{"StartAt": "Charge", "States": {"Charge": {"Type": "Task", "Resource": "charge", "End": true}}}`)
	e, err := before.Start(background, program, nil, interpreter.StartOptions{Name: "one"})
	require.NoError(t, err)
	require.Error(t, e.Wait(background))
	require.NoError(t, before.Shutdown(background))

	after := interpreter.New(config)
	defer after.Close()
	e, err = after.Execution(background, e.ID())
	require.NoError(t, err)
	var declined *declinedError
	require.ErrorAs(t, e.Wait(background), &declined)
	require.Equal(t, "no money", declined.reason)
	d, err := after.Describe(background, e.ID())
	require.NoError(t, err)
	require.ErrorAs(t, d.Failure, &declined)
}

// The table is the host's code: it may have nothing to say, and it may panic.
func TestTableOfErrors(t *testing.T) {
	run := func(t *testing.T, name string) error {
		in := interpreter.New(interpreter.Config{
			Errors:   ownErrors,
			Resolver: interpreter.Mux{"charge": interpreter.Func(func(context.Context, any) (any, error) { return nil, asl.Errorf(name, "why") })},
		})
		defer in.Close()
		_, err := interpreter.Run[any](background, in, compile(t, charge), nil)
		require.ErrorIs(t, err, &asl.Error{Name: name, Cause: "why"})
		return err
	}
	require.ErrorIs(t, run(t, asl.StatesTimeout), errNoTime)
	for _, name := range []string{"Nothing", "Unknown", asl.StatesNoChoiceMatched} {
		var list interface{ Unwrap() []error }
		require.ErrorAs(t, run(t, name), &list)
		require.Len(t, list.Unwrap(), 1, name)
	}
	var hook *interpreter.HookError
	require.ErrorAs(t, run(t, "Panics"), &hook)
	require.Equal(t, "Config.Errors", hook.Hook)
}

type panickingName struct{ error }

func (panickingName) ErrorName() string { panic("no name") }

// A panic of ErrorName fails the task, as one of Error does.
func TestErrorNameMayPanic(t *testing.T) {
	in := interpreter.New(interpreter.Config{
		Logger:   slog.New(slog.DiscardHandler),
		Resolver: interpreter.Mux{"charge": interpreter.Func(func(context.Context, any) (any, error) { return nil, panickingName{errNoTime} })},
	})
	defer in.Close()
	_, err := interpreter.Run[any](background, in, compile(t, charge), nil)
	require.ErrorIs(t, err, &asl.Error{Name: asl.StatesTaskFailed, Cause: "panic: no name"})
}
