package asltest

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// Replay runs a machine with the input and the task results of a history that
// was recorded, the JSON of GetExecutionHistory, and fails at the first event
// that differs, with both sides. Times are not compared: the tasks take as long
// as they took. Where branches or iterations ran side by side, each of them is
// compared for itself. A history does not show heartbeats: tasks send those by
// which they lived as long as they did.
//
// Task tokens may differ. Where the machine looks at its execution's name, or
// ARN, give it with [Name]; scripts are not asked.
func Replay(t testing.TB, p *Program, recorded []byte, options ...Option) *Execution {
	t.Helper()
	var events []history.Event
	for e, err := range history.NewReader(bytes.NewReader(recorded)).All() {
		if err != nil {
			t.Fatalf("asltest: the recorded history: %v", err)
		}
		events = append(events, e)
		if int(e.ID) != len(events) || e.Previous >= e.ID {
			t.Fatalf("asltest: the recorded history is not whole, or not in order: event %d has the id %d (ask for it without --reverse-order)",
				len(events), e.ID)
		}
	}
	if len(events) == 0 || events[0].Type != history.ExecutionStarted {
		t.Fatal("asltest: the recorded history does not begin with ExecutionStarted")
	}
	c := config{start: events[0].Time(), name: "replay"}
	for _, o := range options {
		o.apply(&c)
	}
	src := newRecording(p, events)
	c.source = src
	r := newRunner(p, events[0].Value, &c)
	x := &Execution{t: t, program: p, run: r}
	x.Scope = &Scope{x: x}
	problem := r.play()
	if different := src.compare(x); different != "" {
		t.Fatalf("asltest: %s", different)
	}
	if problem != "" {
		t.Fatalf("asltest: %s\nwhat happened so far:\n%s", problem, indent(x.Trace()))
	}
	record(x)
	return x
}

// recording gives the results that were recorded, per state in their order.
type recording struct {
	tree  *tree
	tasks map[string][]*recordedTask
}

// recordedTask is one attempt of the recording.
type recordedTask struct {
	attempt
	failure  *history.Failure
	lived    int64 // nanoseconds from its start to its end, or that of the recording
	timedOut bool
}

func newRecording(p *Program, events []history.Event) *recording {
	x := &Execution{program: p}
	x.Scope = &Scope{x: x}
	r := &recording{tasks: make(map[string][]*recordedTask)}
	r.tree = grow(p, x.Scope, events)
	x.tree = r.tree
	x.Scope.all(func(s *step) {
		for _, a := range s.attempts {
			k := &recordedTask{attempt: a, lived: events[len(events)-1].Nanos - a.scheduled.Nanos}
			if a.ended != nil {
				k.lived = a.ended.Nanos - a.scheduled.Nanos
				k.failure, _ = a.ended.Detail.(*history.Failure)
				if k.timedOut = strings.HasSuffix(a.ended.Type.String(), "TimedOut"); k.timedOut {
					k.attempt.ended = nil // by the machine's own clock
				}
			}
			r.tasks[s.name] = append(r.tasks[s.name], k)
		}
	})
	return r
}

func (r *recording) begin(c *machine.Command, now int64) (*call, error) {
	left := r.tasks[c.State]
	if len(left) == 0 {
		return nil, fmt.Errorf("the recording has no result for this call of state %q, input %s", c.State, short(c.Input))
	}
	at := 0
	for i, k := range left { // of several at a time, the one with the same input
		if value.Equal(k.scheduled.Value, c.Input) {
			at = i
			break
		}
	}
	task := left[at]
	r.tasks[c.State] = append(append([]*recordedTask(nil), left[:at]...), left[at+1:]...)
	k := newCall(c, now, modifiers{}, nil, nil, task.ended == nil)
	k.recorded = task
	if task.started != nil {
		k.worker = task.started.Name
	}
	if task.submitted != nil {
		k.submit = task.submitted.Value
	}
	if task.ended != nil {
		k.output = task.ended.Value
	}
	return k, nil
}

// event is the recorded event of what a call tells next, or nil.
func (k *recordedTask) event(c *call) *history.Event {
	switch c.stage {
	case toSchedule:
		return k.scheduled
	case toStart:
		if k.started != nil {
			return k.started
		}
		if k.ended == nil && k.submitted == nil {
			return nil
		}
		return k.scheduled
	case toSubmit:
		return k.submitted
	case toEnd:
		return k.ended
	}
	return nil
}

// when is the time at which it was recorded, as much after the start of the task
// as it was then, or that of a heartbeat before it.
func (k *recordedTask) when(c *call) (int64, bool) {
	if at, ok := k.nextBeat(c); ok {
		return at, true
	}
	e := k.event(c)
	if e == nil {
		return 0, false
	}
	return c.start + max(0, e.Nanos-k.scheduled.Nanos), true
}

// nextBeat is when a call sends the next heartbeat before what it tells next, two
// in each interval. The last one is such that the task ends as it did: a whole
// interval before it timed out, and half of one before anything else.
func (k *recordedTask) nextBeat(c *call) (int64, bool) {
	interval := int64(c.heartbeat)
	if interval <= 0 || c.stage <= toStart || c.stage == over {
		return 0, false
	}
	last := c.start + k.lived - interval/2
	if k.timedOut {
		last = c.start + k.lived - interval
	}
	if last <= c.nextBeat {
		return 0, false
	}
	at := last - (last-c.nextBeat-1)/(interval/2)*(interval/2)
	if e := k.event(c); e != nil && at >= c.start+e.Nanos-k.scheduled.Nanos {
		return 0, false
	}
	return at, true
}

