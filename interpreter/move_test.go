package interpreter_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

var accept = interpreter.MoveOptions{AcceptDifferences: true}

// waitsFor is a handler whose calls wait until they are released.
type waitsFor struct {
	calls   atomic.Int32
	began   chan string // the token of each call
	release chan struct{}
}

func newWaitsFor() *waitsFor {
	return &waitsFor{began: make(chan string, 16), release: make(chan struct{})}
}

func (w *waitsFor) Handle(ctx context.Context, t *interpreter.Task) (any, error) {
	w.calls.Add(1)
	w.began <- t.Token()
	select {
	case <-w.release:
		return "worked", nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// bothStores runs a test over a store of one process and one of several.
func bothStores(t *testing.T, test func(t *testing.T, s store.Store)) {
	for name, s := range map[string]store.Store{"stored": memory.New(), "shared": memory.NewShared(nil)} {
		t.Run(name, func(t *testing.T) { test(t, s) })
	}
}

func requireWholeHistory(t *testing.T, in *interpreter.Interpreter, id store.ID) (names []string) {
	t.Helper()
	next := uint32(1)
	for ev, err := range in.History(background, id, interpreter.HistoryOptions{}) {
		require.NoError(t, err)
		require.Equal(t, next, ev.ID)
		next++
		if ev.Name != "" {
			names = append(names, fmt.Sprintf("%s %s", ev.Type, ev.Name))
		}
	}
	return names
}

func digestOf(t *testing.T, s store.Store, id store.ID) string { return head(t, s, id).Digest }

// An execution whose handler runs goes on under the other definition with the handler's
// result, which is called once.
func TestMoveAtWork(t *testing.T) {
	v1, v2 := versions(t)
	bothStores(t, func(t *testing.T, s store.Store) {
		work := newWaitsFor()
		tokens := make(chan string, 2)
		queue := interpreter.Services{"sqs:sendMessage": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
			tokens <- task.Token()
			return nil, nil
		})}
		in := open(t, interpreter.Config{Store: s, Resolver: interpreter.Resolvers{queue, interpreter.Mux{"work": work}}})
		e, err := in.Start(background, v1, []byte(`{}`), interpreter.StartOptions{})
		require.NoError(t, err)
		<-work.began
		found, err := in.CheckMove(background, e.ID(), v2)
		require.NoError(t, err)
		require.Empty(t, found)
		require.NoError(t, in.Move(background, e.ID(), v2, interpreter.MoveOptions{}))
		require.Equal(t, v2.Digest(), digestOf(t, s, e.ID()))
		require.Equal(t, v2.Digest(), e.Program().Digest())
		require.NoError(t, in.Move(background, e.ID(), v2, interpreter.MoveOptions{}), "again")
		close(work.release)
		require.NoError(t, in.SendTaskSuccess(background, <-tokens, nil))
		require.Equal(t, `"v2"`, outputOf(t, e))
		require.EqualValues(t, 1, work.calls.Load())
		require.Equal(t, []string{
			"TaskStateEntered Work", "TaskStateExited Work", "TaskStateEntered Ask", "TaskStateExited Ask", "PassStateEntered End", "PassStateExited End",
		}, requireWholeHistory(t, in, e.ID()))
		require.ErrorIs(t, in.Move(background, e.ID(), v1, accept), interpreter.ErrEnded)
		_, err = in.CheckMove(background, e.ID(), v1)
		require.ErrorIs(t, err, interpreter.ErrEnded)
	})
}

