package machine

// retryState schedules a retry of a state that failed with f. It returns false if no
// Retrier matches or has attempts left.
func (s *step) retryState(slot int32, sc *scope, st *state, f *failure) bool {
	if st.retry.Len() == 0 {
		return false
	}
	p, before := s.r.Probe, int32(0)
	if p != nil {
		before = p.Retries
	}
	w := sc.ensureWork()
	for len(w.attempts) < st.retry.Len() {
		w.attempts = append(w.attempts, before)
	}
	i, delay, ok := st.retry.Next(f.match, w.attempts, s.Uint64)
	if p != nil {
		p.Retrier, p.Retried, p.Delay = i+1, ok, delay
	}
	if i >= 0 {
		s.recordDecision(MatchedRetrier, sc, i)
	}
	if !ok {
		return false
	}
	delay = s.p.scaleWait(delay)
	s.forgetLostScopes()
	s.releaseHeld(slot)
	*w = work{attempts: w.attempts, retries: w.retries + 1}
	if delay <= 0 {
		s.continueScope(slot, phaseAgain)
		return true
	}
	sc.phase = phaseDelay
	sc.deadline = addDuration(s.now, delay)
	s.x.setTimer(slot)
	return true
}
