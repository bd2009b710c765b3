package machine

import (
	"slices"
	"time"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/internal/probe"
)

// Result receives the results of a Step. The caller owns and reuses it: each Step
// empties it first and keeps its memory.
type Result struct {
	// History enables Events. They get IDs in any case.
	History bool
	// MaxTransitions is the number of states after which the Step ends with a
	// Yield. 0 means Limits.StepTransitions.
	MaxTransitions int
	// Probe, if not nil, observes the one state that runs. It is for package
	// interpreter/teststate.
	Probe *probe.Probe
	// Decide enables Decisions.
	Decide bool
	// Meanwhile, if not nil, is called while a state computes: after about every 4,096
	// steps of work, and before the result of that work counts. It returns the current
	// time, and a Stopped event if one has arrived. If there is a Stopped event, or the
	// execution's timeout has passed, the Step abandons the state and ends the execution.
	// Otherwise the Step continues as if Meanwhile had not been called. It also does if
	// the time is out of range (see ErrTime) or earlier than before. Meanwhile may read
	// Work, which is then the work of the Step so far. It must not use the execution.
	Meanwhile func() (at time.Time, stopped *Event)

	Commands []Command       // to be executed in this order
	Events   []history.Event // in order

	Decisions []Decision // in order

	Work int // of the expressions, in steps as in Limits.ExpressionSteps

	// Late says that the event changed nothing: its task or the whole execution had
	// ended before, or ended in this Step because of a deadline.
	Late bool

	step step
}

// growCommands makes room for a command. It doubles the room, because a Step may
// have as many commands as there are tasks: append adds a quarter to long slices,
// and so allocates two and a half times as much.
func (r *Result) growCommands() {
	if n := len(r.Commands); n == cap(r.Commands) {
		r.Commands = slices.Grow(r.Commands, max(n, 1))
	}
}

func (r *Result) clearOutput() {
	clear(r.Commands)
	r.Commands = r.Commands[:0]
	clear(r.Events)
	r.Events = r.Events[:0]
	r.Decisions = r.Decisions[:0]
	r.Work = 0
	r.Late = false
	r.step.now, r.step.interrupt.happens = 0, false
}
