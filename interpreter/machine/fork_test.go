package machine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/internal/race"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// recordedRun drives redriveMachine to its end, with a failure and a redrive, and
// returns its host and its records.
func recordedRun(t *testing.T, p *machine.Program, at string) (*redriveHost, []*machine.Record) {
	h := newRedriveHost(t, p, at, 1, endings["failed"].wrong)
	var w machine.RecordWriter
	w.AddStart(h.x)
	before := h.beforeCarryOut
	var records []*machine.Record
	h.beforeCarryOut = func(ev machine.Event) {
		before(ev)
		w.AddStep(ev, h.now, &h.r)
		data, err := w.AppendTo(nil)
		require.NoError(t, err)
		w.Reset()
		rec, err := machine.ReadRecord(data)
		require.NoError(t, err)
		records = append(records, rec)
	}
	h.run()
	for h.x.Status != machine.Succeeded {
		h.redrive()
	}
	return h, records
}

// isEnd reports whether the Step that made an event ended the execution.
func isEnd(records []*machine.Record, event uint32) bool {
	for _, rec := range records {
		for _, st := range rec.Steps {
			if n := len(st.Events); n > 0 && st.Events[n-1].ID >= event {
				return st.Events[n-1].Type.EndsExecution()
			}
		}
	}
	return false
}

// A fork at any event has the same history until then, and goes on to the same output.
// It enters and leaves each state once, and calls no task again that has succeeded.
func TestForkAtEveryEvent(t *testing.T) {
	race.OneGoroutine(t)
	p := compile(t, redriveMachine, machine.Options{})
	for _, at := range []string{"", "Work 2", "Last -1"} {
		old, records := recordedRun(t, p, at)
		want := value.String(old.x.Outcome.Output)
		for n := uint32(1); n <= old.x.Seq; n++ {
			start := machine.Start{ID: "fork", TokenKey: [16]byte{9}, TokenID: "token"}
			forkedAt := old.now.Add(time.Hour)
			var w machine.RecordWriter
			x, err := p.Fork(records, machine.Fork{Event: n, Start: start, At: forkedAt}, &w)
			if isEnd(records, n) {
				require.ErrorIs(t, err, machine.ErrFork)
				continue
			}
			require.NoError(t, err)
			data, err := w.AppendTo(nil)
			require.NoError(t, err)
			rec, err := machine.ReadRecord(data)
			require.NoError(t, err)
			require.Equal(t, "fork", rec.Start.ID)
			require.Equal(t, "token", rec.Start.TokenID)
			var taken []history.Event
			for _, st := range rec.Steps {
				taken = append(taken, st.Events...)
			}
			require.GreaterOrEqual(t, len(taken), int(n))
			require.Equal(t, lines(old.history[:len(taken)]), lines(taken))
			folded, err := p.NewFromRecord(rec) // the data does not depend on the name
			require.NoError(t, err)
			require.NoError(t, p.Fold(folded, rec))
			require.EqualValues(t, len(taken), folded.Seq)

			require.Equal(t, "fork", x.ID)
			require.Equal(t, "token", x.TokenID())
			require.Equal(t, forkedAt.UnixNano(), x.StartedAt)
			for way, after := range map[string]func(*host){"straight": nil, "restored": restored, "crashed": crashed} {
				t.Run(fmt.Sprintf("%q, event %d, %s", at, n, way), func(t *testing.T) {
					h := newRedriveHost(t, p, "", 0, nil)
					h.afterStep = after
					h.x, h.now, h.history = x.Clone(), forkedAt, append([]history.Event(nil), taken...)
					h.queue = []machine.Event{{Kind: machine.Tick}}
					if after != nil {
						restored(h.host)
					}
					for name := range doneIn(taken) {
						h.done[name] = true
					}
					h.run()
					require.Equal(t, machine.Succeeded, h.x.Status)
					require.Equal(t, want, value.String(h.x.Outcome.Output))
					h.requireOnce()
				})
			}
		}
	}
}

// doneIn returns the tasks that have succeeded, as redriveHost names them, by the
// outputs that it gives them: the name itself.
func doneIn(events []history.Event) map[string]bool {
	done := map[string]bool{}
	for _, e := range events {
		if e.Type == history.LambdaFunctionSucceeded || e.Type == history.ActivitySucceeded {
			name, _ := e.Value.(string)
			done[name] = true
		}
	}
	return done
}

