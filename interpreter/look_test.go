package interpreter_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
	"github.com/gostates/gostates/value"
)

// startNamed starts an execution.
func startNamed(t testing.TB, in *interpreter.Interpreter, p *interpreter.Program, name, input string) *interpreter.Execution {
	t.Helper()
	e, err := in.Start(background, p, []byte(input), interpreter.StartOptions{Name: name, Tags: map[string]string{"customer": name}})
	require.NoError(t, err)
	return e
}

func describe(t testing.TB, in *interpreter.Interpreter, id store.ID) *interpreter.Description {
	t.Helper()
	d, err := in.Describe(background, id)
	require.NoError(t, err)
	return d
}

// without is a store that has lost its definitions.
type without struct{ store.Store }

func (without) Definition(context.Context, string) ([]byte, error) { return nil, store.ErrNotFound }

const refuse = `{"StartAt":"F","States":{"F":{"Type":"Fail","Error":"Refused","Cause":"too late"}}}`

// Describe shows running and ended executions, before and after a restart, with and
// without the program.
func TestDescribeShowsWhatIsStored(t *testing.T) {
	s := memory.New()
	in := interpreter.New(interpreter.Config{Store: s, Resolver: answers(nil), Namespace: "shop"})
	wait := compile(t, `{"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,"Branches":[
		{"StartAt":"A","States":{"A":{"Type":"Wait","Seconds":86400,"End":true}}},
		{"StartAt":"B","States":{"B":{"Type":"Wait","Seconds":86400,"End":true}}}]}}}`)
	passive := startNamed(t, in, wait, "w", `{"n":1}`)
	ended := startNamed(t, in, compile(t, chain), "c", `{"n":2}`)
	failed := startNamed(t, in, compile(t, refuse), "f", `{"n":3}`)
	stopped := startNamed(t, in, wait, "s", `{"n":4}`)
	express := startNamed(t, in, compile(t, chain, interpreter.Options{Express: true}), "x", `{"n":5}`)
	require.NoError(t, ended.Wait(background))
	require.NoError(t, express.Wait(background))
	require.Error(t, failed.Wait(background))
	require.NoError(t, stopped.Stop(background, "Late", "night"))

	look := func(t *testing.T, in *interpreter.Interpreter, hasProgram bool) {
		d := describe(t, in, passive.ID())
		require.Equal(t, passive.ID(), d.ID)
		require.Equal(t, passive.Arn(), d.Arn)
		require.Equal(t, "w", d.Name)
		require.Equal(t, "shop", d.Namespace)
		require.Equal(t, wait.Options().StateMachineArn, d.Machine)
		require.Equal(t, wait.Digest(), d.Digest)
		require.Equal(t, interpreter.Running, d.Status)
		require.False(t, d.Started.IsZero())
		require.True(t, d.Ended.IsZero())
		require.Equal(t, map[string]string{"customer": "w"}, d.Tags)
		require.Equal(t, uint64(1), d.Version)
		require.Equal(t, `{"n":1}`, value.String(d.Input))
		require.Nil(t, d.Output)
		require.Nil(t, d.Failure)
		if hasProgram {
			require.NoError(t, d.Problem)
			require.Equal(t, []string{"A", "B"}, d.States)
		} else {
			require.ErrorContains(t, d.Problem, "neither among Config.Programs nor in the store")
			require.Nil(t, d.States)
		}

		for _, e := range []*interpreter.Execution{ended, express} {
			d = describe(t, in, e.ID())
			require.Equal(t, interpreter.Succeeded, d.Status)
			require.Equal(t, e.Arn(), d.Arn)
			require.False(t, d.Ended.IsZero())
			output, err := e.Output()
			require.NoError(t, err)
			require.Equal(t, value.String(output), value.String(d.Output))
			require.Nil(t, d.States)
		}
		d = describe(t, in, failed.ID())
		require.Equal(t, `{"n":3}`, value.String(d.Input))
		require.Nil(t, d.Output)
		require.Equal(t, "Refused", d.Failure.Name)
		require.Equal(t, "too late", d.Failure.Cause)
		require.Equal(t, interpreter.Failed, d.Failure.Status)
		d = describe(t, in, stopped.ID())
		require.Equal(t, interpreter.Aborted, d.Failure.Status)
		require.Equal(t, "night", d.Failure.Cause)
	}
	t.Run("same process", func(t *testing.T) { look(t, in, true) })
	require.NoError(t, in.Close())
	t.Run("later process", func(t *testing.T) { look(t, open(t, interpreter.Config{Store: s}), true) })
	t.Run("without the program", func(t *testing.T) { look(t, open(t, interpreter.Config{Store: without{s}}), false) })
}

