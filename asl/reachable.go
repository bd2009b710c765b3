package asl

import "fmt"

// CodeMissingEndState is the code of a machine that cannot end.
const CodeMissingEndState = "MISSING_END_STATE"

// CheckReachable returns the states that no transition leads to. If the machine
// has no state at its top level that it could end with, that is all that AWS
// says (measured).
func CheckReachable(m *StateMachine) ErrorList {
	if m.States == nil {
		return nil
	}
	if !hasEnd(m.States) {
		return ErrorList{{
			Severity: SeverityError,
			Code:     CodeMissingEndState,
			Message:  "Workflow has no terminal state",
			Pos:      m.States.Pos,
		}}
	}
	errors := unreachable(m.States, m.StartAt)
	for st := range m.All() {
		switch st := st.(type) {
		case *ParallelState:
			for _, b := range st.Branches {
				errors = append(errors, unreachable(b.States, b.StartAt)...)
			}
		case *MapState:
			if p := st.Processor(); p != nil {
				errors = append(errors, unreachable(p.States, p.StartAt)...)
			}
		}
	}
	return errors
}

func hasEnd(states *States) bool {
	if len(states.List) == 0 || len(states.broken) > 0 {
		return true // other errors say more
	}
	for _, st := range states.List {
		switch st := st.(type) {
		case *SucceedState, *FailState:
			return true
		case *PassState:
			if st.End.Value {
				return true
			}
		case *TaskState:
			if st.End.Value {
				return true
			}
		case *WaitState:
			if st.End.Value {
				return true
			}
		case *ParallelState:
			if st.End.Value {
				return true
			}
		case *MapState:
			if st.End.Value {
				return true
			}
		}
	}
	return false
}

// unreachable finds the states of one States object that nothing leads to.
func unreachable(states *States, startAt Opt[string]) ErrorList {
	if states == nil || len(states.broken) > 0 || states.Get(startAt.Value) == nil {
		return nil // where it starts, or what leads on, is not known
	}
	seen := make([]bool, len(states.List))
	queue := []int{states.index[startAt.Value]}
	seen[queue[0]] = true
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, name := range targets(states.List[at]) {
			if i, ok := states.index[name]; ok && !seen[i] {
				seen[i] = true
				queue = append(queue, i)
			}
		}
	}
	var errors ErrorList
	for i, st := range states.List {
		if base := st.Base(); !seen[i] && states.index[base.Name] == i {
			errors = append(errors, Diagnostic{
				Severity: SeverityError,
				Code:     CodeMissingTransitionTarget,
				Message:  fmt.Sprintf("State %q is not reachable.", base.Name),
				Location: base.Location,
				Pos:      base.Pos,
			})
		}
	}
	return errors
}

// targets are the names of the states that a state can go to.
func targets(st State) []string {
	switch st := st.(type) {
	case *PassState:
		return []string{st.Next.Value}
	case *WaitState:
		return []string{st.Next.Value}
	case *TaskState:
		return caught(st.Next.Value, st.Catch)
	case *ParallelState:
		return caught(st.Next.Value, st.Catch)
	case *MapState:
		return caught(st.Next.Value, st.Catch)
	case *ChoiceState:
		names := []string{st.Default.Value}
		for i := range st.Choices {
			names = append(names, st.Choices[i].Next.Value)
		}
		return names
	}
	return nil
}

func caught(next string, catchers []Catcher) []string {
	names := []string{next}
	for i := range catchers {
		names = append(names, catchers[i].Next.Value)
	}
	return names
}
