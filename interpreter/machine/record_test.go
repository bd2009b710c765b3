package machine_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/internal/race"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// readRecord writes a record and reads it again.
func readRecord(t testing.TB, w *machine.RecordWriter) *machine.Record {
	t.Helper()
	data, err := w.AppendTo([]byte("before"))
	require.NoError(t, err)
	require.Equal(t, "before", string(data[:6]))
	require.Len(t, data[6:], w.Len())
	rec, err := machine.ReadRecord(data[6:])
	require.NoError(t, err)
	return rec
}

// encoded is a history in JSON Lines, byte for byte.
func encoded(events []history.Event) string {
	text := ""
	for i := range events {
		text += fmt.Sprintf("%s %d\n", events[i].AppendJSON(nil), events[i].Nanos)
	}
	return text
}

// Each scenario is recorded in records of one Step, of three, and of all. They make
// the same history, and the execution that they fold to goes on alike.
func TestRecordsFoldToTheSameExecution(t *testing.T) {
	race.OneGoroutine(t)
	files, err := filepath.Glob(filepath.Join("testdata", "*.txt"))
	require.NoError(t, err)
	for _, file := range files {
		for _, group := range []int{1, 3, 1 << 20} {
			for _, budget := range []int{0, 1} {
				t.Run(fmt.Sprint(strings.TrimSuffix(filepath.Base(file), ".txt"), group, budget), func(t *testing.T) {
					text, err := os.ReadFile(file)
					require.NoError(t, err)
					s := parseScenario(string(text))
					o := machine.Options{StateMachineName: "Test", Limits: machine.Limits{ExpressionSteps: 1_000_000}}
					p := compile(t, s.section("definition"), o)
					other := compile(t, s.section("definition"), o)
					input, err := value.ParseVerbatim([]byte(s.section("input")))
					require.NoError(t, err)
					h := newHost(t, p, input)
					h.r.MaxTransitions = budget
					answers := parseScript(s.section("script"))
					h.answer = func(c machine.Command) []machine.Event { return answers.answer(t, c) }
					var w machine.RecordWriter
					w.AddStart(h.x)
					var folded *machine.Execution
					var history []history.Event
					steps := 0
					fold := func() {
						rec := readRecord(t, &w)
						w.Reset()
						require.Zero(t, w.Len())
						if folded == nil {
							folded, err = other.NewFromRecord(rec)
							require.NoError(t, err)
						}
						require.NoError(t, other.Fold(folded, rec))
						for _, st := range rec.Steps {
							history = append(history, st.Events...)
						}
						require.Equal(t, h.x.Seq, folded.Seq)
						require.Equal(t, h.x.Now, folded.Now)
						require.Equal(t, h.x.Rand, folded.Rand)
					}
					h.beforeCarryOut = func(ev machine.Event) {
						w.AddStep(ev, h.now, &h.r)
						if steps++; steps%group == 0 {
							fold()
						}
					}
					h.run()
					if steps%group > 0 {
						fold()
					}
					require.Equal(t, encoded(h.history), encoded(history))
					require.Equal(t, h.x.Status, folded.Status)
					require.Equal(t, value.String(outcomeOf(h.x)), value.String(outcomeOf(folded)))
				})
			}
		}
	}
}

func outcomeOf(x *machine.Execution) any {
	if x.Outcome == nil {
		return nil
	}
	return x.Outcome.Output
}

