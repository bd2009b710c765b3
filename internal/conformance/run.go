package conformance

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/objects"
	"github.com/gostates/gostates/value"
)

// maxSteps ends a run that does not end by itself.
const maxSteps = 100_000

// repeats is the number of runs that must have identical traces.
const repeats = 20

// trace holds everything that a run showed.
type trace struct {
	arn     string
	lines   [][]byte // the history, as GetExecutionHistory returns it
	times   []int64  // of the events, in nanoseconds since 1970
	status  machine.Status
	outcome *machine.Outcome // nil if it is still running and nothing will happen

	// Of Map Runs.
	mapRuns  []*machine.MapRun // that have ended
	children []any             // input and status of each child, by index
	files    map[string]string // that were written, by name
}

// world is what an execution and its children share.
type world struct {
	now     time.Time
	reverse bool                 // the latest of the children that can go on goes on
	chunk   int                  // the most items of an answer to ReadItems; 0: all
	objects *objects.MemoryStore // the files of the case, and those that were written
	folder  string               // of open results
}

// newWorld returns a world with the files of a case.
func (s *scenario) newWorld() (*world, error) {
	w := &world{now: s.clock}
	if !s.hasMapRuns() {
		return w, nil
	}
	w.objects = objects.Memory(s.buckets()...)
	w.objects.Now = func() time.Time { return s.clock }
	for _, f := range s.files {
		w.objects.Set(f.bucket, f.key, f.body)
	}
	var err error
	w.folder, err = os.MkdirTemp("", "conformance")
	return w, err
}

func (w *world) discard() {
	if w.folder != "" {
		os.RemoveAll(w.folder)
	}
}

// run is one execution under the clock of the runner, which jumps to the next
// deadline when no task has an answer left.
type run struct {
	program, other *machine.Program // the same definition, compiled twice
	x              *machine.Execution
	r              machine.Result
	world          *world
	after          func(*run) error // see ways
	maps           mapRuns
	script         *script
	tasks          []*task // outstanding, in the order of their first command
	yielded        bool
	lines          [][]byte
	times          []int64
	record         machine.RecordWriter // of the latest Step
	folded         *machine.Execution   // of the records
}

type task struct {
	*binding
	id                 machine.TaskID
	started, submitted bool
}

// ways are the ways to run a scenario: what happens to the host after each
// Step.
var ways = []struct {
	name  string
	after func(*run) error
	chunk int // of items that are read; 0: not of interest; -1: children end in another order
}{
	{"straight", (*run).carryOut, 0},
	{"snapshot after every Step", (*run).restoreSnapshot, 0},
	{"crash after every Step", (*run).crashHost, 0},
	{"fold of a record of every Step", (*run).foldRecord, 0},
	{"chunks of 1 item", (*run).carryOut, 1},
	{"chunks of 2 items", (*run).carryOut, 2},
	{"chunks of 1000 items", (*run).carryOut, 1000},
	{"children in another order", (*run).carryOut, -1},
	{"chunks of 2 items, crash after every Step", (*run).crashHost, 2},
}

// runAll runs the scenario in all ways. It returns the trace of the straight
// run and the problems of the others.
func (s *scenario) runAll() (*trace, []string) {
	var straight *trace
	var problems []string
	try := func(name string, after func(*run) error, chunk int) {
		t, err := s.runScenario(after, chunk)
		switch {
		case err != nil:
			problems = append(problems, name+": "+err.Error())
		case straight == nil:
			straight = t
		default:
			if chunk != 0 && straight.hasFailedRun() {
				t.children, t.files = straight.children, straight.files // what was started when it failed may differ
			}
			if d := describeDifference(straight, t); d != "" {
				problems = append(problems, name+": differs from the straight run: "+d)
			}
		}
	}
	for _, w := range ways {
		if w.chunk != 0 && !s.hasMapRuns() {
			continue
		}
		if try(w.name, w.after, w.chunk); straight == nil {
			return nil, problems
		}
	}
	for n := 2; n <= repeats && len(problems) == 0; n++ {
		try(fmt.Sprintf("run %d of %d", n, repeats), (*run).carryOut, 0)
	}
	return straight, problems
}