// failingDefinitions is a store that cannot read definitions now.
type failingDefinitions struct{ store.Store }

func (failingDefinitions) Definition(context.Context, string) ([]byte, error) { return nil, errBroken }

// confused is a store that returns another execution.
type confused struct {
	store.Store
	other store.ID
}

func (s confused) Load(ctx context.Context, _ store.ID) (*store.State, error) {
	return s.Store.Load(ctx, s.other)
}

// A store that fails or lies is an error, and not a Problem of the execution.
func TestLookingAtAStoreThatFails(t *testing.T) {
	s := memory.New()
	in := open(t, interpreter.Config{Store: s})
	e, other := startNamed(t, in, compile(t, oneDay), "e", `{}`), startNamed(t, in, compile(t, oneDay), "other", `{}`)
	in = open(t, interpreter.Config{Store: failingDefinitions{s}})
	_, err := in.Describe(background, e.ID())
	require.ErrorIs(t, err, errBroken)
	_, err = in.CheckStored(background, 0)
	require.ErrorIs(t, err, errBroken)
	in = open(t, interpreter.Config{Store: confused{s, other.ID()}})
	_, err = in.Describe(background, e.ID())
	require.ErrorContains(t, err, "the store returned the state of execution "+other.ID().String())
	require.Error(t, in.Delete(background, e.ID()))
}

// Describe neither loads an execution nor changes it.
func TestDescribeHasNoEffect(t *testing.T) {
	s := memory.New()
	in := open(t, interpreter.Config{Store: s})
	e := startNamed(t, in, compile(t, oneDay), "w", `{}`)
	require.True(t, soon(func() bool { return len(in.Executions()) == 0 }))
	before, err := s.Load(background, e.ID())
	require.NoError(t, err)
	describe(t, in, e.ID())
	require.Empty(t, in.Executions())
	after, err := s.Load(background, e.ID())
	require.NoError(t, err)
	require.Equal(t, before, after)
}

func TestLookingNeedsAStoreThatHasTheExecution(t *testing.T) {
	ways := map[string]func(*interpreter.Interpreter, store.ID) error{
		"Describe": func(in *interpreter.Interpreter, id store.ID) error {
			_, err := in.Describe(background, id)
			return err
		},
		"Execution": func(in *interpreter.Interpreter, id store.ID) error {
			_, err := in.Execution(background, id)
			return err
		},
		"RetryParked": func(in *interpreter.Interpreter, id store.ID) error { return in.RetryParked(background, id) },
	}
	for _, reverse := range []bool{false, true} {
		for name, o := range map[string]interpreter.HistoryOptions{"": {}, " after": {After: 7}} {
			o.Reverse = reverse
			ways["History"+name] = func(in *interpreter.Interpreter, id store.ID) error {
				_, err := collectHistory(in, id, o)
				return err
			}
		}
	}
	with, plain := open(t, interpreter.Config{Store: memory.New()}), open(t, interpreter.Config{})
	for name, look := range ways {
		t.Run(name, func(t *testing.T) {
			require.ErrorIs(t, look(with, store.ID{1}), store.ErrNotFound)
			require.ErrorContains(t, look(plain, store.ID{1}), "no Config.Store")
		})
	}
	_, err := plain.List(background, store.Query{})
	require.ErrorContains(t, err, "no Config.Store")
	_, err = plain.Count(background, store.Query{})
	require.ErrorContains(t, err, "no Config.Store")
	for _, err := range plain.ListAll(background, store.Query{}) {
		require.ErrorContains(t, err, "no Config.Store")
	}
	require.ErrorContains(t, plain.Delete(background, store.ID{1}), "no Config.Store")
}