// Every type of event is read as it was written, with any data and details.
func TestRecordsKeepEveryHistoryEvent(t *testing.T) {
	data, err := value.ParseVerbatim([]byte(`{ "z": [1, 1.0, null, true], "a": "quote \" é <&>" }`))
	require.NoError(t, err)
	word, empty := "E", ""
	resource := &history.Resource{ResourceType: "sqs", Resource: "sendMessage", Region: "us-east-1"}
	values := []any{nil, false, int64(-3), 0.5, "s", strings.Repeat("long", 40), []any{}, data, history.NoData{}, history.Raw{Text: "{", Truncated: true}, history.Raw{Text: "x"}}
	details := []any{nil,
		&history.Started{RoleArn: "role", StateMachineAliasArn: "alias", StateMachineVersionArn: "version"}, &history.Started{},
		value.ObjectOf(value.Member{Key: "a", Value: data}, value.Member{Key: "b", Value: nil}),
		&history.Failure{}, &history.Failure{Error: &word, Cause: &empty, Resource: resource, Location: "Output/x"},
		&history.Failure{Error: &empty, Resource: &history.Resource{ARN: "arn:aws:lambda:us-east-1:1:function:f"}},
		&history.Scheduled{Resource: resource, TimeoutInSeconds: 9, HeartbeatInSeconds: 3, RoleArn: "r"}, &history.Scheduled{Resource: &history.Resource{}},
		resource, &history.Resource{},
	}
	var r machine.Result
	r.History = true
	add := func(e history.Event) { r.Events = append(r.Events, e) }
	types := 0
	for n := range 256 {
		kind := history.Type(n)
		if !kind.IsKnown() {
			continue
		}
		types++
		id := uint32(len(r.Events)) + 1
		for i, v := range values {
			for j, d := range details {
				e := history.Event{ID: id, Previous: id - 1, Nanos: began.UnixNano(), Type: kind, Value: v, Detail: d}
				if (i+j)%3 > 0 {
					e.Name, e.Index = "name", int32(i-j)
				}
				if (i+j)%4 == 3 {
					e.Previous, e.Nanos = uint32(j), e.Nanos-int64(i)
				}
				add(e)
				id++
			}
		}
	}
	require.EqualValues(t, history.EvaluationFailed, types)
	add(history.Event{ID: 1<<32 - 1, Type: history.TaskStarted, Nanos: -1 << 63})
	add(history.Event{ID: 1, Previous: 1<<32 - 1, Type: history.TaskStarted, Nanos: 1<<63 - 1})
	add(history.Event{ID: 0, Previous: 0, Type: history.TaskStarted})
	var w machine.RecordWriter
	w.AddStep(machine.Event{}, began, &r)
	rec := readRecord(t, &w)
	require.Len(t, rec.Steps, 1)
	require.Equal(t, len(r.Events), len(rec.Steps[0].Events))
	for i := range r.Events {
		want, got := &r.Events[i], &rec.Steps[0].Events[i]
		require.Equal(t, string(want.AppendJSON(nil)), string(got.AppendJSON(nil)))
		require.Equal(t, want.Nanos, got.Nanos)
		require.IsType(t, want.Value, got.Value)
		require.IsType(t, want.Detail, got.Detail)
	}
}

func TestRecordsKeepEveryEvent(t *testing.T) {
	name, cause := "E", string([]byte{0xff})
	long := strings.Repeat("long", 99)
	times := []time.Time{began, began.Add(time.Nanosecond), began.Add(-time.Hour), time.Date(1678, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2261, 12, 31, 23, 0, 0, 0, time.UTC)}
	var want []machine.RecordedStep
	var w machine.RecordWriter
	for kind := machine.Tick; kind <= machine.TaskTimedOut; kind++ {
		for i, at := range times {
			ev := machine.Event{Kind: kind}
			switch i {
			case 1:
				ev.Task, ev.Error, ev.Cause, ev.Worker = 12<<24|3, &name, &cause, "worker"
			case 2:
				ev.Task, ev.Error, ev.Worker = 1<<64-1, &long, long
			case 3:
				ev.Task, ev.Watched = 1, true
			}
			if kind == machine.TaskSucceeded || kind == machine.TaskSubmitted {
				ev.Output = []any{nil, "x", long, 1.5, int64(2)}[i]
			}
			st := machine.RecordedStep{Event: ev, At: at, MaxTransitions: i * 100, History: i%2 == 0}
			want = append(want, st)
			w.AddStep(ev, at, &machine.Result{History: st.History, MaxTransitions: st.MaxTransitions})
		}
	}
	require.Equal(t, want, readRecord(t, &w).Steps)
}

