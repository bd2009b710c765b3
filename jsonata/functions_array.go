package jsonata

import (
	"math"
	"math/big"

	"github.com/gostates/gostates/value"
)

var arrayFunctions = []builtin{
	{"count", "<a:n>", 1, count},
	{"append", "<xx:a>", 2, appendArrays},
	{"reverse", "<a:a>", 1, reverse},
	{"sort", "<af?:a>", 2, sortArray},
	{"shuffle", "<a:a>", 1, shuffle},
	{"distinct", "<x:x>", 1, distinct},
	{"zip", "<a+>", 0, zip},
}

// maxNesting is how deep values may nest for functions that walk them: about
// where JavaScript's own stack ends.
const maxNesting = 10000

// tooDeep throws once a walk into a value has reached a depth.
func tooDeep(depth int) {
	if depth > maxNesting {
		panic(stackOverflow())
	}
}

// newList makes room for n items that are about to be looked at.
func (st *state) newList(n int) []any {
	st.step(n)
	return st.list(n)
}

// argument returns the items of an array argument, which may go on into a
// plain array.
func (c *call) argument(arg any) []any {
	list := listOf(arg)
	c.markItems(arg, list)
	return list
}

// markItems notes what items of an argument are no values of the model. Those of
// a plain array have been noted where it was made, unless the signature made
// it, of an argument that was no array.
func (c *call) markItems(arg any, list []any) {
	if _, ok := arg.(*array); !ok && len(list) != 1 {
		return
	}
	for _, item := range list {
		c.mark(item)
	}
}

// lengthOf is the number of items that listOf would return.
func lengthOf(v any) int {
	if list, ok := items(v); ok {
		return len(list)
	}
	if isUndefined(v) {
		return 0
	}
	return 1
}

func count(c *call, args []any) any { return int64(lengthOf(args[0])) }

func appendArrays(c *call, args []any) any {
	switch {
	case isUndefined(args[0]):
		return args[1]
	case isUndefined(args[1]):
		return args[0]
	}
	joined := c.newList(lengthOf(args[0]) + lengthOf(args[1]))
	for _, arg := range args[:2] {
		joined = append(joined, c.argument(arg)...)
	}
	return joined
}

func reverse(c *call, args []any) any {
	list := c.argument(args[0])
	if len(list) <= 1 {
		return args[0]
	}
	reversed := c.newList(len(list))
	for i := len(list) - 1; i >= 0; i-- {
		reversed = append(reversed, list[i])
	}
	return reversed
}

// shuffle is Fisher and Yates's algorithm from the inside out. It draws one
// random number for each item, as jsonata-js does.
func shuffle(c *call, args []any) any {
	list := c.argument(args[0])
	if len(list) <= 1 {
		return args[0]
	}
	shuffled := c.newList(len(list))
	for i, item := range list {
		j := min(int(c.random()*float64(i+1)), i)
		shuffled = append(shuffled, item)
		shuffled[i], shuffled[j] = shuffled[j], item
	}
	return shuffled
}

func zip(c *call, args []any) any {
	if len(args) == 0 {
		return []any{}
	}
	shortest := math.MaxInt
	for _, arg := range args {
		list, _ := items(arg)
		c.markItems(arg, list)
		shortest = min(shortest, len(list))
	}
	width := len(args)
	c.built += 2
	zipped := c.newList(shortest)
	// All rows share one backing array; none can grow into the next.
	cells := c.newList(shortest * width)
	for i := range shortest {
		for _, arg := range args {
			list, _ := items(arg)
			cells = append(cells, list[i])
		}
		zipped = append(zipped, cells[i*width:(i+1)*width:(i+1)*width])
	}
	return zipped
}

// sortArray is $sort.
func sortArray(c *call, args []any) any {
	list := c.argument(args[0])
	if len(list) <= 1 {
		return args[0]
	}
	if comparator, ok := args[1].(*Lambda); ok {
		return c.mergeSort(list, func(a, b any) bool {
			return jsTruth(c.apply(comparator, nil, a, b))
		})
	}
	c.step(len(list))
	numbers, strings := 0, 0
	for _, item := range list {
		if _, ok := item.(string); ok {
			strings++
		} else if finite(item) {
			numbers++
		}
	}
	switch len(list) {
	case numbers:
		return c.mergeSort(list, func(a, b any) bool {
			c.step(1)
			cmp, _ := value.CompareNumbers(a, b)
			return cmp > 0
		})
	case strings:
		return c.mergeSort(list, func(a, b any) bool {
			c.step(1)
			return c.compareStrings(a.(string), b.(string)) > 0
		})
	}
	panic(fail("D3070"))
}

// mergeSort returns a sorted copy of a list. after reports whether a must come
// after b. It is asked about the pairs that jsonata-js's sort asks about, in
// the same order, which shows if the answers contradict each other.
func (st *state) mergeSort(list []any, after func(a, b any) bool) []any {
	st.keep(8 * len(list)) // of the spare list
	sorted := append(st.newList(len(list)), list...)
	spare := append(make([]any, 0, len(list)), list...)
	mergeInto(sorted, spare, after)
	return sorted
}

