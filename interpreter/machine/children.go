package machine

import (
	"cmp"
	"slices"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
)

// children holds the branches or iterations of a Parallel or Map state.
type children struct {
	input   any   // of each branch; of a Map state: $ of ItemSelector
	items   []any // of a Map state
	results []any
	started int32
	ended   int32
	width   int32      // the most that may run at a time
	running []childRef // may contain ended ones; nil if the execution has no index
}

// spawnChild adds a scope for a branch or iteration, and returns its slot.
func (x *Execution) spawnChild(phase phase, state, parent, index int32, prev uint32, input any) int32 {
	slot := x.free
	if slot < 0 {
		slot = x.newSlot()
	}
	free := &x.scopes[slot]
	x.free = free.next
	w := free.work
	*free = scope{
		input: input, work: w, prev: prev,
		state: state, parent: parent, next: none, index: index, phase: phase,
	}
	if x.index != nil {
		x.adoptChild(slot)
	}
	return slot
}

// scopeSucceeded ends a scope that has left its last state.
func (s *step) scopeSucceeded(slot int32) {
	if s.full {
		return // its last events do not fit into the history
	}
	sc := s.x.scopes[slot]
	if sc.parent < 0 {
		s.succeedExecution(sc.input, sc.prev)
		return
	}
	s.releaseScope(slot)
	s.childSucceeded(sc.parent, &sc)
}

// childSucceeded stores the output of a branch or iteration, and ends its container
// after the last one.
func (s *step) childSucceeded(slot int32, child *scope) {
	sc := &s.x.scopes[slot]
	st := &s.p.states[sc.state]
	c := sc.work.children
	c.results[child.index] = child.input
	c.ended++
	if st.kind == kindMap {
		s.iterationSucceeded(slot, child)
	} else {
		sc.childID = max(sc.childID, child.prev)
	}
	if c.isComplete() {
		s.containerSucceeded(slot)
	}
}

// containerSucceeded ends a Parallel or Map state with the results of its children.
// StateExited has the same previous event as the Succeeded event. If ResultSelector
// or a path fails, the failure's previous event is the Succeeded event.
func (s *step) containerSucceeded(slot int32) {
	s.continueTurn()
	sc := &s.x.scopes[slot]
	st := &s.p.states[sc.state]
	succeeded := history.ParallelStateSucceeded
	if st.kind == kindMap {
		succeeded = history.MapStateSucceeded
	}
	result := sc.work.children.results
	sc.phase = phaseFree
	sc.prev = s.addEvent(history.Event{Type: succeeded, Previous: sc.childID})
	output, assigned, failed := s.stateOutput(slot, any(result))
	if failed != nil {
		if failed.match == asl.StatesDataLimitExceeded { // a redrive runs all of them again
			sc.work.children = nil
		}
		s.failState(slot, failed)
		return
	}
	sc.prev = sc.childID
	s.exitState(slot, output, assigned, st.next)
}

// scopeFailed ends a scope whose failure was not caught.
func (s *step) scopeFailed(slot int32, f *failure) {
	sc := &s.x.scopes[slot]
	if sc.parent < 0 {
		s.failExecution(f, sc.prev)
		return
	}
	s.childFailed(slot, f)
}

// childFailed fails the container of a branch or iteration and aborts the others.
// The previous event of all their events is the last one of the child that failed.
func (s *step) childFailed(slot int32, f *failure) {
	child := s.x.scopes[slot]
	parent := &s.x.scopes[child.parent]
	s.rememberScope(child.parent)
	s.rememberScope(slot)
	if s.p.states[parent.state].kind == kindMap {
		s.iterationEvent(history.MapIterationFailed, child.parent, child.index, child.prev)
	}
	if s.p.states[child.state].kind == kindTask {
		s.addEvent(history.Event{Type: history.TaskStateAborted, Previous: child.prev})
	}
	s.releaseScope(slot)
	if c := parent.work.children; c.started-c.ended > 1 {
		s.abortChildren(child.parent, child.prev)
	}
	parent.work.children = nil
	parent.prev = child.prev
	s.failState(child.parent, f)
}

// containerFailed is the event of a Parallel or Map state that failed and is not
// retried.
var containerFailed = [kindMap + 1]history.Type{
	kindParallel: history.ParallelStateFailed,
	kindMap:      history.MapStateFailed,
}

// abortChildren aborts all branches or iterations of a container, in their order.
func (s *step) abortChildren(parent int32, cause uint32) {
	s.abortAll(parent, cause)
	s.x.scopes[parent].ensureWork().children = nil
}

func (s *step) abortAll(parent int32, cause uint32) {
	isMap := s.p.states[s.x.scopes[parent].state].kind == kindMap
	for _, k := range s.x.childrenOf(parent) {
		if isMap {
			s.iterationEvent(history.MapIterationAborted, parent, k.index, cause)
		}
		s.abortScope(k.slot, cause)
	}
}

// aborted is the event of a state that is aborted.
var aborted = [kindMap + 1]history.Type{
	kindTask:     history.TaskStateAborted,
	kindWait:     history.WaitStateAborted,
	kindParallel: history.ParallelStateAborted,
	kindMap:      history.MapStateAborted,
}

// abortScope ends a scope and its children because another scope failed. cause is
// the previous event of all their events.
func (s *step) abortScope(slot int32, cause uint32) {
	sc := &s.x.scopes[slot]
	s.rememberScope(slot)
	s.abortAll(slot, cause)
	s.cancelTask(slot)
	if t := aborted[s.p.states[sc.state].kind]; t != 0 && sc.inState() {
		s.addEvent(history.Event{Type: t, Previous: cause})
	}
	s.x.removeFromQueue(slot)
	s.releaseScope(slot)
}

// childRef identifies a branch or iteration: the scope in slot, as long as it has
// this index.
type childRef struct{ slot, index int32 }

// isChild reports whether k still runs: its slot has not been reused.
func (x *Execution) isChild(parent int32, k childRef) bool {
	sc := &x.scopes[k.slot]
	return sc.parent == parent && sc.index == k.index
}

// childrenOf returns the running branches or iterations of a container, ordered by
// index.
func (x *Execution) childrenOf(parent int32) []childRef {
	if x.index != nil {
		w := x.scopes[parent].work
		if w == nil || w.children == nil {
			return nil
		}
		w.children.running = x.runningChildren(parent, w.children.running)
		return w.children.running
	}
	var refs []childRef
	for i := range x.scopes {
		if sc := &x.scopes[i]; sc.parent == parent {
			refs = append(refs, childRef{int32(i), sc.index})
		}
	}
	slices.SortFunc(refs, func(a, b childRef) int { return cmp.Compare(a.index, b.index) })
	return refs
}

// runningChildren removes the children that have ended, in place.
func (x *Execution) runningChildren(parent int32, refs []childRef) []childRef {
	return slices.DeleteFunc(refs, func(k childRef) bool { return !x.isChild(parent, k) })
}

// adoptChild appends a scope to the children of its container. Its index must be
// higher than theirs.
func (x *Execution) adoptChild(slot int32) {
	sc := &x.scopes[slot]
	c := x.scopes[sc.parent].work.children
	if len(c.running) == cap(c.running) {
		c.running = x.runningChildren(sc.parent, c.running)
		if len(c.running) > cap(c.running)/2 {
			c.running = slices.Grow(c.running, len(c.running))
		}
	}
	c.running = append(c.running, childRef{slot, sc.index})
}
