package asltest

import (
	"fmt"
	"strings"
	"time"

	"github.com/gostates/gostates/interpreter/machine"
)

// turn is something that a task did while others ran beside it.
type turn struct {
	at   int64
	call *call // nil: a function of At
	what string
}

func (w *world) addTurn(c *call, format string, args ...any) {
	if w.random != nil {
		w.turns = append(w.turns, turn{w.now, c, fmt.Sprintf(format, args...)})
	}
}

// continueFunction runs the function of a task until it pauses or returns.
func (w *world) continueFunction(c *call) {
	what := "goes on"
	if !c.function.begun() {
		what = "called with " + shortJSON(c.input)
	}
	returned, ok := c.function.proceed()
	switch {
	case !ok:
		w.problem = fmt.Sprintf("the handler of state %q blocks: time is virtual and handlers run one at a time, so that it must not sleep, nor wait for its context or for another handler", c.state)
		c.function = nil
	case returned:
		c.function = nil
		if c.handler && c.stage == toSubmit && !c.submitted {
			c.stage = toEnd
		}
		w.addTurn(c, "%s, %s", what, c.answerText())
	default:
		w.addTurn(c, "%s, paused", what)
	}
}

// answerText describes the answer of a function.
func (c *call) answerText() string {
	switch {
	case c.failed != nil:
		return "failed with " + c.failed.name
	case c.hangs:
		return "answers by its token"
	}
	return "returned " + shortJSON(c.output)
}

// noteEvent notes what an event of a task meant.
func (w *world) noteEvent(c *call, ev *machine.Event) {
	switch ev.Kind {
	case machine.TaskStarted:
		w.addTurn(c, "started")
	case machine.TaskSucceeded:
		w.addTurn(c, "answered %s", shortJSON(ev.Output))
	case machine.TaskFailed:
		w.addTurn(c, "failed with %s", orEmpty(ev.Error))
	}
}

// maxTurns is how many turns a report has.
const maxTurns = 80

// interleaving returns what the tasks did, in order, as a tree: times, then branches, then
// tasks. It is empty if no two tasks could run beside each other.
func (x *Execution) interleaving() string {
	turns := x.run.turns
	tasks := make(map[*call]bool)
	for _, t := range turns {
		tasks[t.call] = true
	}
	if len(tasks) < 2 {
		return ""
	}
	var b strings.Builder
	at, where := int64(-1), "-"
	for i, t := range turns {
		if i == maxTurns {
			fmt.Fprintf(&b, "and %s more\n", pluralize(len(turns)-i, "turn"))
			break
		}
		if t.at != at {
			at, where = t.at, "-"
			fmt.Fprintf(&b, "at %s\n", time.Duration(t.at-x.run.start.UnixNano()))
		}
		if t.call == nil {
			where = "-"
			fmt.Fprintf(&b, "  %s\n", t.what)
			continue
		}
		if place := t.call.place(); place != where {
			where = place
			fmt.Fprintf(&b, "  %s\n", place)
		}
		fmt.Fprintf(&b, "    %s %s\n", t.call.state, t.what)
	}
	return b.String()
}

// place names the branch, iteration or child in which a task is.
func (c *call) place() string {
	if c.event == 0 {
		return "before it started"
	}
	x := &Execution{program: c.of.program, run: c.of}
	if k := c.of.child; k != nil {
		x.prefix = fmt.Sprintf("child %d of %q: ", k.Index, c.of.of.state)
	}
	x.Scope = &Scope{x: x}
	_, sc := x.loadTree().placeOf(c.event)
	if prefix := strings.TrimSuffix(sc.messagePrefix(), ": "); prefix != "" {
		return prefix
	}
	return "top level"
}