func TestListIsRestrictedToTheNamespace(t *testing.T) {
	s := memory.New()
	p := compile(t, oneDay)
	ours, other := open(t, interpreter.Config{Store: s, Namespace: "ours"}), open(t, interpreter.Config{Store: s})
	for i, name := range []string{"a", "b", "c", "d"} {
		e := startNamed(t, ours, p, name, `{}`)
		if i == 0 {
			require.NoError(t, e.Stop(background, "", ""))
		}
	}
	startNamed(t, other, p, "a", `{}`)

	names := func(in *interpreter.Interpreter, q store.Query) (all []string) {
		for l, err := range in.ListAll(background, q) {
			require.NoError(t, err)
			all = append(all, l.Name)
		}
		return all
	}
	none := ""
	require.Equal(t, []string{"d", "c", "b", "a"}, names(ours, store.Query{Limit: 3}))
	require.Equal(t, []string{"a"}, names(other, store.Query{}))
	require.Equal(t, []string{"a"}, names(ours, store.Query{Namespace: &none}))
	require.Equal(t, []string{"c"}, names(ours, store.Query{Tags: map[string]string{"customer": "c"}}))
	n, err := ours.Count(background, store.Query{})
	require.NoError(t, err)
	require.Equal(t, map[interpreter.Status]int64{interpreter.Running: 3, interpreter.Aborted: 1}, n)

	page, err := ours.List(background, store.Query{Limit: 2})
	require.NoError(t, err)
	require.Len(t, page, 2)
	page, err = ours.List(background, store.Query{Limit: 2, After: &page[1]})
	require.NoError(t, err)
	require.Equal(t, "b", page[0].Name)
	_, err = ours.List(background, store.Query{Limit: -1})
	require.ErrorContains(t, err, "the limit -1 is negative")
}

// looping is a store that ignores Query.After; damagedHeads returns an error with each
// page.
type looping struct{ store.Store }

func (s looping) List(ctx context.Context, q store.Query) ([]store.Listed, error) {
	q.After = nil
	return s.Store.List(ctx, q)
}

type damagedHeads struct{ store.Store }

func (s damagedHeads) List(ctx context.Context, q store.Query) ([]store.Listed, error) {
	page, err := s.Store.List(ctx, q)
	return page, errors.Join(err, store.ErrCorrupt)
}

func TestListAllEndsWhateverTheStoreDoes(t *testing.T) {
	s := memory.New()
	in := open(t, interpreter.Config{Store: s})
	startNamed(t, in, compile(t, oneDay), "a", `{}`)
	startNamed(t, in, compile(t, oneDay), "b", `{}`)
	list := func(s store.Store) (n int, err error) {
		for _, e := range open(t, interpreter.Config{Store: s}).ListAll(background, store.Query{Limit: 1}) {
			if err = e; err == nil {
				n++
			}
		}
		return n, err
	}
	_, err := list(looping{s})
	require.ErrorContains(t, err, "which is before it")
	n, err := list(damagedHeads{s})
	require.Equal(t, 2, n)
	require.ErrorIs(t, err, store.ErrCorrupt)
}

func collectHistory(in *interpreter.Interpreter, id store.ID, o interpreter.HistoryOptions) (all []history.Event, err error) {
	for ev, err := range in.History(background, id, o) {
		if err != nil {
			return all, err
		}
		all = append(all, *ev)
	}
	return all, nil
}

// sameJSON compares events as they are written.
func sameJSON(t testing.TB, want, got []history.Event) {
	t.Helper()
	text := func(all []history.Event) (lines []string) {
		for i := range all {
			lines = append(lines, string(all[i].AppendJSON(nil)))
		}
		return lines
	}
	require.Equal(t, text(want), text(got))
}

