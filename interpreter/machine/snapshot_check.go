package machine

import "fmt"

// checkSnapshot rejects a snapshot whose indexes do not fit the program, so that no
// Step can fail because of it.
func (p *Program) checkSnapshot(x *Execution) error {
	bad := func(what string) error { return fmt.Errorf("%w: %s", ErrSnapshot, what) }
	n := int32(len(x.scopes))
	if x.Status > Aborted || (x.Status == Running) != (x.Outcome == nil) || x.Status == Running && n == 0 || x.Status == Succeeded && n > 0 {
		return bad("inconsistent status")
	}
	if n > 0 && (x.scopes[0].parent >= 0 || x.Seq > 0 && x.scopes[0].phase == phaseFree) {
		return bad("inconsistent root scope")
	}
	live := make([]int32, len(x.scopes)) // number of children by scope
	for i := range x.scopes {
		if what := p.checkScope(x, int32(i)); what != "" {
			return bad(what)
		}
		if parent := x.scopes[i].parent; x.scopes[i].phase != phaseFree && parent >= 0 {
			live[parent]++
		}
	}
	for i := range x.scopes {
		sc := &x.scopes[i]
		if sc.phase != phaseChildren && sc.phase != phaseResume {
			continue
		}
		c := sc.work.children
		waits := sc.phase == phaseChildren && x.Status == Running
		if c.started-c.ended != live[i] || live[i] == 0 && (waits || !c.isComplete() && c.room() <= 0) {
			return bad("missing branches or iterations")
		}
	}
	return checkLists(x, bad)
}

func (p *Program) checkScope(x *Execution, slot int32) string {
	sc := &x.scopes[slot]
	if sc.phase == phaseFree {
		return ""
	}
	if sc.phase >= phaseItem || sc.state < 0 || int(sc.state) >= len(p.states) {
		return "a scope without a state"
	}
	st := &p.states[sc.state]
	ok := true
	if x.Status != Running && sc.phase != phaseEnter && sc.phase != phaseAgain && sc.phase != phaseChildren && sc.phase != phaseEndedRun {
		return "a scope that runs after the end"
	}
	switch sc.phase {
	case phaseWait:
		ok = st.kind == kindWait
	case phaseArmed, phaseTask:
		ok = st.kind == kindTask && sc.work != nil && sc.work.task.slotIndex() == int64(slot)
	case phaseResume:
		ok = x.Status == Running && sc.work != nil && sc.work.children.fitsState(st)
	case phaseMapRun, phaseFill:
		ok = sc.work != nil && sc.work.run != nil && sc.work.task.slotIndex() == int64(slot) && sc.work.run.attach(st)
	case phaseEndedRun:
		ok = x.Rules >= mapRunRedrives && sc.work != nil && sc.work.run != nil && sc.work.task == 0 && sc.work.run.attach(st) && sc.work.run.isSettled()
	case phaseChildren:
		ok = sc.work != nil && sc.work.children.fitsState(st)
	}
	if sc.work != nil && (len(sc.work.attempts) > st.retry.Len() || sc.work.run != nil && !sc.runsMap() && sc.phase != phaseEndedRun) {
		ok = false
	}
	if slot == 0 {
		ok = ok && st.outer == none
	} else {
		ok = ok && p.checkChild(x, sc, st)
	}
	if !ok {
		return fmt.Sprintf("scope %d is inconsistent with its state", slot)
	}
	return ""
}

// checkChild checks that a scope's container waits for it and that its state
// belongs to the container, so that scopes form a tree.
func (p *Program) checkChild(x *Execution, sc *scope, st *state) bool {
	if sc.parent < 0 || sc.parent >= int32(len(x.scopes)) {
		return false
	}
	parent := &x.scopes[sc.parent]
	return (parent.phase == phaseChildren || parent.phase == phaseResume) && parent.state == st.outer && parent.work != nil && parent.work.children != nil &&
		sc.index >= 0 && sc.index < parent.work.children.started
}

func (c *children) fitsState(st *state) bool {
	if c == nil || c.started < 0 || c.ended < 0 || int(c.started) > len(c.results) || c.ended > c.started {
		return false
	}
	switch st.kind {
	case kindParallel:
		return len(c.results) == len(st.parallel)
	case kindMap:
		return len(c.results) == len(c.items)
	}
	return false
}

// checkLists checks that all scopes that can run are in the queue once, and that
// the list contains free slots only.
func checkLists(x *Execution, bad func(string) error) error {
	if x.Status != Running { // a redrive makes them
		if x.ready != none || x.last != none || x.free != none {
			return bad("lists after the end")
		}
		return nil
	}
	inQueue, inFree := 0, 0
	last := int32(none)
	for at := x.ready; at >= 0; at = x.scopes[at].next {
		if int(at) >= len(x.scopes) || inQueue > len(x.scopes) || !x.scopes[at].isReady() {
			return bad("inconsistent ready queue")
		}
		inQueue++
		last = at
	}
	for at := x.free; at >= 0; at = x.scopes[at].next {
		if int(at) >= len(x.scopes) || inFree > len(x.scopes) || x.scopes[at].phase != phaseFree {
			return bad("inconsistent list of free slots")
		}
		inFree++
	}
	for i := range x.scopes {
		if x.scopes[i].isReady() {
			inQueue--
		}
	}
	if inQueue != 0 || last != x.last {
		return bad("inconsistent ready queue")
	}
	return nil
}
