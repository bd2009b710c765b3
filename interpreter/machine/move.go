package machine

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

// ErrMove: an execution cannot go on in another Program, or would differ there. Each
// [*MoveError] wraps it.
var ErrMove = errors.New("machine: the execution cannot be moved")

// MoveDifference is something that another Program has otherwise, and that an execution
// has in use.
type MoveDifference struct {
	// State is the state in which the execution stands, or for a variable the one that
	// reads it. Empty: it is of the whole machine.
	State string
	// Field is a field of the state or of the machine, such as Resource or Retry[0], one
	// of the Options, such as Limits.PayloadBytes, a variable with its $, or a history
	// event, such as event 7. Empty: the whole state.
	Field string
	// Text says what differs. It has names and numbers of the definition and no data
	// of the execution.
	Text string
	// Refused says that the execution cannot be moved because of it. Otherwise it can,
	// and behaves differently from now on.
	Refused bool
}

// String returns the difference as a line.
func (d MoveDifference) String() string {
	var place []string
	if d.State != "" {
		place = append(place, "state "+d.State)
	}
	if d.Field != "" {
		place = append(place, d.Field)
	}
	if len(place) == 0 {
		return d.Text
	}
	return strings.Join(place, ", ") + ": " + d.Text
}

// MoveError lists why an execution was not moved. It wraps [ErrMove].
type MoveError struct {
	Differences []MoveDifference // those that are Refused come first
}

// mostShownDifferences is how many the text of a MoveError has.
const mostShownDifferences = 10

func (e *MoveError) Error() string {
	shown := make([]string, 0, mostShownDifferences+1)
	for i, d := range e.Differences {
		if i == mostShownDifferences {
			shown = append(shown, fmt.Sprintf("and %d more", len(e.Differences)-i))
			break
		}
		shown = append(shown, d.String())
	}
	return ErrMove.Error() + ": " + strings.Join(shown, "; ")
}

// Unwrap returns [ErrMove].
func (e *MoveError) Unwrap() error { return ErrMove }

// CheckMove says what would differ for x, an execution of p that runs, if it went on as
// one of another Program: [Program.Move]. The result is empty if nothing that it has in
// use differs. In use are the states in which it stands, by their names and
// by the Parallel and Map states and the branches around them; the Retriers with
// attempts; its tasks and Map Runs; the type, the ARNs and the limits of the machine; and
// variables: one that a state reads which it can still reach, and that may not be
// assigned then, unless that is so in p too. States that are entered later run as the
// other Program has them, which is no difference.
//
// The error is [ErrDigest] if x is not an execution of p.
func (p *Program) CheckMove(x *Execution, to *Program) ([]MoveDifference, error) {
	if !p.runsExecution(x) {
		return nil, ErrDigest
	}
	m := moveOf(p, x, to)
	return m.found, nil
}

// Move returns x, an execution of p that runs, as one of another Program. It has the
// same ID, history and time, the same tasks and tokens, deadlines, variables, and results
// of branches and iterations. A task or state that has begun keeps what was evaluated for
// it, such as its Parameters and TimeoutSeconds, until it is retried. Attempts of a
// Retrier go to the one with the same ErrorEquals. One that has not started starts in the
// other Program's StartAt.
//
// The error is a [*MoveError] if a difference of CheckMove is Refused, and [ErrDigest].
// Other differences do not matter here. x is not changed.
func (p *Program) Move(x *Execution, to *Program) (*Execution, error) {
	if !p.runsExecution(x) {
		return nil, ErrDigest
	}
	m := moveOf(p, x, to)
	if refused := refusedOf(m.found); len(refused) > 0 {
		return nil, &MoveError{refused}
	}
	y := x.Clone()
	o := *x.origin
	o.digest = to.origin.digest
	y.origin = &o
	for i := range y.scopes {
		sc := &y.scopes[i]
		if sc.phase == phaseFree {
			continue
		}
		sc.state = m.states[i]
		if sc.work != nil {
			sc.work.attempts = m.attempts[i]
		}
	}
	data, err := to.Marshal(y)
	if err != nil {
		return nil, err
	}
	y, err = to.Restore(data) // checks that all of it fits
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMove, err)
	}
	return y, nil
}

func refusedOf(all []MoveDifference) (refused []MoveDifference) {
	for _, d := range all {
		if d.Refused {
			refused = append(refused, d)
		}
	}
	return refused
}

// move is the work of CheckMove and Move.
type move struct {
	from, to *Program
	x        *Execution
	below    [][]int32 // by slot: the slots of branches and iterations
	states   []int32   // by slot: the state of to
	attempts [][]int32 // by slot: the attempts by Retrier of that state
	found    []MoveDifference
}