func TestFirstRecordKeepsTheStart(t *testing.T) {
	express := compile(t, waitForever, machine.Options{Express: true})
	standard := compile(t, waitForever, machine.Options{})
	for _, start := range []machine.Start{
		{},
		{ID: "e", Input: "in", Seed: [2]uint64{1, 2}, TokenKey: [16]byte{3}, TokenID: "\x00\xff", Depth: 5, Synchronous: true, Rules: machine.RulesVersion,
			Variables: value.ObjectOf(value.Member{Key: "v", Value: []any{int64(1)}})},
		{TokenID: strings.Repeat("t", machine.MaxTokenID)},
	} {
		var w machine.RecordWriter
		made := express.New(start)
		w.AddStart(made)
		rec := readRecord(t, &w)
		require.Empty(t, rec.Steps)
		want := start
		want.Rules = max(start.Rules, 1)
		require.Equal(t, &want, rec.Start)
		require.Equal(t, express.Digest(), rec.Digest)
		x, err := express.NewFromRecord(rec)
		require.NoError(t, err)
		require.Equal(t, marshal(t, express, made), marshal(t, express, x))
		require.Equal(t, made.Token(9), x.Token(9))
		_, err = standard.NewFromRecord(rec)
		require.ErrorIs(t, err, machine.ErrDigest)
		rec.Start.Rules = machine.RulesVersion + 1
		_, err = express.NewFromRecord(rec)
		require.ErrorIs(t, err, machine.ErrRules)
	}
	_, err := standard.NewFromRecord(&machine.Record{})
	require.ErrorIs(t, err, machine.ErrRecord)
}

func TestRecordWriterReportsMisuse(t *testing.T) {
	p := compile(t, waitForever, machine.Options{})
	started := p.New(machine.Start{})
	require.NoError(t, p.Step(started, machine.Event{Kind: machine.Started}, began, new(machine.Result)))
	tick, r := machine.Event{}, new(machine.Result)
	for _, c := range []struct {
		want error
		add  func(*machine.RecordWriter)
	}{
		{machine.ErrStarted, func(w *machine.RecordWriter) { w.AddStart(started) }},
		{machine.ErrStarted, func(w *machine.RecordWriter) { w.AddStep(tick, began, r); w.AddStart(p.New(machine.Start{})) }},
		{machine.ErrValue, func(w *machine.RecordWriter) { w.AddStart(p.New(machine.Start{Input: 1})) }},
		{machine.ErrValue, func(w *machine.RecordWriter) {
			w.AddStep(machine.Event{Kind: machine.TaskSucceeded, Output: 1}, began, r)
		}},
		{machine.ErrTime, func(w *machine.RecordWriter) { w.AddStep(tick, time.Time{}, r) }},
	} {
		var w machine.RecordWriter
		c.add(&w)
		w.AddStep(tick, began, r)
		data, err := w.AppendTo([]byte("x"))
		require.ErrorIs(t, err, c.want)
		require.Equal(t, "x", string(data))
		w.Reset()
		w.AddStep(tick, began, r)
		require.Len(t, readRecord(t, &w).Steps, 1)
	}
}

// A value that several events of a record have is written once.
func TestRecordsShareValues(t *testing.T) {
	big := strings.Repeat("x", 10_000)
	p := compile(t, `{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Task", "Resource": "f", "End": true}}}`, machine.Options{})
	for _, input := range []any{big, []any{big}, value.ObjectOf(value.Member{Key: "k", Value: big})} {
		x := p.New(machine.Start{Input: input})
		r := machine.Result{History: true}
		var w machine.RecordWriter
		w.AddStart(x)
		require.NoError(t, p.Step(x, machine.Event{Kind: machine.Started}, began, &r))
		w.AddStep(machine.Event{Kind: machine.Started}, began, &r)
		require.Len(t, r.Events, 5)
		require.Less(t, w.Len(), 10_400)
		rec := readRecord(t, &w)
		require.True(t, value.Identical(input, rec.Steps[0].Events[4].Value))
	}
}

