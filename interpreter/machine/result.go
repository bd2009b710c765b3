package machine

import (
	"time"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/internal/probe"
)

// Result is what a Step gives. The caller owns it and uses it again: each Step
// empties it first, and keeps its memory.
type Result struct {
	// History asks for history events. They are numbered all the same without.
	History bool
	// MaxTransitions ends the Step in a Yield after so many states; 0 stands
	// for Limits.StepTransitions.
	MaxTransitions int
	// Probe, if not nil, observes the one state that runs. It is for package
	// interpreter/teststate.
	Probe *probe.Probe
	// Decide asks for Decisions.
	Decide bool
	// Meanwhile, if not nil, is called while a state computes, after about every
	// 4,096 steps of work and before the outcome of such work counts. It returns the
	// time, and a Stopped event if one has come. If the execution's own timeout has
	// passed at that time, or there is a Stopped event, the Step gives up the state
	// and ends the execution with that. Else the Step goes on as if it had not been
	// called. It may read Work, which is the work of the Step so far then. It must not
	// use the execution.
	Meanwhile func() (at time.Time, stopped *Event)

	Commands []Command       // in the order in which they are to be carried out
	Events   []history.Event // in order

	Decisions []Decision // in order

	Work int // done by the expressions, in steps as Limits.ExpressionSteps counts them

	// Late says that the event came too late to be applied: its task, or the whole
	// execution, had ended, or ended in this Step because its time was up.
	Late bool

	step step
}

func (r *Result) clearOutput() {
	clear(r.Commands)
	r.Commands = r.Commands[:0]
	clear(r.Events)
	r.Events = r.Events[:0]
	r.Decisions = r.Decisions[:0]
	r.Work = 0
	r.Late = false
}
