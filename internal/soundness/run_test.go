package soundness

import (
	"math/rand/v2"
	"time"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// run is one execution, as it went.
type run struct {
	events    []history.Event // by their ids, from 1
	decisions []machine.Decision
	caught    map[uint32]int // by which Catcher a state was left, if by one
	outcome   *machine.Outcome
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func data(text string) any { return must(value.ParseString(text)) }

// execute runs a machine whose tasks answer at random. Time jumps to what is due
// when nothing else can happen.
func execute(p *machine.Program, r *rand.Rand) *run {
	x := p.New(machine.Start{ID: "run", Input: data(constant(r, 3)), Seed: [2]uint64{r.Uint64(), r.Uint64()}})
	result := machine.Result{History: true, Decide: true}
	now := time.Unix(0, 0)
	h := &run{events: make([]history.Event, 1), caught: map[uint32]int{}}
	for queue := []machine.Event{{Kind: machine.Started}}; x.Status == machine.Running; queue = queue[1:] {
		if len(queue) == 0 {
			now, _ = p.Wake(x)
			queue = append(queue, machine.Event{Kind: machine.Tick})
		}
		if err := p.Step(x, queue[0], now, &result); err != nil {
			panic(err)
		}
		h.events = append(h.events, result.Events...)
		h.decisions = append(h.decisions, result.Decisions...)
		for _, c := range result.Commands {
			switch {
			case c.Kind == machine.Yield:
				queue = append(queue, machine.Event{Kind: machine.Tick})
			case c.Kind == machine.StartTask && r.IntN(2) == 0:
				queue = append(queue, machine.Event{Kind: machine.TaskSucceeded, Task: c.Task, Output: data(constant(r, 2))})
			case c.Kind == machine.StartTask:
				name := pick(r, errors...)
				queue = append(queue, machine.Event{Kind: machine.TaskFailed, Task: c.Task, Error: &name})
			}
		}
	}
	h.outcome = x.Outcome
	for _, d := range h.decisions {
		if d.Kind == machine.MatchedCatcher {
			h.caught[d.Entered] = d.Index
		}
	}
	return h
}

func (h *run) all() func(func(*history.Event) bool) {
	return func(yield func(*history.Event) bool) {
		for i := range h.events[1:] {
			if !yield(&h.events[i+1]) {
				return
			}
		}
	}
}

// entered is the event with which a state was entered that was left.
func (h *run) entered(exited *history.Event) uint32 {
	e := exited
	for !e.Type.IsStateEntered() || e.Name != exited.Name {
		e = &h.events[e.Previous]
	}
	return e.ID
}