// An execution at rest, and its token, outlive the move and the process.
func TestMoveAtRest(t *testing.T) {
	v1, v2 := versions(t)
	bothStores(t, func(t *testing.T, s store.Store) {
		tokens := make(chan string, 2)
		queue := interpreter.Services{"sqs:sendMessage": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
			tokens <- task.Token()
			return nil, nil
		})}
		config := interpreter.Config{Store: s, Resolver: interpreter.Resolvers{queue, answers(nil)}}
		for _, between := range []string{"one process", "crash before", "crash after"} {
			t.Run(between, func(t *testing.T) {
				in := interpreter.New(config)
				e, err := in.Start(background, v1, []byte(`{}`), interpreter.StartOptions{})
				require.NoError(t, err)
				token := <-tokens
				require.True(t, soon(func() bool { return len(in.Executions()) == 0 }), "it rests")
				again := func() {
					crash(t, in)
					in = interpreter.New(config)
				}
				if between == "crash before" {
					again()
				}
				require.NoError(t, in.Move(background, e.ID(), v2, interpreter.MoveOptions{}))
				require.Equal(t, v2.Digest(), digestOf(t, s, e.ID()))
				if between == "crash after" {
					again()
				}
				require.NoError(t, in.SendTaskSuccess(background, token, nil))
				e, err = in.Execution(background, e.ID())
				require.NoError(t, err)
				require.Equal(t, `"v2"`, outputOf(t, e))
				require.Equal(t, v2.Digest(), e.Program().Digest())
				requireWholeHistory(t, in, e.ID())
				require.Empty(t, tokens, "the call was made once")
				crash(t, in)
			})
		}
	})
}

// Differences must be accepted, and those that are refused cannot be. Then nothing
// changes, not even a definition is stored.
func TestMoveIsRefused(t *testing.T) {
	const arn = "arn:aws:states:us-east-1:000000000000:stateMachine:"
	text := func(timeout, resource string) string {
		return `{"StartAt":"Work","States":{"Work":{"Type":"Task","Resource":"` + resource + `","TimeoutSeconds":` + timeout + `,"Next":"End"},"End":{"Type":"Pass","End":true}}}`
	}
	v1 := compile(t, text("60", "work"), interpreter.Options{StateMachineArn: arn + "m"})
	bothStores(t, func(t *testing.T, s store.Store) {
		work := newWaitsFor()
		in := open(t, interpreter.Config{Store: s, Resolver: interpreter.Mux{"work": work}})
		e, err := in.Start(background, v1, []byte(`{}`), interpreter.StartOptions{})
		require.NoError(t, err)
		<-work.began
		before := load(t, s, e.ID())
		for name, c := range map[string]struct {
			to       *interpreter.Program
			accepted bool
			first    string
		}{
			"not accepted":       {compile(t, text("70", "work"), interpreter.Options{StateMachineArn: arn + "m"}), false, "state Work, TimeoutSeconds"},
			"another task":       {compile(t, text("60", "arn:aws:states:::sqs:sendMessage"), interpreter.Options{StateMachineArn: arn + "m"}), true, "state Work, Resource"},
			"another machine":    {compile(t, text("60", "work"), interpreter.Options{StateMachineArn: arn + "n"}), true, "StateMachineArn"},
			"wholly another one": {compile(t, `{"StartAt":"X","States":{"X":{"Type":"Succeed"}}}`, interpreter.Options{StateMachineArn: arn + "n", Express: true}), true, "Type"},
		} {
			t.Run(name, func(t *testing.T) {
				err := in.Move(background, e.ID(), c.to, interpreter.MoveOptions{AcceptDifferences: c.accepted})
				var refused *machine.MoveError
				require.ErrorAs(t, err, &refused)
				require.ErrorIs(t, err, machine.ErrMove)
				require.True(t, strings.HasPrefix(refused.Differences[0].String(), c.first+": "), refused.Differences[0].String())
				require.Equal(t, c.accepted, refused.Differences[0].Refused)
				found, err := in.CheckMove(background, e.ID(), c.to)
				require.NoError(t, err)
				require.Equal(t, refused.Differences, found)
				_, err = s.Definition(background, c.to.Digest())
				require.ErrorIs(t, err, store.ErrNotFound)
			})
		}
		require.Equal(t, before, load(t, s, e.ID()))
		to := compile(t, text("70", "work"), interpreter.Options{StateMachineArn: arn + "m"})
		require.NoError(t, in.Move(background, e.ID(), to, accept))
		close(work.release)
		require.Equal(t, `"worked"`, outputOf(t, e))
	})
	in := open(t, interpreter.Config{Store: memory.New()})
	require.ErrorIs(t, in.Move(background, store.ID{1}, v1, accept), store.ErrNotFound)
	require.ErrorIs(t, in.Move(background, store.ID{1}, nil, accept), interpreter.ErrNoProgram)
	_, err := in.CheckMove(background, store.ID{1}, nil)
	require.ErrorIs(t, err, interpreter.ErrNoProgram)
	_, err = in.CheckMove(background, store.ID{1}, v1)
	require.ErrorIs(t, err, store.ErrNotFound)
	ended, cancel := context.WithCancel(background)
	cancel()
	require.ErrorIs(t, in.Move(ended, store.ID{1}, v1, accept), context.Canceled)
	without := open(t, interpreter.Config{})
	require.Error(t, without.Move(background, store.ID{1}, v1, accept))
	_, err = without.CheckMove(background, store.ID{1}, v1)
	require.Error(t, err)
}

