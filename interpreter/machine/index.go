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

// makeIndex makes the index of an execution that has many scopes.
func (x *Execution) makeIndex() {
	x.index = &index{prior: make([]int32, len(x.scopes), cap(x.scopes))}
	var refs []int32
	for i := range x.scopes {
		x.index.prior[i] = unqueued
		sc := &x.scopes[i]
		if sc.work != nil && sc.work.children != nil {
			sc.work.children.running = nil
		}
		if sc.parent >= 0 {
			refs = append(refs, int32(i))
		}
		if _, sc.timed = sc.dueTime(); sc.timed {
			t, _ := x.timingOf(int32(i))
			x.index.pushTimer(t)
		}
	}
	slices.SortFunc(refs, func(a, b int32) int { return cmp.Compare(x.scopes[a].index, x.scopes[b].index) })
	for _, slot := range refs {
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
