package machine

import (
	"cmp"
	"slices"

	"github.com/gostates/gostates/history"
)

// children is the work of a Parallel or Map state: its branches or iterations.
type children struct {
	input   any   // of each branch; of a Map what ItemSelector sees
	items   []any // of a Map
	results []any
	started int32
	ended   int32
	width   int32      // how many may run at a time
	running []childRef // the scopes, if the execution has an index; some may have ended
}

// spawnChild takes a free slot, or makes one, for a child.
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

// scopeSucceeded ends a scope whose last state has been left.
func (s *step) scopeSucceeded(slot int32) {
	if s.full {
		return // the events of its end have no room
	}
	sc := s.x.scopes[slot]
	if sc.parent < 0 {
		s.succeedExecution(sc.input, sc.prev)
		return
	}
	s.releaseScope(slot)
	s.childSucceeded(sc.parent, &sc)
}

// childSucceeded takes the output of a branch or iteration that has ended, and
// ends the container with the last one.
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
	if int(c.ended) == len(c.results) {
		s.containerSucceeded(slot)
	}
}

// containerSucceeded ends a Parallel or Map with the results of its children.
// StateExited points to the same event as *Succeeded does, not to it
// (recorded), but the failure of ResultSelector or a path points to *Succeeded.
func (s *step) containerSucceeded(slot int32) {
	s.continueTurn()
	sc := &s.x.scopes[slot]
	st := &s.p.states[sc.state]
	succeeded := history.ParallelStateSucceeded
	if st.kind == kindMap {
		succeeded = history.MapStateSucceeded
	}
	result := sc.work.children.results
	sc.phase, sc.work.children = phaseFree, nil
	sc.prev = s.addEvent(history.Event{Type: succeeded, Previous: sc.childID})
	output, assigned, failed := s.stateOutput(slot, any(result))
	if failed != nil {
		s.failState(slot, failed)
		return
	}
	sc.prev = sc.childID
	s.exitState(slot, output, assigned, st.next)
}

// scopeFailed ends a scope by a failure that nothing in it caught.
func (s *step) scopeFailed(slot int32, f *failure) {
	sc := &s.x.scopes[slot]
	if sc.parent < 0 {
		s.failExecution(f, sc.prev)
		return
	}
	s.childFailed(slot, f)
}

// childFailed fails the container of a branch or iteration: its other children
// are aborted, and all their events point to the one that failed.
func (s *step) childFailed(slot int32, f *failure) {
	child := s.x.scopes[slot]
	parent := &s.x.scopes[child.parent]
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

// containerFailed is the event of a Parallel or Map that no Retrier saved.
var containerFailed = [kindMap + 1]history.Type{
	kindParallel: history.ParallelStateFailed,
	kindMap:      history.MapStateFailed,
}

// abortChildren ends all branches or iterations of a container, in their order.
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

// aborted is the event of a state that was entered and never left.
var aborted = [kindMap + 1]history.Type{
	kindTask:     history.TaskStateAborted,
	kindWait:     history.WaitStateAborted,
	kindParallel: history.ParallelStateAborted,
	kindMap:      history.MapStateAborted,
}

// abortScope ends a scope because of a failure elsewhere.
func (s *step) abortScope(slot int32, cause uint32) {
	sc := &s.x.scopes[slot]
	s.abortAll(slot, cause)
	s.cancelTask(slot)
	if t := aborted[s.p.states[sc.state].kind]; t != 0 && sc.inState() {
		s.addEvent(history.Event{Type: t, Previous: cause})
	}
	s.x.removeFromQueue(slot)
	s.releaseScope(slot)
}

// childRef is a branch or an iteration: a scope, while that has this index.
type childRef struct{ slot, index int32 }

// isChild reports whether a scope is still what its container started.
func (x *Execution) isChild(parent int32, k childRef) bool {
	sc := &x.scopes[k.slot]
	return sc.parent == parent && sc.index == k.index
}

// childrenOf returns the branches or iterations of a container that have not
// ended, in the order of their index.
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

// runningChildren removes the refs that have ended.
func (x *Execution) runningChildren(parent int32, refs []childRef) []childRef {
	return slices.DeleteFunc(refs, func(k childRef) bool { return !x.isChild(parent, k) })
}

// adoptChild adds a scope to its container's, which have lower indexes.
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