// An execution whose records the library would make otherwise goes on after a move: to a
// definition that makes the recorded history, or with other data if that is accepted.
func TestMoveOfADivergedExecution(t *testing.T) {
	p := compile(t, computes)
	mended := compile(t, strings.Replace(computes, `"Result":"new"`, `"Result":"old"`, 1))
	other := compile(t, strings.Replace(computes, `"Compute":{"Type":"Pass"`, `"Compute":{"Type":"Pass","Comment":"","Assign":{"x":1}`, 1))
	shape := compile(t, strings.Replace(computes, `"Work":{"Type":"Task","Resource":"work",`, `"Work":{"Type":"Pass",`, 1))
	for name, c := range map[string]struct {
		to      *interpreter.Program
		found   []string // events
		refused bool
	}{
		"that makes the recorded history": {to: mended},
		"its own":                         {to: p, found: []string{"event 3", "event 4", "event 5"}},
		"with other variables":            {to: other, found: []string{"event 3", "event 4", "event 5"}},
		"with other states":               {to: shape, found: []string{"event 4", "event 3"}, refused: true},
	} {
		t.Run(name, func(t *testing.T) {
			kept := memory.New()
			began := make(chan struct{}, 1)
			in := interpreter.New(interpreter.Config{
				Store: &olderLibrary{Store: kept, t: t, p: p, writes: true}, Resolver: interpreter.Mux{"work": stuck(began)},
			})
			e, err := in.Start(background, p, []byte(`{"wait":0}`), interpreter.StartOptions{})
			require.NoError(t, err)
			<-began
			crash(t, in)

			in = open(t, interpreter.Config{Store: kept, Resolver: answers(nil)})
			require.True(t, soon(func() bool { return head(t, kept, e.ID()).Parked != "" }))
			found, err := in.CheckMove(background, e.ID(), c.to)
			require.NoError(t, err)
			var events []string
			for _, d := range found {
				events = append(events, d.Field)
			}
			require.Equal(t, c.found, events)
			if len(c.found) > 0 {
				var refused *machine.MoveError
				require.ErrorAs(t, in.Move(background, e.ID(), c.to, interpreter.MoveOptions{}), &refused)
			}
			err = in.Move(background, e.ID(), c.to, accept)
			if c.refused {
				var refused *machine.MoveError
				require.ErrorAs(t, err, &refused)
				require.Contains(t, err.Error(), "recorded TaskStateEntered (Work), made PassStateEntered (Work)")
				require.NotEmpty(t, head(t, kept, e.ID()).Parked)
				crash(t, in)
				return
			}
			require.NoError(t, err)
			e, err = in.Execution(background, e.ID())
			require.NoError(t, err)
			require.NoError(t, e.Wait(background))
			require.Empty(t, head(t, kept, e.ID()).Parked)
			require.Equal(t, c.to.Digest(), digestOf(t, kept, e.ID()))
			requireWholeHistory(t, in, e.ID())
			for ev, err := range in.History(background, e.ID(), interpreter.HistoryOptions{}) {
				require.NoError(t, err)
				if ev.Type == history.PassStateExited {
					require.Equal(t, "old", ev.Value, "what is recorded stays")
				}
			}
			crash(t, in)
		})
	}
}

// brokenDefinitions is a store whose definition of one digest cannot be used.
type brokenDefinitions struct {
	store.Store
	digest string
	text   func([]byte) ([]byte, error)
}

func (s brokenDefinitions) Definition(ctx context.Context, digest string) ([]byte, error) {
	data, err := s.Store.Definition(ctx, digest)
	if err == nil && digest == s.digest {
		return s.text(data)
	}
	return data, err
}