// someRecords are records of everything.
func someRecords(t testing.TB) (*machine.Program, [][]byte) {
	p := compile(t, everything, machine.Options{})
	input, err := value.ParseVerbatim([]byte(`{"items": [1, 2.5, "x", {"a": null}, 123456789012345678901234567890]}`))
	require.NoError(t, err)
	x := p.New(machine.Start{ID: "e", Input: input, Seed: [2]uint64{1, 2}, TokenID: "id"})
	r := machine.Result{History: true}
	name := "Again"
	ev := machine.Event{Kind: machine.Started}
	var made [][]byte
	var w machine.RecordWriter
	for _, next := range []machine.EventKind{machine.TaskHeartbeat, machine.TaskSucceeded, machine.TaskFailed, machine.Tick, machine.Stopped, machine.Tick} {
		w.Reset()
		if ev.Kind == machine.Started {
			w.AddStart(x)
		}
		at := x.Time().Add(time.Second)
		require.NoError(t, p.Step(x, ev, at, &r))
		w.AddStep(ev, at, &r)
		data, err := w.AppendTo(nil)
		require.NoError(t, err)
		made = append(made, data)
		require.NoError(t, p.Pending(x, &r))
		ev = machine.Event{Kind: next, Error: &name}
		if len(r.Commands) > 0 {
			ev.Task = r.Commands[len(r.Commands)/2].Task
		}
	}
	require.Equal(t, machine.Aborted, x.Status)
	return p, made
}

func TestDamagedRecordsAreRefused(t *testing.T) {
	_, all := someRecords(t)
	for _, data := range all {
		damaged := append([]byte(nil), data...)
		for i := range damaged {
			_, err := machine.ReadRecord(damaged[:i])
			require.ErrorIs(t, err, machine.ErrRecord, "cut at %d", i)
			for bit := range 8 {
				damaged[i] ^= 1 << bit
				if _, err := machine.ReadRecord(damaged); !errorIsOf(err, machine.ErrRecord) {
					t.Fatalf("byte %d: %v", i, err)
				}
				damaged[i] ^= 1 << bit
			}
		}
		_, err := machine.ReadRecord(append(damaged, 0))
		require.ErrorIs(t, err, machine.ErrRecord)
	}
	_, err := machine.ReadRecord([]byte{9, 2, 3, 4, 5, 6, 7})
	require.EqualError(t, err, "machine: invalid record: format 9, want 1 to 4")
}

// readHostile reads a record whose checksum is right, uses what it gives, and folds
// it into an execution.
func readHostile(t *testing.T, p *machine.Program, data []byte) (refused bool) {
	rec, err := machine.ReadRecord(data)
	if err != nil {
		require.ErrorIs(t, err, machine.ErrRecord)
		return true
	}
	var w machine.RecordWriter
	for i := range rec.Steps {
		for j := range rec.Steps[i].Events {
			if e := &rec.Steps[i].Events[j]; isShort(e.Value) && isShort(e.Detail) {
				_ = e.AppendJSON(nil)
				e.Details()
			}
		}
		st := &rec.Steps[i]
		w.AddStep(st.Event, st.At, &machine.Result{History: st.History, MaxTransitions: st.MaxTransitions, Events: st.Events})
	}
	require.Len(t, readRecord(t, &w).Steps, len(rec.Steps))
	x := p.New(machine.Start{})
	if rec.Start != nil {
		if y, err := p.NewFromRecord(rec); err == nil {
			x = y
		}
	}
	_ = p.Fold(x, rec)
	return false
}

// isShort reports whether the JSON of a value is short: one that has the same part
// again and again, at each level, is not.
func isShort(v any) bool {
	switch v.(type) {
	case []any, *value.Object:
		size, _ := value.MeasureWithin(v, 1<<16)
		return size <= 1<<16
	}
	return true
}

