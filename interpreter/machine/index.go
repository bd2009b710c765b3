package machine

import (
	"cmp"
	"slices"
)

// manyScopes is the number of scopes above which an execution uses an index.
const manyScopes = 64

// index replaces searching all scopes: for the earliest deadline, for a scope's
// place in the queue, and for a container's children (stored in its work). It is
// derived from the scopes and not part of a snapshot.
type index struct {
	prior  []int32  // by slot: the scope before it in the queue, or unqueued
	timers []timing // a heap; the earliest is first
	stale  int      // number of timers that were cleared
}

const unqueued = -2

// makeIndex builds the index.
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

// noteUnqueued updates the index after a scope between two others has left the
// queue.
func (ix *index) noteUnqueued(slot, before, next int32) {
	ix.prior[slot] = unqueued
	if next >= 0 {
		ix.prior[next] = before
	}
}
