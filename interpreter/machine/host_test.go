package machine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

var began = time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)

// host is a small host for tests: it answers tasks by a function, and time jumps
// to the next deadline when nothing else can happen.
type host struct {
	t       testing.TB
	p       *machine.Program
	x       *machine.Execution
	r       machine.Result
	now     time.Time
	queue   []machine.Event
	history []history.Event

	// answer returns the events with which the host answers a task, without
	// their Task.
	answer func(machine.Command) []machine.Event
	// afterStep may replace the execution and the commands, as a host that
	// crashed would.
	afterStep func(*host)
	// beforeCarryOut sees each event that was applied, and its result in r.
	beforeCarryOut func(machine.Event)
	cancelled      []machine.TaskID
	seen           map[machine.TaskID]bool
}

func compile(t testing.TB, definition string, o machine.Options) *machine.Program {
	t.Helper()
	m, err := asl.Parse([]byte(definition))
	require.NoError(t, err)
	p, err := machine.Compile(m, o)
	require.NoError(t, err)
	return p
}

func parse(t testing.TB, text string) any {
	t.Helper()
	v, err := value.ParseString(text)
	require.NoError(t, err)
	return v
}

func newHost(t testing.TB, p *machine.Program, input any) *host {
	h := &host{t: t, p: p, now: began, seen: make(map[machine.TaskID]bool)}
	h.x = p.New(machine.Start{ID: "test", Input: input, Seed: [2]uint64{1, 2}})
	h.r.History = true
	h.queue = []machine.Event{{Kind: machine.Started}}
	return h
}

// run goes on until the execution ends, or nothing can happen any more.
func (h *host) run() *machine.Outcome {
	h.t.Helper()
	for h.x.Status == machine.Running {
		if len(h.queue) == 0 {
			at, ok := h.p.Wake(h.x)
			if !ok {
				return nil
			}
			h.now = at
			h.queue = append(h.queue, machine.Event{Kind: machine.Tick})
		}
		ev := h.queue[0]
		h.queue = h.queue[1:]
		h.step(ev)
	}
	return h.x.Outcome
}

func (h *host) step(ev machine.Event) {
	h.t.Helper()
	require.NoError(h.t, h.p.Step(h.x, ev, h.now, &h.r))
	h.history = append(h.history, h.r.Events...)
	if h.beforeCarryOut != nil {
		h.beforeCarryOut(ev)
	}
	if h.afterStep != nil {
		h.afterStep(h)
	}
	h.carryOut()
}

func (h *host) carryOut() {
	for _, c := range h.r.Commands {
		switch c.Kind {
		case machine.StartTask:
			if h.seen[c.Task] || h.answer == nil {
				continue
			}
			h.seen[c.Task] = true
			for _, ev := range h.answer(c) {
				ev.Task = c.Task
				h.queue = append(h.queue, ev)
			}
		case machine.CancelTask:
			h.cancelled = append(h.cancelled, c.Task)
		case machine.Yield:
			h.queue = append([]machine.Event{{Kind: machine.Tick}}, h.queue...)
		}
	}
}

// restored replaces the execution by its own snapshot after every Step.
func restored(h *host) {
	data, err := h.p.Marshal(h.x)
	require.NoError(h.t, err)
	x, err := h.p.Restore(data)
	require.NoError(h.t, err)
	again, err := h.p.Marshal(x)
	require.NoError(h.t, err)
	require.Equal(h.t, data, again, "a restored execution is the same")
	h.x = x
}

// crashed also loses all commands, and makes them again from the execution.
func crashed(h *host) {
	restored(h)
	require.NoError(h.t, h.p.Pending(h.x, &h.r))
	for i := len(h.queue) - 1; i >= 0; i-- {
		if h.queue[i].Kind == machine.Tick {
			h.queue = append(h.queue[:i], h.queue[i+1:]...)
		}
	}
}

func succeed(output any) []machine.Event {
	return []machine.Event{{Kind: machine.TaskStarted}, {Kind: machine.TaskSucceeded, Output: output}}
}

func failWith(name, cause string) []machine.Event {
	return []machine.Event{{Kind: machine.TaskStarted}, {Kind: machine.TaskFailed, Error: &name, Cause: &cause}}
}

// lines prints a history, an event a line: id, previous id, type, and what the
// details say.
func lines(events []history.Event) string {
	text := ""
	for i := range events {
		e := &events[i]
		text += fmt.Sprintf("%d<-%d %s", e.ID, e.Previous, e.Type)
		if _, details := e.Details(); details != nil {
			v, err := value.From(details)
			if err != nil {
				panic(err)
			}
			text += " " + value.String(withoutTruncated(v))
		}
		text += "\n"
	}
	return text
}

// withoutTruncated drops inputDetails and the like, which say nothing.
func withoutTruncated(v any) any {
	o, ok := v.(*value.Object)
	if !ok {
		return v
	}
	for _, name := range []string{"inputDetails", "outputDetails", "assignedVariablesDetails"} {
		o = o.Without(name)
	}
	return o
}
