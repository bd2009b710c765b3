package interpreter_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
	"github.com/gostates/gostates/value"
)

// olderLibrary is the store of a library that computes "old" where this one computes
// "new": what it writes has the one, and what it reads back the other. With writes or
// reads alone, an execution changes from one library to the other.
type olderLibrary struct {
	store.Store
	t             *testing.T
	p             *interpreter.Program
	writes, reads bool
}

func (o *olderLibrary) replace(data []byte, from, to string) []byte {
	made, err := interpreter.RewriteRecord(o.p, data, func(ev *history.Event) {
		if ev.Value == any(from) {
			ev.Value = to
		}
	})
	if err != nil {
		o.t.Error(err)
	}
	return made
}

func (o *olderLibrary) Commit(ctx context.Context, changes []store.Change) error {
	for i := range changes {
		if o.writes && len(changes[i].Record) > 0 {
			changes[i].Record = o.replace(changes[i].Record, "new", "old")
		}
	}
	return o.Store.Commit(ctx, changes)
}

func (o *olderLibrary) restore(st *store.State) {
	for i, r := range st.Records {
		if o.reads && len(r) > 0 {
			st.Records[i] = o.replace(r, "old", "new")
		}
	}
}

func (o *olderLibrary) Load(ctx context.Context, id store.ID) (*store.State, error) {
	st, err := o.Store.Load(ctx, id)
	if err == nil {
		o.restore(st)
	}
	return st, err
}

func (o *olderLibrary) Due(ctx context.Context, after store.Place, until int64, limit int) ([]store.State, error) {
	page, err := o.Store.Due(ctx, after, until, limit)
	for i := range page {
		o.restore(&page[i])
	}
	return page, err
}

const computes = `{"StartAt":"Compute","States":{
	"Compute":{"Type":"Pass","Result":"new","ResultPath":"$","Next":"Work"},
	"Work":{"Type":"Task","Resource":"work","ResultPath":null,"Next":"Wait"},
	"Wait":{"Type":"Wait","SecondsPath":"$$.Execution.Input.wait","End":true}}}`

func stuck(began chan<- struct{}) interpreter.Handler {
	return interpreter.HandlerFunc(func(ctx context.Context, _ *interpreter.Task) (any, error) {
		began <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	})
}

// An execution whose records would have to be folded by a library that decides
// differently is parked with both events. It continues with the library that made them.
func TestExecutionsThatDivergeAreParked(t *testing.T) {
	p := compile(t, computes)
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
	_, err = in.Execution(background, e.ID())
	require.ErrorIs(t, err, machine.ErrDiverged)
	var diverged *machine.DivergedError
	require.ErrorAs(t, err, &diverged)
	require.Equal(t, "old", diverged.Stored.Value)
	require.Equal(t, "new", diverged.Made.Value)
	require.True(t, soon(func() bool { return head(t, kept, e.ID()).Parked != "" }))
	h := head(t, kept, e.ID())
	require.Equal(t, interpreter.Running, h.Status)
	require.Contains(t, h.Parked, "event 3: recorded PassStateExited (Compute), made PassStateExited (Compute) with other data")
	crash(t, in)

	in = open(t, interpreter.Config{
		Store: &olderLibrary{Store: kept, t: t, p: p, writes: true, reads: true}, Resolver: answers(nil),
	})
	require.True(t, soon(func() bool { return status(t, kept, e.ID()) == interpreter.Succeeded }))
	require.Empty(t, head(t, kept, e.ID()).Parked)
	crash(t, in)
}

// An execution at rest has nothing to fold: it continues with a library that would have
// decided differently, and keeps the history that it has.
func TestExecutionsAtRestOutliveChangedRules(t *testing.T) {
	p := compile(t, computes)
	kept := memory.New()
	clock := interpreter.NewManualClock(began)
	in := interpreter.New(interpreter.Config{
		Store: &olderLibrary{Store: kept, t: t, p: p, writes: true}, Resolver: answers(nil), Clock: clock,
	})
	e, err := in.Start(background, p, []byte(`{"wait":1000}`), interpreter.StartOptions{})
	require.NoError(t, err)
	clock.Settle()
	crash(t, in)

	in = open(t, interpreter.Config{Store: kept, Clock: clock})
	e, err = in.Execution(background, e.ID())
	require.NoError(t, err)
	clock.Settle()
	clock.AdvanceToNext()
	require.NoError(t, e.Wait(background))
	var values []any
	for ev, err := range in.History(background, e.ID(), interpreter.HistoryOptions{}) {
		require.NoError(t, err)
		if ev.Type == history.PassStateExited {
			values = append(values, ev.Value)
		}
	}
	require.Equal(t, []any{"old"}, values)
}

func head(t *testing.T, s store.Store, id store.ID) store.Head {
	t.Helper()
	st, err := s.Load(background, id)
	require.NoError(t, err)
	return st.Head
}

