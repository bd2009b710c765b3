package soundness

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/internal/race"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

var ways = flag.Int("ways", 150, "how many machines to run in all ways; CI runs 500")

// richer replaces rules of the grammar, for machines that wait for tasks and times
// in every way, and whose states fail less often.
var richer = map[string][]string{
	"timeout":      {`"TimeoutSeconds": 5, `, `"TimeoutSeconds": 60, `},
	"state":        {"<Pass>", "<Pass>", "<Choice>", "<Task>", "<Task>", "<Task>", "<Wait>", "<Succeed>", "<Fail>", "<Parallel>", "<Map>"},
	"Task":         {`"Type": "Task", "Resource": "<resource>"<limits><credentials?20><input?40><work><flow>, <end>`},
	"Map":          {`"Type": "Map"<items?80><width?50><selector?40><work><flow>, "ItemProcessor": <scope>, <end>`},
	"resource":     {"f", "f", activity, callback, "arn:aws:states:::ecs:runTask.sync", "arn:aws:states:::sqs:sendMessage"},
	"limits":       {"", "", `, "TimeoutSeconds": 9`, `, "TimeoutSeconds": 9, "HeartbeatSeconds": 3`, `, "HeartbeatSeconds": 2`, "<limited>"},
	"limited.path": {`, "TimeoutSecondsPath": "<path>"`, `, "TimeoutSecondsPath": "$.n", "HeartbeatSecondsPath": "$.n"`, `, "HeartbeatSecondsPath": "$.n"`},
	"limited.ata":  {`, "TimeoutSeconds": "{% $random() < 0.5 ? 2 : 7 %}"`, `, "HeartbeatSeconds": "{% $states.input.n %}"`},
	"credentials":  {`, "Credentials": {"RoleArn": "arn:aws:iam::123456789012:role/r"}`, "<role>"},
	"role.path":    {`, "Credentials": {"RoleArn.$": "$.text", "more.$": "$"}`},
	"role.ata":     {`, "Credentials": {"RoleArn": "{% $states.input.text %}"}`},
	"seconds":      {`"Seconds": 0`, `"Seconds": 1`, `"Seconds": 7`, `"Timestamp": "1970-01-01T00:00:20Z"`, "<wait>", "<wait>"},
	"wait.path":    {`"SecondsPath": "<path>"`, `"SecondsPath": "$.n"`, `"TimestampPath": "$.time"`},
	"wait.ata":     {`"Seconds": "{% $states.input.n %}"`, `"Timestamp": "{% $states.input.time %}"`},
	"width.path":   {`, "MaxConcurrency": 1`, `, "MaxConcurrency": 2`, `, "MaxConcurrencyPath": "$.n"`},
	"width.ata":    {`, "MaxConcurrency": 1`, `, "MaxConcurrency": "{% 2 %}"`},
	"items.path":   {`, "ItemsPath": "$.list"`, `, "ItemsPath": "$.list"`, `, "ItemsPath": "$$.Execution.Input.list"`},
	"items.ata":    {`, "Items": "{% $states.input.list %}"`, `, "Items": "{% $states.context.Execution.Input.list %}"`, `, "Items": [1, {"a": 2}]`},
	"member.path":  {`": <constant>`, `.$": "<path>"`, `.$": "<path>"`, `.$": "$"`, `.$": "States.UUID()"`, `.$": "States.MathRandom(1, 100)"`, `.$": "$$.State.EnteredTime"`},
	"member.ata":   {`": <constant>`, `": "{% <expression> %}"`, `": "{% $states.input %}"`, `": "{% $random() %}"`, `": "{% $uuid() %}"`, `": "{% $now() %}"`},
	"names":        {"a", "a", "b", "c", "n", "text", "list", "a.b", "Error"},
	"path":         {"$.<names>", "$.<names>", "$.<names>", "$.<names>", "$", "$$.Execution.Input", "$$.State.Name", "$$.Map.Item.Index", "<outer>"},
	"expression": {"$states.input.<names>", "$states.input.<names>", "$states.input.<names>", "$states.input", "$states.context.Execution.Input", "<local>",
		"<walk>", "<outer>", "[$states.input.a, $random()]"},
	"output.path":     {"<inputPath?5><outputPath?5>"},
	"out":             {`, "Output": "{% $states.input %}"`, `, "Output": "{% $merge([$states.input, {'c': $random()}]) %}"`, `, "Output": <template>`},
	"made.path":       {"", `, "Parameters": <template>, "ResultPath": "$.b"`, `, "Result": <constant>, "ResultPath": "$.c"`, `, "Parameters": <template>`},
	"assigned.path":   {`"<own>": <constant>`, `"<own>.$": "<path>"`, `"<own>.$": "$"`, `"<own>.$": "States.UUID()"`},
	"assigned.ata":    {`"<own>": <constant>`, `"<own>": "{% <expression> %}"`, `"<own>": "{% $states.input %}"`, `"<own>": "{% $random() %}"`},
	"resultPath.path": {`, "ResultPath": null`, `, "ResultPath": "$.a"`, `, "ResultPath": "$.b.c"`},
}

