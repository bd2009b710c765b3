package machine

import (
	"fmt"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

// Scopes share the values that they get. What their own states make stays in
// memory beside that, for as long as a scope has it as its Input, sent it to a
// task, or waits for other branches or iterations to end. A scope counts what
// its Input may hold of its own, and its work what all of that may: arguments,
// items, and whatever the branches or iterations hold and have left behind. So
// the root has the sum.

// heldUnit is the unit of what scopes hold, in bytes.
const heldUnit = 128

func heldUnits(bytes int) uint32 { return uint32((bytes + heldUnit - 1) / heldUnit) }

// spread adds to what the work of a scope holds, and to that of all around it.
func (x *Execution) spread(slot int32, units uint32) {
	for ; slot >= 0; slot = x.Scopes[slot].parent {
		x.Scopes[slot].work.held += units
	}
}

// holdInput sets what the Input of a scope holds.
func (x *Execution) holdInput(slot int32, bytes int) {
	sc := &x.Scopes[slot]
	units := min(heldUnits(bytes), 1<<16-1)
	x.spread(sc.parent, units-uint32(sc.held)) // the sum wraps around where this is less
	sc.held = uint16(units)
}

// holdWork adds what was made for the work of a scope.
func (s *step) holdWork(slot int32, v any) {
	if s.meter.Made > 0 {
		s.x.spread(slot, heldUnits(int(min(int64(value.Weight(v)), s.meter.Made))))
	}
}

// letGo takes away what the work of a scope holds, which is not needed any more.
func (x *Execution) letGo(slot int32) {
	if w := x.Scopes[slot].work; w != nil && w.held > 0 {
		x.spread(slot, -w.held)
	}
}

// behind is how much memory a value that a state of the scope has made can keep:
// all that was made for it, and what it may be a part of.
func (s *step) behind(sc *Scope) int64 {
	n := int64(sc.held)
	if sc.work != nil {
		n += int64(sc.work.held)
	}
	return s.meter.Made + n*heldUnit
}

// detached returns a value without the memory behind it, where that is much more
// than the value, and how many bytes the value holds then.
func detached(v any, behind int64) (any, int) {
	const (
		much  = 64 << 10 // bytes
		times = 4
	)
	if behind == 0 {
		return v, 0
	}
	weight := value.Weight(v)
	if behind > much && behind/times > int64(weight) {
		if _, ok := value.Verbatim(v); !ok {
			return value.Detach(v), weight
		}
	}
	return v, int(min(int64(weight), behind))
}

// holdOutput makes a scope hold the output of its state, which it returns, in
// place of its Input and its work.
func (s *step) holdOutput(slot int32, output any) any {
	behind := s.behind(&s.x.Scopes[slot])
	if behind == 0 {
		return output
	}
	output, held := detached(output, behind)
	s.x.holdInput(slot, held)
	s.x.letGo(slot)
	return output
}

// holdsTooMuch reports whether the execution has passed the limit on what it
// holds.
func (s *step) holdsTooMuch() bool {
	if len(s.x.Scopes) == 0 {
		return false
	}
	root := &s.x.Scopes[0]
	return root.work != nil && int64(root.work.held)*heldUnit > int64(s.p.limits.HeldBytes)
}

// endHeld fails an execution that has passed that limit.
func (s *step) endHeld() {
	cause := fmt.Sprintf("The execution holds more than the maximum number of bytes (%d) of the payloads that its states made.", s.p.limits.HeldBytes)
	s.failExecution(newFailure(asl.ErrDataLimitExceeded, cause), s.x.Seq)
}
