package machine_test

import (
	"encoding/base64"
	"fmt"
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

// A machine of a Parallel with a Task, a Map and a Wait, and a Task after it.
const redriveMachine = `{"StartAt": "Both", "TimeoutSeconds": 1000, "States": {
	"Both": {"Type": "Parallel", "Next": "Last", "Branches": [
		{"StartAt": "First", "States": {"First": {"Type": "Task", "Resource": "f", "Assign": {"v.$": "$"}, "Next": "Pass"}, "Pass": {"Type": "Pass", "Parameters": {"v.$": "$v"}, "End": true}}},
		{"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 2, "End": true,
			"ItemSelector": {"n.$": "$$.Map.Item.Value"},
			"ItemProcessor": {"StartAt": "Work", "States": {
				"Work": {"Type": "Task", "Resource": "f", "TimeoutSeconds": 50, "Next": "Check"},
				"Check": {"Type": "Task", "Resource": "f", "End": true}}}}}},
		{"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": 30, "Next": "Act"},
			"Act": {"Type": "Task", "Resource": "arn:aws:states:us-east-1:123456789012:activity:a", "End": true}}}]},
	"Last": {"Type": "Task", "Resource": "f", "End": true}}}`

// doing names a task by its state and item.
func doing(c machine.Command) string { return fmt.Sprintf("%s %d", c.State, c.Item) }

// redriveHost drives redriveMachine. At the chosen task it does something else than
// answer it, as many times as it is told.
type redriveHost struct {
	*host
	at     string // the task
	times  int    // that are left
	wrong  func(c machine.Command) []machine.Event
	names  map[machine.TaskID]string
	called []string
	done   map[string]bool // tasks whose result was taken
}

func newRedriveHost(t *testing.T, p *machine.Program, at string, times int, wrong func(machine.Command) []machine.Event) *redriveHost {
	h := &redriveHost{at: at, times: times, wrong: wrong, names: map[machine.TaskID]string{}, done: map[string]bool{}}
	h.host = newHost(t, p, parse(t, `{"items": [1, 2, 3, 4]}`))
	h.answer = func(c machine.Command) []machine.Event {
		name := doing(c)
		require.False(t, h.done[name], "%s is called again after it succeeded", name)
		h.names[c.Task] = name
		h.called = append(h.called, name)
		if name == h.at && h.times > 0 {
			h.times--
			return h.wrong(c)
		}
		return succeed(name)
	}
	h.beforeCarryOut = func(ev machine.Event) {
		if ev.Kind == machine.TaskSucceeded && !h.r.Late {
			h.done[h.names[ev.Task]] = true
		}
	}
	return h
}

// redrive continues the execution. Answers of before are still under way.
func (h *redriveHost) redrive() {
	h.now = h.now.Add(time.Hour)
	h.queue = append([]machine.Event{{Kind: machine.Redriven}}, h.queue...)
	require.NoError(h.t, h.p.CheckRedrive(h.x))
	ev := h.queue[0]
	h.queue = h.queue[1:]
	h.step(ev)
	h.run()
}

// requireOnce checks that each state was entered and left once, and each iteration
// started and succeeded once.
func (h *redriveHost) requireOnce() {
	entered, left := map[string]int{}, map[string]int{}
	root := map[uint32]string{} // by event: the item or branch that it belongs to
	for i := range h.history {
		e := &h.history[i]
		place := root[e.Previous]
		switch {
		case e.Type == history.MapIterationStarted:
			place = fmt.Sprint(e.Index)
			entered["iteration "+place]++
		case e.Type == history.MapIterationSucceeded:
			left["iteration "+fmt.Sprint(e.Index)]++
		case e.Type == history.MapStateExited || e.Type == history.MapStateSucceeded:
			place = ""
		case e.Type.IsStateEntered() && (e.Name == "Last" || e.Name == "Each"):
			place = ""
		}
		root[e.ID] = place
		if e.Type.IsStateEntered() {
			entered[e.Name+" "+place]++
		}
		if e.Type.IsStateExited() {
			left[e.Name+" "+place]++
		}
	}
	require.Equal(h.t, entered, left)
	require.Len(h.t, entered, 1+2+1+4+8+2+1)
	for name, n := range entered {
		require.Equal(h.t, 1, n, name)
	}
}

var endings = map[string]struct {
	wrong  func(machine.Command) []machine.Event
	status machine.Status
}{
	"failed": {func(machine.Command) []machine.Event { return failWith("Odd", "cause") }, machine.Failed},
	"stopped": {func(machine.Command) []machine.Event {
		return []machine.Event{{Kind: machine.TaskStarted}, {Kind: machine.Stopped}}
	}, machine.Aborted},
	"stopped at once": {func(machine.Command) []machine.Event { return []machine.Event{{Kind: machine.Stopped}} }, machine.Aborted},
	"task timed out":  {func(machine.Command) []machine.Event { return failWith("States.Timeout", "") }, machine.Failed},
	"timed out":       {func(machine.Command) []machine.Event { return nil }, machine.TimedOut},
}

// An execution that fails, is stopped or times out at any task, up to three times,
// gives the output that it would have given, and repeats nothing that was done.
func TestRedriveAtEveryTask(t *testing.T) {
	race.OneGoroutine(t)
	p := compile(t, redriveMachine, machine.Options{})
	straight := newRedriveHost(t, p, "", 0, nil)
	want := value.String(straight.run().Output)
	tasks := straight.called
	require.Len(t, tasks, 1+8+1+1)
	straight.requireOnce()
	ways := map[string]func(*host){"straight": nil, "restored": restored, "crashed": crashed}
	for name, ending := range endings {
		for _, at := range tasks {
			for way, after := range ways {
				for _, budget := range []int{0, 1} {
					t.Run(fmt.Sprintf("%s at %s, %s, %d", name, at, way, budget), func(t *testing.T) {
						h := newRedriveHost(t, p, at, 3, ending.wrong)
						h.afterStep = after
						h.r.MaxTransitions = budget
						h.run()
						for n := range 3 {
							require.Equal(t, ending.status, h.x.Status)
							redrives, _ := h.x.Redrives()
							require.Equal(t, n, redrives)
							h.redrive()
						}
						require.Equal(t, machine.Succeeded, h.x.Status)
						require.Equal(t, want, value.String(h.x.Outcome.Output))
						h.requireOnce()
						h.requireRedrives(3)
					})
				}
			}
		}
	}
}

// requireRedrives checks that the history has no gap and goes on after each redrive.
func (h *redriveHost) requireRedrives(want int) {
	t := h.t
	redriven := 0
	for i := range h.history {
		e := &h.history[i]
		require.EqualValues(t, i+1, e.ID)
		if e.Type == history.ExecutionRedriven {
			redriven++
			require.EqualValues(t, redriven, e.Index)
			require.Equal(t, e.ID-1, e.Previous)
			require.True(t, h.history[i-1].Type.EndsExecution())
		}
	}
	require.Equal(t, want, redriven)
}

// redriveOnce runs a machine whose tasks answer by the script, redrives it until it
// succeeds or the script ends, and returns the history from the first redrive on.
func redriveOnce(t *testing.T, definition, input, script string, o machine.Options, redrives int) (*host, string) {
	t.Helper()
	var want string
	var first *host
	for name, after := range map[string]func(*host){"straight": nil, "restored": restored, "crashed": crashed} {
		p := compile(t, definition, o)
		h := newHost(t, p, parse(t, input))
		h.afterStep = after
		answers := parseScript(script)
		h.answer = func(c machine.Command) []machine.Event { return answers.answer(t, c) }
		h.run()
		kept := len(h.history)
		for range redrives {
			h.queue = []machine.Event{{Kind: machine.Redriven}}
			h.now = h.now.Add(time.Minute)
			require.NoError(t, p.CheckRedrive(h.x))
			h.step(h.queue[0])
			h.queue = h.queue[1:]
			h.run()
		}
		got := lines(h.history[kept:])
		if first == nil {
			first, want = h, got
		}
		require.Equal(t, want, got, name)
	}
	return first, want
}

func TestRedriveStartsRetriesAnew(t *testing.T) {
	h, got := redriveOnce(t, `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "f", "Parameters": {"n.$": "$$.State.RetryCount", "e.$": "$$.Execution.RedriveCount"}, "End": true,
		"Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "MaxAttempts": 1}]}}}`, `{}`,
		"A: fail Busy x\nA: fail Busy x\nA: fail Busy x\nA: succeed 1\n", machine.Options{}, 1)
	require.Equal(t, machine.Succeeded, h.x.Status)
	require.Equal(t, `10<-9 ExecutionRedriven {"redriveCount":1}
11<-2 LambdaFunctionScheduled {"resource":"f","input":"{\"e\":1,\"n\":0}"}
12<-11 LambdaFunctionStarted
13<-12 LambdaFunctionFailed {"error":"Busy","cause":"x"}
14<-13 LambdaFunctionScheduled {"resource":"f","input":"{\"e\":1,\"n\":1}"}
15<-14 LambdaFunctionStarted
16<-15 LambdaFunctionSucceeded {"output":"1"}
17<-16 TaskStateExited {"name":"A","output":"1"}
18<-17 ExecutionSucceeded {"output":"1"}
`, got)
}

// What a Catcher or Retrier took is over: a redrive after a later failure knows
// nothing of it.
func TestRedriveForgetsFailuresThatWereTaken(t *testing.T) {
	for _, taken := range []string{
		`"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "L"}]`,
		`"Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1}]`,
	} {
		h, got := redriveOnce(t, `{"StartAt": "P", "States": {
			"P": {"Type": "Parallel", `+taken+`, "Next": "L", "Branches": [
				{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "f", "End": true}}},
				{"StartAt": "B", "States": {"B": {"Type": "Wait", "Seconds": 60, "End": true}}}]},
			"L": {"Type": "Task", "Resource": "f", "End": true}}}`, `{}`,
			"A: fail Busy x\nA: succeed 1\nL: fail Odd x\nL: succeed 2\n", machine.Options{}, 1)
		require.Equal(t, "2", value.String(h.x.Outcome.Output))
		require.Equal(t, 1, strings.Count(got, "Scheduled"), got)
		require.NotContains(t, got, "Entered")
	}
}

// The same within one Step: the later failure comes before the Step ends.
func TestRedriveForgetsFailuresThatWereTakenInTheSameStep(t *testing.T) {
	_, got := redriveOnce(t, `{"StartAt": "P", "States": {
		"P": {"Type": "Parallel", "Next": "L", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "L"}], "Branches": [
			{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "f", "End": true}}},
			{"StartAt": "B", "States": {"B": {"Type": "Wait", "Seconds": 60, "End": true}}}]},
		"L": {"Type": "Fail", "Error": "Odd"}}}`, `{}`, "A: fail Busy x\n", machine.Options{}, 1)
	require.Equal(t, `15<-14 ExecutionRedriven {"redriveCount":1}
16<-15 ExecutionFailed {"error":"Odd"}
`, got)
	_, got = redriveOnce(t, `{"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [
		{"StartAt": "Q", "States": {"Q": {"Type": "Parallel", "End": true, "Retry": [{"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 5}],
			"Branches": [{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "f", "TimeoutSeconds": 9, "End": true}}}]}}},
		{"StartAt": "X", "States": {"X": {"Type": "Pass", "Next": "Y"}, "Y": {"Type": "Pass", "Next": "B"},
			"B": {"Type": "Task", "Resource": "f", "TimeoutSeconds": 9, "End": true}}}]}}}`, `{}`,
		"A: hang\nA: succeed 1\nB: hang\nB: succeed 2\n", machine.Options{}, 1)
	require.Contains(t, got, "ParallelStateStarted", "the Retrier had taken the failure of A")
	require.Contains(t, got, "ExecutionSucceeded {\"output\":\"[[1],2]\"}")
}

// The branches have ended: only the result is made again.
func TestRedriveKeepsResultsWhenTheSelectorFailed(t *testing.T) {
	_, got := redriveOnce(t, `{"StartAt": "P", "States": {
		"P": {"Type": "Parallel", "End": true, "ResultSelector": {"r.$": "$[0].missing"}, "Branches": [
			{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "f", "End": true}}}]}}}`, `{}`,
		"A: succeed 1\n", machine.Options{}, 2)
	require.NotContains(t, got, "Scheduled")
	require.Equal(t, 2, strings.Count(got, "<-8 ParallelStateSucceeded"), got)
	require.Equal(t, 2, strings.Count(got, "ExecutionFailed"), got)
}

func TestRedriveRunsAllAgainAfterDataLimitExceeded(t *testing.T) {
	h, got := redriveOnce(t, `{"StartAt": "P", "States": {
		"P": {"Type": "Parallel", "End": true, "Branches": [
			{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "f", "End": true}}},
			{"StartAt": "B", "States": {"B": {"Type": "Task", "Resource": "f", "End": true}}}]}}}`, `{}`,
		"A: succeed \"123456789012345678\"\nA: succeed 1\nB: succeed \"123456789012345678\"\nB: succeed 2\n",
		machine.Options{Limits: machine.Limits{PayloadBytes: 30}}, 1)
	require.Equal(t, "[1,2]", value.String(h.x.Outcome.Output))
	require.Equal(t, 2, strings.Count(got, "TaskStateEntered"), got)
	require.NotContains(t, got, "ParallelStateEntered")
}

// Iterations that were never begun begin, also if none was.
func TestRedriveStartsItemsThatNeverBegan(t *testing.T) {
	const definition = `{"StartAt": "M", "QueryLanguage": "JSONata", "States": {"M": {"Type": "Map", "Items": [1, 2, 3], "MaxConcurrency": 2, "End": true,
		"ItemSelector": "{% $states.context.Map.Item.Index = 1 and $states.context.Execution.RedriveCount = 0 ? $error('no') : $states.context.Map.Item.Value %}",
		"ItemProcessor": {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "f", "Arguments": "{% $states.input %}", "End": true}}}}}}`
	h, got := redriveOnce(t, definition, `{}`, "A: succeed 1\nA: succeed 2\nA: succeed 3\n", machine.Options{}, 1)
	require.Equal(t, machine.Succeeded, h.x.Status)
	require.Equal(t, "[1,2,3]", value.String(h.x.Outcome.Output), got)
	require.Equal(t, 2, strings.Count(got, "MapIterationStarted"), got)
	require.NotContains(t, got, "MapStateStarted")
}

func TestRedriveTimesCountAnew(t *testing.T) {
	p := compile(t, `{"StartAt": "A", "TimeoutSeconds": 100, "States": {"A": {"Type": "Task", "Resource": "f", "TimeoutSeconds": 200,
		"Parameters": {"e.$": "$$.Execution", "s.$": "$$.State"}, "End": true}}}`, machine.Options{})
	h := newHost(t, p, nil)
	h.answer = func(machine.Command) []machine.Event { return nil }
	h.run()
	require.Equal(t, machine.TimedOut, h.x.Status)
	_, running := p.Wake(h.x)
	require.False(t, running)
	var input string
	h.answer = func(c machine.Command) []machine.Event { input = value.String(c.Input); return nil }
	h.now = h.now.Add(time.Hour)
	h.step(machine.Event{Kind: machine.Redriven})
	at, ok := p.Wake(h.x)
	require.True(t, ok)
	require.Equal(t, h.now.Add(100*time.Second), at)
	require.Contains(t, input, `"StartTime":"2024-01-02T03:04:05.000Z"`)
	require.Contains(t, input, `"RedriveCount":1,"RedriveTime":"2024-01-02T04:05:45.000Z"`)
	require.Contains(t, input, `"EnteredTime":"2024-01-02T03:04:05.000Z","RetryCount":0`)
	count, latest := h.x.Redrives()
	require.Equal(t, 1, count)
	require.Equal(t, h.now, latest)
}

func TestRedriveRefusals(t *testing.T) {
	const arn = "arn:aws:states:us-east-1:000000000000:execution:StateMachine:test"
	refused := func(p *machine.Program, x *machine.Execution, code, reason string) {
		t.Helper()
		var r machine.Result
		before := marshal(t, p, x)
		err := p.Step(x, machine.Event{Kind: machine.Redriven}, x.Time(), &r)
		var no *machine.NotRedrivableError
		require.ErrorAs(t, err, &no)
		require.Equal(t, code, no.Code)
		require.Equal(t, reason, no.Reason)
		if reason != "" {
			require.Equal(t, "Execution "+arn+" invalid for redrive as: "+reason, no.Message)
		}
		require.Equal(t, before, marshal(t, p, x))
	}
	const task = `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "f", "End": true}}}`
	p := compile(t, task, machine.Options{})
	h := newHost(t, p, nil)
	h.answer = func(machine.Command) []machine.Event { return nil }
	refused(p, h.x, "ExecutionNotRedrivable", "Execution is RUNNING and cannot be redriven")
	h.step(machine.Event{Kind: machine.Started})
	refused(p, h.x, "ExecutionNotRedrivable", "Execution is RUNNING and cannot be redriven")

	h = newHost(t, p, nil)
	h.answer = func(machine.Command) []machine.Event { return succeed(nil) }
	h.run()
	refused(p, h.x, "ExecutionNotRedrivable", "Execution is SUCCEEDED and cannot be redriven")

	p = compile(t, task, machine.Options{Limits: machine.Limits{HistoryEvents: 5}})
	h = newHost(t, p, nil)
	h.answer = func(machine.Command) []machine.Event { return succeed(nil) }
	h.run()
	require.Equal(t, machine.Failed, h.x.Status)
	refused(p, h.x, "ExecutionNotRedrivable", "Execution has exceeded the maximum history event limit")

	p = compile(t, task, machine.Options{Express: true})
	h = newHost(t, p, nil)
	h.answer = func(machine.Command) []machine.Event { return failWith("Odd", "x") }
	h.run()
	refused(p, h.x, "InvalidArn", "")
}

// A repeated request changes nothing, however often the execution fails or is
// restored in between.
func TestRedriveWithAKnownClientToken(t *testing.T) {
	const task = `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "f", "End": true}}}`
	p := compile(t, task, machine.Options{})
	for way, after := range map[string]func(*host){"straight": nil, "restored": restored, "crashed": crashed} {
		t.Run(way, func(t *testing.T) {
			h := newHost(t, p, nil)
			h.afterStep = after
			h.answer = func(machine.Command) []machine.Event { return failWith("Odd", "x") }
			h.run()
			_, known := h.x.RedrivenBy("one")
			require.False(t, known)
			_, known = h.x.RedrivenBy("")
			require.False(t, known)
			times := map[string]time.Time{}
			for n, token := range []string{"one", "", "two"} {
				h.now = h.now.Add(time.Minute)
				times[token] = h.now
				h.step(machine.Event{Kind: machine.Redriven, ClientToken: token})
				require.Equal(t, machine.Running, h.x.Status)
				h.requireKnownRequests(times)
				h.run()
				require.Equal(t, machine.Failed, h.x.Status)
				h.requireKnownRequests(times)
				count, _ := h.x.Redrives()
				require.Equal(t, n+1, count)
			}
			h.answer = func(machine.Command) []machine.Event { return succeed(nil) }
			h.step(machine.Event{Kind: machine.Redriven})
			h.run()
			require.Equal(t, machine.Succeeded, h.x.Status)
			h.requireKnownRequests(times)
		})
	}
}

// requireKnownRequests makes each request again. It must change nothing.
func (h *host) requireKnownRequests(times map[string]time.Time) {
	before := marshal(h.t, h.p, h.x)
	for token, want := range times {
		if token == "" {
			continue
		}
		at, known := h.x.RedrivenBy(token)
		require.True(h.t, known, token)
		require.Equal(h.t, want, at)
		var r machine.Result
		require.NoError(h.t, h.p.Step(h.x, machine.Event{Kind: machine.Redriven, ClientToken: token}, h.now, &r))
		require.True(h.t, r.Late)
		require.Equal(h.t, before, marshal(h.t, h.p, h.x))
	}
}

// Without its scopes an execution keeps its outcome and the requests of redrives.
func TestDroppedScopesCannotBeRedriven(t *testing.T) {
	h, _ := redriveOnce(t, redriveMachine, `{"items": [1]}`, "First: fail Odd x\nFirst: fail Odd x\nWork: hang\nWork: hang\n", machine.Options{}, 1)
	require.True(t, h.x.KeepsScopes())
	full := marshal(t, h.p, h.x)
	outcome := *h.x.Outcome
	h.x.DropScopes()
	require.False(t, h.x.KeepsScopes())
	small := marshal(t, h.p, h.x)
	require.Less(t, len(small), len(full))
	x, err := h.p.Restore(small)
	require.NoError(t, err)
	require.Equal(t, outcome, *x.Outcome)
	var no *machine.NotRedrivableError
	require.ErrorAs(t, h.p.CheckRedrive(x), &no)
	require.Equal(t, machine.PeriodExceeded, no.Reason)
	running := newHost(t, compile(t, `{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 9, "End": true}}}`, machine.Options{}), nil)
	running.step(machine.Event{Kind: machine.Started})
	running.x.DropScopes()
	require.False(t, running.x.KeepsScopes())
	running.now = running.now.Add(9 * time.Second)
	running.step(machine.Event{Kind: machine.Tick})
	require.Equal(t, machine.Succeeded, running.x.Status)
}

// redriveGolden drives redriveMachine through a failure, a stop, a timeout and
// three redrives, and gives each record and the snapshot after it.
func redriveGolden(t *testing.T, p *machine.Program) (records, snapshots [][]byte) {
	wrong := []string{"failed", "stopped", "timed out"}
	h := newRedriveHost(t, p, "Work 2", 3, nil)
	h.wrong = func(c machine.Command) []machine.Event { return endings[wrong[2-h.times]].wrong(c) }
	var w machine.RecordWriter
	w.AddStart(h.x)
	before := h.beforeCarryOut
	h.beforeCarryOut = func(ev machine.Event) {
		before(ev)
		w.AddStep(ev, h.now, &h.r)
		record, err := w.AppendTo(nil)
		require.NoError(t, err)
		w.Reset()
		records, snapshots = append(records, record), append(snapshots, marshal(t, p, h.x))
	}
	h.run()
	for range 3 {
		h.redrive()
	}
	require.Equal(t, machine.Succeeded, h.x.Status)
	return records, snapshots
}

// A hostile snapshot with kept scopes has a checksum that is right.
func TestHostileRedriveSnapshotsAreRefusedOrRun(t *testing.T) {
	race.OneGoroutine(t)
	p := compile(t, redriveMachine, machine.Options{StateMachineName: "Golden"})
	_, all := redriveGolden(t, p)
	refused, seen := 0, 0
	for _, data := range all {
		if x, err := p.Restore(data); err != nil || data[0] != 3 || x.Status == machine.Running && seen%2 == 0 {
			continue
		}
		if seen++; seen > 4 {
			break
		}
		body := append([]byte(nil), unsealed(data)...)
		for i := range body {
			for _, b := range []byte{0, 1, 2, 5, 8, 9, 10, 127, 128, 255, body[i] + 1, body[i] - 1, body[i] ^ 16, body[i] ^ 64} {
				old := body[i]
				body[i] = b
				runHostile(t, p, sealed(body), []byte{0, 1, 6, 2, 7, 3, 8, 0, 255}, &refused)
				body[i] = old
			}
		}
	}
	require.NotZero(t, refused)
	require.Greater(t, seen, 4)
}

// The records and snapshots with redrives that an earlier version wrote are read,
// fold onto each other, and are written as they were.
func TestGoldenRedrives(t *testing.T) {
	p := compile(t, redriveMachine, machine.Options{StateMachineName: "Golden"})
	records, snapshots := redriveGolden(t, p)
	made := ""
	for i := range records {
		made += fmt.Sprintf("%s %s\n", base64.StdEncoding.EncodeToString(records[i]), base64.StdEncoding.EncodeToString(snapshots[i]))
	}
	kept := string(golden(t, filepath.Join("testdata", "golden", "redrive_record2_snapshot3.txt"), []byte(made)))
	require.Equal(t, made, kept)
	formats := map[byte]int{}
	var x *machine.Execution
	for line := range strings.Lines(kept) {
		first, second, _ := strings.Cut(strings.TrimSpace(line), " ")
		record, err := base64.StdEncoding.DecodeString(first)
		require.NoError(t, err)
		snapshot, err := base64.StdEncoding.DecodeString(second)
		require.NoError(t, err)
		formats[record[0]]++
		formats[snapshot[0]]++
		rec, err := machine.ReadRecord(record)
		require.NoError(t, err)
		if rec.Start != nil {
			x, err = p.NewFromRecord(rec)
			require.NoError(t, err)
		}
		require.NoError(t, p.Fold(x, rec))
		y, err := p.Restore(snapshot)
		require.NoError(t, err)
		require.Equal(t, snapshot, marshal(t, p, y))
		require.Equal(t, p.Where(y), p.Where(x))
		require.Equal(t, y.Seq, x.Seq)
		x = y
	}
	require.NotZero(t, formats[3], "snapshots of the newer format")
	require.Equal(t, machine.Succeeded, x.Status)
	require.Equal(t, 3, func() int { n, _ := x.Redrives(); return n }())
}