const (
	activity = "arn:aws:states:us-east-1:123456789012:activity:a"
	callback = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
)

// limits end all loops, and are small enough to be met.
var limits = machine.Limits{HistoryEvents: 300, PayloadBytes: 6000, VariableBytes: 3000, VariablesSize: 8000, HeldBytes: 6_000}

// An execution does the same in all ways: straight, restored from a snapshot before
// each Step, the first one too, as a clone, with one state a Step, and folded from a
// record of each Step. Pending gives
// the tasks that are outstanding, whatever commands were lost. Late and repeated
// answers change nothing, and values that are not of the model are refused.
func TestAllWaysAgree(t *testing.T) {
	race.OneGoroutine(t)
	var s waysStatistics
	began := time.Now()
	for i := range *ways {
		s.try(t, *seed<<32+uint64(i))
		if t.Failed() {
			return
		}
	}
	t.Logf("%d machines, %d executions in %d ways with %d Steps, %d events refused for their value, %d that changed nothing, %d executions with more than 16 tasks at a time: 0 differences; %v",
		s.machines, s.executions, len(allWays)+1, s.steps, s.refused, s.stale, s.wide, time.Since(began).Round(time.Second))
	t.Logf("ends: %v; what happened: %v", s.ends, s.happened)
}

func FuzzAllWaysAgree(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) { new(waysStatistics).try(t, seed) })
}

type waysStatistics struct {
	machines, executions, steps, refused, stale, wide int
	ends                                              map[machine.Status]int
	happened                                          map[string]int
}

func (s *waysStatistics) try(t *testing.T, seed uint64) {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 1)), richer: richer}
	text, limits, wide := g.machine(), limits, g.is(3)
	if wide {
		text, limits.HistoryEvents, limits.PayloadBytes = g.wideMachine(), 2000, 60000
	}
	m, err := asl.Parse([]byte(text))
	if err != nil {
		return
	}
	p, err := machine.Compile(m, machine.Options{Limits: limits})
	if err != nil {
		return
	}
	s.machines++
	if s.ends == nil {
		s.ends, s.happened = map[machine.Status]int{}, map[string]int{}
	}
	for range 2 {
		h := &straight{p: p, r: g.Rand, s: s, wide: wide}
		h.run()
		for i := range allWays {
			if h.problem == "" {
				h.again(&allWays[i])
			}
		}
		if h.problem != "" {
			t.Fatalf("seed %d: %s\n%s\ninput %s\n%s", seed, h.problem, text, value.String(h.start.Input), h.told())
		}
		s.executions++
	}
}

// wideMachine has more scopes at a time than an execution searches one by one.
func (g *generator) wideMachine() string {
	g.allATA, g.depth, g.ata = false, 0, false
	return fmt.Sprintf(`{"StartAt": "Wide", "States": {"Wide": {"Type": "Map", "ItemsPath": "$.wide", "End": true, "ItemProcessor": {"StartAt": "Held", "States": {
		"Held": {"Type": "Task", "Resource": "%s", "TimeoutSeconds": 9, "HeartbeatSeconds": 4, "ResultPath": null, "Next": "Idle"%s,
			"Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": null, "Next": "Idle"}]},
		"Idle": {"Type": "Wait", "Seconds": 2, "Next": "Inner"},
		"Inner": {"Type": "Parallel", "Branches": [%s], "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Done"}], "End": true},
		"Done": {"Type": "Succeed"}}}}}}`, g.expand("<resource>"), g.expand("<retry?70>"), g.scope())
}

// told is an event that an execution was told, and what it made of it.
type told struct {
	event   machine.Event
	at      time.Time
	gave    gave
	pending string // the commands that Pending gave afterwards
}