// The stored history is what sinks get, in both directions, from any event on, after
// a restart and without the program.
func TestStoredHistoryIsTheHistory(t *testing.T) {
	s := memory.New()
	var log history.Log
	in := interpreter.New(interpreter.Config{Store: s, Resolver: answers(nil), History: &log})
	e := startNamed(t, in, compile(t, `{"StartAt":"M","States":{"M":{"Type":"Map","ItemsPath":"$.items","End":true,
		"ItemProcessor":{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"work","End":true}}}}}}`), "m",
		`{"items":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]}`)
	require.NoError(t, e.Wait(background))
	require.NoError(t, in.Close())
	var want []history.Event
	for ev := range log.All() {
		want = append(want, *ev)
	}
	require.Greater(t, len(want), 100)
	in = open(t, interpreter.Config{Store: without{s}})
	got, err := collectHistory(in, e.ID(), interpreter.HistoryOptions{})
	require.NoError(t, err)
	sameJSON(t, want, got)
	for n := range len(want) + 2 {
		after := uint32(n)
		got, err := collectHistory(in, e.ID(), interpreter.HistoryOptions{After: after})
		require.NoError(t, err)
		sameJSON(t, want[min(n, len(want)):], got)
		got, err = collectHistory(in, e.ID(), interpreter.HistoryOptions{After: after, Reverse: true})
		require.NoError(t, err)
		slices.Reverse(got)
		before := len(want)
		if n > 0 {
			before = min(n-1, len(want))
		}
		sameJSON(t, want[:before], got)
	}
	got, err = collectHistory(in, e.ID(), interpreter.HistoryOptions{WithoutData: true})
	require.NoError(t, err)
	bare := slices.Clone(want)
	for i := range bare {
		bare[i] = bare[i].WithoutData()
	}
	sameJSON(t, bare, got)
}

// Many records have no events. They do not hide those that have.
func TestHistoryWithManyRecordsWithoutEvents(t *testing.T) {
	s := memory.New()
	tokens := make(chan string, 1)
	config := interpreter.Config{Store: s, Resolver: interpreter.Services{"sqs:sendMessage": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
		tokens <- task.Token()
		return map[string]any{"MessageId": "1"}, nil
	})}}
	in := open(t, config)
	e := startNamed(t, in, compile(t, askQueue), "a", `{}`)
	token := <-tokens
	for range 600 {
		require.NoError(t, in.SendTaskHeartbeat(background, token))
	}
	require.NoError(t, in.SendTaskSuccess(background, token, []byte(`1`)))
	require.NoError(t, e.Wait(background))
	require.Greater(t, describe(t, in, e.ID()).Version, uint64(600))
	all, err := collectHistory(in, e.ID(), interpreter.HistoryOptions{})
	require.NoError(t, err)
	for n := 1; n <= len(all); n++ {
		got, err := collectHistory(in, e.ID(), interpreter.HistoryOptions{After: uint32(n)})
		require.NoError(t, err)
		sameJSON(t, all[n:], got)
		got, err = collectHistory(in, e.ID(), interpreter.HistoryOptions{After: uint32(n), Reverse: true})
		require.NoError(t, err)
		slices.Reverse(got)
		sameJSON(t, all[:n-1], got)
	}
}

// torn is a store one of whose records is damaged: the store sees it, or only the
// interpreter does.
type torn struct {
	store.Store
	version uint64
	flipped bool
}

func (s *torn) Records(ctx context.Context, id store.ID, after uint64, f func(uint64, []byte) bool) error {
	damaged := false
	err := s.Store.Records(ctx, id, after, func(version uint64, record []byte) bool {
		switch {
		case version != s.version:
			return f(version, record)
		case s.flipped:
			record = slices.Clone(record)
			record[len(record)/2] ^= 1
			return f(version, record)
		}
		damaged = true
		return false
	})
	if damaged {
		return store.ErrCorrupt
	}
	return err
}