// report adds a difference.
func (m *move) report(d MoveDifference) { m.found = append(m.found, d) }

// newMove returns a move that has compared nothing yet.
func newMove(from *Program, x *Execution, to *Program) *move {
	n := len(x.scopes)
	m := &move{from: from, to: to, x: x, below: make([][]int32, n), states: make([]int32, n), attempts: make([][]int32, n)}
	for i := range x.scopes {
		if parent := x.scopes[i].parent; parent >= 0 {
			m.below[parent] = append(m.below[parent], int32(i))
		}
	}
	return m
}

// checkMachine compares what is of the whole machine.
func (m *move) checkMachine() {
	for i := range machineRules {
		rule := &machineRules[i]
		rule.find(m, func(field, text string) {
			m.report(MoveDifference{Field: field, Text: text, Refused: rule.refused})
		})
	}
}

// moveOf compares what an execution has in use.
func moveOf(from *Program, x *Execution, to *Program) *move {
	m := newMove(from, x, to)
	if x.Status != Running {
		m.report(MoveDifference{Text: "the execution has ended: it is " + x.Status.String(), Refused: true})
		return m
	}
	m.checkMachine()
	switch {
	case x.Seq > 0:
		m.place(0, m.from.definitions(), m.to.definitions(), none)
	case x.startAt() == "":
		m.states[0] = to.start
	case to.StartsAt(x.startAt()):
		m.states[0] = to.outerState(x.startAt())
	default:
		m.refuseMissing(x.startAt())
	}
	if len(refusedOf(m.found)) == 0 {
		m.checkVariables()
	}
	sortRefusedFirst(m.found)
	return m
}

func (m *move) refuseMissing(name string) {
	m.report(MoveDifference{State: name, Text: "the execution is in it, and the other definition does not have it there", Refused: true})
}

// definitions returns the member States of the definition.
func (p *Program) definitions() *value.Object {
	text, err := asl.MarshalUncommented(p.machine)
	if err != nil {
		return nil // it was compiled, so that there is none
	}
	v, err := value.Parse(text)
	if err != nil {
		return nil
	}
	return objectIn(v, "States")
}

// objectIn returns a member of an object that is an object; nil if there is none.
func objectIn(v any, key string) *value.Object {
	o, _ := v.(*value.Object)
	member, _ := o.Get(key)
	made, _ := member.(*value.Object)
	return made
}

func arrayIn(o *value.Object, key string) []any {
	member, _ := o.Get(key)
	list, _ := member.([]any)
	return list
}

// nestedStates returns the member States of each branch of a Parallel state, or of the
// processor of a Map state.
func nestedStates(st *value.Object) (nested []*value.Object) {
	for _, b := range arrayIn(st, "Branches") {
		nested = append(nested, objectIn(b, "States"))
	}
	for _, name := range []string{"ItemProcessor", "Iterator"} {
		if st.Has(name) {
			nested = append(nested, objectIn(objectIn(st, name), "States"))
		}
	}
	return nested
}

// place finds the state of a scope in the other Program, and those of the scopes below
// it. before and after hold the definitions of the states around it.
func (m *move) place(slot int32, before, after *value.Object, outer int32) {
	sc := &m.x.scopes[slot]
	a := &m.from.states[sc.state]
	index := m.to.nestedState(outer, a.name)
	if index == none || !after.Has(a.name) {
		m.refuseMissing(a.name)
		return
	}
	m.states[slot] = index
	if sc.phase == phaseEnter { // it is entered as the other Program has it
		return
	}
	p := &standing{
		scope: sc, a: a, b: &m.to.states[index],
		before: objectIn(before, a.name), after: objectIn(after, a.name), reported: make(map[string]bool),
	}
	for i := range stateRules {
		rule := &stateRules[i]
		rule.find(p, func(field, text string) {
			p.reported[field] = true
			m.report(MoveDifference{State: a.name, Field: field, Text: text, Refused: rule.refused})
		})
	}
	m.attempts[slot] = p.attempts
	if sc.work == nil || sc.work.children == nil || p.b.iterate != nil && p.b.iterate.distributed != nil {
		return
	}
	inside, other := nestedStates(p.before), nestedStates(p.after)
	for _, k := range m.below[slot] {
		branch := m.x.scopes[k].index
		if a.kind == kindMap {
			branch = 0
		}
		if int(branch) < len(other) && a.kind == p.b.kind {
			m.place(k, inside[branch], other[branch], index)
		}
	}
}

// nestedState returns the index of the state of a name that is inside of another one, or
// with none of the machine's own; none if there is none.
func (p *Program) nestedState(outer int32, name string) int32 {
	for i := range p.states {
		if st := &p.states[i]; st.outer == outer && st.name == name {
			return int32(i)
		}
	}
	return none
}
