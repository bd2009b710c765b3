package machine

import (
	"slices"

	"github.com/gostates/gostates/value"
)

// phase says what a scope does next.
type phase uint8

const (
	phaseFree     phase = iota
	phaseEnter          // enter state with input
	phaseAgain          // run state again, after a Retrier's delay
	phaseDelay          // wait until deadline, then retry state
	phaseWait           // wait until deadline, then leave the Wait state
	phaseArmed          // wait for TaskScheduled of an activity
	phaseTask           // wait for the result of a task
	phaseChildren       // wait for branches or iterations
	phaseResume         // after a redrive: end a Parallel or Map state, or start more iterations
	phaseMapRun         // wait for an event of a Map Run
	phaseFill           // let a Map Run go on
	phaseEndedRun       // redrive a Map Run, after the end or in the queue
	phaseItem           // only within a Step: the iteration's input is evaluated
	phaseFailing        // only within a Step: the task has failed, its state not yet
)

// scope is a sequence of states that run one after the other: the machine itself, a
// branch of a Parallel state or an iteration of a Map state.
type scope struct {
	input    any           // of state, before InputPath
	vars     *value.Object // variables assigned by the states of this scope
	work     *work         // of state; nil if it needs none
	entered  int64         // when state was entered
	deadline int64         // of a Wait state, a retry or a task's timeout

	// IDs of history events: the last of this scope (the previous event of its next
	// one), StateEntered of state, and the last of a container's children.
	prev, enteredID, childID uint32

	state  int32 // index in Program.states
	parent int32 // slot of the container's scope; none for the root
	next   int32 // next slot in the queue or in the list of free slots
	index  int32 // of the branch or item
	phase  phase
	timed  bool   // the index has its deadline
	held   uint16 // what input may hold, in units of heldUnit
}

const none = -1

// work is additional data of a running state.
type work struct {
	attempts []int32 // by Retrier of the state
	retries  int32   // sum of attempts: $$.State.RetryCount
	held     uint32  // what all of this may hold, in units of heldUnit

	// Of a Task state.
	task        TaskID
	input       any // evaluated Parameters or Arguments
	credentials any
	timeout     int64 // seconds; 0: none
	heartbeat   int64 // seconds; 0: none
	beat        int64 // deadline of the next heartbeat; 0: none
	started     bool
	submitted   bool
	watched     bool // by the host: its deadlines count from the next heartbeat on

	// Of a Parallel or Map state.
	children *children
	run      *mapRun // in DISTRIBUTED mode
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
	c.run = w.run.clone()
	return &c
}

// resetWork empties w for the next state, and keeps its memory.
func (w *work) resetWork() { *w = work{attempts: w.attempts[:0]} }

func (sc *scope) ensureWork() *work {
	if sc.work == nil {
		sc.work = new(work)
	}
	return sc.work
}

// waitsForTask reports whether the scope has an outstanding task.
func (sc *scope) waitsForTask() bool { return sc.phase == phaseTask || sc.phase == phaseArmed }

// inState reports whether the scope has entered its state and not left it.
func (sc *scope) inState() bool {
	return sc.phase != phaseEnter && sc.phase != phaseItem && sc.phase != phaseFree
}

func (sc *scope) isReady() bool {
	return sc.phase == phaseEnter || sc.phase == phaseAgain || sc.phase == phaseResume || sc.phase == phaseFill || sc.phase == phaseEndedRun
}

// stateScope returns the scope whose state is being evaluated: for an iteration
// whose input is evaluated, the Map state's.
func (s *step) stateScope(slot int32) *scope {
	sc := &s.x.scopes[slot]
	if sc.phase == phaseItem {
		return &s.x.scopes[sc.parent]
	}
	return sc
}

// newSlot appends a slot.
func (x *Execution) newSlot() int32 {
	x.scopes = append(x.scopes, scope{parent: none, next: none})
	if x.index != nil {
		x.index.prior = append(x.index.prior, unqueued)
	} else if len(x.scopes) > manyScopes {
		x.makeIndex()
	}
	return int32(len(x.scopes) - 1)
}

// freeSlot returns a slot to the list of free ones. It keeps the memory of its work
// for the next scope in the slot, such as the next iteration.
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
		return // at least one is free
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
