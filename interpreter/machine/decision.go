package machine

// DecisionKind says which field of a state a Decision is about.
type DecisionKind uint8

const (
	// ChoseRule: a Choice state took the transition of a rule.
	ChoseRule DecisionKind = iota
	// ChoseDefault: no rule was true.
	ChoseDefault
	// MatchedRetrier: a Retrier matched an error, whether or not it had attempts
	// left.
	MatchedRetrier
	// MatchedCatcher: a Catcher matched an error.
	MatchedCatcher
)

// Decision says which rule, Retrier or Catcher applied. The history does not tell:
// two rules may have the same Next.
type Decision struct {
	Kind    DecisionKind // which field decided
	State   string       // name of the state
	Index   int          // in Choices, Retry or Catch; -1 for ChoseDefault
	Entered uint32       // the id of the event that entered the state
}

func (s *step) recordDecision(kind DecisionKind, sc *scope, index int) {
	if s.r.Decide {
		s.r.Decisions = append(s.r.Decisions,
			Decision{Kind: kind, State: s.p.states[sc.state].name, Index: index, Entered: sc.enteredID})
	}
}
