package machine

import (
	"slices"
	"time"

	"github.com/gostates/gostates/value"
)

// Status is where an execution stands.
type Status uint8

const (
	Running Status = iota
	Succeeded
	Failed
	TimedOut
	Aborted
)

var statusNames = [...]string{"RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}

// String returns AWS's name of the status, such as TIMED_OUT.
func (s Status) String() string {
	if int(s) < len(statusNames) {
		return statusNames[s]
	}
	return "UNKNOWN"
}

// Start is what a new execution begins with.
type Start struct {
	// ID is the execution's name, or its whole ARN. With a name the ARN in the
	// context object is made from the machine's.
	ID string
	// Input is a value of package value: Step(Started) refuses others, and those
	// within Variables, with [ErrValue]. It must not be changed afterwards.
	Input any
	// Variables are those that are assigned from the start; nil: none.
	Variables *value.Object
	// Synchronous says that the caller waits for an EXPRESS execution, as with
	// StartSyncExecution: its context object has no RedriveCount.
	Synchronous bool
	// Seed feeds everything random in the execution: jitter, States.UUID,
	// States.MathRandom. Equal seeds and events make equal executions.
	Seed [2]uint64
	// TokenKey makes task tokens unguessable: it must come from a source such
	// as crypto/rand.
	TokenKey [16]byte
	// Depth is how many executions wait for this one, each for the next, where
	// tasks start executions. The core only keeps it.
	Depth uint8
}

// Execution is one run of a state machine as plain data: it holds no goroutine,
// no timer and no lock. Store it after a Step ([Program.Marshal]) and resume it
// in any process ([Program.Restore]).
//
// One goroutine at a time may use it. A plain copy shares its scopes with the
// original: use [Execution.Clone].
type Execution struct {
	Rules     uint8 // the version of the behaviour that it was started with
	Depth     uint8 // as in Start
	Status    Status
	marks     marks
	variables uint32 // the size of all variables, in bytes
	Digest    string // of the Program that it was started with
	ID        string // as in Start
	Input     any    // as in Start
	StartedAt int64  // nanoseconds since 1970, as all times in it
	Now       int64  // the time of the latest event: never runs backwards
	Seq       uint32 // the id of the latest history event: ids have no gaps
	free      int32  // the first free slot of Scopes; none < 0
	Rand      [2]uint64
	TokenKey  [16]byte
	scopes    []scope  // one line of control each; 0 is the root
	Outcome   *Outcome // nil while Running

	ready, last int32  // the queue of scopes that can go on: order is data too
	index       *index // nil: look at all scopes
	room        [1]scope
}

// marks are facts about an execution of one bit each.
type marks uint8

const (
	untimed     marks = 1 << iota // no scope has a deadline
	synchronous                   // Start.Synchronous
)

func (m marks) has(mark marks) bool { return m&mark != 0 }

func (m *marks) set(mark marks, on bool) {
	*m &^= mark
	if on {
		*m |= mark
	}
}

// Outcome is how an execution ended.
type Outcome struct {
	Output       any     // of a Succeeded one
	Error, Cause *string // of the others; nil where there is none
	State        string  // of a Failed one: the innermost state that failed
}

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

// children is the work of a Parallel or Map state: its branches or iterations.
type children struct {
	input   any   // of each branch; of a Map what ItemSelector sees
	items   []any // of a Map
	results []any
	started int32
	ended   int32
	width   int32 // how many may run at a time
	kids    []kid // the scopes, if the execution has an index; some may have ended
}

// start makes x a new execution in memory of the caller's.
func (x *Execution) start(p *Program, s Start) {
	*x = Execution{
		Rules:    RulesVersion,
		Depth:    s.Depth,
		Digest:   p.digest,
		ID:       valid(s.ID),
		Input:    s.Input,
		Rand:     s.Seed,
		TokenKey: s.TokenKey,
		ready:    none,
		last:     none,
		free:     none,
	}
	x.marks.set(synchronous, s.Synchronous && p.options.Express)
	x.room[0] = scope{input: s.Input, vars: s.Variables, state: p.start, parent: none, next: none}
	x.scopes = x.room[:]
}

// Clone returns a copy that can go its own way. Values are shared: they are
// immutable.
func (x *Execution) Clone() *Execution {
	c := *x
	c.scopes = make([]scope, len(x.scopes))
	copy(c.scopes, x.scopes)
	c.room = [1]scope{}
	c.index = nil
	for i := range c.scopes {
		c.scopes[i].work = c.scopes[i].work.clone()
	}
	if x.Outcome != nil {
		o := *x.Outcome
		c.Outcome = &o
	}
	return &c
}

func (w *work) clone() *work {
	if w == nil {
		return nil
	}
	c := *w
	c.attempts = append([]int32(nil), w.attempts...)
	if w.children != nil {
		k := *w.children
		k.kids = nil
		k.results = append([]any(nil), k.results...)
		c.children = &k
	}
	return &c
}

// Time returns the time of the latest event, in UTC.
func (x *Execution) Time() time.Time { return time.Unix(0, x.Now).UTC() }

// waitsForTask reports whether a task of the host's is outstanding.
func (sc *scope) waitsForTask() bool { return sc.phase == phaseTask || sc.phase == phaseArmed }

// push puts a scope at the end of the queue.
func (x *Execution) push(slot int32) {
	x.scopes[slot].next = none
	if x.index != nil {
		x.index.prior[slot] = x.last
	}
	if x.ready < 0 {
		x.ready = slot
	} else {
		x.scopes[x.last].next = slot
	}
	x.last = slot
}

// pop takes the scope at the head of the queue.
func (x *Execution) pop() int32 {
	slot := x.ready
	next := x.scopes[slot].next
	x.scopes[slot].next = none
	if x.ready = next; next < 0 {
		x.last = none
	}
	if x.index != nil {
		x.index.noteUnqueued(slot, none, next)
	}
	return slot
}

// unpop puts back the scope that was taken last.
func (x *Execution) unpop(slot int32) {
	x.scopes[slot].next = x.ready
	if x.index != nil {
		x.index.prior[slot] = none
		if x.ready >= 0 {
			x.index.prior[x.ready] = slot
		}
	}
	x.ready = slot
	if x.last < 0 {
		x.last = slot
	}
}

// drop takes a scope out of the queue, wherever it stands.
func (x *Execution) drop(slot int32) {
	if x.index != nil {
		if before := x.index.prior[slot]; before != unqueued {
			x.cutFromQueue(before, slot)
		}
		return
	}
	before := int32(none)
	for at := x.ready; at >= 0; before, at = at, x.scopes[at].next {
		if at == slot {
			x.cutFromQueue(before, slot)
			return
		}
	}
}

// cutFromQueue takes a scope out of the queue that stands behind another, or at the head.
func (x *Execution) cutFromQueue(before, slot int32) {
	next := x.scopes[slot].next
	if before < 0 {
		x.ready = next
	} else {
		x.scopes[before].next = next
	}
	if next < 0 {
		x.last = before
	}
	if x.index != nil {
		x.index.noteUnqueued(slot, before, next)
	}
	x.scopes[slot].next = none
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

// spawn takes a free slot, or makes one, for a child.
func (x *Execution) spawn(phase phase, state, parent, index int32, prev uint32, input any) int32 {
	slot := x.free
	if slot < 0 {
		slot = x.newSlot()
	}
	free := &x.scopes[slot]
	x.free = free.next
	w := free.work
	*free = scope{
		input: input, work: w, prev: prev,
		state: state, parent: parent, next: none, index: index, phase: phase,
	}
	if x.index != nil {
		x.adoptChild(slot)
	}
	return slot
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

// release gives a slot back. Its work is kept for the next scope in the slot:
// the iterations of a Map come one after the other.
func (x *Execution) release(slot int32) {
	sc := &x.scopes[slot]
	x.clearTimer(sc)
	if sc.vars != nil {
		x.forget(sc.vars)
	}
	w := sc.work
	if w != nil {
		w.reset()
	}
	*sc = scope{next: x.free, parent: none, work: w}
	x.free = slot
}
