package machine

import (
	"fmt"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

// Scopes share the values they receive. Values that their states make use
// additional memory as long as a scope has them as its input, has sent them to a
// task, or waits for other branches or iterations. A scope counts the bytes that
// its input may hold, and its work those of arguments, items, results and of all
// scopes below. The root therefore has the sum.

// heldUnit is the unit of held memory, in bytes. Numbers are too small to count.
const heldUnit = 128

// addHeld adds units to the work of a scope and of all scopes around it.
func (s *step) addHeld(slot int32, units uint32) {
	for slot >= 0 {
		sc := &s.x.scopes[slot]
		sc.work.held += units
		s.overHeld = int64(sc.work.held)*heldUnit > int64(s.p.limits.HeldBytes)
		slot = sc.parent
	}
}

// inputUnits converts bytes to units, up to the most that scope.held can store.
func inputUnits(bytes int64) uint32 { return uint32(min((bytes+heldUnit/2)/heldUnit, 1<<16-1)) }

// holdInput counts the input of a new scope, which was made with so many bytes.
func (s *step) holdInput(slot int32, made int64) {
	sc := &s.x.scopes[slot]
	input, weight := detachWeighed(sc.input, made)
	sc.input = input
	units := inputUnits(min(weight, made))
	sc.held = uint16(units)
	s.addHeld(sc.parent, units)
}

// holdWork counts a value that was made for the work of a scope.
func (s *step) holdWork(slot int32, v any) {
	s.addHeld(slot, uint32((min(int64(value.Weight(v)), s.meter.Made)+heldUnit/2)/heldUnit))
}

// releaseHeld stops counting the work of a scope.
func (s *step) releaseHeld(slot int32) {
	if w := s.x.scopes[slot].work; w != nil && w.held > 0 {
		s.addHeld(slot, -w.held)
	}
}

// retainedBytes returns how much memory a value may keep alive that a state of the
// scope has made.
func (s *step) retainedBytes(sc *scope) int64 {
	n := int64(sc.held)
	if sc.work != nil {
		n += int64(sc.work.held)
	}
	return s.meter.Made + n*heldUnit
}

// detachAbove is the retained memory, in bytes, from which it pays to measure how
// much of it a value needs.
const detachAbove = 64 << 10

// detachValue copies a value if it would keep much more memory alive than it needs.
func detachValue(v any, behind int64) any {
	if behind > detachAbove {
		v, _ = detachWeighed(v, behind)
	}
	return v
}

// detachWeighed is detachValue, and returns the weight of the value.
func detachWeighed(v any, behind int64) (any, int64) {
	const times = 4
	weight := int64(value.Weight(v))
	if behind > detachAbove && behind/times > weight {
		if _, ok := value.Verbatim(v); !ok {
			v = value.Detach(v)
			weight = int64(value.Weight(v))
		}
	}
	return v, weight
}

// holdsOwn reports whether the bytes that a scope holds are about to change. The
// root has no siblings, so small amounts are not counted.
func (s *step) holdsOwn(sc *scope) bool {
	return s.meter.Made >= heldUnit/2 && (sc.parent >= 0 || s.meter.Made > detachAbove) ||
		sc.held > 0 || sc.work != nil && sc.work.held > 0
}

// holdOutput counts the output of a state, which it returns, instead of the input
// and work of its scope.
func (s *step) holdOutput(slot int32, output any) any {
	sc := &s.x.scopes[slot]
	before := uint32(sc.held)
	if sc.work != nil {
		before += sc.work.held
		sc.work.held = 0
	}
	behind := s.meter.Made + int64(before)*heldUnit
	held := behind
	if sc.parent >= 0 || behind > detachAbove {
		var weight int64
		output, weight = detachWeighed(output, behind)
		held = min(weight, behind)
	}
	units := inputUnits(held)
	sc.held = uint16(units)
	if units != before {
		s.addHeld(sc.parent, units-before) // wraps around if negative
	}
	return output
}

// failHeldLimit fails an execution that holds more than Limits.HeldBytes.
func (s *step) failHeldLimit() {
	cause := fmt.Sprintf("The execution holds more than the maximum number of bytes (%d) of the payloads that its states made.", s.p.limits.HeldBytes)
	s.failExecution(newFailure(asl.StatesDataLimitExceeded, cause), s.x.Seq)
}
