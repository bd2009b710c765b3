package machine

import (
	"cmp"
	"slices"
)

// manyScopes is how many scopes an execution searches one by one. One that has
// had more keeps an index.
const manyScopes = 64

// An index finds what would otherwise be searched for among all scopes: the
// earliest deadline, a scope's place in the queue, a container's children (these
// are in its work). It follows from the scopes and is not part of a snapshot.
type index struct {
	prior  []int32  // by slot, the one before it in the queue; unqueued: it is not there
	timers []timing // a heap, the earliest first
	stale  int      // how many of timers are not the deadline of a scope any more
}

const unqueued = -2

// timing is the deadline of a scope.
type timing struct {
	at    int64
	turn  TaskID
	slot  int32
	phase phase
}

// isBefore orders deadlines: those at the same time by turn.
func (t *timing) isBefore(u *timing) bool { return t.at < u.at || t.at == u.at && t.turn < u.turn }

// turn is what scopes are told apart by in time: a task's id, or one like it of
// another state. Slots are given out again, and say nothing.
func (x *Execution) turn(slot int32) TaskID {
	sc := &x.scopes[slot]
	if sc.waitsForTask() {
		return sc.work.task
	}
	return taskID(sc.enteredID, slot)
}

// due returns the scope's earliest deadline, if it has one.
func (sc *scope) due() (at int64, ok bool) {
	switch sc.phase {
	case phaseWait, phaseDelay:
		return sc.deadline, true
	case phaseTask:
		w := sc.work
		if !w.started || w.timeout == 0 && w.heartbeat == 0 {
			return 0, false
		}
		if w.heartbeat == 0 || w.timeout > 0 && sc.deadline <= w.beat {
			return sc.deadline, true
		}
		return w.beat, true
	}
	return 0, false
}

// timing returns the deadline of a scope, if it has one.
func (x *Execution) timing(slot int32) (t timing, ok bool) {
	at, ok := x.scopes[slot].due()
	if !ok {
		return timing{}, false
	}
	return timing{at, x.turn(slot), slot, x.scopes[slot].phase}, true
}

// earliest returns the earliest deadline of all scopes, if there is one.
func (x *Execution) earliest() (at int64, ok bool) {
	switch {
	case x.marks.has(untimed):
		return 0, false
	case x.index != nil:
		if len(x.index.timers) == 0 {
			return 0, false
		}
		return x.index.timers[0].at, true
	}
	for i := range x.scopes {
		if d, timed := x.scopes[i].due(); timed && (!ok || d < at) {
			at, ok = d, true
		}
	}
	return at, ok
}

// setTimer notes that a scope has a deadline, or a later one.
func (x *Execution) setTimer(slot int32) {
	x.marks.set(untimed, false)
	if sc := &x.scopes[slot]; x.index != nil && !sc.timed {
		sc.timed = true
		t, _ := x.timing(slot)
		x.index.pushTimer(t)
	}
}

// clearTimer notes that a scope does not have a deadline any more.
func (x *Execution) clearTimer(sc *scope) {
	if sc.timed { // there is an index
		x.noteStale(sc)
	}
}

// noteStale is no part of clearTimer, so that clearTimer is inlined.
//
//go:noinline
func (x *Execution) noteStale(sc *scope) {
	sc.timed = false
	if x.index.stale++; x.index.stale > len(x.index.timers)/2 {
		x.sweepTimers()
	}
}

// isStale reports whether a deadline has been cleared.
func (x *Execution) isStale(t timing) bool {
	sc := &x.scopes[t.slot]
	return !sc.timed || sc.phase != t.phase || x.turn(t.slot) != t.turn
}

// sweepTimers removes the stale deadlines.
func (x *Execution) sweepTimers() {
	ix := x.index
	ix.timers, ix.stale = slices.DeleteFunc(ix.timers, x.isStale), 0
	for i := len(ix.timers) / fanOut; i >= 0 && len(ix.timers) > 0; i-- {
		ix.siftDown(i)
	}
}

// settleTimers makes the first deadline that of a scope: stale ones are removed, and
// one that a heartbeat has moved goes where it belongs.
func (x *Execution) settleTimers() {
	ix := x.index
	for len(ix.timers) > 0 {
		first := &ix.timers[0]
		if x.isStale(*first) {
			ix.stale--
			ix.popTimer()
			continue
		}
		at, _ := x.scopes[first.slot].due()
		if at == first.at {
			return
		}
		first.at = at
		ix.siftDown(0)
	}
}