func TestHostileRecordsAreRefusedOrFolded(t *testing.T) {
	race.OneGoroutine(t)
	p, all := someRecords(t)
	refused := 0
	for _, data := range all {
		body := append([]byte(nil), unsealed(data)...)
		for i := range body {
			for _, b := range []byte{0, 1, 2, 5, 9, 10, 127, 128, 129, 130, 255, body[i] + 1, body[i] - 1, body[i] ^ 64} {
				old := body[i]
				body[i] = b
				if readHostile(t, p, sealed(body)) {
					refused++
				}
				body[i] = old
			}
			readHostile(t, p, sealed(body[:i]))
		}
	}
	require.NotZero(t, refused)
}

func FuzzReadRecord(f *testing.F) {
	p, all := someRecords(f)
	for _, data := range all {
		f.Add(unsealed(data))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		_, err := machine.ReadRecord(body)
		require.ErrorIs(t, err, machine.ErrRecord)
		readHostile(t, p, sealed(body))
	})
}

func TestFoldNamesTheFirstDifference(t *testing.T) {
	const definition = `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "Next": "P"}, "P": {"Type": "Pass", "Next": "W"}, "W": {"Type": "Wait", "Seconds": 5, "End": true}}}`
	p := compile(t, definition, machine.Options{})
	x := p.New(machine.Start{Input: "secret"})
	r := machine.Result{History: true}
	var w machine.RecordWriter
	w.AddStart(x)
	ev := machine.Event{Kind: machine.Started}
	for range 2 {
		require.NoError(t, p.Step(x, ev, began, &r))
		w.AddStep(ev, began, &r)
		require.NoError(t, p.Pending(x, &r))
		if len(r.Commands) > 0 {
			ev = machine.Event{Kind: machine.TaskSucceeded, Task: r.Commands[0].Task, Output: "secret"}
		}
	}
	for _, c := range []struct {
		want   string
		change func(*machine.Record)
	}{
		{"event 7: recorded PassStateExited (P), made PassStateEntered (P)", func(rec *machine.Record) { rec.Steps[1].Events[3].Type = history.PassStateExited }},
		{"event 7: recorded PassStateEntered (Q), made PassStateEntered (P)", func(rec *machine.Record) { rec.Steps[1].Events[3].Name = "Q" }},
		{"event 7: recorded PassStateEntered (P), made PassStateEntered (P) with previousEventId 6 instead of 3", func(rec *machine.Record) { rec.Steps[1].Events[3].Previous = 3 }},
		{"event 3: recorded LambdaFunctionScheduled, made LambdaFunctionScheduled with other details", func(rec *machine.Record) {
			rec.Steps[0].Events[2].Detail = &history.Scheduled{Resource: &history.Resource{ARN: "g"}}
		}},
		{"event 5: recorded LambdaFunctionSucceeded, made LambdaFunctionSucceeded with other data", func(rec *machine.Record) { rec.Steps[1].Event.Output = "hidden" }},
		{"event 1: recorded ExecutionStarted, made ExecutionStarted with other data", func(rec *machine.Record) { rec.Steps[0].Events[0].Value = value.NewObject(0) }},
		{"event 7: recorded none, made PassStateEntered (P)", func(rec *machine.Record) { rec.Steps[1].Events = rec.Steps[1].Events[:3] }},
		{"event 10: recorded FailStateEntered (F), made none", func(rec *machine.Record) {
			rec.Steps[1].Events = append(rec.Steps[1].Events, history.Event{ID: 10, Type: history.FailStateEntered, Name: "F"})
		}},
		{"event 4: recorded LambdaFunctionStarted, made LambdaFunctionStarted at another time", func(rec *machine.Record) { rec.Steps[1].At = began.Add(1) }},
		{"", func(*machine.Record) {}},
	} {
		rec := readRecord(t, &w)
		c.change(rec)
		y, err := p.NewFromRecord(rec)
		require.NoError(t, err)
		err = p.Fold(y, rec)
		if c.want == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorIs(t, err, machine.ErrDiverged)
		require.EqualError(t, err, "machine: execution goes on differently than recorded: "+c.want)
		require.NotContains(t, err.Error(), "secret")
		var d *machine.DivergedError
		require.ErrorAs(t, err, &d)
		require.True(t, d.Stored != nil || d.Made != nil)
		require.Contains(t, c.want, fmt.Sprintf("event %d:", d.Event))
	}
	rec := readRecord(t, &w)
	y, err := p.NewFromRecord(rec)
	require.NoError(t, err)
	require.NoError(t, p.Fold(y, rec))
	require.ErrorIs(t, p.Fold(y, rec), machine.ErrStarted, "a record that does not follow the execution")
}