// An execution whose definition nobody has, or that does not compile with this version,
// goes on after a move.
func TestMoveWithoutTheOldDefinition(t *testing.T) {
	v1, v2 := versions(t)
	for name, text := range map[string]func([]byte) ([]byte, error){
		"unknown": func([]byte) ([]byte, error) { return nil, store.ErrNotFound },
		"an unknown intrinsic": func(data []byte) ([]byte, error) {
			return []byte(strings.Replace(string(data), `"Result":"v1"`, `"Parameters":{"x.$":"States.Later()"}`, 1)), nil
		},
		"damaged": func([]byte) ([]byte, error) { return nil, fmt.Errorf("page 7: %w", store.ErrCorrupt) },
	} {
		t.Run(name, func(t *testing.T) {
			for _, c := range [][2]bool{{}, {true, false}, {false, true}, {true, true}} {
				shutdown, own := c[0], c[1] // with a snapshot; to its own definition
				kept := memory.New()
				began := make(chan struct{}, 1)
				in := interpreter.New(interpreter.Config{Store: kept, Resolver: interpreter.Mux{"work": stuck(began)}})
				e, err := in.Start(background, v1, []byte(`{}`), interpreter.StartOptions{})
				require.NoError(t, err)
				<-began
				if shutdown {
					ended, cancel := context.WithCancel(background)
					cancel()
					_ = in.Shutdown(ended)
				}
				crash(t, in)
				tokens := make(chan string, 2)
				queue := interpreter.Services{"sqs:sendMessage": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
					tokens <- task.Token()
					return nil, nil
				})}
				in = open(t, interpreter.Config{Store: brokenDefinitions{kept, v1.Digest(), text}, Resolver: interpreter.Resolvers{queue, answers(nil)}})
				require.True(t, soon(func() bool { return head(t, kept, e.ID()).Parked != "" }))
				elsewhere := compile(t, oneTask)
				var refused *machine.MoveError
				require.ErrorAs(t, in.Move(background, e.ID(), elsewhere, accept), &refused)
				require.Equal(t, "StateMachineArn", refused.Differences[0].Field)
				to, want := v2, `"v2"`
				if own {
					to, want = v1, `"v1"`
				}
				require.NoError(t, in.Move(background, e.ID(), to, interpreter.MoveOptions{}))
				e, err = in.Execution(background, e.ID())
				require.NoError(t, err)
				require.NoError(t, in.SendTaskSuccess(background, <-tokens, nil))
				require.Equal(t, want, outputOf(t, e))
				requireWholeHistory(t, in, e.ID())
				_, err = in.Fork(background, e.ID(), interpreter.AtEvent(4), interpreter.ForkOptions{})
				require.NoError(t, err, "the new definition has made all of it")
				require.NoError(t, in.SendTaskSuccess(background, <-tokens, nil))
				crash(t, in)
			}
		})
	}
}

// An execution without a handler is parked and goes on with a definition that needs
// another one.
func TestMoveToAnotherFunction(t *testing.T) {
	const text = `{"StartAt":"Work","States":{"Work":{"Type":"Task","Resource":"%s","End":true}}}`
	v1, v2 := compile(t, fmt.Sprintf(text, "gone")), compile(t, fmt.Sprintf(text, "there"))
	kept := memory.New()
	began := make(chan struct{}, 1)
	in := interpreter.New(interpreter.Config{Store: kept, Resolver: interpreter.Mux{"gone": stuck(began)}})
	e, err := in.Start(background, v1, []byte(`{}`), interpreter.StartOptions{})
	require.NoError(t, err)
	<-began
	crash(t, in)
	in = open(t, interpreter.Config{Store: kept, Resolver: interpreter.Mux{"there": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
		return task.Resource.Name, nil
	})}})
	require.True(t, soon(func() bool { return head(t, kept, e.ID()).Parked != "" }))
	require.NoError(t, in.Move(background, e.ID(), v2, accept))
	e, err = in.Execution(background, e.ID())
	require.NoError(t, err)
	require.Equal(t, `"there"`, outputOf(t, e))
	require.Empty(t, head(t, kept, e.ID()).Parked)
	crash(t, in)
}

