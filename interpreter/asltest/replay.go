package asltest

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// Replay runs a machine with the input and the task results of a recorded history,
// and fails at the first event that differs. It prints both events. recorded is the
// JSON of GetExecutionHistory, as the AWS command line prints it:
//
//	aws stepfunctions get-execution-history --execution-arn ARN >testdata/history.json
//
// Timestamps are not compared, but tasks take as long as they took in the
// recording. Concurrent branches and iterations are compared one by one, since
// their order may differ. A history does not contain heartbeats: each task sends
// those that explain how long it lived.
//
// Task tokens may differ. If the machine uses the name or ARN of its execution, set
// the recorded name with [Name]. Scripts among the options are ignored. [ReplayFolder]
// replays many.
func Replay(t testing.TB, p *Program, recorded []byte, options ...Option) *Execution {
	t.Helper()
	if p == nil {
		t.Fatal("asltest: the program is nil")
	}
	events, err := readRecording(recorded)
	if err != nil {
		t.Fatalf("asltest: the recorded history %v", err)
	}
	c := config{name: "replay"}
	for _, o := range options {
		if o != nil {
			o.apply(&c)
		}
	}
	if len(c.problems) > 0 {
		t.Fatalf("asltest: %s", strings.Join(c.problems, "\n"))
	}
	x, src, problem := replay(t, p, events, &c)
	if difference := src.compareRun(x); difference != "" {
		t.Fatalf("asltest: %s", difference)
	}
	if problem != "" {
		t.Fatalf("asltest: %s\nwhat happened so far:\n%s", problem, indentLines(x.Trace()))
	}
	recordCoverage(x)
	return x
}

// readRecording reads a history, which may be in reverse order.
func readRecording(recorded []byte) ([]history.Event, error) {
	var events []history.Event
	for e, err := range history.NewReader(bytes.NewReader(recorded)).All() {
		if err != nil {
			return nil, fmt.Errorf("cannot be read: %w", err)
		}
		events = append(events, e)
	}
	if n := len(events); n > 1 && events[0].ID > events[n-1].ID {
		slices.Reverse(events)
	}
	for i := range events {
		if e := &events[i]; int(e.ID) != i+1 || e.Previous >= e.ID {
			return nil, fmt.Errorf("is incomplete or not in order: event %d has id %d", i+1, e.ID)
		}
	}
	if len(events) == 0 || events[0].Type != history.ExecutionStarted {
		return nil, errors.New("does not start with ExecutionStarted")
	}
	if last := &events[len(events)-1]; !last.Type.EndsExecution() {
		return nil, fmt.Errorf("does not have the end of the execution: its last event is %d, %s (get it after the end, without --max-items and --no-paginate)", last.ID, last.Type)
	}
	return events, nil
}

// replay runs a machine with what was recorded. The string describes why it did not end.
func replay(t testing.TB, p *Program, events []history.Event, c *config) (*Execution, *recording, string) {
	c.start = events[0].Time()
	src := newRecording(p, events)
	c.source = src
	r := newRunner(p, events[0].Value, c, t)
	x := &Execution{t: t, program: p, run: r}
	x.Scope = &Scope{x: x}
	problem := r.runToEnd(machine.Event{Kind: machine.Started})
	for n := len(r.events); problem == "" && n < len(events) && events[n].Type == history.ExecutionRedriven; n = len(r.events) {
		r.now = events[n].Nanos
		problem = r.runToEnd(machine.Event{Kind: machine.Redriven})
	}
	return x, src, problem
}

// recording holds the recorded tasks of each state, in the order in which they were scheduled.
type recording struct {
	tree  *tree
	first string // the first event that differs, in short
	tasks map[string][]*recordedTask
}

// recordedTask is one recorded attempt.
type recordedTask struct {
	attempt
	failure  *history.Failure
	lived    int64 // nanoseconds from its start to its end, or to that of the recording
	timedOut bool
}

func newRecording(p *Program, events []history.Event) *recording {
	x := &Execution{program: p}
	x.Scope = &Scope{x: x}
	r := &recording{tasks: make(map[string][]*recordedTask)}
	r.tree = growTree(p, x.Scope, events)
	x.tree = r.tree
	x.Scope.eachStep(func(s *step) {
		for _, a := range s.attempts {
			k := &recordedTask{attempt: a, lived: events[len(events)-1].Nanos - a.scheduled.Nanos}
			if a.ended != nil {
				k.lived = a.ended.Nanos - a.scheduled.Nanos
				k.failure, _ = a.ended.Detail.(*history.Failure)
				if k.timedOut = strings.HasSuffix(a.ended.Type.String(), "TimedOut"); k.timedOut {
					k.attempt.ended = nil // the machine's own clock ends it again
				}
			}
			r.tasks[s.name] = append(r.tasks[s.name], k)
		}
	})
	for _, tasks := range r.tasks { // calls come in that order, and not one branch after the other
		slices.SortFunc(tasks, func(a, b *recordedTask) int { return cmp.Compare(a.scheduled.ID, b.scheduled.ID) })
	}
	return r
}

