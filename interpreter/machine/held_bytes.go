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

// heldUnit is the unit of what scopes hold, in bytes. A number takes none.
const heldUnit = 128

// addHeld adds to what the work of a scope holds, and to that of all around it.
func (s *step) addHeld(slot int32, units uint32) {
	for slot >= 0 {
		sc := &s.x.scopes[slot]
		sc.work.held += units
		s.overHeld = int64(sc.work.held)*heldUnit > int64(s.p.limits.HeldBytes)
		slot = sc.parent
	}
}

// inputUnits is what an Input holds, no more than its scope can count.
func inputUnits(bytes int64) uint32 { return uint32(min((bytes+heldUnit/2)/heldUnit, 1<<16-1)) }

// holdInput makes a new scope hold its Input, for which so much was made.
func (s *step) holdInput(slot int32, made int64) {
	sc := &s.x.scopes[slot]
	sc.input = detachValue(sc.input, made)
	units := inputUnits(min(int64(value.Weight(sc.input)), made))
	sc.held = uint16(units)
	s.addHeld(sc.parent, units)
}

// holdWork adds what was made for the work of a scope.
func (s *step) holdWork(slot int32, v any) {
	s.addHeld(slot, uint32((min(int64(value.Weight(v)), s.meter.Made)+heldUnit/2)/heldUnit))
}

// releaseHeld takes away what the work of a scope holds, which is not needed any more.
func (s *step) releaseHeld(slot int32) {
	if w := s.x.scopes[slot].work; w != nil && w.held > 0 {
		s.addHeld(slot, -w.held)
	}
}

// retainedBytes is how much memory a value that a state of the scope has made can keep:
// all that was made for it, and what it may be a part of.
func (s *step) retainedBytes(sc *scope) int64 {
	n := int64(sc.held)
	if sc.work != nil {
		n += int64(sc.work.held)
	}
	return s.meter.Made + n*heldUnit
}

// much is how much memory may stand behind a value, in bytes, before it is worth
// the while to look at how much of that the value needs.
const detachAbove = 64 << 10

// detachValue returns a value without the memory behind it, where that is much, and
// much more than the value.
func detachValue(v any, behind int64) any {
	const times = 4
	if behind > detachAbove && behind/times > int64(value.Weight(v)) {
		if _, ok := value.Verbatim(v); !ok {
			return value.Detach(v)
		}
	}
	return v
}

// holdsOwn reports whether what a scope holds is about to change. The root has no
// siblings: little of its own makes no difference.
func (s *step) holdsOwn(sc *scope) bool {
	return s.meter.Made >= heldUnit/2 && (sc.parent >= 0 || s.meter.Made > detachAbove) ||
		sc.held > 0 || sc.work != nil && sc.work.held > 0
}

// holdOutput makes a scope hold the output of its state, which it returns, in
// place of its Input and its work.
func (s *step) holdOutput(slot int32, output any) any {
	sc := &s.x.scopes[slot]
	before := uint32(sc.held)
	if sc.work != nil {
		before += sc.work.held
		sc.work.held = 0
	}
	behind := s.meter.Made + int64(before)*heldUnit
	held := behind
	if behind > detachAbove {
		output = detachValue(output, behind)
	}
	if sc.parent >= 0 || behind > detachAbove {
		held = min(int64(value.Weight(output)), behind)
	}
	units := inputUnits(held)
	sc.held = uint16(units)
	if units != before {
		s.addHeld(sc.parent, units-before) // the sum wraps around where this is less
	}
	return output
}

// failHeldLimit fails an execution that has passed that limit.
func (s *step) failHeldLimit() {
	cause := fmt.Sprintf("The execution holds more than the maximum number of bytes (%d) of the payloads that its states made.", s.p.limits.HeldBytes)
	s.failExecution(newFailure(asl.StatesDataLimitExceeded, cause), s.x.Seq)
}
