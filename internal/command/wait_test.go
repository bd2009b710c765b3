package command

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
)

// A run on a virtual clock ends, whatever it waits for.
func TestVirtualTimeAlwaysEnds(t *testing.T) {
	_, _, _ = invoke(t, "") // goes to a folder of its own
	for name, c := range map[string]struct {
		machineType, definition, err string
		passed                       time.Duration
	}{
		"past the limit of EXPRESS": {"EXPRESS", `{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 600, "End": true}}}`,
			"States.Timeout", 5 * time.Minute},
		"past a year": {"STANDARD", `{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 99999999, "End": true}}}`,
			"States.Timeout", 365 * 24 * time.Hour},
		"for an answer that never comes": {"STANDARD", `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "hangs", "End": true}}}`,
			"States.Timeout", 365 * 24 * time.Hour},
		"for one with a timeout": {"STANDARD", `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "hangs", "TimeoutSeconds": 7, "End": true}}}`,
			"States.Timeout", 7 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
			clock := interpreter.NewManualClock(began)
			in := interpreter.New(interpreter.Config{Clock: clock, Resolver: interpreter.Mux{
				"hangs": interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) { return nil, interpreter.ErrResultPending }),
			}})
			defer in.Close()
			p, err := interpreter.Compile([]byte(c.definition), interpreter.Options{Express: c.machineType == "EXPRESS"})
			require.NoError(t, err)
			_, err = waitForEnd(context.Background(), in, clock, p, nil, interpreter.StartOptions{}, nil)
			require.ErrorContains(t, err, c.err)
			require.Equal(t, c.passed, clock.Now().Sub(began))
		})
	}
}

// Without a deadline, such as that of an execution's limit, it says so.
func TestARunThatNothingCanContinueSaysSo(t *testing.T) {
	clock := interpreter.NewManualClock(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC))
	held := interpreter.NewManualClock(clock.Now()) // another clock has the limit
	in := interpreter.New(interpreter.Config{Clock: held, Resolver: interpreter.Mux{
		"hangs": interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) { return nil, interpreter.ErrResultPending }),
	}})
	defer in.Close()
	p, err := interpreter.Compile([]byte(`{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "hangs", "End": true}}}`), interpreter.Options{})
	require.NoError(t, err)
	_, err = waitForEnd(context.Background(), in, clock, p, nil, interpreter.StartOptions{}, nil)
	require.ErrorIs(t, err, errStuck)
}

// The end of an execution does not cancel the wait for it.
func TestEndDoesNotCancelTheWait(t *testing.T) {
	clock := interpreter.NewManualClock(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC))
	in := interpreter.New(interpreter.Config{Clock: clock})
	defer in.Close()
	p, err := interpreter.Compile([]byte(`{"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}`), interpreter.Options{})
	require.NoError(t, err)
	x, err := in.Start(context.Background(), p, nil, interpreter.StartOptions{})
	require.NoError(t, err)
	require.NoError(t, x.Wait(context.Background()))
	waiting, stop := context.WithCancelCause(context.Background())
	defer stop(nil)
	advanceClock(waiting, stop, clock, x)
	require.NoError(t, waiting.Err())
}

func TestAnInterruptEndsTheRun(t *testing.T) {
	for name, clock := range map[string]*interpreter.VirtualClock{
		"while it waits":    nil,
		"while it computes": interpreter.NewManualClock(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)),
	} {
		t.Run(name, func(t *testing.T) {
			ctx, interrupt := context.WithCancel(context.Background())
			config := interpreter.Config{Resolver: interpreter.Mux{
				"interrupts": interpreter.Plain(func(any) (any, error) { interrupt(); return nil, nil }),
			}}
			if clock != nil {
				config.Clock = clock
			}
			in := interpreter.New(config)
			defer in.Close()
			p, err := interpreter.Compile([]byte(`{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "interrupts", "Next": "Which"},
				"Which": {"Type": "Choice", "Choices": [{"Variable": "$$.Execution.Name", "StringEquals": "while-it-waits", "Next": "W"}], "Default": "A"},
				"W": {"Type": "Wait", "Seconds": 86400, "End": true},
				"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "A"}}}`), interpreter.Options{Express: clock != nil})
			require.NoError(t, err)
			_, err = waitForEnd(ctx, in, clock, p, nil, interpreter.StartOptions{Name: strings.ReplaceAll(name, " ", "-")}, nil)
			require.ErrorIs(t, err, errInterrupted)
		})
	}
	var out bytes.Buffer
	o := runOptions{}
	require.Equal(t, 130, o.reportError(errInterrupted, streams{out: &out, err: &out}))
	require.Equal(t, "asl run: interrupted: the execution was still running\n", out.String())
}