func (k *recordedTask) rank(c *call) uint32 {
	if e := k.event(c); e != nil {
		return e.ID
	}
	return 0
}

// compare returns the first event that differs.
func (r *recording) compare(x *Execution) string {
	var tokens []string
	for _, c := range x.run.log {
		if c.resource.Token() {
			tokens = append(tokens, x.run.x.Token(c.id))
		}
	}
	c := comparison{tokens: tokens, want: r.tree, got: x.grown()}
	different := c.events("", c.want.events, c.got.events, true)
	if different == "" || !sideBySide(x.program) {
		return different
	}
	return c.lines(c.want.root, x.Scope)
}

func sideBySide(p *Program) bool {
	for st := range p.Machine().All() {
		switch st.(type) {
		case *asl.ParallelState, *asl.MapState:
			return true
		}
	}
	return false
}

// comparison is that of a recorded history with a run.
type comparison struct {
	tokens    []string // of the run
	want, got *tree
}

func (c *comparison) events(where string, want, got []history.Event, ids bool) string {
	for i := range max(len(want), len(got)) {
		switch {
		case i >= len(got):
			return fmt.Sprintf("%sevent %d of the recording did not happen\n  recorded  %s", where, want[i].ID, oneLine(shown(&want[i], ids)))
		case i >= len(want):
			return fmt.Sprintf("%sevent %d is not in the recording\n  got       %s", where, got[i].ID, oneLine(shown(&got[i], ids)))
		}
		g := shown(&got[i], ids)
		w := c.adopt(shown(&want[i], ids), g)
		if !value.Equal(w, g) {
			return fmt.Sprintf("%sevent %d differs from the recording\n  recorded  %s\n  got       %s\n%s", where, want[i].ID,
				oneLine(w), oneLine(g), indent(diff(pretty(w), pretty(g))))
		}
	}
	return ""
}

// adopt returns the recorded value with the run's task tokens in the place of
// its own.
func (c *comparison) adopt(want, got any) any {
	switch g := got.(type) {
	case string:
		_, isText := want.(string)
		for _, token := range c.tokens {
			if isText && strings.Contains(g, token) {
				return g
			}
		}
	case *value.Object:
		w, ok := want.(*value.Object)
		if !ok {
			break
		}
		for key, v := range w.All() {
			if inner, ok := g.Get(key); ok {
				w = w.With(key, c.adopt(v, inner))
			}
		}
		return w
	case []any:
		w, ok := want.([]any)
		if !ok || len(w) != len(g) {
			break
		}
		items := make([]any, len(w))
		for i := range w {
			items[i] = c.adopt(w[i], g[i])
		}
		return items
	}
	return want
}

// lines compares the events of each line for itself, without ids.
func (c *comparison) lines(want, got *Scope) string {
	if d := c.events(got.where(), c.want.of(want), c.got.of(got), false); d != "" {
		return d
	}
	for i, s := range want.steps {
		if i >= len(got.steps) {
			break
		}
		for n, lines := range s.children {
			if n >= len(got.steps[i].children) {
				break
			}
			for _, l := range lines {
				if d := c.child(l, got.steps[i].children[n]); d != "" {
					return d
				}
			}
		}
	}
	return ""
}

func (c *comparison) child(want *Scope, among []*Scope) string {
	for _, got := range among {
		if got.index == want.index {
			return c.lines(want, got)
		}
	}
	return ""
}

// of are the events of one line. What is cut short when another line fails has
// no place of its own.
func (t *tree) of(l *Scope) []history.Event {
	var all []history.Event
	for i := range t.events {
		e := &t.events[i]
		if t.lineOf[e.ID] == l && !strings.HasSuffix(e.Type.String(), "Aborted") {
			all = append(all, *e)
		}
	}
	return all
}

// shown is an event without its time and what an execution is named.
func shown(e *history.Event, ids bool) any {
	v, err := value.Parse(e.AppendJSON(nil))
	if err != nil {
		return err.Error()
	}
	o := v.(*value.Object).Without("timestamp")
	if !ids {
		o = o.Without("id").Without("previousEventId")
	}
	if e.Type == history.EvaluationFailed {
		o = o.Without("previousEventId") // it is now this, now that on AWS
	}
	return withoutNoise(o)
}

func oneLine(v any) string {
	lines := pretty(v)
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, " ")
}

// withoutNoise drops what the machine cannot know or what says nothing, and
// takes JSON texts apart, whose keys have no order.
func withoutNoise(o *value.Object) any {
	c := value.NewObject(o.Len())
	for key, v := range o.All() {
		switch {
		case key == "roleArn" || key == "region" || key == "stateMachineVersionArn" || key == "stateMachineAliasArn":
			continue
		case strings.HasSuffix(key, "Details") && !strings.HasSuffix(key, "EventDetails"):
			continue
		}
		switch m := v.(type) {
		case *value.Object:
			c.Set(key, withoutNoise(m))
		case string:
			c.Set(key, v)
			if key == "input" || key == "output" || key == "parameters" {
				if parsed, err := value.ParseString(m); err == nil {
					c.Set(key, parsed)
				}
			}
		default:
			c.Set(key, v)
		}
	}
	return c
}