// straight is an execution whose host does anything at random, and what it told the
// execution.
type straight struct {
	p       *machine.Program
	r       *rand.Rand
	s       *waysStatistics
	start   machine.Start
	x       *machine.Execution
	result  machine.Result
	now     time.Time
	yields  bool
	wide    bool              // the machine is
	tasks   []machine.Command // that are outstanding, in order
	most    int               // tasks at a time
	over    []machine.TaskID
	all     []told
	problem string
}

func (h *straight) told() string {
	var b strings.Builder
	for _, t := range h.all {
		fmt.Fprintf(&b, "%v at %v of task %d with %s\n%s", t.event.Kind, t.at.UTC().Format("04:05.000"), t.event.Task, value.String(t.event.Output), t.gave.events)
	}
	return b.String()
}

func (h *straight) fail(format string, args ...any) {
	if h.problem == "" {
		h.problem = fmt.Sprintf(format, args...)
	}
}

func (h *straight) run() {
	h.start = machine.Start{ID: "run", Input: h.value(), Seed: [2]uint64{h.r.Uint64(), h.r.Uint64()}, TokenKey: [16]byte{byte(h.r.Uint64())}}
	if h.r.IntN(3) == 0 {
		h.start.Variables = value.ObjectOf(value.Member{Key: "x", Value: h.value()})
	}
	if h.wide {
		list := make([]any, 17+h.r.IntN(20))
		for i := range list {
			list[i] = pick(h.r, h.value(), list[0])
		}
		h.start.Input = value.ObjectOf(value.Member{Key: "wide", Value: list})
	}
	h.now = time.Unix(0, 0)
	h.refuseStart()
	h.x = h.p.New(h.start)
	h.step(machine.Event{Kind: machine.Started})
	for n := 0; h.x.Status == machine.Running && h.problem == ""; n++ {
		h.do(n > 60 && (!h.wide || n > 200))
		if n == 2000 {
			h.fail("the execution does not end")
		}
	}
	h.s.ends[h.x.Status]++
	if h.most > 16 {
		h.s.wide++
	}
}