const forked = `{"StartAt": "A", "States": {
	"A": {"Type": "Task", "Resource": "f", "Next": "B"},
	"B": {"Type": "Task", "Resource": "f", "Next": "W", "Retry": [{"ErrorEquals": ["Busy"]}]},
	"W": {"Type": "Wait", "Seconds": 30, "End": true}}}`

// forkedRun records an execution of the machine forked.
func forkedRun(t *testing.T, p *machine.Program) []*machine.Record {
	h := newHost(t, p, parse(t, `{"n": 1}`))
	h.answer = func(c machine.Command) []machine.Event {
		if c.State == "B" && c.Attempt == 0 {
			return failWith("Busy", "")
		}
		return succeed(c.State)
	}
	var w machine.RecordWriter
	w.AddStart(h.x)
	h.beforeCarryOut = func(ev machine.Event) { w.AddStep(ev, h.now, &h.r) }
	h.run()
	data, err := w.AppendTo(nil)
	require.NoError(t, err)
	rec, err := machine.ReadRecord(data)
	require.NoError(t, err)
	return []*machine.Record{rec}
}

// eventOf returns the ID of the first event of a type.
func eventOf(t *testing.T, records []*machine.Record, kind history.Type) uint32 {
	for _, st := range records[0].Steps {
		for _, e := range st.Events {
			if e.Type == kind {
				return e.ID
			}
		}
	}
	require.Fail(t, "no such event")
	return 0
}

func TestForkWithAnotherResultOrInput(t *testing.T) {
	p := compile(t, forked, machine.Options{})
	records := forkedRun(t, p)
	fork := func(f machine.Fork) (*machine.Execution, string) {
		t.Helper()
		f.Start, f.At = machine.Start{ID: "fork"}, began.Add(time.Hour)
		var w machine.RecordWriter
		x, err := p.Fork(records, f, &w)
		require.NoError(t, err)
		data, err := w.AppendTo(nil)
		require.NoError(t, err)
		rec, err := machine.ReadRecord(data)
		require.NoError(t, err)
		require.Equal(t, "fork", rec.Start.ID)
		text := ""
		for _, st := range rec.Steps {
			text += lines(st.Events)
		}
		h := newHost(t, p, nil)
		h.x, h.now, h.queue = x, f.At, []machine.Event{{Kind: machine.Tick}}
		h.answer = func(c machine.Command) []machine.Event { return succeed("new " + c.State) }
		h.run()
		return h.x, text + "--\n" + lines(h.history)
	}
	cause := "c"
	x, got := fork(machine.Fork{Event: eventOf(t, records, history.LambdaFunctionSucceeded),
		Result: &machine.Event{Kind: machine.TaskSucceeded, Output: "other"}})
	require.Equal(t, machine.Succeeded, x.Status)
	require.Contains(t, got, `TaskStateExited {"name":"A","output":"\"other\""}`)
	require.Contains(t, got, "--\n9<-7 LambdaFunctionScheduled", "the task that was to start next starts anew")
	x, got = fork(machine.Fork{Event: eventOf(t, records, history.LambdaFunctionFailed),
		Result: &machine.Event{Kind: machine.TaskSucceeded, Output: "mended"}})
	require.Equal(t, machine.Succeeded, x.Status)
	require.NotContains(t, got, "new", "no task was left to do")
	x, got = fork(machine.Fork{Event: eventOf(t, records, history.LambdaFunctionSucceeded),
		Result: &machine.Event{Kind: machine.TaskFailed, Error: &cause, Cause: &cause}})
	require.Equal(t, machine.Failed, x.Status, got)
	require.Equal(t, "A", x.Outcome.State)
	input := any("another input")
	x, got = fork(machine.Fork{Event: 1, Input: &input})
	require.Equal(t, machine.Succeeded, x.Status)
	require.Contains(t, got, `1<-0 ExecutionStarted {"input":"\"another input\""`)
	require.Contains(t, got, `LambdaFunctionScheduled {"resource":"f","input":"\"another input\""}`)
}