// hasFailedRun reports whether a Map Run has failed.
func (t *trace) hasFailedRun() bool {
	return slices.ContainsFunc(t.mapRuns, func(r *machine.MapRun) bool { return r.Status != machine.Succeeded })
}

// describeDifference returns the first difference of two traces, or "".
func describeDifference(a, b *trace) string {
	for i := 0; i < max(len(a.lines), len(b.lines)); i++ {
		x, y := firstDifference(a.lines, i), firstDifference(b.lines, i)
		if !bytes.Equal(x, y) {
			return fmt.Sprintf("event %d\n\tstraight %s\n\there     %s", i+1, x, y)
		}
	}
	if x, y := value.String(a.children), value.String(b.children); x != y {
		return fmt.Sprintf("children\n\tstraight %s\n\there     %s", x, y)
	}
	for name, x := range a.files {
		if y := b.files[name]; x != y {
			return fmt.Sprintf("file %s\n\tstraight %s\n\there     %s", name, x, y)
		}
	}
	if x, y := value.String(a.resultOf()), value.String(b.resultOf()); x != y {
		return fmt.Sprintf("outcome\n\tstraight %s\n\there     %s", x, y)
	}
	return ""
}

func firstDifference(lines [][]byte, i int) []byte {
	if i < len(lines) {
		return lines[i]
	}
	return []byte("none")
}

// resultOf returns the outcome as DescribeExecution does: the output is a
// string.
func (t *trace) resultOf() *value.Object {
	o := value.ObjectOf(value.Member{Key: "status", Value: t.status.String()})
	if t.outcome == nil {
		return o
	}
	if t.status == machine.Succeeded {
		output, ok := value.Verbatim(t.outcome.Output)
		if !ok {
			output = value.String(t.outcome.Output)
		}
		o.Set("output", output)
	}
	if t.outcome.Error != nil {
		o.Set("error", *t.outcome.Error)
	}
	if t.outcome.Cause != nil {
		o.Set("cause", *t.outcome.Cause)
	}
	return o
}

// runScenario runs the scenario once. after replaces a host that carries out
// the commands of a Step.
func (s *scenario) runScenario(after func(*run) error, chunk int) (*trace, error) {
	w, err := s.newWorld()
	if err != nil {
		return nil, err
	}
	defer w.discard()
	w.chunk, w.reverse = max(chunk, 0), chunk < 0
	r := &run{world: w, after: after, script: newScript(s)}
	if r.program, err = s.compileScenario(); err != nil {
		return nil, err
	}
	if r.other, err = s.compileScenario(); err != nil {
		return nil, err
	}
	r.x = r.program.New(machine.Start{
		ID:          s.context.executionArn,
		Synchronous: s.express && s.kind == syncResponse,
		Input:       s.input,
		Seed:        [2]uint64{1, 2},
		TokenKey:    [16]byte{3},
	})
	r.r.History = true
	if s.follows != nil {
		r.r.MaxTransitions = 1 // AWS schedules an activity before the next branch begins
	}
	if err := r.playEvents(); err != nil {
		return nil, err
	}
	t := &trace{arn: r.program.ExecutionArn(r.x.ID), lines: r.lines, times: r.times, status: r.x.Status, outcome: r.x.Outcome}
	if s.hasMapRuns() {
		t.mapRuns, t.children = r.maps.ended, r.describeChildren()
		t.files, err = s.resultFiles(w.objects)
	}
	return t, err
}