func (r *recording) beginCall(c *machine.Command, now int64) (*call, error) {
	left := r.tasks[c.State]
	if len(left) == 0 {
		return nil, fmt.Errorf("the recording has no result for this task of state %q, input %s", c.State, shortJSON(c.Input))
	}
	at := 0
	for i, k := range left { // of concurrent calls, take the one with the same input
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

// nextRecorded returns the recorded event that corresponds to the call's stage, or
// nil.
func (k *recordedTask) nextRecorded(c *call) *history.Event {
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

// readyAt returns the time of the call's next event or heartbeat. The time since
// the start of the task is the recorded one.
func (k *recordedTask) readyAt(c *call) (int64, bool) {
	if at, ok := k.nextHeartbeat(c); ok {
		return at, true
	}
	e := k.nextRecorded(c)
	if e == nil {
		return 0, false
	}
	return c.start + max(0, e.Nanos-k.scheduled.Nanos), true
}

// nextHeartbeat returns the time of the next heartbeat, if one is due before the
// call's next recorded event. There are two in each interval. The last one makes
// the task end as recorded: one interval before a timeout, half an interval before
// any other end.
func (k *recordedTask) nextHeartbeat(c *call) (int64, bool) {
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
	if e := k.nextRecorded(c); e != nil && at >= c.start+e.Nanos-k.scheduled.Nanos {
		return 0, false
	}
	return at, true
}

func (k *recordedTask) eventRank(c *call) uint32 {
	if e := k.nextRecorded(c); e != nil {
		return e.ID
	}
	return 0
}

// compareRun describes the first event that differs, or returns an empty string.
func (r *recording) compareRun(x *Execution) string {
	var tokens []string
	for _, c := range x.run.log {
		if c.resource.Token() {
			tokens = append(tokens, c.of.x.Token(c.id))
		}
	}
	c := comparison{tokens: tokens, want: r.tree, got: x.loadTree()}
	defer func() { r.first = c.first }()
	difference := c.compareEvents("", c.want.events, c.got.events, true)
	if difference == "" || !hasChildScopes(x.program) {
		return difference
	}
	return c.compareScopes(c.want.root, x.Scope)
}

func hasChildScopes(p *Program) bool {
	for st := range p.Machine().All() {
		switch st.(type) {
		case *asl.ParallelState, *asl.MapState:
			return true
		}
	}
	return false
}

// comparison compares a recorded history with that of a run.
type comparison struct {
	tokens    []string // task tokens of the run
	want, got *tree
	first     string // the event that differs, in short
}

func (c *comparison) compareEvents(where string, want, got []history.Event, ids bool) string {
	for i := range max(len(want), len(got)) {
		switch {
		case i >= len(got):
			c.first = fmt.Sprintf("%sevent %d, %s, did not happen", where, want[i].ID, eventName(&want[i]))
			return fmt.Sprintf("%sevent %d of the recording did not happen\n  recorded  %s", where, want[i].ID, clippedLine(comparableEvent(&want[i], ids)))
		case i >= len(want):
			c.first = fmt.Sprintf("%sevent %d, %s, is not in the recording", where, got[i].ID, eventName(&got[i]))
			return fmt.Sprintf("%sevent %d is not in the recording\n  got       %s", where, got[i].ID, clippedLine(comparableEvent(&got[i], ids)))
		}
		g := comparableEvent(&got[i], ids)
		w := c.adoptTokens(comparableEvent(&want[i], ids), g)
		if !value.Equal(w, g) {
			c.first = fmt.Sprintf("%sevent %d, %s, is %s", where, want[i].ID, eventName(&want[i]), eventName(&got[i]))
			if eventName(&want[i]) == eventName(&got[i]) {
				d := &pathDiff{}
				d.compare("$", w, g)
				c.first = fmt.Sprintf("%sevent %d, %s: %s", where, want[i].ID, eventName(&want[i]), d.lines[0])
			}
			return fmt.Sprintf("%sevent %d differs from the recording\n  recorded  %s\n  got       %s\n%s", where, want[i].ID,
				clippedLine(w), clippedLine(g), indentLines(diffValues(w, g)))
		}
	}
	return ""
}

// eventName is the type of an event and the name of its state.
func eventName(e *history.Event) string { return strings.TrimSpace(e.Type.String() + " " + e.Name) }

// adoptTokens returns the recorded value with its task tokens replaced by those of
// the run.
func (c *comparison) adoptTokens(want, got any) any {
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
				w = w.With(key, c.adoptTokens(v, inner))
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
			items[i] = c.adoptTokens(w[i], g[i])
		}
		return items
	}
	return want
}

// compareScopes compares the events of each scope with those of its counterpart,
// without event ids.
func (c *comparison) compareScopes(want, got *Scope) string {
	if d := c.compareEvents(got.messagePrefix(), c.want.eventsOf(want), c.got.eventsOf(got), false); d != "" {
		return d
	}
	for i, s := range want.steps {
		if i >= len(got.steps) {
			break
		}
		for n, scopes := range s.children {
			if n >= len(got.steps[i].children) {
				break
			}
			for _, sc := range scopes {
				if d := c.compareChild(sc, got.steps[i].children[n]); d != "" {
					return d
				}
			}
		}
	}
	return ""
}

func (c *comparison) compareChild(want *Scope, among []*Scope) string {
	for _, got := range among {
		if got.index == want.index {
			return c.compareScopes(want, got)
		}
	}
	return ""
}

// comparableEvent returns an event as JSON without the parts that differ between
// runs.
func comparableEvent(e *history.Event, ids bool) any {
	v, err := value.Parse(e.AppendJSON(nil))
	if err != nil {
		return err.Error()
	}
	o := v.(*value.Object).Without("timestamp")
	if !ids {
		o = o.Without("id").Without("previousEventId")
	}
	if e.Type == history.EvaluationFailed {
		o = o.Without("previousEventId") // AWS does not choose it consistently
	}
	return dropNoise(o)
}

// dropNoise removes members that the machine cannot know or that carry no
// information, and decodes nested JSON strings, whose keys have no order.
func dropNoise(o *value.Object) any {
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
			c.Set(key, dropNoise(m))
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
