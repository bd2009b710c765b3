package machine

import (
	"slices"

	"github.com/gostates/gostates/value"
)

// Phase says what a scope does next.
type phase uint8

const (
	phaseFree     phase = iota
	phaseEnter          // enter State with Input
	phaseAgain          // try State again: a Retry whose delay is over
	phaseDelay          // wait for Deadline, then try State again
	phaseWait           // wait for Deadline, then leave the Wait state
	phaseArmed          // a task that the host has not taken yet
	phaseTask           // wait for the task's answer
	phaseChildren       // wait for branches or iterations
	phaseItem           // within a Step: an iteration whose input is being made
	phaseFailing        // within a Step: a task that is over, and has not failed its state yet
)

// Scope is one line of control: the machine itself, a branch of a Parallel
// state or an iteration of a Map state.
type scope struct {
	input    any           // of State, before InputPath
	vars     *value.Object // what the states of this scope assigned
	work     *work         // of the state that runs; nil where it needs none
	entered  int64         // when State was entered
	deadline int64         // when it goes on by itself, if it waits or is a task's that has a timeout

	// Events by id: the last of this line (the cause of its next), State's
	// StateEntered, and of a container the last of its children's.
	prev, enteredID, childID uint32

	state  int32 // index of the state in the Program
	parent int32 // slot of the scope whose Parallel or Map this belongs to
	next   int32 // in the queue of ready scopes, or in the list of free ones
	index  int32 // of the branch or item
	phase  phase
	timed  bool   // its deadline stands in the index
	held   uint16 // what Input may hold of its own, in units
}

const none = -1

// work is what only some states need while they run.
type work struct {
	attempts []int32 // made by each Retrier of the state
	retries  int32   // all together: $$.State.RetryCount
	held     uint32  // what all of this may hold, in units

	// A task.
	task        TaskID
	input       any // what was sent: Parameters, evaluated
	credentials any
	timeout     int64 // seconds; 0: none
	heartbeat   int64 // seconds; 0: none
	beat        int64 // when the next heartbeat must have come; 0: never
	started     bool
	submitted   bool

	// A Parallel or Map.
	children *children
}

func (w *work) cloneWork() *work {
	if w == nil {
		return nil
	}
	c := *w
	c.attempts = append([]int32(nil), w.attempts...)
	if w.children != nil {
		k := *w.children
		k.running = nil
		k.results = append([]any(nil), k.results...)
		c.children = &k
	}
	return &c
}

// resetWork makes the work ready for another state, and keeps its memory.
func (w *work) resetWork() { *w = work{attempts: w.attempts[:0]} }

func (sc *scope) ensureWork() *work {
	if sc.work == nil {
		sc.work = new(work)
	}
	return sc.work
}

// waitsForTask reports whether a task of the host's is outstanding.
func (sc *scope) waitsForTask() bool { return sc.phase == phaseTask || sc.phase == phaseArmed }

// inState reports whether the scope has entered its state and not left it.
func (sc *scope) inState() bool {
	return sc.phase != phaseEnter && sc.phase != phaseItem && sc.phase != phaseFree
}

func (sc *scope) isReady() bool {
	return sc.phase == phaseEnter || sc.phase == phaseAgain
}

// stateScope is the scope whose state a template belongs to: before an iteration
// has its input, that is the Map state's.
func (s *step) stateScope(slot int32) *scope {
	sc := &s.x.scopes[slot]
	if sc.phase == phaseItem {
		return &s.x.scopes[sc.parent]
	}
	return sc
}

// newSlot adds a slot, which is not in the list of free ones.
func (x *Execution) newSlot() int32 {
	x.scopes = append(x.scopes, scope{parent: none, next: none})
	if x.index != nil {
		x.index.prior = append(x.index.prior, unqueued)
	} else if len(x.scopes) > manyScopes {
		x.makeIndex()
	}
	return int32(len(x.scopes) - 1)
}

// freeSlot gives a slot back. Its work is kept for the next scope in the slot:
// the iterations of a Map come one after the other.
func (x *Execution) freeSlot(slot int32) {
	sc := &x.scopes[slot]
	x.clearTimer(sc)
	if sc.vars != nil {
		x.forgetVariables(sc.vars)
	}
	w := sc.work
	if w != nil {
		w.resetWork()
	}
	*sc = scope{next: x.free, parent: none, work: w}
	x.free = slot
}

// reserveSlots makes room for n more scopes.
func (x *Execution) reserveSlots(n int) {
	if x.free >= 0 {
		return // there is some
	}
	x.scopes = slices.Grow(x.scopes, n)
	if x.index != nil {
		x.index.prior = slices.Grow(x.index.prior, n)
	}
}

// releaseScope frees the slot of a scope that has ended.
func (s *step) releaseScope(slot int32) {
	if slot == s.running {
		s.running = none
	}
	s.x.freeSlot(slot)
}