func (s *scenario) compileScenario() (*machine.Program, error) {
	p, err := machine.Compile(s.machine, machine.Options{
		StateMachineArn:  s.context.machineArn,
		StateMachineName: s.context.machineName,
		RoleArn:          s.context.roleArn,
		Express:          s.express,
		Activities:       s.activityARNs(),
	})
	if err != nil {
		return nil, fmt.Errorf("compile: %w", err)
	}
	return p, nil
}

// playEvents takes steps until the execution ends or nothing can happen any
// more.
func (r *run) playEvents() error {
	ev := machine.Event{Kind: machine.Started}
	for range maxSteps {
		if err := r.takeStep(ev); err != nil {
			return err
		}
		var ok bool
		var err error
		if ev, ok, err = r.nextEvent(); !ok {
			return err
		}
	}
	return fmt.Errorf("still running after %d steps", maxSteps)
}

// takeStep takes one step and does what follows it.
func (r *run) takeStep(ev machine.Event) error {
	r.record.Reset()
	if ev.Kind == machine.Started {
		r.record.AddStart(r.x)
	}
	if err := r.program.Step(r.x, ev, r.world.now, &r.r); err != nil {
		return fmt.Errorf("step %s: %w", ev.Kind, err)
	}
	r.record.AddStep(ev, r.world.now, &r.r)
	r.recordStep(r.r.Events)
	return r.after(r)
}

func (r *run) recordStep(events []history.Event) {
	for i := range events {
		r.lines = append(r.lines, events[i].AppendJSON(nil))
		r.times = append(r.times, events[i].Nanos)
	}
}

// nextEvent returns the next event.
func (r *run) nextEvent() (machine.Event, bool, error) {
	if r.script.scenario.follows != nil {
		ev, ok := r.followEvent()
		return ev, ok, nil
	}
	for {
		if ev, ok, err := r.readyEvent(); ok || err != nil || r.x.Status != machine.Running {
			return ev, ok, err
		}
		at, who := r.nextWake()
		if stop := r.script.scenario.stop; stop != nil && (who == nil || who == r && at.UnixNano()-r.x.StartedAt == int64(r.longestWait())) {
			return *stop, true, nil
		}
		if who == nil {
			return machine.Event{}, false, nil
		}
		if at.After(r.world.now) {
			r.world.now = at
		}
		if who == r {
			return machine.Event{Kind: machine.Tick}, true, nil
		}
		if err := who.takeStep(machine.Event{Kind: machine.Tick}); err != nil {
			return machine.Event{}, false, err
		}
		if err := r.tellChildren(); err != nil {
			return machine.Event{}, false, err
		}
	}
}

// readyEvent returns an event that needs no deadline. All new tasks start before any
// of them is answered, as in AWS's recordings.
func (r *run) readyEvent() (machine.Event, bool, error) {
	for r.x.Status == machine.Running {
		if ev, ok := r.ownEvent(); ok {
			return ev, true, nil
		}
		if moved, err := r.advanceChildren(); !moved || err != nil {
			return machine.Event{}, false, err
		}
	}
	return machine.Event{}, false, nil
}

// ownEvent returns an event that is due to nothing but what the execution has asked
// for.
func (r *run) ownEvent() (machine.Event, bool) {
	if r.yielded {
		r.yielded = false
		return machine.Event{Kind: machine.Tick}, true
	}
	for _, t := range r.tasks {
		if ev, ok := t.startTask(); ok {
			return ev, true
		}
	}
	if len(r.maps.mail) > 0 {
		ev := r.maps.mail[0]
		r.maps.mail = r.maps.mail[1:]
		return ev, true
	}
	for i, t := range r.tasks {
		ev, ok := t.answerTask()
		if ok && ev.Kind != machine.TaskSubmitted {
			r.tasks = slices.Delete(r.tasks, i, i+1)
		}
		if ok {
			return ev, true
		}
	}
	return machine.Event{}, false
}

// longestWait returns the time limit of the execution.
func (r *run) longestWait() time.Duration {
	longest := r.program.Limits().Duration
	if timeout := r.program.Machine().TimeoutSeconds; timeout.IsSet() {
		longest = min(longest, time.Duration(timeout.Value)*time.Second)
	}
	return longest
}

