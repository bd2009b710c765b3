package machine

// enqueueScope appends a scope to the queue.
func (x *Execution) enqueueScope(slot int32) {
	x.scopes[slot].next = none
	if x.index != nil {
		x.index.prior[slot] = x.last
	}
	if x.ready < 0 {
		x.ready = slot
	} else {
		x.scopes[x.last].next = slot
	}
	x.last = slot
}

// dequeueScope removes the first scope of the queue.
func (x *Execution) dequeueScope() int32 {
	slot := x.ready
	next := x.scopes[slot].next
	x.scopes[slot].next = none
	if x.ready = next; next < 0 {
		x.last = none
	}
	if x.index != nil {
		x.index.noteUnqueued(slot, none, next)
	}
	return slot
}

// requeueFirst puts a scope at the head of the queue.
func (x *Execution) requeueFirst(slot int32) {
	x.scopes[slot].next = x.ready
	if x.index != nil {
		x.index.prior[slot] = none
		if x.ready >= 0 {
			x.index.prior[x.ready] = slot
		}
	}
	x.ready = slot
	if x.last < 0 {
		x.last = slot
	}
}

// removeFromQueue removes a scope from the queue, if it is there.
func (x *Execution) removeFromQueue(slot int32) {
	if x.index != nil {
		if before := x.index.prior[slot]; before != unqueued {
			x.cutFromQueue(before, slot)
		}
		return
	}
	before := int32(none)
	for at := x.ready; at >= 0; before, at = at, x.scopes[at].next {
		if at == slot {
			x.cutFromQueue(before, slot)
			return
		}
	}
}

// cutFromQueue removes the scope that follows before, or the first one if before is
// none.
func (x *Execution) cutFromQueue(before, slot int32) {
	next := x.scopes[slot].next
	if before < 0 {
		x.ready = next
	} else {
		x.scopes[before].next = next
	}
	if next < 0 {
		x.last = before
	}
	if x.index != nil {
		x.index.noteUnqueued(slot, before, next)
	}
	x.scopes[slot].next = none
}

// continueScope sets the next phase of a scope. The running scope continues at
// once, others are queued.
func (s *step) continueScope(slot int32, phase phase) {
	s.x.scopes[slot].phase = phase
	if slot != s.running {
		s.x.enqueueScope(slot)
	}
}
