package machine

import (
	"cmp"
	"slices"

	"github.com/gostates/gostates/history"
)

// Where returns the names of the innermost states in which an execution stands, each
// once: those of the branches and iterations that run, and not of the Parallel and
// Map states around them. The order is that in which they were entered; states that
// are entered next come last. It returns nil for an execution that has not started or
// has ended, or that is of another Program.
func (p *Program) Where(x *Execution) []string {
	if !p.runsExecution(x) || x.Status != Running {
		return nil
	}
	var standing []*scope
	for i := range x.scopes {
		if sc := &x.scopes[i]; sc.phase != phaseFree && sc.phase != phaseChildren && sc.phase != phaseResume {
			standing = append(standing, sc)
		}
	}
	slices.SortStableFunc(standing, func(a, b *scope) int {
		if a.inState() != b.inState() {
			return flagOrder(b.inState())
		}
		if a.inState() {
			return cmp.Compare(a.enteredID, b.enteredID)
		}
		return cmp.Or(cmp.Compare(a.prev, b.prev), cmp.Compare(a.index, b.index))
	})
	var names []string
	named := make([]bool, len(p.states))
	for _, sc := range standing {
		if !named[sc.state] {
			named[sc.state] = true
			names = append(names, p.states[sc.state].name)
		}
	}
	return names
}

// FollowFrom makes a trail follow an execution from where it stands, without its history
// before. It does nothing for an execution of another Program.
func (p *Program) FollowFrom(x *Execution, t *history.Trail) {
	if !p.runsExecution(x) {
		return
	}
	var standing []*scope
	for i := range x.scopes {
		if sc := &x.scopes[i]; sc.inState() {
			standing = append(standing, sc)
		}
	}
	slices.SortFunc(standing, func(a, b *scope) int { return cmp.Compare(a.enteredID, b.enteredID) }) // outer ones first
	for _, sc := range standing {
		st, around := &p.states[sc.state], uint32(0)
		if sc.parent != none {
			around = x.scopes[sc.parent].prev
		}
		place := history.Place{State: st.name}
		if w := sc.work; w != nil && st.task != nil {
			place.Resource, place.Attempt = st.task.resource.events.Name(), int(w.retries)
			if sc.phase == phaseDelay || sc.phase == phaseAgain { // the next attempt is not scheduled yet
				place.Attempt--
			}
		}
		open := st.task == nil && sc.work != nil && sc.work.children != nil
		t.Stand(sc.prev, place, around, open)
		if open && sc.childID != 0 {
			t.Stand(sc.childID, place, around, open)
		}
	}
}

// flagOrder returns 1 if last is set, else -1.
func flagOrder(last bool) int {
	if last {
		return 1
	}
	return -1
}
