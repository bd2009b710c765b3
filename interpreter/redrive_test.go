package interpreter_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

const redriven = `{"StartAt": "A", "States": {
	"A": {"Type": "Task", "Resource": "a", "Next": "B"},
	"B": {"Type": "Task", "Resource": "b", "End": true}}}`

// breaks has a handler that fails until it is mended.
type breaks struct {
	a, b   atomic.Int32
	mended atomic.Bool
}

func (h *breaks) mux() interpreter.Mux {
	return interpreter.Mux{
		"a": interpreter.Func(func(context.Context, any) (int, error) { return int(h.a.Add(1)), nil }),
		"b": interpreter.Func(func(_ context.Context, in any) (string, error) {
			if h.b.Add(1); !h.mended.Load() {
				return "", errors.New("broken")
			}
			return fmt.Sprint("after ", in), nil
		}),
	}
}

// redrive redrives an execution without a client token.
func redrive(e *interpreter.Execution) error {
	_, err := e.Redrive(background, interpreter.RedriveOptions{})
	return err
}

func redriveStored(in *interpreter.Interpreter, id store.ID) error {
	_, err := in.Redrive(background, id, interpreter.RedriveOptions{})
	return err
}

func TestRedriveContinuesAnExecution(t *testing.T) {
	for name, s := range map[string]store.Store{"in memory": nil, "stored": memory.New()} {
		t.Run(name, func(t *testing.T) {
			var h breaks
			in := open(t, interpreter.Config{Resolver: h.mux(), Store: s})
			p := compile(t, redriven)
			e, err := in.Start(background, p, nil, interpreter.StartOptions{Name: "n", KeepHistory: true})
			require.NoError(t, err)
			for range 3 {
				require.Error(t, e.Wait(background))
				require.Equal(t, interpreter.Failed, e.Status())
				require.NoError(t, redrive(e))
			}
			require.Error(t, e.Wait(background))
			h.mended.Store(true)
			require.NoError(t, redrive(e))
			require.NoError(t, e.Wait(background))
			output, err := e.Output()
			require.NoError(t, err)
			require.Equal(t, "after 1", output)
			require.EqualValues(t, 1, h.a.Load())
			require.EqualValues(t, 5, h.b.Load())
			count, last := 0, uint32(0)
			for ev := range e.Events() {
				require.Equal(t, last+1, ev.ID)
				last = ev.ID
				if ev.Type == history.ExecutionRedriven {
					count++
				}
			}
			require.Equal(t, 4, count)
			var no *machine.NotRedrivableError
			require.ErrorAs(t, redrive(e), &no)
			require.Equal(t, "Execution is SUCCEEDED and cannot be redriven", no.Reason)
			if s != nil {
				st, err := s.Load(background, e.ID())
				require.NoError(t, err)
				require.Equal(t, interpreter.Succeeded, st.Head.Status)
			}
		})
	}
}

// A stored execution is redriven by a later process, which may end before the task
// does, and a third one finishes it.
func TestRedriveOutlivesTheProcess(t *testing.T) {
	s := memory.New()
	var h breaks
	in := open(t, interpreter.Config{Resolver: h.mux(), Store: s})
	e, err := in.Start(background, compile(t, redriven), nil, interpreter.StartOptions{Name: "n"})
	require.NoError(t, err)
	require.Error(t, e.Wait(background))
	require.NoError(t, in.Close())

	entered := make(chan struct{})
	in = open(t, interpreter.Config{Store: s, Resolver: interpreter.Mux{"b": interpreter.Func(func(ctx context.Context, _ any) (int, error) {
		close(entered)
		<-ctx.Done()
		return 0, ctx.Err()
	})}})
	require.NoError(t, redriveStored(in, e.ID()))
	<-entered
	st, err := s.Load(background, e.ID())
	require.NoError(t, err)
	require.Equal(t, interpreter.Running, st.Head.Status)
	require.True(t, st.Head.Ended.IsZero())
	require.Equal(t, store.Now, st.Head.Due)
	var no *machine.NotRedrivableError
	require.ErrorAs(t, redriveStored(in, e.ID()), &no)
	require.Equal(t, "Execution is RUNNING and cannot be redriven", no.Reason)
	require.NoError(t, in.Close())

	h.mended.Store(true)
	in = open(t, interpreter.Config{Resolver: h.mux(), Store: s})
	again, err := in.Execution(background, e.ID())
	require.NoError(t, err)
	require.NoError(t, again.Wait(background))
	output, err := again.Output()
	require.NoError(t, err)
	require.Equal(t, "after 1", output)
	require.EqualValues(t, 1, h.a.Load())
	require.ErrorIs(t, redriveStored(in, store.ID{9}), store.ErrNotFound)
}

func TestRedriveOfAStoppedExecutionAndItsTokens(t *testing.T) {
	const waits = `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "Parameters": {"t.$": "$$.Task.Token"}, "End": true}}}`
	for name, s := range map[string]store.Store{"in memory": nil, "stored": memory.New()} {
		t.Run(name, func(t *testing.T) {
			tokens := make(chan string, 2)
			in := open(t, interpreter.Config{Store: s, Resolver: interpreter.Mux{"arn:aws:states:::sqs:sendMessage.waitForTaskToken": interpreter.Func(
				func(_ context.Context, in map[string]any) (any, error) {
					tokens <- in["t"].(string)
					return nil, nil
				})}})
			e, err := in.Start(background, compile(t, waits), nil, interpreter.StartOptions{Name: "n"})
			require.NoError(t, err)
			old := <-tokens
			require.NoError(t, e.Stop(background, "Halt", ""))
			require.NoError(t, redrive(e))
			current := <-tokens
			require.NotEqual(t, old, current)
			require.ErrorIs(t, in.SendTaskSuccess(background, old, 1), interpreter.ErrTaskTimedOut)
			require.NoError(t, in.SendTaskSuccess(background, current, 2))
			require.NoError(t, e.Wait(background))
		})
	}
}

func TestRedriveNeedsItsName(t *testing.T) {
	var h breaks
	in := open(t, interpreter.Config{Resolver: h.mux()})
	p := compile(t, redriven)
	e, err := in.Start(background, p, nil, interpreter.StartOptions{Name: "n"})
	require.NoError(t, err)
	require.Error(t, e.Wait(background))
	waits := compile(t, `{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 1000, "End": true}}}`)
	other, err := in.Start(background, waits, nil, interpreter.StartOptions{Name: "n"})
	require.NoError(t, err)
	require.NoError(t, redrive(e), "another machine's name")
	require.Error(t, e.Wait(background))
	require.NoError(t, other.Stop(background, "", ""))
	h.mended.Store(true)
	again, err := in.Start(background, p, nil, interpreter.StartOptions{Name: "n"})
	require.NoError(t, err)
	require.NoError(t, again.Wait(background))
	require.NoError(t, redrive(e))
	require.NoError(t, e.Wait(background))

	first, err := in.Start(background, waits, nil, interpreter.StartOptions{Name: "w"})
	require.NoError(t, err)
	require.NoError(t, first.Stop(background, "", ""))
	second, err := in.Start(background, waits, nil, interpreter.StartOptions{Name: "w"})
	require.NoError(t, err)
	require.ErrorIs(t, redrive(first), interpreter.ErrExecutionAlreadyExists)
	require.Equal(t, interpreter.Aborted, first.Status())
	require.NoError(t, second.Stop(background, "", ""))
	require.NoError(t, redrive(first))
	require.Same(t, first, in.Find(waits, "w"))
	require.NoError(t, in.Close())
	require.ErrorIs(t, redrive(first), interpreter.ErrClosed)
}
