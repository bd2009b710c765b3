package machine

import (
	"slices"
	"time"

	"github.com/gostates/gostates/history"
)

// NotRedrivableError says why an execution cannot be redriven.
type NotRedrivableError struct {
	// Code is AWS's name of the error: ExecutionNotRedrivable, or InvalidArn for an
	// EXPRESS execution.
	Code string
	// Reason is what DescribeExecution returns as redriveStatusReason. It is empty
	// for InvalidArn.
	Reason string
	// Message is AWS's message.
	Message string
}

func (e *NotRedrivableError) Error() string { return "machine: " + e.Code + ": " + e.Message }

// CheckRedrive returns nil if the Redriven event continues an execution, and
// otherwise a [*NotRedrivableError] or [ErrDigest]. The host decides for how long
// after its end an execution can be redriven: AWS allows 14 days.
func (p *Program) CheckRedrive(x *Execution) error {
	switch {
	case !p.runsExecution(x):
		return ErrDigest
	case p.options.Express && p.parent == nil:
		return &NotRedrivableError{Code: "InvalidArn", Message: "Resource type not valid in this context: express"}
	case x.Status == Running || x.Status == Succeeded:
		return p.NotRedrivable(x, "Execution is "+x.Status.String()+" and cannot be redriven")
	case x.Seq >= p.lastID-1:
		return p.NotRedrivable(x, "Execution has exceeded the maximum history event limit")
	case len(x.scopes) == 0 && !p.options.Express: // dropped, or ended by a version of the library that kept nothing
		return p.NotRedrivable(x, PeriodExceeded)
	}
	return nil
}

// PeriodExceeded is the reason why an execution cannot be redriven that has ended too
// long ago. The host decides how long that is.
const PeriodExceeded = "Execution redrivable period exceeded"

// NotRedrivable returns the error for a reason that the host has, such as
// [PeriodExceeded].
func (p *Program) NotRedrivable(x *Execution, reason string) *NotRedrivableError {
	return &NotRedrivableError{
		Code:    "ExecutionNotRedrivable",
		Reason:  reason,
		Message: "Execution " + p.ExecutionArn(x.ID) + " invalid for redrive as: " + reason,
	}
}

// Redrives returns how many times an execution was redriven, and the time of the
// latest redrive, in UTC.
func (x *Execution) Redrives() (count int, latest time.Time) {
	if !x.isRedriven() {
		return 0, time.Time{}
	}
	return int(x.origin.redrives), time.Unix(0, x.origin.redrivenAt).UTC()
}

// RedrivenBy returns the time of the redrive that had a client token, in UTC. ok is
// false if there was none, or if the token is empty.
func (x *Execution) RedrivenBy(clientToken string) (at time.Time, ok bool) {
	if clientToken == "" || !x.isRedriven() {
		return time.Time{}, false
	}
	for _, r := range x.origin.requests {
		if r.token == clientToken {
			return time.Unix(0, r.at).UTC(), true
		}
	}
	return time.Time{}, false
}

// KeepsScopes reports whether an execution that has ended keeps the states that a
// redrive would continue.
func (x *Execution) KeepsScopes() bool { return x.Status != Running && len(x.scopes) > 0 }

// DropScopes makes an execution that has ended small: it cannot be redriven any
// longer. Its outcome stays. An execution that runs is left alone.
func (x *Execution) DropScopes() {
	if x.Status != Running {
		x.dropScopes()
	}
}

func (x *Execution) isRedriven() bool { return x.origin != nil && x.origin.redrives > 0 }

// hasRequests reports whether redrives had client tokens.
func (x *Execution) hasRequests() bool { return x.isRedriven() && len(x.origin.requests) > 0 }

// lostScope is a scope as it was before a failure changed or ended it.
type lostScope struct {
	slot  int32
	scope scope
	work  work
}

// mostKeptLost bounds the memory that a Result keeps for lost scopes.
const mostKeptLost = 64

// rememberScope notes a scope that a failure is about to change or end. A redrive
// needs it, unless a Retrier or Catcher of a state around it takes the failure.
func (s *step) rememberScope(slot int32) {
	if s.p.options.Express {
		return
	}
	lost := lostScope{slot: slot, scope: s.x.scopes[slot]}
	if w := lost.scope.work; w != nil {
		lost.work = *w
	}
	s.lost = append(s.lost, lost)
}

// forgetLostScopes must be called when a failure was taken.
func (s *step) forgetLostScopes() {
	if len(s.lost) == 0 {
		return
	}
	clear(s.lost)
	if s.lost = s.lost[:0]; cap(s.lost) > mostKeptLost {
		s.lost = nil
	}
}

