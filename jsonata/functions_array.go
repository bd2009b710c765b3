package jsonata

import (
	"math"

	"github.com/gostates/gostates/value"
)

var arrayFunctions = []builtin{
	{"count", "<a:n>", 1, fnCount},
	{"append", "<xx:a>", 2, fnAppend},
	{"reverse", "<a:a>", 1, fnReverse},
	{"sort", "<af?:a>", 2, fnSort},
	{"shuffle", "<a:a>", 1, fnShuffle},
	{"distinct", "<x:x>", 1, fnDistinct},
	{"zip", "<a+>", 0, fnZip},
}

// newList makes an empty list with room for n items, and counts the work of
// reading them.
func (st *state) newList(n int) []any {
	st.step(n)
	return st.makeList(n)
}

// argumentItems returns the items of an array argument. They may become items
// of a plain array.
func (c *call) argumentItems(arg any) []any {
	list := listOf(arg)
	c.markItems(arg, list)
	return list
}

// markItems notes items that are not values of package value. Those of a plain
// array were noted when it was made, unless the signature wrapped a single
// value in it.
func (c *call) markItems(arg any, list []any) {
	if _, ok := arg.(*array); !ok && len(list) != 1 {
		return
	}
	for _, item := range list {
		c.noteMixed(item)
	}
}

// lengthOf returns the length of listOf(v).
func lengthOf(v any) int {
	if list, ok := items(v); ok {
		return len(list)
	}
	if isUndefined(v) {
		return 0
	}
	return 1
}

func fnCount(c *call, args []any) any { return int64(lengthOf(args[0])) }

func fnAppend(c *call, args []any) any {
	switch {
	case isUndefined(args[0]):
		return args[1]
	case isUndefined(args[1]):
		return args[0]
	}
	joined := c.newList(lengthOf(args[0]) + lengthOf(args[1]))
	for _, arg := range args[:2] {
		joined = append(joined, c.argumentItems(arg)...)
	}
	return joined
}

func fnReverse(c *call, args []any) any {
	list := c.argumentItems(args[0])
	if len(list) <= 1 {
		return args[0]
	}
	reversed := c.newList(len(list))
	for i := len(list) - 1; i >= 0; i-- {
		reversed = append(reversed, list[i])
	}
	return reversed
}

// fnShuffle is the inside-out algorithm of Fisher and Yates. It draws one
// random number for each item, as jsonata-js does.
func fnShuffle(c *call, args []any) any {
	list := c.argumentItems(args[0])
	if len(list) <= 1 {
		return args[0]
	}
	shuffled := c.newList(len(list))
	for i, item := range list {
		j := min(int(c.nextRandom()*float64(i+1)), i)
		shuffled = append(shuffled, item)
		shuffled[i], shuffled[j] = shuffled[j], item
	}
	return shuffled
}

func fnZip(c *call, args []any) any {
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
	// All rows share one backing array, without room to grow into the next.
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

func fnSort(c *call, args []any) any {
	list := c.argumentItems(args[0])
	if len(list) <= 1 {
		return args[0]
	}
	if comparator, ok := args[1].(*Lambda); ok {
		return c.mergeSort(list, func(a, b any) bool {
			return isJSTruthy(c.callFunction(comparator, nil, a, b))
		})
	}
	c.step(len(list))
	numbers, strings := 0, 0
	for _, item := range list {
		if _, ok := item.(string); ok {
			strings++
		} else if isFinite(item) {
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
	panic(failWith("D3070"))
}

// mergeSort returns a sorted copy of a list. after reports whether a must come
// after b. It is called for the same pairs in the same order as in jsonata-js,
// which matters if its answers contradict each other.
func (st *state) mergeSort(list []any, after func(a, b any) bool) []any {
	st.keepBytes(8 * len(list)) // for the spare list
	sorted := append(st.newList(len(list)), list...)
	spare := append(make([]any, 0, len(list)), list...)
	mergeInto(sorted, spare, after)
	return sorted
}

// mergeInto sorts the items, which both slices hold, into the first slice.
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

// fnDistinct keeps the first of equal items.
func fnDistinct(c *call, args []any) any {
	list, ok := items(args[0])
	if !ok || len(list) <= 1 {
		return args[0]
	}
	c.markItems(args[0], list)
	kept := c.newList(len(list))
	c.keepBytes(12 * len(list)) // for the map and list below
	// last maps a hash to the index in kept of the last item that has it;
	// previous maps an index to that of the item before with the same hash.
	c.keepBytes(24 * len(list))
	last := make(map[uint64]int32, len(list))
	previous := make([]int32, 0, len(list))
search:
	for _, item := range list {
		h := c.hashValue(item, 0)
		place, found := last[h]
		if found {
			for at := place; at >= 0; at = previous[at] {
				if c.equalValues(item, kept[at]) {
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