// The events before and behind a damaged record can be read, and the error names it.
func TestHistoryNamesTheDamagedRecord(t *testing.T) {
	s := memory.New()
	in := open(t, interpreter.Config{Store: s, Resolver: answers(nil)})
	e := startNamed(t, in, compile(t, chain), "c", `{}`)
	require.NoError(t, e.Wait(background))
	all, err := collectHistory(in, e.ID(), interpreter.HistoryOptions{})
	require.NoError(t, err)
	last := describe(t, in, e.ID()).Version
	for version := uint64(1); version <= last; version++ {
		for _, flipped := range []bool{false, true} {
			in := open(t, interpreter.Config{Store: &torn{Store: s, version: version, flipped: flipped}})
			first, err := collectHistory(in, e.ID(), interpreter.HistoryOptions{})
			require.ErrorContains(t, err, "record "+value.String(int64(version))+" of execution "+e.ID().String())
			sameJSON(t, all[:len(first)], first)
			rest, err := collectHistory(in, e.ID(), interpreter.HistoryOptions{Reverse: true})
			require.ErrorContains(t, err, "record "+value.String(int64(version))+" of execution "+e.ID().String())
			slices.Reverse(rest)
			sameJSON(t, all[len(all)-len(rest):], rest)
			require.Less(t, len(first)+len(rest), len(all))
			got, err := collectHistory(in, e.ID(), interpreter.HistoryOptions{After: uint32(len(all) - 1)})
			if version < last {
				require.NoError(t, err)
				sameJSON(t, all[len(all)-1:], got)
			}
		}
	}
}

// counting counts the bytes of the records that one call of Records passes on.
type counting struct {
	store.Store
	most int
}

func (s *counting) Records(ctx context.Context, id store.ID, after uint64, f func(uint64, []byte) bool) error {
	n := 0
	return s.Store.Records(ctx, id, after, func(version uint64, record []byte) bool {
		if n += len(record); n > s.most {
			s.most = n
		}
		return f(version, record)
	})
}

// A window of the history has few bytes, or one record.
func TestHistoryReadsFewBytesAtATime(t *testing.T) {
	s := &counting{Store: memory.New()}
	large := make([]byte, 30<<10)
	in := open(t, interpreter.Config{Store: s, Resolver: task(func(context.Context, *interpreter.Task) (any, error) { return string(large), nil }).Resolver})
	e := startNamed(t, in, compile(t, `{"StartAt":"M","States":{"M":{"Type":"Map","ItemsPath":"$.items","End":true,"MaxConcurrency":1,
		"ItemProcessor":{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"work","ResultPath":null,"End":true}}}}}}`), "m",
		`{"items":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]}`)
	require.NoError(t, e.Wait(background))
	all, err := collectHistory(in, e.ID(), interpreter.HistoryOptions{})
	require.NoError(t, err)
	require.Less(t, s.most, 256<<10+7*len(large)) // \u0000 is longer than its byte
	back, err := collectHistory(in, e.ID(), interpreter.HistoryOptions{Reverse: true})
	require.NoError(t, err)
	slices.Reverse(back)
	sameJSON(t, all, back)
}

// A caller of History may leave it, and may call the interpreter inside.
func TestHistoryIteration(t *testing.T) {
	in := open(t, interpreter.Config{Store: memory.New(), Resolver: answers(nil)})
	e := startNamed(t, in, compile(t, chain), "c", `{}`)
	require.NoError(t, e.Wait(background))
	for _, reverse := range []bool{false, true} {
		n := 0
		for _, err := range in.History(background, e.ID(), interpreter.HistoryOptions{Reverse: reverse}) {
			require.NoError(t, err)
			describe(t, in, e.ID())
			if n++; n == 2 {
				break
			}
		}
		require.Equal(t, 2, n)
	}
	ctx, cancel := context.WithCancel(background)
	cancel()
	for _, err := range in.History(ctx, e.ID(), interpreter.HistoryOptions{}) {
		require.ErrorIs(t, err, context.Canceled)
	}
}
