package jsonata

import (
	"strconv"

	"github.com/gostates/gostates/value"
)

// fnClone converts a value to JSON and back: doubles get 15 digits and
// functions become empty strings.
func fnClone(c *call, args []any) any {
	v := args[0]
	if a, ok := v.(*array); ok && a.outer && len(a.items) > 0 {
		v = a.items[0]
	}
	return c.cloneAt(v, 0)
}

func (st *state) cloneAt(v any, depth int) any {
	tooDeep(depth)
	switch v := v.(type) {
	case float64:
		if !isFinite(v) {
			return nil
		}
		return roundTo15(v)
	case *Lambda:
		return ""
	case *value.Object:
		st.step(memberSteps * v.Len())
		st.keepBytes(smallObject + memberBytes*v.Len())
		copied := value.NewObject(v.Len())
		for i := range orderedIndexes(v) {
			m := v.At(i)
			if isUndefined(m.Value) {
				continue
			}
			copied.Set(m.Key, st.cloneAt(m.Value, depth+1))
		}
		return copied
	}
	list, ok := items(v)
	if !ok {
		return v
	}
	copied := st.newList(len(list))
	for _, item := range list {
		if isUndefined(item) {
			item = nil
		}
		copied = append(copied, st.cloneAt(item, depth+1))
	}
	return copied
}

// roundTo15 rounds a double to 15 significant digits.
func roundTo15(f float64) any {
	var space [64]byte
	rounded, err := strconv.ParseFloat(string(appendRounded(space[:0], f)), 64)
	if err != nil {
		return nil // beyond the largest double
	}
	return numberOf(rounded)
}
