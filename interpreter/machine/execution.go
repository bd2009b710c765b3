package machine

import (
	"time"

	"github.com/gostates/gostates/value"
)

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

func (m marks) hasMark(mark marks) bool { return m&mark != 0 }

func (m *marks) setMark(mark marks, on bool) {
	*m &^= mark
	if on {
		*m |= mark
	}
}

// start makes x a new execution in memory of the caller's.
func (x *Execution) initExecution(p *Program, s Start) {
	*x = Execution{
		Rules:    RulesVersion,
		Depth:    s.Depth,
		Digest:   p.digest,
		ID:       validUTF8(s.ID),
		Input:    s.Input,
		Rand:     s.Seed,
		TokenKey: s.TokenKey,
		ready:    none,
		last:     none,
		free:     none,
	}
	x.marks.setMark(synchronous, s.Synchronous && p.options.Express)
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
		c.scopes[i].work = c.scopes[i].work.cloneWork()
	}
	if x.Outcome != nil {
		o := *x.Outcome
		c.Outcome = &o
	}
	return &c
}

// Time returns the time of the latest event, in UTC.
func (x *Execution) Time() time.Time { return time.Unix(0, x.Now).UTC() }