// A fork from before a move has the old definition, one from behind it the new one, and
// so has a fork of that.
func TestForkOfAMovedExecution(t *testing.T) {
	const text = `{"StartAt":"Work","States":{"Work":{"Type":"Task","Resource":"work","Next":"End"},"End":{"Type":"Pass","Result":"%s","End":true}}}`
	v1, v2, v3 := compile(t, fmt.Sprintf(text, "v1")), compile(t, fmt.Sprintf(text, "v2")), compile(t, fmt.Sprintf(text, "v3"))
	work := newWaitsFor()
	in := open(t, interpreter.Config{Store: memory.New(), Resolver: interpreter.Mux{"work": work}})
	e, err := in.Start(background, v1, []byte(`{}`), interpreter.StartOptions{})
	require.NoError(t, err)
	<-work.began
	require.True(t, soon(func() bool { return len(eventsOf(t, in, e.ID())) == 4 }), "the task has started")
	require.NoError(t, in.Move(background, e.ID(), v3, interpreter.MoveOptions{}))
	require.NoError(t, in.Move(background, e.ID(), v2, interpreter.MoveOptions{}))
	close(work.release)
	require.Equal(t, `"v2"`, outputOf(t, e))
	events := eventsOf(t, in, e.ID())
	fork := func(id store.ID, event uint32, o interpreter.ForkOptions, want *interpreter.Program, output string) *interpreter.Execution {
		t.Helper()
		f, err := in.Fork(background, id, interpreter.AtEvent(event), o)
		require.NoError(t, err)
		require.Equal(t, want.Digest(), f.Program().Digest())
		require.Equal(t, output, outputOf(t, f))
		require.Equal(t, events[:event-1], eventsOf(t, in, f.ID())[:event-1])
		return f
	}
	fork(e.ID(), 4, interpreter.ForkOptions{}, v1, `"v1"`)
	behind := fork(e.ID(), 5, interpreter.ForkOptions{Result: &interpreter.TaskResult{Output: 7}}, v2, `"v2"`)
	fork(behind.ID(), 5, interpreter.ForkOptions{Result: &interpreter.TaskResult{Output: 8}}, v2, `"v2"`)
	fork(behind.ID(), 4, interpreter.ForkOptions{}, v1, `"v1"`)
}

// haltsAt is a store that ends with a process at a call: it makes the call or not, and
// never returns.
type haltsAt struct {
	store.Store
	mu      sync.Mutex
	calls   int // from now on; the one that reaches 0 halts
	made    bool
	reached chan struct{}
}

func (s *haltsAt) PutDefinition(ctx context.Context, digest string, definition []byte) error {
	return s.write(ctx, func() error { return s.Store.PutDefinition(ctx, digest, definition) })
}

func (s *haltsAt) Commit(ctx context.Context, changes []store.Change) error {
	return s.write(ctx, func() error { return s.Store.Commit(ctx, changes) })
}

func (s *haltsAt) write(ctx context.Context, call func() error) error {
	s.mu.Lock()
	s.calls--
	halts := s.calls == 0
	s.mu.Unlock()
	if halts && !s.made {
		close(s.reached)
		<-ctx.Done()
		return ctx.Err()
	}
	err := call()
	if halts {
		close(s.reached)
		<-ctx.Done()
		return ctx.Err()
	}
	return err
}