// mergeInto sorts what both slices hold into the first.
func mergeInto(to, from []any, after func(a, b any) bool) {
	if len(to) < 2 {
		return
	}
	middle := len(to) / 2
	mergeInto(from[:middle], to[:middle], after)
	mergeInto(from[middle:], to[middle:], after)
	left, right := from[:middle], from[middle:]
	for i := range to {
		if len(left) == 0 || len(right) > 0 && after(left[0], right[0]) {
			to[i], right = right[0], right[1:]
		} else {
			to[i], left = left[0], left[1:]
		}
	}
}

// distinct keeps the first of all items that are equal.
func distinct(c *call, args []any) any {
	list, ok := items(args[0])
	if !ok || len(list) <= 1 {
		return args[0]
	}
	c.markItems(args[0], list)
	kept := c.newList(len(list))
	c.keep(12 * len(list)) // of what follows
	// last leads from a hash to the place in kept of the last item that has it,
	// previous from each place to the one before with the same hash.
	c.keep(24 * len(list))
	last := make(map[uint64]int32, len(list))
	previous := make([]int32, 0, len(list))
search:
	for _, item := range list {
		h := c.hash(item, 0)
		place, found := last[h]
		if found {
			for at := place; at >= 0; at = previous[at] {
				if c.equal(item, kept[at]) {
					continue search
				}
			}
		} else {
			place = -1
		}
		last[h] = int32(len(kept))
		previous = append(previous, place)
		kept = append(kept, item)
	}
	if a, ok := args[0].(*array); ok && a.sequence {
		return newSequence(kept...)
	}
	return kept
}

// Values that are equal have the same hash. It looks into arrays and objects
// only so far, since nested ones can be endless as trees.
const hashedLevels = 3

func (st *state) hash(v any, level int) uint64 {
	const prime = 1099511628211
	st.step(1)
	switch v := v.(type) {
	case string:
		return hashString(v)
	case bool:
		if v {
			return 2
		}
		return 1
	case int64, float64, *big.Int:
		// Adding zero makes -0 0.
		return math.Float64bits(toFloat(v)+0) * prime
	case *value.Object:
		h := uint64(v.Len())
		if level == hashedLevels {
			return h
		}
		for key, item := range v.All() {
			h += hashString(key) * (st.hash(item, level+1) | 1)
		}
		return h
	}
	list, ok := items(v)
	if !ok {
		return 0
	}
	h := uint64(len(list)) + 3
	if level < hashedLevels {
		for _, item := range list {
			h = h*prime ^ st.hash(item, level+1)
		}
	}
	return h
}

// hashString is FNV-1a.
func hashString(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

// deepEqual reports whether two values are equal as the operator = sees them:
// numbers by their value, arrays by their items whatever kind of array they
// are, objects by their members in any order, functions if they are the same.
// For values of an expression use equal, which counts its work.
func deepEqual(a, b any) bool { return equal(nil, a, b, 0) }

// equal is deepEqual, and counts its work: a small value that shares its parts
// over and over can be an endless tree.
func (st *state) equal(a, b any) bool { return equal(st, a, b, 0) }

func equal(st *state, a, b any, depth int) bool {
	if st != nil {
		st.step(1)
	}
	switch x := a.(type) {
	case string:
		y, ok := b.(string)
		if st != nil && len(x) == len(y) {
			st.step(len(x) / 16)
		}
		return ok && x == y
	case int64, float64, *big.Int:
		return isNumber(b) && equalNumbers(a, b)
	case *value.Object:
		y, ok := b.(*value.Object)
		return ok && (x == y || equalObjects(st, x, y, depth+1))
	}
	if x, ok := items(a); ok {
		y, ok := items(b)
		return ok && (sameItems(x, y) || equalLists(st, x, y, depth+1))
	}
	return !isArray(b) && a == b
}

// equalNumbers compares exactly, whatever the types: NaN equals nothing.
func equalNumbers(a, b any) bool {
	cmp, ok := value.CompareNumbers(a, b)
	return ok && cmp == 0
}

func sameItems(a, b []any) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

func equalLists(st *state, a, b []any, depth int) bool {
	tooDeep(depth)
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !equal(st, a[i], b[i], depth) {
			return false
		}
	}
	return true
}

func equalObjects(st *state, a, b *value.Object, depth int) bool {
	tooDeep(depth)
	if a.Len() != b.Len() {
		return false
	}
	for i := range a.Len() {
		m := a.At(i)
		// Mostly both have their keys in the same order.
		n := b.At(i)
		if n.Key != m.Key {
			at := b.Index(m.Key)
			if at < 0 {
				return false
			}
			n = b.At(at)
		}
		if !equal(st, m.Value, n.Value, depth) {
			return false
		}
	}
	return true
}
