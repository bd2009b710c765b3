package asl

import "iter"

// All iterates over all states of the machine, in the order of the source: each
// state before the states nested in it.
func (m *StateMachine) All() iter.Seq[State] {
	return func(yield func(State) bool) { m.States.visitAll(yield) }
}

// visitAll visits states until yield returns false. It returns false if yield
// did.
func (s *States) visitAll(yield func(State) bool) bool {
	if s == nil {
		return true
	}
	for _, st := range s.List {
		if !yield(st) {
			return false
		}
		for _, nested := range Children(st) {
			if !nested.visitAll(yield) {
				return false
			}
		}
	}
	return true
}

// Walk calls visit for the states of the machine in the order of
// [StateMachine.All]. If visit returns false, the states nested in that state
// are skipped.
func Walk(m *StateMachine, visit func(State) bool) { visitPruned(m.States, visit) }

func visitPruned(s *States, visit func(State) bool) {
	if s == nil {
		return
	}
	for _, st := range s.List {
		if !visit(st) {
			continue
		}
		for _, nested := range Children(st) {
			visitPruned(nested, visit)
		}
	}
}

// Children returns the States objects directly within a state: those of a
// Parallel's branches, or of a Map's processor.
func Children(st State) []*States {
	switch st := st.(type) {
	case *ParallelState:
		nested := make([]*States, len(st.Branches))
		for i, b := range st.Branches {
			nested[i] = b.States
		}
		return nested
	case *MapState:
		if p := st.Processor(); p != nil {
			return []*States{p.States}
		}
	}
	return nil
}
