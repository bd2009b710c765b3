package machine

import (
	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/value"
)

// enterState adds StateEntered and runs the state.
func (s *step) enterState(slot int32) {
	sc := &s.x.scopes[slot]
	st := &s.p.states[sc.state]
	sc.enteredID = s.addEvent(history.Event{
		Type:     st.entered,
		Previous: sc.prev,
		Name:     st.name,
		Value:    sc.input,
	})
	sc.prev = sc.enteredID
	sc.entered = s.now
	s.runState(slot)
}

// runState runs the state of a scope, for the first time or for a retry.
func (s *step) runState(slot int32) {
	sc := &s.x.scopes[slot]
	sc.phase = phaseFree
	s.beginTurn()
	switch st := &s.p.states[sc.state]; st.kind {
	case kindPass:
		s.runPass(slot, sc, st)
	case kindTask:
		s.runTask(slot, sc, st)
	case kindChoice:
		s.runChoice(slot, sc, st)
	case kindWait:
		s.runWait(slot, sc, st)
	case kindSucceed:
		s.runSucceed(slot, sc, st)
	case kindFail:
		s.runFail(slot, sc, st)
	case kindParallel:
		s.runParallel(slot, sc, st)
	case kindMap:
		s.runMap(slot, sc, st)
	default:
		panic("machine: unknown state kind") // a test covers all state types
	}
}

// exitState adds StateExited, assigns the variables, and continues with the next
// state or ends the scope.
func (s *step) exitState(slot int32, output any, assigned *value.Object, next int32) {
	sc := &s.x.scopes[slot]
	st := &s.p.states[sc.state]
	if s.holdsOwn(sc) {
		output = s.holdOutput(slot, output)
	}
	exited := history.Event{Type: st.exited, Previous: sc.prev, Name: st.name, Value: output}
	if assigned.Len() > 0 {
		exited.Detail = assigned
		s.x.assignVariables(sc, assigned, s.grown)
	}
	sc.prev = s.addEvent(exited)
	sc.input = output
	sc.deadline = 0
	s.x.clearTimer(sc)
	if s.r.Probe != nil {
		s.leaveProbe(sc, next)
		next = none
	}
	if next < 0 {
		s.scopeSucceeded(slot)
		return
	}
	sc.state = next
	if sc.work != nil {
		sc.work.resetWork()
	}
	s.continueScope(slot, phaseEnter)
}

// failState handles a failure of a state: by a Retrier, or else by a Catcher, or
// else the scope fails.
func (s *step) failState(slot int32, f *failure) {
	sc := &s.x.scopes[slot]
	st := &s.p.states[sc.state]
	sc.deadline = 0
	s.x.clearTimer(sc)
	if f.state == "" {
		f.state = st.name
	}
	if s.r.Probe != nil {
		s.r.Probe.Fail(f.err, f.cause)
	}
	if f.match == asl.StatesRuntime {
		s.failExecution(f, sc.prev)
		return
	}
	if s.retryState(slot, sc, st, f) {
		return
	}
	if failedEvent := containerFailed[st.kind]; failedEvent != 0 {
		sc.prev = s.addEvent(history.Event{Type: failedEvent, Previous: sc.prev})
	}
	if i := st.catch.Match(f.match); i >= 0 {
		if s.r.Probe != nil {
			s.r.Probe.Catcher = i + 1
		}
		s.recordDecision(MatchedCatcher, sc, i)
		f = s.applyCatcher(slot, sc, &st.catchers[i], f)
		if f == nil {
			return
		}
		f.state = st.name
		if f.match == asl.StatesRuntime {
			s.failExecution(f, sc.prev)
			return
		}
	}
	s.scopeFailed(slot, f)
}
