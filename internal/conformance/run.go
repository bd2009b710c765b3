package conformance

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// maxSteps ends a run that goes round in circles.
const maxSteps = 100_000

// repeats is how often an execution runs for identical traces.
const repeats = 20

// trace is all that a run showed.
type trace struct {
	arn     string
	lines   [][]byte // the history, as GetExecutionHistory gives it
	status  machine.Status
	outcome *machine.Outcome // nil: it still runs, and nothing will happen
}

// run is one execution under the runner's own clock, which jumps to the next
// deadline as soon as no task has an answer left.
type run struct {
	program, other *machine.Program // the same definition, compiled twice
	x              *machine.Execution
	r              machine.Result
	now            time.Time
	script         *script
	tasks          []*task // outstanding, in the order in which they were first seen
	yielded        bool
	lines          [][]byte
}

type task struct {
	*binding
	id                 machine.TaskID
	started, submitted bool
}

// ways are how every scenario runs: what happens to the host after each Step.
var ways = []struct {
	name  string
	after func(*run) error
}{
	{"straight", (*run).carryOut},
	{"snapshot after every Step", (*run).restoreSnapshot},
	{"crash after every Step", (*run).crashHost},
}

// runAll runs the scenario in all ways and returns the trace of the straight
// one, and what is wrong with the others.
func (s *scenario) runAll() (*trace, []string) {
	var straight *trace
	var problems []string
	try := func(name string, after func(*run) error) {
		t, err := s.runScenario(after)
		switch {
		case err != nil:
			problems = append(problems, name+": "+err.Error())
		case straight == nil:
			straight = t
		default:
			if d := describeDifference(straight, t); d != "" {
				problems = append(problems, name+": differs from the straight run: "+d)
			}
		}
	}
	for _, w := range ways {
		if try(w.name, w.after); straight == nil {
			return nil, problems
		}
	}
	for n := 2; n <= repeats && len(problems) == 0; n++ {
		try(fmt.Sprintf("run %d of %d", n, repeats), (*run).carryOut)
	}
	return straight, problems
}

// differ says how the traces of two runs differ, "" if they do not by a byte.
func describeDifference(a, b *trace) string {
	for i := 0; i < max(len(a.lines), len(b.lines)); i++ {
		x, y := firstDifference(a.lines, i), firstDifference(b.lines, i)
		if !bytes.Equal(x, y) {
			return fmt.Sprintf("event %d\n\tstraight %s\n\there     %s", i+1, x, y)
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

// result returns how the run ended as DescribeExecution does: the output is a
// text.
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

// run runs the scenario once, with after in the place of a host that carries
// out what a Step commands.
func (s *scenario) runScenario(after func(*run) error) (*trace, error) {
	r := &run{now: s.clock, script: newScript(s)}
	var err error
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
	if err := r.playEvents(after); err != nil {
		return nil, err
	}
	return &trace{arn: r.program.ExecutionArn(r.x.ID), lines: r.lines, status: r.x.Status, outcome: r.x.Outcome}, nil
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

// play steps until the execution ends, or nothing can happen any more.
func (r *run) playEvents(after func(*run) error) error {
	ev := machine.Event{Kind: machine.Started}
	for range maxSteps {
		if err := r.program.Step(r.x, ev, r.now, &r.r); err != nil {
			return fmt.Errorf("step %s: %w", ev.Kind, err)
		}
		r.recordStep(r.r.Events)
		if err := after(r); err != nil {
			return err
		}
		if r.x.Status != machine.Running {
			return nil
		}
		var ok bool
		if ev, ok = r.nextEvent(); !ok {
			return nil
		}
	}
	return fmt.Errorf("still running after %d steps", maxSteps)
}

func (r *run) recordStep(events []history.Event) {
	for i := range events {
		r.lines = append(r.lines, events[i].AppendJSON(nil))
	}
}

// next returns the next event: what the execution waits for most. All new tasks
// start before any of them is answered, as AWS wrote it.
func (r *run) nextEvent() (machine.Event, bool) {
	if r.yielded {
		r.yielded = false
		return machine.Event{Kind: machine.Tick}, true
	}
	for _, t := range r.tasks {
		if ev, ok := t.startTask(); ok {
			return ev, true
		}
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
	at, ok := r.program.Wake(r.x)
	if stop := r.script.scenario.stop; stop != nil && (!ok || at.UnixNano()-r.x.StartedAt == int64(r.longestWait())) {
		return *stop, true
	}
	if ok {
		if at.After(r.now) {
			r.now = at
		}
		return machine.Event{Kind: machine.Tick}, true
	}
	return machine.Event{}, false
}

// longest is how long the execution may take.
func (r *run) longestWait() time.Duration {
	longest := r.program.Limits().Duration
	if timeout := r.program.Machine().TimeoutSeconds; timeout.IsSet() {
		longest = min(longest, time.Duration(timeout.Value)*time.Second)
	}
	return longest
}

// start returns what the host says before it answers.
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

// answer returns what the task was told, if it was told anything more.
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

// carryOut does what the Step commanded.
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
	}
	return nil
}

// restore goes on with a snapshot, in a program that was compiled anew.
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

// crash forgets everything but the snapshot and which answer belongs to which
// task: the commands are made again.
func (r *run) crashHost() error {
	if err := r.reloadSnapshot(); err != nil {
		return err
	}
	r.tasks, r.yielded = nil, false
	if err := r.program.Pending(r.x, &r.r); err != nil {
		return fmt.Errorf("pending: %w", err)
	}
	if err := r.carryOut(); err != nil {
		return err
	}
	slices.SortStableFunc(r.tasks, func(a, b *task) int { return a.number - b.number })
	return nil
}