// keepScopes leaves the scopes of an execution that did not succeed as a redrive
// needs them: as they were when the innermost state failed. States that were
// entered and not left will run again, except for Parallel and Map states with
// branches or iterations. It keeps nothing if there will be no redrive.
func (s *step) keepScopes() {
	x := s.x
	if s.p.options.Express || x.Seq >= s.p.lastID-1 {
		x.dropScopes()
		return
	}
	for i := len(s.lost) - 1; i >= 0; i-- { // what was noted first counts
		lost := &s.lost[i]
		x.scopes[lost.slot] = lost.scope
		if w := lost.scope.work; w != nil {
			*w = lost.work
		}
	}
	s.forgetLostScopes()
	for i := range x.scopes {
		s.keepScope(int32(i))
	}
}

func (s *step) keepScope(slot int32) {
	sc := &s.x.scopes[slot]
	sc.next, sc.timed, sc.deadline = none, false, 0
	switch w := sc.work; {
	case slot > 0 && sc.parent < 0 || sc.phase == phaseItem:
		*sc = scope{parent: none, next: none}
	case sc.phase == phaseEnter || sc.enteredID == 0:
		sc.phase, sc.work = phaseEnter, nil
	case w != nil && w.run != nil && s.x.Rules >= mapRunRedrives && !w.run.anew:
		w.run.settle()
		s.releaseHeld(slot)
		sc.phase, sc.work = phaseEndedRun, &work{run: w.run}
	case w != nil && w.children != nil:
		sc.phase = phaseChildren
		w.attempts, w.retries, w.children.running = nil, 0, nil
	default:
		s.releaseHeld(slot)
		sc.phase, sc.work = phaseAgain, nil
	}
}

func (x *Execution) dropScopes() {
	x.scopes = nil
	x.room = [1]scope{}
}

// redriveExecution continues an execution that has ended. It resumes the scopes in
// the order of branches and items, those around others first.
func (s *step) redriveExecution(clientToken string) {
	x := s.x
	o := *x.origin
	o.redrives++
	o.redrivenAt = s.now
	if clientToken != "" {
		o.requests = append(slices.Clip(o.requests), redriveRequest{clientToken, s.now})
	}
	x.origin = &o
	x.Status, x.Outcome = Running, nil
	x.rebuildLists()
	id := s.addEvent(history.Event{Type: history.ExecutionRedriven, Previous: x.Seq, Index: int32(o.redrives)})
	if s.p.options.Express {
		s.restartExecution(id)
		return
	}
	if x.scopes[0].enteredID == 0 && x.scopes[0].prev == 0 && (s.exceedsPayload(x.Input) || s.exceedsPayload(x.scopes[0].input)) {
		s.failInput()
		return
	}
	s.resumeScope(0, id)
}

// restartExecution runs an EXPRESS child of a Map Run again from its first state.
func (s *step) restartExecution(id uint32) {
	x := s.x
	x.StartedAt = s.now
	x.room[0] = scope{input: x.Input, state: s.p.start, parent: none, next: none, prev: id}
	x.scopes = x.room[:]
	s.continueScope(0, phaseEnter)
}

// rebuildLists makes what keepScopes has left out, but for the queue.
func (x *Execution) rebuildLists() {
	x.marks.setMark(untimed, false)
	x.variables = 0
	for i := len(x.scopes) - 1; i >= 0; i-- {
		sc := &x.scopes[i]
		if sc.phase == phaseFree {
			sc.next, x.free = x.free, int32(i)
		} else if sc.vars != nil {
			x.countVariables(sc.vars)
		}
	}
}

// resumeScope queues a scope and those below it. A Fail state fails because of the
// redrive; all other states continue from their StateEntered event.
func (s *step) resumeScope(slot int32, redriven uint32) {
	sc := &s.x.scopes[slot]
	st := &s.p.states[sc.state]
	if sc.phase != phaseChildren {
		if sc.phase == phaseAgain {
			sc.prev = sc.enteredID
			if st.kind == kindFail {
				sc.prev = redriven
			}
		}
		s.x.enqueueScope(slot)
		return
	}
	if c := sc.work.children; c.isComplete() || st.kind == kindMap && c.room() > 0 {
		sc.phase = phaseResume
		s.x.enqueueScope(slot)
	}
	for _, k := range s.x.childrenOf(slot) {
		s.resumeScope(k.slot, redriven)
	}
}

// resumeContainer continues a Parallel or Map state whose last branch or iteration
// had ended, or that had not started all iterations that may run. The previous
// event of MapIterationStarted is the last one of the Map state
// (docs/evidence.md#redrive-items).
func (s *step) resumeContainer(slot int32) {
	sc := &s.x.scopes[slot]
	sc.phase = phaseChildren
	s.beginTurn()
	if c := sc.work.children; c.isComplete() {
		s.containerSucceeded(slot)
	} else if room := c.room(); room > 0 {
		s.startItems(slot, c, room, sc.childID)
	}
}

// isComplete reports whether all branches or iterations have ended.
func (c *children) isComplete() bool { return int(c.ended) == len(c.results) }

// room returns how many iterations a Map state can start.
func (c *children) room() int {
	return min(int(c.width)-int(c.started-c.ended), len(c.items)-int(c.started))
}
