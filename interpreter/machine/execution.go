package machine

import (
	"cmp"
	"time"

	"github.com/gostates/gostates/value"
)

// Start holds the data of a new execution.
type Start struct {
	// ID is the execution's name or its whole ARN. For a name, the context object
	// shows an ARN made from the machine's.
	ID string
	// Input must be a value of package value; otherwise the Step of the Started
	// event returns [ErrValue]. The same holds for Variables. It must not be
	// changed.
	Input any
	// Variables are assigned from the start. nil: none.
	Variables *value.Object
	// StartAt is the name of the state, not one inside of a Parallel or Map state, in
	// which the execution begins instead of in the definition's StartAt, with StateInput
	// as its input. If there is no such state, the Step of the Started event returns
	// [ErrState]. Empty: as the definition says, with Input.
	StartAt    string
	StateInput any // like Input
	// Synchronous says that the caller waits for an EXPRESS execution, as with
	// StartSyncExecution: the context object then has no RedriveCount.
	Synchronous bool
	// Seed determines everything random in the execution: jitter, States.UUID,
	// States.MathRandom. Equal seeds and events make equal executions.
	Seed [2]uint64
	// TokenKey makes task tokens impossible to guess. It must come from a source
	// such as crypto/rand.
	TokenKey [16]byte
	// TokenID is part of every token of the execution, so that a token tells which
	// execution it belongs to ([TokenExecution]). It may be any bytes, at most
	// [MaxTokenID]; otherwise the Step of the Started event returns [ErrTokenID].
	// Empty: tokens do not name their execution.
	TokenID string
	// Rules are the rules by which the execution runs, up to RulesVersion. 0 means the
	// oldest ones that say the same of its Program as RulesVersion. For rules that this
	// version does not know, the Step of the Started event returns [ErrRules].
	Rules uint8
	// Depth is the number of executions that wait for this one, if tasks start
	// executions. The package only stores it.
	Depth uint8
}

// Execution is one run of a state machine, as plain data without goroutines, timers
// or locks. Store it after a Step ([Program.Marshal]) and resume it in any process
// ([Program.Restore]).
//
// It must be used by one goroutine at a time. A copy of the struct shares memory
// with the original: use [Execution.Clone].
type Execution struct {
	Rules     uint8  // as in Start, and never 0
	Depth     uint8  // as in Start
	Status    Status // changes from Running, and back with a Redriven event
	marks     marks
	variables uint32    // the size of all variables, in bytes
	origin    *origin   // shared with the Program, unless there is a TokenID
	ID        string    // as in Start
	Input     any       // as in Start
	StartedAt int64     // in nanoseconds since 1970, like all times here
	Now       int64     // time of the latest event; never decreases
	Seq       uint32    // ID of the latest history event; there are no gaps
	free      int32     // first free slot of scopes, or none
	Rand      [2]uint64 // state of the random number generator, from Start.Seed
	TokenKey  [16]byte  // as in Start
	scopes    []scope   // scopes[0] is the root
	Outcome   *Outcome  // nil while Running

	ready, last int32  // queue of scopes that can run; its order is part of the state
	index       *index // nil if there are few scopes
	room        [1]scope
}

// origin holds what never changes in an execution while it runs and what most
// executions of a Program have in common. A redrive makes another one.
type origin struct {
	digest  string // of the Program
	tokenID string // Start.TokenID
	startAt string // Start.StartAt

	redrives   uint32
	redrivenAt int64 // time of the latest redrive
	requests   []redriveRequest
}

// redriveRequest is a redrive that had a client token.
type redriveRequest struct {
	token string
	at    int64
}

// originOf returns the origin of an execution. It allocates only for a TokenID or StartAt.
func (p *Program) originOf(s *Start) *origin {
	if s.TokenID == "" && s.StartAt == "" {
		return p.origin
	}
	return &origin{digest: p.origin.digest, tokenID: s.TokenID, startAt: s.StartAt}
}

// startAt returns Start.StartAt of an execution that has not started.
func (x *Execution) startAt() string {
	if x.origin == nil || x.Status != Running || x.Seq > 0 {
		return ""
	}
	return x.origin.startAt
}

// Digest returns the digest of the execution's Program: see [Program.Digest].
func (x *Execution) Digest() string {
	if x.origin == nil {
		return ""
	}
	return x.origin.digest
}

// TokenID returns Start.TokenID.
func (x *Execution) TokenID() string {
	if x.origin == nil {
		return ""
	}
	return x.origin.tokenID
}

// runsExecution reports whether x is an execution of p, or of an equal Program.
func (p *Program) runsExecution(x *Execution) bool {
	return x.origin == p.origin || x.Digest() == p.origin.digest
}

// marks are boolean properties of an execution.
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

// initExecution initializes x. It allocates only for a TokenID or StartAt.
func (x *Execution) initExecution(p *Program, s Start) {
	*x = Execution{
		Rules:    cmp.Or(s.Rules, p.newRules()),
		Depth:    s.Depth,
		origin:   p.originOf(&s),
		ID:       validUTF8(s.ID),
		Input:    s.Input,
		Rand:     s.Seed,
		TokenKey: s.TokenKey,
		ready:    none,
		last:     none,
		free:     none,
	}
	x.marks.setMark(synchronous, s.Synchronous && p.options.Express)
	state, input := p.start, s.Input
	if s.StartAt != "" {
		state, input = p.outerState(s.StartAt), s.StateInput
	}
	x.room[0] = scope{input: input, vars: s.Variables, state: state, parent: none, next: none}
	x.scopes = x.room[:]
}

// Clone returns an independent copy. Values are shared, since they are immutable.
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
