package machine

// fanOut is the number of children in the heap. A flat heap has fewer cache misses.
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

// siftDown moves a timing down to its place.
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