// versions returns two versions of a machine.
func versions(t *testing.T) (v1, v2 *interpreter.Program) {
	const before, after = `{"StartAt":"Work","States":{"Work":{"Type":"Task","Resource":"work","Next":"Ask"},
		"Ask":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken","Parameters":{"token.$":"$$.Task.Token"},"Next":"End"},
		"End":{"Type":"Pass","Result":"`, `","End":true}}}`
	o := interpreter.Options{StateMachineArn: "arn:aws:states:us-east-1:000000000000:stateMachine:m"}
	return compile(t, before+"v1"+after, o), compile(t, before+"v2"+after, o)
}

// Executions end under the definition that they started with, also when only a later or
// an earlier one is shipped.
func TestExecutionsEndUnderTheirOwnDefinition(t *testing.T) {
	v1, v2 := versions(t)
	for name, c := range map[string]struct {
		old, shipped *interpreter.Program
		want, new    string
	}{
		"upgrade":  {v1, v2, "v1", "v2"},
		"rollback": {v2, v1, "v2", "v1"},
	} {
		t.Run(name, func(t *testing.T) {
			kept := memory.New()
			tokens := make(chan string, 4)
			queue := interpreter.Services{"sqs:sendMessage": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
				tokens <- task.Token()
				return map[string]any{"MessageId": "1"}, nil
			})}
			started := make(chan struct{}, 1)
			first := interpreter.HandlerFunc(func(ctx context.Context, task *interpreter.Task) (any, error) {
				if task.Input.(*value.Object).Has("stuck") {
					return stuck(started).Handle(ctx, task)
				}
				return "worked", nil
			})
			in := interpreter.New(interpreter.Config{
				Store: kept, Programs: []*interpreter.Program{c.old}, Resolver: interpreter.Resolvers{queue, interpreter.Mux{"work": first}},
			})
			resting, err := in.Start(background, c.old, []byte(`{}`), interpreter.StartOptions{Name: "resting"})
			require.NoError(t, err)
			token := <-tokens
			unfinished, err := in.Start(background, c.old, []byte(`{"stuck":1}`), interpreter.StartOptions{Name: "unfinished"})
			require.NoError(t, err)
			<-started
			require.True(t, soon(func() bool { return len(in.Executions()) == 1 }), "the call of the one that rests is stored")
			crash(t, in)

			in = open(t, interpreter.Config{
				Store: kept, Programs: []*interpreter.Program{c.shipped}, Resolver: interpreter.Resolvers{queue, answers(nil)},
			})
			again, err := in.Start(background, c.shipped, []byte(`{}`), interpreter.StartOptions{Name: "resting"})
			require.NoError(t, err)
			require.Equal(t, resting.ID(), again.ID(), "a name is of the machine, and not of a version")
			later, err := in.Start(background, c.shipped, []byte(`{}`), interpreter.StartOptions{Name: "later"})
			require.NoError(t, err)
			tokensLeft := []string{token, <-tokens, <-tokens}
			for _, token := range tokensLeft {
				require.NoError(t, in.SendTaskSuccess(background, token, nil))
			}
			for _, one := range []struct {
				e    *interpreter.Execution
				want string
			}{{resting, c.want}, {unfinished, c.want}, {later, c.new}} {
				e, err := in.Execution(background, one.e.ID())
				require.NoError(t, err)
				require.NoError(t, e.Wait(background))
				output, err := e.Output()
				require.NoError(t, err)
				require.Equal(t, one.want, output)
			}
		})
	}
}

// An execution whose definition the store has lost is parked, and continues once its
// program is among Config.Programs again.
func TestAnUnknownDefinitionParksItsExecutions(t *testing.T) {
	v1, _ := versions(t)
	kept := &lostDefinitions{memory.New()}
	started := make(chan struct{}, 1)
	in := interpreter.New(interpreter.Config{Store: kept, Resolver: interpreter.Mux{"work": stuck(started)}})
	e, err := in.Start(background, v1, []byte(`{}`), interpreter.StartOptions{})
	require.NoError(t, err)
	<-started
	crash(t, in)
	in = open(t, interpreter.Config{Store: kept})
	require.True(t, soon(func() bool { return head(t, kept, e.ID()).Parked != "" }))
	require.Contains(t, head(t, kept, e.ID()).Parked, "definition "+v1.Digest())
	_, err = in.Execution(background, e.ID())
	require.ErrorContains(t, err, "definition "+v1.Digest())
	crash(t, in)
	in = open(t, interpreter.Config{Store: kept, Programs: []*interpreter.Program{v1}, Resolver: answers(nil)})
	require.True(t, soon(func() bool { return head(t, kept, e.ID()).Parked == "" }))
	crash(t, in)
}

type lostDefinitions struct{ store.Store }

func (lostDefinitions) Definition(context.Context, string) ([]byte, error) {
	return nil, store.ErrNotFound
}