// A process that is killed at any write of a move has made it or not; a later one can
// make it, and the execution ends once either way.
func TestKillsDuringAMove(t *testing.T) {
	v1, v2 := versions(t)
	for _, atWork := range []bool{false, true} {
		for call := 1; call <= 2; call++ {
			for _, made := range []bool{false, true} {
				t.Run(fmt.Sprintf("at work %t, call %d, made %t", atWork, call, made), func(t *testing.T) {
					kept := memory.New()
					work, tokens := newWaitsFor(), make(chan string, 4)
					if !atWork {
						close(work.release)
					}
					resolver := interpreter.Resolvers{interpreter.Services{"sqs:sendMessage": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
						tokens <- task.Token()
						return nil, nil
					})}, interpreter.Mux{"work": work}}
					halting := &haltsAt{Store: kept, made: made, reached: make(chan struct{})}
					in := interpreter.New(interpreter.Config{Store: halting, Resolver: resolver})
					e, err := in.Start(background, v1, []byte(`{}`), interpreter.StartOptions{})
					require.NoError(t, err)
					<-work.began
					if !atWork {
						require.True(t, soon(func() bool { return len(in.Executions()) == 0 }))
					}
					halting.mu.Lock()
					halting.calls = call
					halting.mu.Unlock()
					failed := make(chan error, 1)
					go func() { failed <- in.Move(background, e.ID(), v2, accept) }()
					<-halting.reached
					crash(t, in)
					require.ErrorIs(t, <-failed, interpreter.ErrClosed)
					moved := digestOf(t, kept, e.ID()) == v2.Digest()
					require.Equal(t, call == 2 && made, moved)

					in = open(t, interpreter.Config{Store: kept, Resolver: resolver})
					require.NoError(t, in.Move(background, e.ID(), v2, accept))
					if atWork {
						close(work.release)
					}
					e, err = in.Execution(background, e.ID())
					require.NoError(t, err)
					require.NoError(t, in.SendTaskSuccess(background, <-tokens, nil))
					require.Equal(t, `"v2"`, outputOf(t, e))
					requireWholeHistory(t, in, e.ID())
					crash(t, in)
				})
			}
		}
	}
}

// A store that panics, ends the goroutine or fails during a move is no harm: the call can
// be repeated.
func TestMoveInAHostileStore(t *testing.T) {
	v1, v2 := versions(t)
	for name, call := range map[string]func() error{
		"panics": func() error { panic("store") },
		"fails":  func() error { return errBroken },
	} {
		t.Run(name, func(t *testing.T) {
			tokens := make(chan string, 1)
			kept := &failingWrites{Store: memory.New(), call: call}
			in := open(t, interpreter.Config{Store: kept, Resolver: interpreter.Resolvers{interpreter.Services{"sqs:sendMessage": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
				tokens <- task.Token()
				return nil, nil
			})}, answers(nil)}})
			e, err := in.Start(background, v1, []byte(`{}`), interpreter.StartOptions{})
			require.NoError(t, err)
			token := <-tokens
			require.True(t, soon(func() bool { return len(in.Executions()) == 0 }))
			for n := range 2 { // the definition, the change
				kept.left.Store(int32(n + 1))
				require.Error(t, in.Move(background, e.ID(), v2, accept))
				require.Equal(t, v1.Digest(), digestOf(t, kept, e.ID()))
			}
			require.NoError(t, in.Move(background, e.ID(), v2, accept))
			require.NoError(t, in.SendTaskSuccess(background, token, nil))
			require.Equal(t, `"v2"`, outputOf(t, e))
		})
	}
}

// failingWrites is a store in which a write fails: the one after left-1 others.
type failingWrites struct {
	store.Store
	left atomic.Int32
	call func() error
}

func (s *failingWrites) fails() bool { return s.left.Add(-1) == 0 }

func (s *failingWrites) PutDefinition(ctx context.Context, digest string, definition []byte) error {
	if s.fails() {
		return s.call()
	}
	return s.Store.PutDefinition(ctx, digest, definition)
}

func (s *failingWrites) Commit(ctx context.Context, changes []store.Change) error {
	if s.fails() {
		return s.call()
	}
	return s.Store.Commit(ctx, changes)
}

// A process that has an execution which another one moves drops it without an event, and
// the execution ends under the other definition.
func TestMoveOfAnotherProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const text = `{"StartAt":"Work","States":{"Work":{"Type":"Task","Resource":"work","Next":"End"},"End":{"Type":"Pass","Result":"%s","End":true}}}`
		v1, v2 := compile(t, fmt.Sprintf(text, "v1")), compile(t, fmt.Sprintf(text, "v2"))
		s := memory.NewShared(nil)
		work := newWaitsFor()
		config := interpreter.Config{Store: s, Resolver: interpreter.Mux{"work": work}}
		first := open(t, config)
		e, err := first.Start(background, v1, []byte(`{}`), interpreter.StartOptions{})
		require.NoError(t, err)
		token := <-work.began
		second := another(t, config)
		require.NoError(t, second.Move(background, e.ID(), v2, interpreter.MoveOptions{}))
		require.Equal(t, token, <-work.began, "the task is delivered again")
		require.ErrorIs(t, e.Wait(background), interpreter.ErrLeaseLost)
		close(work.release)
		require.True(t, soon(func() bool { return status(t, s, e.ID()) == interpreter.Succeeded }))
		found, err := second.Execution(background, e.ID())
		require.NoError(t, err)
		require.Equal(t, `"v2"`, outputOf(t, found))
		require.Equal(t, []string{"TaskStateEntered Work", "TaskStateExited Work", "PassStateEntered End", "PassStateExited End"}, requireWholeHistory(t, second, e.ID()))
	})
}

