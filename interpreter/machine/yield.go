package machine

// runReadyScopes runs the scopes in the queue. A turn is one state: after it, the
// scope goes to the end of the queue (docs/evidence.md#turns).
func (s *step) runReadyScopes() {
	for s.x.ready >= 0 && s.x.Status == Running && !s.full && !s.overHeld {
		s.running = s.x.dequeueScope()
		if !s.advanceScope() {
			s.x.requeueFirst(s.running)
			s.r.Commands = append(s.r.Commands, Command{Kind: Yield, Item: none})
			return
		}
		s.running = none
	}
}

// advanceScope runs a scope until it waits or ends, or until its turn is over and
// others are queued. It returns false if the budget of the Step is used up.
func (s *step) advanceScope() bool {
	entered := false
	for slot := s.running; s.running == slot && !s.full && !s.overHeld; {
		switch s.x.scopes[slot].phase {
		case phaseEnter:
			if entered && s.x.ready >= 0 {
				s.x.enqueueScope(slot)
				return true
			}
			entered = true
			if s.isBudgetSpent() {
				return false
			}
			s.transitions--
			s.enterState(slot)
		case phaseAgain:
			if s.isBudgetSpent() {
				return false
			}
			s.transitions--
			s.runState(slot)
		case phaseResume:
			if s.isBudgetSpent() {
				return false
			}
			s.transitions--
			s.resumeContainer(slot)
		case phaseEndedRun:
			if s.isBudgetSpent() {
				return false
			}
			s.transitions--
			s.redriveMapRun(slot)
		case phaseFill:
			if !s.advanceMapRun(slot) {
				return false
			}
		default:
			return true
		}
	}
	return true
}

// isBudgetSpent reports whether the Step has used up its transitions or its work.
func (s *step) isBudgetSpent() bool {
	return s.transitions == 0 || s.steps-s.meter.Steps-s.meter.Undone >= s.spare
}
