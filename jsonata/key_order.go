package jsonata

import (
	"iter"
	"sort"

	"github.com/gostates/gostates/value"
)

// orderedIndexes yields the indexes of an object's members in JavaScript's
// order: keys that are array indexes first, in numeric order, then the others
// in source order.
func orderedIndexes(o *value.Object) iter.Seq[int] {
	return func(yield func(int) bool) {
		n := o.Len()
		for i := 0; i < n; i++ {
			if _, ok := arrayIndex(o.At(i).Key); ok {
				for _, i := range indexesFirst(o) {
					if !yield(i) {
						return
					}
				}
				return
			}
		}
		for i := 0; i < n; i++ {
			if !yield(i) {
				return
			}
		}
	}
}

func indexesFirst(o *value.Object) []int {
	var indexes, rest []int
	for i := range o.Len() {
		if _, ok := arrayIndex(o.At(i).Key); ok {
			indexes = append(indexes, i)
		} else {
			rest = append(rest, i)
		}
	}
	sort.Slice(indexes, func(a, b int) bool {
		na, _ := arrayIndex(o.At(indexes[a]).Key)
		nb, _ := arrayIndex(o.At(indexes[b]).Key)
		return na < nb
	})
	return append(indexes, rest...)
}

// arrayIndex reports whether a key is an array index in JavaScript: a decimal
// number below 2^32-1 without leading zeros.
func arrayIndex(key string) (uint32, bool) {
	if key == "" || len(key) > 10 || key[0] == '0' && len(key) > 1 {
		return 0, false
	}
	n := uint64(0)
	for i := range len(key) {
		c := key[i] - '0'
		if c > 9 {
			return 0, false
		}
		n = n*10 + uint64(c)
	}
	return uint32(n), n < 1<<32-1
}

// inOrder returns an object with its members in JavaScript's order. It may
// reuse o, which the caller must own.
func inOrder(o *value.Object) *value.Object {
	for i := range o.Len() {
		if _, ok := arrayIndex(o.At(i).Key); ok {
			sorted := value.NewObject(o.Len())
			for _, i := range indexesFirst(o) {
				m := o.At(i)
				sorted.Set(m.Key, m.Value)
			}
			return sorted
		}
	}
	return o
}
