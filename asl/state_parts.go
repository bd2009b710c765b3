package asl

// parts are the fields that several state types share. A part is nil if the
// type does not have it.
type parts struct {
	*Transition
	*DataFlow
	*Work
	assign *Opt[Template]
}

func partsOf(st State) parts {
	switch st := st.(type) {
	case *TaskState:
		return parts{&st.Transition, &st.DataFlow, &st.Work, &st.Assign}
	case *PassState:
		return parts{&st.Transition, &st.DataFlow, nil, &st.Assign}
	case *WaitState:
		return parts{&st.Transition, &st.DataFlow, nil, &st.Assign}
	case *ChoiceState:
		return parts{nil, &st.DataFlow, nil, &st.Assign}
	case *SucceedState:
		return parts{nil, &st.DataFlow, nil, nil}
	case *FailState:
		return parts{}
	case *ParallelState:
		return parts{&st.Transition, &st.DataFlow, &st.Work, &st.Assign}
	case *MapState:
		return parts{&st.Transition, &st.DataFlow, &st.Work, &st.Assign}
	}
	panic("asl: unknown state type") // a test over all state types guards it
}

func transitionOf(st State) *Transition { return partsOf(st).Transition }

func workOf(st State) *Work { return partsOf(st).Work }

func flowOf(st State) *DataFlow { return partsOf(st).DataFlow }

// isTerminal reports whether a state ends its scope.
func isTerminal(st State) bool {
	switch st.(type) {
	case *SucceedState, *FailState:
		return true
	}
	t := transitionOf(st)
	return t != nil && t.End.Value
}
