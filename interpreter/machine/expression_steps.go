package machine

// beginTurn begins a turn of a state: what its expressions may do together on its way
// in, or with the answer of a task.
func (s *step) beginTurn() {
	s.revisits = 1
	s.refillSteps()
}

// continueTurn goes on, within a turn, with the expressions of a Catcher, of a Parallel
// or Map whose last child has ended, or of the items that start then. Once in a
// turn they have steps of their own. Whatever comes after that shares them, so
// that a turn is bounded however deep states nest.
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
		s.meter.Mark += limit - s.meter.Steps // as far away as before
		s.meter.Steps, s.meter.Undone = limit, 0
	}
	s.meter.Made = 0
}

// stepsDone is how many steps of work the expressions have done in this Step.
func (s *step) stepsDone() int {
	return s.steps + s.p.limits.ExpressionSteps - s.meter.Steps - s.meter.Undone
}