// A host need not record what came too late and changed nothing, though it moved
// the execution's time.
func TestLateStepsNeedNoRecord(t *testing.T) {
	p := compile(t, `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "Next": "W"}, "W": {"Type": "Wait", "Seconds": 5, "End": true}}}`, machine.Options{})
	x := p.New(machine.Start{})
	r := machine.Result{History: true}
	var w machine.RecordWriter
	w.AddStart(x)
	late := 0
	step := func(ev machine.Event, at time.Time) {
		require.NoError(t, p.Step(x, ev, at, &r))
		if r.Late && len(r.Events) == 0 {
			late++
			return
		}
		w.AddStep(ev, at, &r)
	}
	step(machine.Event{Kind: machine.Started}, began)
	task := r.Commands[0].Task
	step(machine.Event{Kind: machine.TaskFailed, Task: task + 1}, began.Add(time.Minute))
	step(machine.Event{Kind: machine.TaskSucceeded, Task: task, Output: "x"}, began.Add(time.Second))
	step(machine.Event{Kind: machine.Tick}, began.Add(time.Hour))
	step(machine.Event{Kind: machine.Tick}, began.Add(time.Second))
	require.Equal(t, machine.Succeeded, x.Status)
	w.AddStep(machine.Event{}, began, &r)
	require.Equal(t, 2, late)
	rec := readRecord(t, &w)
	require.Equal(t, began.Add(time.Minute), rec.Steps[1].At)
	require.Equal(t, began, rec.Steps[3].At, "of a Step on an execution that has ended")
	y, err := p.NewFromRecord(rec)
	require.NoError(t, err)
	require.NoError(t, p.Fold(y, rec))
	require.Equal(t, x.Seq, y.Seq)
}

func TestFoldRefusesInterruptedSteps(t *testing.T) {
	p := compile(t, `{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Pass", "Output": "{% $sum([1..200000].($ * 2)) %}", "End": true}}}`, machine.Options{})
	x := p.New(machine.Start{})
	var w machine.RecordWriter
	w.AddStart(x)
	r := machine.Result{History: true, Meanwhile: func() (time.Time, *machine.Event) { return began, &machine.Event{Kind: machine.Stopped} }}
	require.NoError(t, p.Step(x, machine.Event{Kind: machine.Started}, began, &r))
	require.Equal(t, machine.Aborted, x.Status)
	w.AddStep(machine.Event{Kind: machine.Started}, began, &r)
	rec := readRecord(t, &w)
	require.True(t, rec.Steps[0].Interrupted)
	require.Equal(t, encoded(r.Events), encoded(rec.Steps[0].Events))
	y, err := p.NewFromRecord(rec)
	require.NoError(t, err)
	require.ErrorIs(t, p.Fold(y, rec), machine.ErrInterrupted)

	require.NoError(t, p.Step(x, machine.Event{}, began, &r))
	w.Reset()
	w.AddStep(machine.Event{}, began, &r)
	require.False(t, readRecord(t, &w).Steps[0].Interrupted, "a Step after it")
}

// ten is a machine of ten Task states.
func ten(t testing.TB) *machine.Program {
	states := ""
	for i := range 10 {
		next := fmt.Sprintf(`"Next": "State%d"`, i+1)
		if i == 9 {
			next = `"End": true`
		}
		states += fmt.Sprintf(`"State%d": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:work", %s},`, i, next)
	}
	return compile(t, `{"StartAt": "State0", "States": {`+strings.TrimSuffix(states, ",")+`}}`, machine.Options{})
}