// do tells the execution something; in a hurry, what brings it to an end.
func (h *straight) do(hurry bool) {
	wake, timed := h.p.Wake(h.x)
	switch n := h.r.IntN(20); {
	case n < 10: // time stands still
	case n < 14:
		h.now = h.now.Add(time.Duration(h.r.IntN(3000)) * time.Millisecond)
	case timed && (n < 18 || len(h.tasks) == 0) && wake.Sub(h.now) < time.Hour:
		h.now = later(h.now, wake)
	case n == 19 && timed && wake.Sub(h.now) < time.Hour:
		h.now = later(h.now, wake.Add(time.Duration(h.r.IntN(5))*time.Second))
	}
	if h.r.IntN(8) == 0 {
		h.refuse()
	}
	ev := machine.Event{Kind: machine.Tick}
	switch n := h.r.IntN(100); {
	case hurry && len(h.tasks) > 0:
		ev = h.answer(h.tasks[0].Task, machine.TaskSucceeded)
	case n == 0 && !hurry:
		ev = h.answer(0, machine.Stopped)
	case n < 10:
		h.staleAnswer()
		return
	case n < 75 && len(h.tasks) > 0:
		kinds := []machine.EventKind{machine.TaskScheduled, machine.TaskStarted, machine.TaskStarted, machine.TaskSubmitted, machine.TaskHeartbeat,
			machine.TaskSucceeded, machine.TaskSucceeded, machine.TaskSucceeded, machine.TaskFailed, machine.TaskFailed, machine.TaskTimedOut}
		if n == 10 {
			kinds = []machine.EventKind{machine.TaskRefused}
		}
		ev = h.answer(pick(h.r, h.tasks...).Task, pick(h.r, kinds...))
	case len(h.tasks) == 0 && timed && !h.yields:
		h.now = later(h.now, wake)
	}
	h.step(ev)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// answer is an event about a task.
func (h *straight) answer(task machine.TaskID, kind machine.EventKind) machine.Event {
	ev := machine.Event{Kind: kind, Task: task, Worker: pick(h.r, "", "w"), Watched: h.r.IntN(4) == 0}
	switch kind {
	case machine.TaskSucceeded, machine.TaskSubmitted:
		ev.Output = h.value()
	case machine.TaskTimedOut:
		names := []string{asl.StatesTimeout, asl.StatesHeartbeatTimeout}
		ev.Error = pick(h.r, &names[0], &names[1], nil)
	case machine.TaskFailed, machine.TaskRefused, machine.Stopped:
		name, cause := pick(h.r, errors...), strings.Repeat("because ", 1+h.r.IntN(20))
		ev.Error, ev.Cause = pick(h.r, &name, &name, nil), pick(h.r, &cause, nil)
	}
	return ev
}

// step tells the execution an event that is told again in all other ways.
func (h *straight) step(ev machine.Event) {
	h.result.History, h.result.Decide = true, true
	if err := h.p.Step(h.x, ev, h.now, &h.result); err != nil {
		h.fail("Step: %v", err)
		return
	}
	h.s.happened[ev.Kind.String()]++
	t := told{event: ev, at: h.now}
	t.gave.add(&h.result)
	for i := range h.result.Events {
		e := &h.result.Events[i]
		if err := value.Check(e.Value); err != nil {
			h.fail("the value of event %d: %v", e.ID, err)
		}
		h.s.happened[e.Type.String()]++
	}
	h.note(ev)
	h.most = max(h.most, len(h.tasks))
	if err := h.p.Pending(h.x, &h.result); err != nil {
		h.fail("Pending: %v", err)
	}
	t.pending = commands(h.result.Commands)
	h.all = append(h.all, t)
	h.outstanding()
}

// note keeps the list of the outstanding tasks, as a host does.
func (h *straight) note(ev machine.Event) {
	over := func(task machine.TaskID) {
		if i := slices.IndexFunc(h.tasks, func(c machine.Command) bool { return c.Task == task }); i >= 0 {
			h.tasks = slices.Delete(h.tasks, i, i+1)
			h.over = append(h.over, task)
		}
	}
	h.yields = false
	for _, c := range h.result.Commands {
		switch c.Kind {
		case machine.StartTask:
			h.tasks = append(h.tasks, c)
		case machine.CancelTask:
			over(c.Task)
		case machine.Yield:
			h.yields = true
		}
	}
	switch ev.Kind {
	case machine.TaskSucceeded, machine.TaskFailed, machine.TaskTimedOut, machine.TaskRefused:
		over(ev.Task)
	}
	if h.x.Status != machine.Running && len(h.tasks) > 0 {
		h.fail("the execution has ended, and a task was not cancelled")
	}
}

// outstanding checks that Pending gives the tasks that the commands started, and
// no others.
func (h *straight) outstanding() {
	var pending []machine.Command
	for _, c := range h.result.Commands {
		if c.Kind == machine.StartTask {
			c.Started, c.Submitted = false, false
			pending = append(pending, c)
		}
	}
	slices.SortFunc(h.tasks, func(a, b machine.Command) int { return cmp.Compare(a.Task, b.Task) })
	if a, b := commands(h.tasks), commands(pending); a != b {
		h.fail("outstanding are\n%sand Pending gives\n%s", a, b)
	}
}

// staleAnswer repeats an answer, or answers a task that never was.
func (h *straight) staleAnswer() {
	ids := append([]machine.TaskID{0, 1 << 40, math.MaxUint64}, h.over...)
	kind := machine.TaskScheduled + machine.EventKind(h.r.IntN(int(machine.Stopped-machine.TaskScheduled)))
	h.step(machine.Event{Kind: machine.Tick}) // what is due happens first
	if h.x.Status != machine.Running || h.yields || h.problem != "" {
		return
	}
	before := h.snapshot(h.x)
	h.step(h.answer(pick(h.r, ids...), kind))
	if !bytes.Equal(before, h.snapshot(h.x)) {
		h.fail("a stale %v changed the execution", kind)
	}
	h.s.stale++
}

// foreign makes a value that is not of the model, or has such a part.
func (h *straight) foreign() any {
	cycle := []any{1.5, nil}
	cycle[1] = cycle
	v := pick[any](h.r, 5, int32(5), float32(1), math.NaN(), math.Inf(-1), map[string]any{}, []string{"a"}, []byte("a"), (*int)(nil), (*big.Int)(nil),
		big.NewInt(1), "\xff", cycle, struct{}{}, time.Second, value.ObjectOf(value.Member{Key: "\xff"}))
	switch h.r.IntN(3) {
	case 0:
		v = []any{h.value(), v}
	case 1:
		v = value.ObjectOf(value.Member{Key: "a", Value: h.value()}, value.Member{Key: "b", Value: []any{v}})
	}
	return v
}

// refuse tells the execution a value that is not of the model.
func (h *straight) refuse() {
	before := h.snapshot(h.x)
	ev := machine.Event{Kind: pick(h.r, machine.TaskSucceeded, machine.TaskSubmitted), Output: h.foreign()}
	if len(h.tasks) > 0 {
		ev.Task = pick(h.r, h.tasks...).Task
	}
	err := h.p.Step(h.x, ev, h.now.Add(time.Hour), &h.result)
	h.refused(err)
	if len(h.result.Commands)+len(h.result.Events) > 0 || !bytes.Equal(before, h.snapshot(h.x)) {
		h.fail("a refused value changed the execution")
	}
}

func (h *straight) refuseStart() {
	bad := h.start
	if h.r.IntN(2) == 0 {
		bad.Input = h.foreign()
	} else {
		bad.Variables = value.ObjectOf(value.Member{Key: "x", Value: h.foreign()})
	}
	x := h.p.New(bad)
	h.refused(h.p.Step(x, machine.Event{Kind: machine.Started}, h.now, &h.result))
	_, err := h.p.Marshal(x)
	h.refused(err)
}

func (h *straight) refused(err error) {
	if err == nil || !strings.HasPrefix(err.Error(), machine.ErrValue.Error()) {
		h.fail("a value that is not of the model: %v", err)
	}
	h.s.refused++
}

func (h *straight) snapshot(x *machine.Execution) []byte {
	data, err := h.p.Marshal(x)
	if err != nil {
		h.fail("Marshal: %v", err)
	}
	return data
}

// value makes a value with what the machines look for, shared parts, and strings
// and numbers of all sizes.
func (h *straight) value() any {
	if h.r.IntN(12) == 0 {
		return data(constant(h.r, 3))
	}
	large := new(big.Int).Lsh(big.NewInt(int64(h.r.IntN(9)-4)*2+1), uint(64+h.r.IntN(600)))
	part := pick(h.r, data(constant(h.r, 2)), any(strings.Repeat("long ", h.r.IntN(40))), any(large), any(h.r.Float64()), any(int64(h.r.Uint64())), any((*value.Object)(nil)))
	list := []any{part, objectOf(part), int64(3), part}[:h.r.IntN(5)]
	o := value.NewObject(8)
	for _, key := range []string{"a", "b", "c", "n", "time", "text", "list", strings.Repeat("k", 100)} {
		switch h.r.IntN(12) {
		case 0:
		case 1:
			o.Set(key, part)
		default:
			o.Set(key, map[string]any{
				"a": data(constant(h.r, 2)), "b": []any{part, part}, "c": objectOf(part), "n": int64(1 + h.r.IntN(5)), "time": "1970-01-01T00:00:" + fmt.Sprint(10+h.r.IntN(50)) + "Z",
				"text": "arn", "list": list,
			}[key])
		}
	}
	if h.r.IntN(4) == 0 { // an object that remembers its text
		return must(value.ParseVerbatim([]byte(strings.ReplaceAll(value.String(o), `":`, `": `))))
	}
	return o
}

func objectOf(part any) any { return value.ObjectOf(value.Member{Key: "a", Value: part}) }

// gave is what Steps gave, as text.
type gave struct{ events, commands, decisions []byte }

func (g *gave) add(r *machine.Result) {
	for i := range r.Events {
		g.events = append(r.Events[i].AppendJSON(g.events), '\n')
	}
	g.commands = append(g.commands, commands(r.Commands)...)
	for _, d := range r.Decisions {
		g.decisions = fmt.Appendf(g.decisions, "%+v\n", d)
	}
}

func (g *gave) String() string { return string(g.events) + string(g.commands) + string(g.decisions) }

// commands are commands as text, but for Yield: it depends on the budget.
func commands(list []machine.Command) string {
	var b []byte
	for _, c := range list {
		if c.Kind == machine.Yield {
			continue
		}
		b = fmt.Appendf(b, "%v %d %s %v %v %d %d %t %t ", c.Kind, c.Task, c.State, c.Timeout, c.Heartbeat, c.Attempt, c.Item, c.Started, c.Submitted)
		if c.Resource != nil {
			b = append(b, c.Resource.Name...)
		}
		b = value.Append(append(b, ' '), c.Input)
		b = append(value.Append(append(b, ' '), c.Credentials), '\n')
	}
	return string(b)
}

// way is a way to run an execution: before each Step it may be replaced.
type way struct {
	name    string
	replace func(h *straight, x *machine.Execution) *machine.Execution
	budget  int  // of each Step, in states; 0: as many as there are
	fold    bool // go on, after each Step, with what its record folds to
}

var allWays = []way{
	{"from a snapshot", (*straight).restored, 0, false},
	{"as a clone", (*straight).cloned, 0, false},
	{"one state a Step", nil, 1, false},
	{"in a mix of these", (*straight).replaced, 2, false},
	{"folded from records", nil, 0, true},
	{"folded from records, from a snapshot, two states a Step", (*straight).restored, 2, true},
}

func (h *straight) restored(x *machine.Execution) *machine.Execution {
	before := h.snapshot(x)
	y, err := h.p.Restore(before)
	if err != nil {
		h.fail("Restore: %v", err)
		return x
	}
	if !bytes.Equal(before, h.snapshot(y)) {
		h.fail("a restored execution has another snapshot")
	}
	return y
}

// cloned returns a clone, and lets the original go another way.
func (h *straight) cloned(x *machine.Execution) *machine.Execution {
	y := x.Clone()
	before := h.snapshot(y)
	var r machine.Result
	kind := machine.Tick
	if x.Seq == 0 {
		kind = machine.Started
	}
	if err := h.p.Step(x, machine.Event{Kind: kind}, x.Time().Add(time.Minute), &r); err != nil {
		h.fail("Step of a clone's original: %v", err)
	}
	if !bytes.Equal(before, h.snapshot(y)) {
		h.fail("a clone changes with its original")
	}
	return y
}

// replaced is restored, cloned or x itself.
func (h *straight) replaced(x *machine.Execution) *machine.Execution {
	switch h.r.IntN(3) {
	case 0:
		return h.restored(x)
	case 1:
		return h.cloned(x)
	}
	return x
}

// again tells another execution the same events.
func (h *straight) again(w *way) {
	x := h.p.New(h.start)
	f := fold{h: h}
	if w.fold {
		f.w.AddStart(x)
	}
	var r machine.Result
	r.History, r.Decide, r.MaxTransitions = true, true, w.budget
	for i := range h.all {
		t := &h.all[i]
		if w.replace != nil {
			x = w.replace(h, x)
		}
		var got gave
		for ev := t.event; ; ev = (machine.Event{Kind: machine.Tick}) {
			if err := h.p.Step(x, ev, t.at, &r); err != nil {
				h.fail("%s: Step: %v", w.name, err)
				return
			}
			h.s.steps++
			got.add(&r)
			if w.fold {
				x = f.step(ev, t.at, &r)
			}
			if len(r.Commands) == 0 || r.Commands[len(r.Commands)-1].Kind != machine.Yield {
				break
			}
			if w.replace != nil {
				x = w.replace(h, x)
			}
		}
		if got.String() != t.gave.String() {
			h.fail("%s, event %d, %v of task %d: straight it was\n%vand now\n%v", w.name, i, t.event.Kind, t.event.Task, &t.gave, &got)
		}
		if err := h.p.Pending(x, &r); err != nil || commands(r.Commands) != t.pending {
			h.fail("%s, event %d: Pending: %v", w.name, i, err)
		}
		if h.problem != "" {
			return
		}
	}
	if x.Status != h.x.Status || x.Seq != h.x.Seq || x.Rand != h.x.Rand || outcome(x) != outcome(h.x) {
		h.fail("%s: straight it ended %v %s, and now %v %s", w.name, h.x.Status, outcome(h.x), x.Status, outcome(x))
	}
}

// fold is an execution that is folded from records.
type fold struct {
	h *straight
	w machine.RecordWriter
	x *machine.Execution
}

// step folds the record of a Step and returns a clone of the execution.
func (f *fold) step(ev machine.Event, at time.Time, r *machine.Result) *machine.Execution {
	f.w.AddStep(ev, at, r)
	rec, err := machine.ReadRecord(must(f.w.AppendTo(nil)))
	f.w.Reset()
	if err == nil && rec.Start != nil {
		f.x, err = f.h.p.NewFromRecord(rec)
	}
	if err == nil {
		err = f.h.p.Fold(f.x, rec)
	}
	if err != nil {
		f.h.fail("record: %v", err)
		return f.h.p.New(f.h.start)
	}
	return f.x.Clone()
}

func outcome(x *machine.Execution) string {
	if x.Outcome == nil {
		return ""
	}
	o := value.ObjectOf(value.Member{Key: "output", Value: x.Outcome.Output}, value.Member{Key: "state", Value: x.Outcome.State})
	return value.String(o) + fmt.Sprint(x.Outcome.Error != nil && x.Outcome.Cause != nil)
}