// Moves and answers that come together make one history, in which each state is entered
// once.
func TestMovesAndAnswersTogether(t *testing.T) {
	v1, v2 := versions(t)
	bothStores(t, func(t *testing.T, s store.Store) {
		tokens := make(chan string, 1)
		in := open(t, interpreter.Config{Store: s, Resolver: interpreter.Resolvers{interpreter.Services{"sqs:sendMessage": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
			tokens <- task.Token()
			return nil, nil
		})}, answers(nil)}})
		for range 50 {
			e, err := in.Start(background, v1, []byte(`{}`), interpreter.StartOptions{})
			require.NoError(t, err)
			token := <-tokens
			var wg sync.WaitGroup
			for i := range 4 {
				to := [2]*interpreter.Program{v2, v1}[i%2]
				wg.Go(func() {
					if err := in.Move(background, e.ID(), to, accept); err != nil && !errors.Is(err, interpreter.ErrEnded) && !errors.Is(err, interpreter.ErrLeaseLost) {
						t.Error(err)
					}
				})
			}
			wg.Go(func() {
				for {
					err := in.SendTaskSuccess(background, token, nil)
					if !errors.Is(err, interpreter.ErrLeaseLost) {
						require.NoError(t, err)
						return
					}
				}
			})
			wg.Wait()
			e, err = in.Execution(background, e.ID())
			require.NoError(t, err)
			require.Contains(t, []string{`"v1"`, `"v2"`}, outputOf(t, e))
			require.Len(t, requireWholeHistory(t, in, e.ID()), 6)
		}
	})
}

// Children of a Map Run that run end under the old definition, later ones are of the new
// one, and the results are complete.
func TestMoveDuringAMapRun(t *testing.T) {
	const text = `"StartAt":"Double","States":{"Double":{"Type":"Task","Resource":"double","Next":"Last"},"Last":{"Type":"Pass","Parameters":{"v":"%s"},"End":true}}`
	v1, v2 := mapOf(t, `"MaxConcurrency":1,`, fmt.Sprintf(text, "v1")), mapOf(t, `"MaxConcurrency":1,`, fmt.Sprintf(text, "v2"))
	bothStores(t, func(t *testing.T, s store.Store) {
		synctest.Test(t, func(t *testing.T) {
			for _, c := range []struct {
				restarts, child bool // the child is moved too
				first           string
			}{{false, false, "v1"}, {true, false, "v1"}, {false, true, "v2"}, {true, true, "v2"}} {
				work := newWaitsFor()
				config := interpreter.Config{Store: s, Resolver: interpreter.Mux{"double": work}}
				in := interpreter.New(config)
				e, err := in.Start(background, v1, []byte(`[1,2,3]`), interpreter.StartOptions{})
				require.NoError(t, err)
				<-work.began
				found, err := in.CheckMove(background, e.ID(), v2)
				require.NoError(t, err)
				require.Len(t, found, 1)
				require.Equal(t, "state Each, ItemProcessor: 1 children that run end under the old definition", found[0].String())
				require.NoError(t, in.Move(background, e.ID(), v2, accept))
				if c.child {
					children, err := in.List(background, store.Query{Parent: e.ID(), Status: []interpreter.Status{interpreter.Running}})
					require.NoError(t, err)
					require.Len(t, children, 1)
					require.NoError(t, in.Move(background, children[0].ID, v2.Child("Each"), interpreter.MoveOptions{}))
					var refused *machine.MoveError
					require.ErrorAs(t, in.Move(background, children[0].ID, v1, accept), &refused, "not a program of children")
				}
				if c.restarts {
					crash(t, in)
					in = interpreter.New(config)
					<-work.began
				}
				close(work.release)
				e, err = in.Execution(background, e.ID())
				require.NoError(t, err)
				require.Equal(t, `[{"v":"`+c.first+`"},{"v":"v2"},{"v":"v2"}]`, outputOf(t, e))
				crash(t, in)
				in = interpreter.New(config)
				e, err = in.Execution(background, e.ID())
				require.NoError(t, err)
				runs, err := e.MapRuns(background)
				require.NoError(t, err, "the records before the move are folded by the old definition")
				require.Len(t, runs, 1)
				require.Equal(t, machine.Succeeded, runs[0].Status)
				crash(t, in)
			}
		})
	})
}