const ordered = `{"orderId": "7a2d0c1e-5f6b", "customer": {"name": "Ada Lovelace", "id": 1815}, "items": [{"sku": "A-100", "count": 2}, {"sku": "B-7", "count": 1}], "ok": true}`

// recordTen calls add after each Step of an execution of ten.
func recordTen(t testing.TB, p *machine.Program, results []any, r *machine.Result, before func(*machine.Execution), add func(machine.Event, time.Time)) {
	x := p.New(machine.Start{ID: "7a2d0c1e-5f6b-4c3d-8e9f-0123456789ab", Input: results[0], TokenKey: [16]byte{1}, TokenID: "sixteen bytes id"})
	before(x)
	ev, at := machine.Event{Kind: machine.Started}, began
	for i := range 11 {
		if err := p.Step(x, ev, at, r); err != nil {
			t.Fatal(err)
		}
		add(ev, at)
		at = at.Add(1234567 * time.Nanosecond)
		if i < 10 {
			ev = machine.Event{Kind: machine.TaskSucceeded, Task: r.Commands[0].Task, Output: results[i%len(results)]}
		}
	}
	if x.Status != machine.Succeeded {
		t.Fatal(x.Status)
	}
}

func tenResults(t testing.TB) []any {
	var results []any
	for range 11 {
		v, err := value.Parse([]byte(ordered))
		require.NoError(t, err)
		results = append(results, v)
	}
	return results
}

// The size of records decides how much a store writes.
func TestRecordsAreSmall(t *testing.T) {
	p, r := ten(t), machine.Result{History: true}
	var w machine.RecordWriter
	size := 0
	start := func(x *machine.Execution) { w.AddStart(x) }
	recordTen(t, p, tenResults(t), &r, start, func(ev machine.Event, at time.Time) {
		w.AddStep(ev, at, &r)
		size += w.Len()
		w.Reset()
	})
	require.Less(t, size/11, 260)
	t.Logf("%d bytes a Step", size/11)
}

func BenchmarkRecord(b *testing.B) {
	p, r, results := ten(b), machine.Result{History: true}, tenResults(b)
	var w machine.RecordWriter
	var records [][]byte
	start := func(x *machine.Execution) { w.AddStart(x) }
	write := func(ev machine.Event, at time.Time) {
		w.AddStep(ev, at, &r)
		data, err := w.AppendTo(nil)
		if err != nil {
			b.Fatal(err)
		}
		w.Reset()
		records = append(records, data)
	}
	recordTen(b, p, results, &r, start, write)
	size := 0
	for _, data := range records {
		size += len(data)
	}
	perStep := func(b *testing.B) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(records)), "ns/Step")
		b.ReportMetric(float64(size)/float64(len(records)), "B/Step")
	}
	b.Run("Step alone", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			recordTen(b, p, results, &r, func(*machine.Execution) {}, func(machine.Event, time.Time) {})
		}
		perStep(b)
	})
	b.Run("Step and write", func(b *testing.B) {
		b.ReportAllocs()
		var buf []byte
		for b.Loop() {
			recordTen(b, p, results, &r, start, func(ev machine.Event, at time.Time) {
				w.AddStep(ev, at, &r)
				buf, _ = w.AppendTo(buf[:0])
				w.Reset()
			})
		}
		perStep(b)
	})
	b.Run("read", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for _, data := range records {
				if _, err := machine.ReadRecord(data); err != nil {
					b.Fatal(err)
				}
			}
		}
		perStep(b)
	})
	b.Run("read and fold", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var x *machine.Execution
			for i, data := range records {
				rec, err := machine.ReadRecord(data)
				if err == nil && i == 0 {
					x, err = p.NewFromRecord(rec)
				}
				if err == nil {
					err = p.Fold(x, rec)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		}
		perStep(b)
	})
}
