package machine

// DecisionKind is what a Choice state, a Retry or a Catch decided by.
type DecisionKind uint8

const (
	// ChoseRule: a rule of Choices was the first that is true.
	ChoseRule DecisionKind = iota
	// ChoseDefault: none of them was.
	ChoseDefault
	// MatchedRetrier: a Retrier matched an error, and had attempts left or not.
	MatchedRetrier
	// MatchedCatcher: a Catcher matched an error.
	MatchedCatcher
)

// Decision says which of several ways an execution took. The history does not
// say it: two rules may lead to the same state.
type Decision struct {
	Kind    DecisionKind
	State   string
	Index   int    // in Choices, Retry or Catch; -1 for ChoseDefault
	Entered uint32 // the id of the event that entered the state
}

func (s *step) recordDecision(kind DecisionKind, sc *scope, index int) {
	if s.r.Decide {
		s.r.Decisions = append(s.r.Decisions,
			Decision{Kind: kind, State: s.p.states[sc.state].name, Index: index, Entered: sc.enteredID})
	}
}