// startTask returns the event that comes before the answer, if there is one.
func (t *task) startTask() (machine.Event, bool) {
	if t.result != nil && t.result.Kind == machine.TaskRefused {
		return machine.Event{}, false
	}
	if t.activity && !t.scheduled {
		t.scheduled = true
		return machine.Event{Kind: machine.TaskScheduled, Task: t.id}, true
	}
	if t.starts && !t.started {
		t.started = true
		return machine.Event{Kind: machine.TaskStarted, Task: t.id, Worker: t.worker}, true
	}
	return machine.Event{}, false
}

// answerTask returns the answer of the task, if there is one.
func (t *task) answerTask() (machine.Event, bool) {
	ev := t.result
	if t.binding.submitted != nil && !t.submitted {
		t.submitted = true
		ev = t.binding.submitted
	}
	if ev == nil {
		return machine.Event{}, false
	}
	told := *ev
	told.Task = t.id
	return told, true
}

// carryOut carries out the commands of the Step.
func (r *run) carryOut() error {
	for _, c := range r.r.Commands {
		switch c.Kind {
		case machine.StartTask:
			b, err := r.script.bindTask(c)
			if err != nil {
				return err
			}
			r.tasks = append(r.tasks, &task{binding: b, id: c.Task, started: c.Started, submitted: c.Submitted})
		case machine.CancelTask:
			r.tasks = slices.DeleteFunc(r.tasks, func(t *task) bool { return t.id == c.Task })
		case machine.Yield:
			r.yielded = true
		}
		if c.MapRun != nil {
			if err := r.carryOutMapRun(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// restoreSnapshot continues from a snapshot, in a program compiled again.
func (r *run) restoreSnapshot() error {
	if err := r.reloadSnapshot(); err != nil {
		return err
	}
	return r.carryOut()
}

func (r *run) reloadSnapshot() error {
	data, err := r.program.Marshal(r.x)
	if err != nil {
		return fmt.Errorf("marshal: %w", err)
	}
	r.program, r.other = r.other, r.program
	if r.x, err = r.program.Restore(data); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	again, err := r.program.Marshal(r.x)
	if err != nil {
		return fmt.Errorf("marshal after restore: %w", err)
	}
	if !bytes.Equal(data, again) {
		return errors.New("a restored execution is marshalled differently")
	}
	return nil
}

// crashHost drops everything except for the snapshot and the answers of tasks,
// so that Pending must repeat the commands.
func (r *run) crashHost() error {
	if err := r.reloadSnapshot(); err != nil {
		return err
	}
	r.tasks, r.yielded = nil, false
	r.maps.loseMail()
	if err := r.program.Pending(r.x, &r.r); err != nil {
		return fmt.Errorf("pending: %w", err)
	}
	if err := r.carryOut(); err != nil {
		return err
	}
	slices.SortStableFunc(r.tasks, func(a, b *task) int { return a.number - b.number })
	return nil
}

// foldRecord continues from what the records of all Steps fold to, in a program
// compiled again, and takes the history from the record.
func (r *run) foldRecord() error {
	data, err := r.record.AppendTo(nil)
	if err != nil {
		return fmt.Errorf("write record: %w", err)
	}
	rec, err := machine.ReadRecord(data)
	if err != nil {
		return err
	}
	if rec.Start != nil {
		if r.folded, err = r.other.NewFromRecord(rec); err != nil {
			return err
		}
	}
	if err := r.other.Fold(r.folded, rec); err != nil {
		return err
	}
	events := rec.Steps[0].Events
	kept := len(r.lines) - len(r.r.Events)
	r.lines, r.times = r.lines[:kept], r.times[:kept]
	r.recordStep(events)
	r.x = r.folded.Clone()
	return r.carryOut()
}