func TestForkRefusals(t *testing.T) {
	p := compile(t, forked, machine.Options{})
	records := forkedRun(t, p)
	steps := records[0].Steps
	events := steps[len(steps)-1].Events
	last := events[len(events)-1].ID
	other := compile(t, oneTask, machine.Options{})
	input := any("i")
	result := &machine.Event{Kind: machine.TaskSucceeded, Output: 1.0}
	for _, c := range []struct {
		p       *machine.Program
		records []*machine.Record
		f       machine.Fork
		is      error
		says    string
	}{
		{p, nil, machine.Fork{Event: 1}, machine.ErrFork, "no records"},
		{p, records, machine.Fork{Event: last + 1}, machine.ErrFork, fmt.Sprintf("no event %d", last+1)},
		{p, records, machine.Fork{Event: last}, machine.ErrFork, fmt.Sprintf("has ended at event %d", last)},
		{p, records, machine.Fork{Event: 1, Result: result}, machine.ErrFork, "event 1 was not made by the result of a task"},
		{p, records, machine.Fork{Event: 9, Input: &input}, machine.ErrFork, "not event 9"},
		{p, records, machine.Fork{Event: 6, Result: &machine.Event{Kind: machine.Stopped}}, machine.ErrFork, "Stopped is not the result of a task"},
		{p, records, machine.Fork{Event: 6, Result: &machine.Event{Kind: machine.TaskSucceeded, Output: 1}}, machine.ErrValue, ""},
		{p, records, machine.Fork{Event: 1, At: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}, machine.ErrTime, ""},
		{p, records, machine.Fork{Event: 1, Start: machine.Start{TokenID: string(make([]byte, machine.MaxTokenID+1))}}, machine.ErrTokenID, ""},
		{other, records, machine.Fork{Event: 1}, machine.ErrDigest, ""},
		{p, []*machine.Record{{Steps: steps}}, machine.Fork{Event: 1}, machine.ErrRecord, ""},
	} {
		if c.f.At.IsZero() {
			c.f.At = began
		}
		_, err := c.p.Fork(c.records, c.f, new(machine.RecordWriter))
		require.ErrorIs(t, err, c.is)
		require.ErrorContains(t, err, c.says)
	}
}

// An execution may begin in any state that is not inside of another one.
func TestStartAt(t *testing.T) {
	p := compile(t, redriveMachine, machine.Options{})
	start := machine.Start{ID: "test", Input: "all", StartAt: "Last", StateInput: parse(t, `{"only": "this"}`)}
	for way, after := range map[string]func(*host){"straight": nil, "restored": restored, "crashed": crashed} {
		h := newHost(t, p, nil)
		h.x, h.afterStep = p.New(start), after
		if after != nil {
			restored(h)
		}
		var w machine.RecordWriter
		w.AddStart(h.x)
		h.beforeCarryOut = func(ev machine.Event) { w.AddStep(ev, h.now, &h.r) }
		h.answer = func(machine.Command) []machine.Event { return succeed("done") }
		h.run()
		require.Equal(t, `1<-0 ExecutionStarted {"input":"\"all\"","roleArn":"arn:aws:iam::000000000000:role/StateMachine"}
2<-0 TaskStateEntered {"name":"Last","input":"{\"only\":\"this\"}"}
3<-2 LambdaFunctionScheduled {"resource":"f","input":"{\"only\":\"this\"}"}
4<-3 LambdaFunctionStarted
5<-4 LambdaFunctionSucceeded {"output":"\"done\""}
6<-5 TaskStateExited {"name":"Last","output":"\"done\""}
7<-6 ExecutionSucceeded {"output":"\"done\""}
`, lines(h.history), way)
		data, err := w.AppendTo(nil)
		require.NoError(t, err)
		rec, err := machine.ReadRecord(data)
		require.NoError(t, err)
		require.Equal(t, "Last", rec.Start.StartAt)
		x, err := p.NewFromRecord(rec)
		require.NoError(t, err)
		require.NoError(t, p.Fold(x, rec))
		require.Equal(t, machine.Succeeded, x.Status)
	}
	for _, name := range []string{"Work", "First", "nowhere"} {
		start.StartAt = name
		x := p.New(start)
		var r machine.Result
		require.ErrorIs(t, p.Step(x, machine.Event{Kind: machine.Started}, began, &r), machine.ErrState)
		_, err := p.Marshal(x)
		require.ErrorIs(t, err, machine.ErrState)
	}
	start.StartAt, start.StateInput = "Last", 1
	var r machine.Result
	require.ErrorIs(t, p.Step(p.New(start), machine.Event{Kind: machine.Started}, began, &r), machine.ErrValue)
}