// takeDue appends the deadlines that have passed, in their order. Who takes them
// acts on all of them.
func (x *Execution) takeDue(now int64, due []fired) []fired {
	if ix := x.index; ix != nil {
		for len(ix.timers) > 0 && ix.timers[0].at <= now {
			first := ix.popTimer()
			x.scopes[first.slot].timed = false
			due = append(due, fired{timing: first})
			x.settleTimers()
		}
		return due
	}
	x.marks.set(untimed, true)
	for i := range x.scopes {
		t, ok := x.timing(int32(i))
		if !ok {
			continue
		}
		x.marks.set(untimed, false)
		if t.at <= now {
			due = append(due, fired{timing: t})
		}
	}
	slices.SortFunc(due, func(a, b fired) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.turn, b.turn))
	})
	return due
}

// kid is a branch or an iteration: a scope, while that has this index.
type kid struct{ slot, index int32 }

// isKid reports whether a scope is still what its container started.
func (x *Execution) isKid(parent int32, k kid) bool {
	sc := &x.scopes[k.slot]
	return sc.parent == parent && sc.index == k.index
}

// childrenOf returns the branches or iterations of a container that have not
// ended, in the order of their index.
func (x *Execution) childrenOf(parent int32) []kid {
	if x.index != nil {
		w := x.scopes[parent].work
		if w == nil || w.children == nil {
			return nil
		}
		w.children.kids = x.livingKids(parent, w.children.kids)
		return w.children.kids
	}
	var kids []kid
	for i := range x.scopes {
		if sc := &x.scopes[i]; sc.parent == parent {
			kids = append(kids, kid{int32(i), sc.index})
		}
	}
	slices.SortFunc(kids, func(a, b kid) int { return cmp.Compare(a.index, b.index) })
	return kids
}

// livingKids removes the kids that have ended.
func (x *Execution) livingKids(parent int32, kids []kid) []kid {
	return slices.DeleteFunc(kids, func(k kid) bool { return !x.isKid(parent, k) })
}

// adoptChild adds a scope to its container's, which have lower indexes.
func (x *Execution) adoptChild(slot int32) {
	sc := &x.scopes[slot]
	c := x.scopes[sc.parent].work.children
	if len(c.kids) == cap(c.kids) {
		c.kids = x.livingKids(sc.parent, c.kids)
		if len(c.kids) > cap(c.kids)/2 {
			c.kids = slices.Grow(c.kids, len(c.kids))
		}
	}
	c.kids = append(c.kids, kid{slot, sc.index})
}

// makeIndex makes the index of an execution that has many scopes.
func (x *Execution) makeIndex() {
	x.index = &index{prior: make([]int32, len(x.scopes), cap(x.scopes))}
	var kids []int32
	for i := range x.scopes {
		x.index.prior[i] = unqueued
		sc := &x.scopes[i]
		if sc.work != nil && sc.work.children != nil {
			sc.work.children.kids = nil
		}
		if sc.parent >= 0 {
			kids = append(kids, int32(i))
		}
		if _, sc.timed = sc.due(); sc.timed {
			t, _ := x.timing(int32(i))
			x.index.pushTimer(t)
		}
	}
	slices.SortFunc(kids, func(a, b int32) int { return cmp.Compare(x.scopes[a].index, x.scopes[b].index) })
	for _, slot := range kids {
		x.adoptChild(slot)
	}
	before := int32(none)
	for at := x.ready; at >= 0; before, at = at, x.scopes[at].next {
		x.index.prior[at] = before
	}
}

// noteUnqueued notes that a scope has left the queue, where it stood between two others.
func (ix *index) noteUnqueued(slot, before, next int32) {
	ix.prior[slot] = unqueued
	if next >= 0 {
		ix.prior[next] = before
	}
}

// fanOut is how many children a place in the heap has: few levels are few cache
// misses.
const fanOut = 4

func (ix *index) pushTimer(t timing) {
	ix.timers = append(ix.timers, t)
	i := len(ix.timers) - 1
	for i > 0 {
		parent := (i - 1) / fanOut
		if !t.isBefore(&ix.timers[parent]) {
			break
		}
		ix.timers[i] = ix.timers[parent]
		i = parent
	}
	ix.timers[i] = t
}

func (ix *index) popTimer() timing {
	first, last := ix.timers[0], len(ix.timers)-1
	ix.timers[0] = ix.timers[last]
	ix.timers = ix.timers[:last]
	if last > 0 {
		ix.siftDown(0)
	}
	return first
}

// siftDown moves a deadline down to where it belongs.
func (ix *index) siftDown(i int) {
	timers := ix.timers
	t := timers[i]
	for {
		child := fanOut*i + 1
		if child >= len(timers) {
			break
		}
		for other := child + 1; other < min(fanOut*i+1+fanOut, len(timers)); other++ {
			if timers[other].isBefore(&timers[child]) {
				child = other
			}
		}
		if !timers[child].isBefore(&t) {
			break
		}
		timers[i] = timers[child]
		i = child
	}
	timers[i] = t
}
