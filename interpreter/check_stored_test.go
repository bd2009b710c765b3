package interpreter_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// broken is a store whose snapshots of some executions are damaged, and which counts
// what is loaded.
type broken struct {
	store.Store
	damaged func(name string) bool
	loads   atomic.Int32
}

func (s *broken) Load(ctx context.Context, id store.ID) (*store.State, error) {
	s.loads.Add(1)
	st, err := s.Store.Load(ctx, id)
	if err == nil && s.damaged != nil && s.damaged(st.Head.Name) {
		st.Snapshot = slices.Clone(st.Snapshot)
		st.Snapshot[len(st.Snapshot)/2] ^= 1
	}
	return st, err
}

// One line a program says which executions cannot continue, and why.
func TestCheckStoredNamesWhatCannotContinue(t *testing.T) {
	s := &broken{Store: memory.New()}
	in := open(t, interpreter.Config{Store: s, Resolver: task(func(context.Context, *interpreter.Task) (any, error) {
		return nil, interpreter.ErrResultPending
	}).Resolver})
	arn := func(name string) interpreter.Options {
		return interpreter.Options{StateMachineArn: "arn:aws:states:us-east-1:000000000000:stateMachine:" + name}
	}
	wait, ask := compile(t, oneDay, arn("wait")), compile(t, oneTask, arn("ask"))
	for i := range 20 {
		startNamed(t, in, wait, fmt.Sprint("w", i), `{}`)
		startNamed(t, in, ask, fmt.Sprint("a", i), `{}`)
	}
	startEnded(t, in, compile(t, pass, arn("ended")), "ended")
	require.True(t, soon(func() bool { return len(in.Executions()) == 0 }))

	check := func(in *interpreter.Interpreter, sample int) (lines []string) {
		t.Helper()
		problems, err := in.CheckStored(background, sample)
		require.NoError(t, err)
		for _, p := range problems {
			require.Equal(t, p.Digest, p.Example.Digest)
			lines = append(lines, fmt.Sprintf("%d of %d %s: %s", p.Affected, p.Unfinished, p.Machine[len(arn("").StateMachineArn):], p.Err))
			require.Contains(t, p.String(), p.Example.ID.String())
			require.Equal(t, strings.Contains(p.Err.Error(), "no handler"), errors.Is(p.Err, interpreter.ErrNoHandler))
			require.NotContains(t, p.String(), "\n")
		}
		return lines
	}
	require.Empty(t, check(in, 3))

	t.Run("no handler", func(t *testing.T) {
		s.loads.Store(0)
		require.Equal(t, []string{`20 of 20 ask: interpreter: no handler for the resource "work" of the state "Work"`},
			check(open(t, interpreter.Config{Store: s}), 3))
		require.LessOrEqual(t, s.loads.Load(), int32(3), "only a sample of the other program is restored")
	})
	t.Run("no definition", func(t *testing.T) {
		lines := check(open(t, interpreter.Config{Store: without{s}, Resolver: answers(nil), Programs: []*interpreter.Program{ask}}), 3)
		require.Equal(t, []string{"20 of 20 wait: interpreter: the definition " + wait.Digest() + " is neither among Config.Programs nor in the store"}, lines)
	})
	t.Run("damaged", func(t *testing.T) {
		s.damaged = func(name string) bool { return name == "w3" || name == "w18" || name == "w19" }
		defer func() { s.damaged = nil }()
		for sample, want := range map[int]string{0: "", 1: "1 of 20 wait", 5: "2 of 20 wait", -1: "3 of 20 wait"} {
			lines := check(in, sample)
			if want == "" {
				require.Empty(t, lines)
				continue
			}
			require.Len(t, lines, 1)
			require.Contains(t, lines[0], want+": interpreter: stored bytes are damaged")
		}
	})
	t.Run("a resolver that panics", func(t *testing.T) {
		lines := check(open(t, interpreter.Config{Store: s, Resolver: lostResolver{}}), 0)
		require.Len(t, lines, 1)
		require.Contains(t, lines[0], "Config.Resolver panicked")
	})
	t.Run("a store that is down", func(t *testing.T) {
		_, err := open(t, interpreter.Config{Store: failingList{s}}).CheckStored(background, 1)
		require.ErrorIs(t, err, errBroken)
	})
	t.Run("heads that are damaged", func(t *testing.T) {
		problems, err := open(t, interpreter.Config{Store: damagedHeads{s}}).CheckStored(background, 1)
		require.ErrorIs(t, err, store.ErrCorrupt)
		require.Len(t, problems, 1)
	})
	require.Empty(t, in.Executions(), "nothing is loaded")
}

type lostResolver struct{}

func (lostResolver) Resolve(string, string) (interpreter.Handler, bool) { panic("lost") }

type failingList struct{ store.Store }

func (failingList) List(context.Context, store.Query) ([]store.Listed, error) { return nil, errBroken }

// A parked execution is part of the sample, however old it is.
func TestCheckStoredRestoresParkedExecutions(t *testing.T) {
	s := &broken{Store: memory.New()}
	in := interpreter.New(interpreter.Config{Store: s})
	p := compile(t, oneDay)
	first := startNamed(t, in, p, "first", `{}`)
	for i := range 10 {
		startNamed(t, in, p, fmt.Sprint("w", i), `{}`)
	}
	require.True(t, soon(func() bool { return len(in.Executions()) == 0 }))
	s.damaged = func(name string) bool { return name == "first" }
	_, err := in.Execution(background, first.ID())
	require.ErrorContains(t, err, "damaged")
	require.True(t, soon(func() bool { return describe(t, in, first.ID()).Parked != "" }))
	require.NoError(t, in.Close())
	problems, err := open(t, interpreter.Config{Store: s}).CheckStored(background, 2)
	require.NoError(t, err)
	require.Len(t, problems, 1)
	require.Equal(t, first.ID(), problems[0].Example.ID)
	require.Equal(t, int64(1), problems[0].Affected)
	require.Equal(t, int64(11), problems[0].Unfinished)
}

// Describe shows the head, the input and the history of an execution whose snapshot
// is damaged.
func TestDescribeADamagedExecution(t *testing.T) {
	s := &broken{Store: memory.New(), damaged: func(string) bool { return true }}
	in := open(t, interpreter.Config{Store: s})
	e := startNamed(t, in, compile(t, pass), "p", `{"n":1}`)
	_ = e.Wait(background)
	d := describe(t, in, e.ID())
	require.ErrorContains(t, d.Problem, "damaged")
	require.Equal(t, machine.Succeeded, d.Status)
	require.Equal(t, d.Input, d.Output)
	require.Equal(t, e.Arn(), d.Arn)
}
