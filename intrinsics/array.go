package intrinsics

import (
	"math"

	"github.com/gostates/gostates/value"
)

// makeArray implements States.Array.
func makeArray(in input) (any, error) {
	items := make([]any, len(in.call.args))
	for i := range items {
		v, err := in.call.evalArg(i, in.env)
		if err != nil {
			return nil, err
		}
		items[i] = v
	}
	return items, nil
}

// arrayLength implements States.ArrayLength.
func arrayLength(in input) (any, error) {
	items, err := in.arrayArg(0)
	if err != nil {
		return nil, err
	}
	return int64(len(items)), nil
}

// arrayGetItem implements States.ArrayGetItem. It cuts off the fraction of the
// index (docs/evidence.md#intrinsic-fractions), and returns null for an empty
// array (docs/evidence.md#intrinsic-arrays).
func arrayGetItem(in input) (any, error) {
	items, err := in.arrayArg(0)
	if err != nil {
		return nil, err
	}
	i, err := in.int32Arg(1, math.Trunc)
	if err != nil {
		return nil, err
	}
	if i < 0 {
		return nil, in.argumentError("the index %d is negative", i)
	}
	if len(items) == 0 {
		return nil, nil
	}
	if i >= int64(len(items)) {
		return nil, in.argumentError("the index %d is past the end of an array of %d", i, len(items))
	}
	return items[i], nil
}

// arrayContains implements States.ArrayContains.
func arrayContains(in input) (any, error) {
	items, err := in.arrayArg(0)
	if err != nil {
		return nil, err
	}
	whole := isContainer(in.args[1])
	for _, item := range items {
		if err := in.countItem(item, 1, whole); err != nil {
			return nil, err
		}
		if sameItem(item, in.args[1]) {
			return true, nil
		}
	}
	return false, nil
}

// countItem counts the work of an element, and of reading all of it if it is a
// container and read.
func (in input) countItem(item any, work int, read bool) error {
	if in.meter != nil && read && isContainer(item) {
		work += value.Size(item) / readBytes
	}
	return in.meter.Work(work)
}

// readBytes is the number of bytes that are read in a step.
const readBytes = 16

func isContainer(v any) bool {
	switch v.(type) {
	case []any, *value.Object:
		return true
	}
	return false
}

// sameItem reports whether States.ArrayContains regards two values as equal:
// "true" equals true and "12" equals 12, but "0" does not equal false. Objects
// must have the same order of keys (docs/evidence.md#intrinsic-arrays).
func sameItem(a, b any) bool {
	switch a := a.(type) {
	case nil:
		return b == nil
	case []any, *value.Object:
		return value.Identical(a, b)
	case string:
		switch b := b.(type) {
		case string:
			return a == b
		case nil, []any, *value.Object:
			return false
		default:
			return isSpelled(a, b)
		}
	}
	if b, ok := b.(string); ok {
		return isSpelled(b, a)
	}
	return value.Equal(a, b)
}

// isSpelled reports whether text is the JSON of a number or boolean.
func isSpelled(text string, v any) bool {
	var room [32]byte
	return string(value.Append(room[:0], v)) == text
}

// arrayPartition implements States.ArrayPartition. It cuts off the fraction of
// the size (docs/evidence.md#intrinsic-fractions).
func arrayPartition(in input) (any, error) {
	items, err := in.arrayArg(0)
	if err != nil {
		return nil, err
	}
	size64, err := in.int32Arg(1, math.Trunc)
	if err != nil {
		return nil, err
	}
	if size64 < 1 {
		return nil, in.argumentError("the size of a part is %d, which is less than 1", size64)
	}
	size := int(min(size64, max(int64(len(items)), 1)))
	n := (len(items) + size - 1) / size
	if n > in.resultRoom()/len("[0]") {
		return nil, in.tooLongError()
	}
	if err := in.meter.Work(n); err != nil {
		return nil, err
	}
	parts := make([]any, 0, n)
	for ; len(items) > 0; items = items[min(size, len(items)):] {
		n := min(size, len(items))
		parts = append(parts, items[:n:n])
	}
	return parts, nil
}

// maxRange is the limit for the elements of States.ArrayRange.
const maxRange = 1000

// arrayRange implements States.ArrayRange. It cuts off fractions
// (docs/evidence.md#intrinsic-fractions). A range whose step leads away from
// its end is empty (docs/evidence.md#intrinsic-arrays).
func arrayRange(in input) (any, error) {
	var n [fixedArgs]int64
	for i := range n {
		var err error
		if n[i], err = in.int32Arg(i, math.Trunc); err != nil {
			return nil, err
		}
	}
	first, last, step := n[0], n[1], n[2]
	if step == 0 {
		return nil, in.argumentError("the step is 0")
	}
	if step > 0 && first > last || step < 0 && first < last {
		return []any{}, nil
	}
	count := (last-first)/step + 1
	if count > maxRange {
		return nil, in.argumentError("the range has %d elements, more than the limit of %d", count, maxRange)
	}
	items := make([]any, count)
	for i := range items {
		items[i] = first + int64(i)*step
	}
	return items, nil
}
