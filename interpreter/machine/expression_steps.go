package machine

// beginTurn gives the expressions of a state their steps of work: once when the
// state is entered, and once for the result of a task.
func (s *step) beginTurn() {
	s.revisits = 1
	s.refillSteps()
}

// continueTurn gives steps of work to the expressions of a Catcher, of a Parallel
// or Map state whose last child has ended, or of the next item. Only the first call
// in a turn does: later ones share what is left, so that a turn is bounded however
// deep states nest.
func (s *step) continueTurn() {
	if s.revisits > 0 {
		s.revisits--
		s.refillSteps()
	}
	s.meter.Made = 0
}

func (s *step) refillSteps() {
	if limit := s.p.limits.ExpressionSteps; s.meter.Steps != limit {
		s.steps = s.stepsDone()
		s.meter.Mark += limit - s.meter.Steps // the distance stays the same
		s.meter.Steps, s.meter.Undone = limit, 0
	}
	s.meter.Made = 0
}

// stepsDone returns the steps of work that expressions have done in this Step.
func (s *step) stepsDone() int {
	return s.steps + s.p.limits.ExpressionSteps - s.meter.Steps - s.meter.Undone
}
