package temporal

import (
	"cmp"
	"flag"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/internal/soundness"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

var twins = flag.Int("twins", 300, "how many machines to run by the core alone and by the workflow")

// The rules of machines that do much in tasks. Those with branches have no times, since
// the clock of the test environment runs while activities begin.
var (
	sequential = map[string][]string{
		"state":   {"<Pass>", "<Choice>", "<Task>", "<Task>", "<Task>", "<Task>", "<Wait>", "<Succeed>", "<Fail>"},
		"timeout": {`"TimeoutSeconds": 3000, `},
		"Task":    {`"Type": "Task", "Resource": "f"<limit?20><input?40><work><flow>, <end>`},
		"limit":   {`, "TimeoutSeconds": 900`, `, "TimeoutSeconds": 900, "HeartbeatSeconds": 500`},
		"seconds": {`"Seconds": 0`, `"Seconds": 40`, `"Seconds": 700`},
	}
	branching = map[string][]string{
		"state":      {"<Pass>", "<Choice>", "<Task>", "<Task>", "<Succeed>", "<Fail>", "<Parallel>", "<Map>"},
		"timeout":    {""},
		"Task":       {`"Type": "Task", "Resource": "f"<input?40><work><flow>, <end>`},
		"retry":      {""},
		"items.path": {`, "ItemsPath": "$.list"`, `, "ItemsPath": "$$.Execution.Input.list"`},
		"items.ata":  {`, "Items": "{% $states.context.Execution.Input.list %}"`, `, "Items": [{"a": {"b": 1}}, 2, null]`},
		"Map":        {`"Type": "Map"<items><width?50><selector?40><work><flow>, "ItemProcessor": <scope>, <end>`},
		"width":      {`, "MaxConcurrency": 1`, `, "MaxConcurrency": 2`},
	}
)

// The core alone and the workflow do the same with random machines, every second of which
// continues as a new run as soon as no activity runs.
func TestTwins(t *testing.T) {
	var machines, tasks, runs, several, branched int
	began := time.Now()
	for seed := uint64(1); machines < *twins; seed++ {
		r := rand.New(rand.NewPCG(seed, 7))
		richer := sequential
		if seed%3 == 0 {
			richer = branching
		}
		text := soundness.Definition(r, richer)
		parsed, err := asl.Parse([]byte(text))
		if err != nil {
			continue
		}
		p, err := machine.Compile(parsed, machine.Options{Limits: machine.Limits{HistoryEvents: 300}})
		if err != nil {
			continue
		}
		input := twinInput(r)
		want, answered := twinOf(p, input)
		if answered == 0 {
			continue
		}
		x := &trial{program: p, input: input}
		if machines%2 == 1 {
			x.args.ContinueAfter, x.length = 1, 1
		}
		x.register = func(env *testsuite.TestWorkflowEnvironment) {
			s := &script{env: env, answer: func(_ *taskArguments, c machine.Command) (int, *converter.RawValue, error) {
				ev := twinAnswer(&c)
				if ev.Kind == machine.TaskSucceeded {
					v := new(told).result(ev.Output, "")
					return usual, &v, nil
				}
				return usual, nil, new(told).failure(&ev)
			}}
			s.register()
		}
		got, err := x.run()
		require.NoError(t, err, text)
		require.Equal(t, want.status, got.status, text)
		require.Equal(t, bare(want.events), bare(got.events), text)
		require.Equal(t, want.outcomeText(), got.outcomeText(), text)
		machines, tasks, runs = machines+1, tasks+answered, runs+got.runs
		if answered > 1 {
			several++
		}
		if seed%3 == 0 {
			branched++
		}
	}
	require.Greater(t, runs, machines)
	t.Logf("%d machines, %d of them with branches, %d with several tasks, %d tasks, %d runs: no difference; %v",
		machines, branched, several, tasks, runs, time.Since(began).Round(time.Second))
}

// outcomeText is all of an outcome.
func (s *shown) outcomeText() string {
	o := s.outcome
	return times.ReplaceAllString(fmt.Sprintf("%s %v %q %q %q", value.String(o.Output), o.Error == nil, orEmpty(o.Error), orEmpty(o.Cause), o.State), "")
}

// twinInput is null now and then.
func twinInput(r *rand.Rand) any {
	v, list := parse(soundness.Constant(r, 3)), parse(`[1, null, {"a": 1.0}]`)
	if o, ok := v.(*value.Object); ok {
		o.Set("list", list)
	}
	return v
}

func parse(text string) any {
	v, err := value.ParseString(text)
	if err != nil {
		panic(err)
	}
	return v
}

// twinAnswer follows from the task alone.
func twinAnswer(c *machine.Command) machine.Event {
	h := fnv.New64()
	h.Write([]byte(c.State + value.String(c.Input)))
	r := rand.New(rand.NewPCG(h.Sum64(), uint64(c.Attempt)<<32+uint64(c.Item+1)))
	if r.IntN(3) > 0 {
		return machine.Event{Kind: machine.TaskSucceeded, Output: parse(soundness.Constant(r, 2))}
	}
	names := soundness.ErrorNames()
	ev := machine.Event{Kind: machine.TaskFailed, Error: &names[r.IntN(len(names))]}
	if cause := "because"; r.IntN(2) == 0 {
		ev.Cause = &cause
	}
	return ev
}

// twinOf runs a machine by the core alone, with answers in the order in which the tasks
// were started.
func twinOf(p *machine.Program, input any) (s *shown, answered int) {
	start := machine.Start{ID: "x", Input: input, Seed: [2]uint64{1, 2}, TokenID: "x"}
	x, now := p.New(start), began
	s = new(shown)
	r := machine.Result{History: true}
	var waiting []machine.Command
	for mail := []machine.Event{{Kind: machine.Started}}; x.Status == machine.Running; mail = mail[1:] {
		if len(mail) == 0 && len(waiting) > 0 {
			slices.SortFunc(waiting, func(a, b machine.Command) int { return cmp.Compare(a.Task, b.Task) })
			ev := twinAnswer(&waiting[0])
			ev.Task, waiting = waiting[0].Task, waiting[1:]
			mail, answered = append(mail, ev), answered+1
		} else if len(mail) == 0 {
			now, _ = p.Wake(x)
			mail = append(mail, machine.Event{Kind: machine.Tick})
		}
		if err := p.Step(x, mail[0], now, &r); err != nil {
			panic(err)
		}
		for i := range r.Events {
			s.events = append(s.events, r.Events[i].AppendJSON(nil))
		}
		for _, c := range r.Commands {
			switch c.Kind {
			case machine.StartTask:
				mail = append(mail, machine.Event{Kind: machine.TaskStarted, Task: c.Task, Watched: true})
				waiting = append(waiting, c)
			case machine.CancelTask:
				for i := range waiting {
					if waiting[i].Task == c.Task {
						waiting = append(waiting[:i:i], waiting[i+1:]...)
						break
					}
				}
			case machine.Yield:
				mail = append(mail, machine.Event{Kind: machine.Tick})
			}
		}
	}
	s.status, s.outcome = x.Status, x.Outcome
	return s, answered
}