// An execution that is prepared and has not begun begins as the other definition says.
func TestMoveOfAPreparedExecution(t *testing.T) {
	v1 := compile(t, `{"StartAt":"Wait","States":{"Wait":{"Type":"Wait","Seconds":1000,"End":true}}}`)
	v2 := compile(t, `{"StartAt":"Other","States":{"Other":{"Type":"Pass","Result":"v2","End":true}}}`)
	kept := memory.New()
	in := interpreter.New(interpreter.Config{Store: kept})
	change, err := in.Prepare(v1, []byte(`{}`), interpreter.StartOptions{Name: "n"})
	require.NoError(t, err)
	crash(t, in)
	require.NoError(t, kept.Commit(background, []store.Change{change}))
	later := &neverDue{Store: kept}
	in = open(t, interpreter.Config{Store: later, Programs: []*interpreter.Program{v1}})
	require.NoError(t, in.Move(background, change.ID, v2, interpreter.MoveOptions{}))
	e, err := in.Execution(background, change.ID)
	require.NoError(t, err)
	require.Equal(t, `"v2"`, outputOf(t, e))
	crash(t, in)
}

// neverDue is a store in which nothing is due.
type neverDue struct{ store.Store }

func (neverDue) Due(context.Context, store.Place, int64, int) ([]store.State, error) { return nil, nil }

// A moved execution is read with the codec that has written it.
func TestMoveWithACodec(t *testing.T) {
	v1, v2 := versions(t)
	kept := memory.New()
	tokens := make(chan string, 1)
	config := interpreter.Config{Store: kept, Codec: newCodec(2), Resolver: interpreter.Resolvers{interpreter.Services{"sqs:sendMessage": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
		tokens <- task.Token()
		return nil, nil
	})}, answers(nil)}}
	in := interpreter.New(config)
	e, err := in.Start(background, v1, []byte(`{}`), interpreter.StartOptions{})
	require.NoError(t, err)
	token := <-tokens
	require.True(t, soon(func() bool { return len(in.Executions()) == 0 }))
	require.NoError(t, in.Move(background, e.ID(), v2, interpreter.MoveOptions{}))
	crash(t, in)
	in = open(t, config)
	require.NoError(t, in.SendTaskSuccess(background, token, nil))
	e, err = in.Execution(background, e.ID())
	require.NoError(t, err)
	require.Equal(t, `"v2"`, outputOf(t, e))
	crash(t, in)
}

// What a record says of a move is read by every later version.
func TestRecordOfAMove(t *testing.T) {
	v1, v2 := versions(t)
	s := memory.New()
	tokens := make(chan string, 1)
	in := open(t, interpreter.Config{Store: s, Resolver: interpreter.Resolvers{interpreter.Services{"sqs:sendMessage": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
		tokens <- task.Token()
		return nil, nil
	})}, answers(nil)}})
	e, err := in.Start(background, v1, []byte(`{}`), interpreter.StartOptions{})
	require.NoError(t, err)
	<-tokens
	require.True(t, soon(func() bool { return len(in.Executions()) == 0 }))
	events := len(eventsOf(t, in, e.ID()))
	before := load(t, s, e.ID()).Version
	require.NoError(t, in.Move(background, e.ID(), v2, interpreter.MoveOptions{}))
	require.NoError(t, s.Records(background, e.ID(), before, func(version uint64, record []byte) bool {
		require.Equal(t, before+1, version)
		const noteMoved = 7
		digest := v2.Digest()
		want := append([]byte{1, byte(3 + len(digest)), noteMoved, byte(events), byte(len(digest))}, digest...)
		require.Equal(t, want, record[:len(want)])
		return false
	}))
}
