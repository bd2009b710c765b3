package jsonata

import (
	"github.com/gostates/gostates/value"
)

var objectFunctions = []builtin{
	{"keys", "<x-:a<s>>", 1, fnKeys},
	{"lookup", "<x-s:x>", 2, fnLookup},
	{"merge", "<a<o>:o>", 1, fnMerge},
	{"spread", "<x-:a<o>>", 1, fnSpread},
	{"type", "<x:s>", 1, fnType},
	{"clone", "<(oa)-:o>", 1, fnClone},
}

// Estimated memory of an object with one member, and of each further member.
const (
	smallObject = 96
	memberBytes = 48
	memberSteps = 4 // to put a member into an object
)

// keepMember counts the memory of another member of an object that grows. A
// large object also has an index, and both are copied as it grows.
func (st *state) keepMember(o *value.Object) {
	if o.Len() < 16 {
		st.keepBytes(memberBytes)
		return
	}
	st.keepBytes(4 * memberBytes)
}

func fnKeys(c *call, args []any) any {
	o, ok := args[0].(*value.Object)
	if list, is := items(args[0]); is {
		o, ok = value.NewObject(0), true
		c.collectKeys(o, list, 0)
	}
	if !ok {
		return newSequence()
	}
	names := c.newList(o.Len())
	c.keepBytes(16 * o.Len()) // of the string headers; the strings are shared
	for i := range orderedIndexes(o) {
		names = append(names, o.At(i).Key)
	}
	return newSequence(names...)
}

// collectKeys adds the keys of all objects in a list to a set. The keys of one
// object are in JavaScript's order.
func (st *state) collectKeys(set *value.Object, list []any, depth int) {
	tooDeep(depth)
	st.step(len(list))
	for _, item := range list {
		if inner, ok := items(item); ok {
			// The keys of an inner array are ordered among themselves.
			own := value.NewObject(0)
			st.collectKeys(own, inner, depth+1)
			item = own
		}
		o, ok := item.(*value.Object)
		if !ok {
			continue
		}
		st.step(memberSteps * o.Len())
		for i := range orderedIndexes(o) {
			st.keepMember(set)
			set.Set(o.At(i).Key, true)
		}
	}
}

func fnLookup(c *call, args []any) any {
	key, ok := args[1].(string)
	if !ok {
		return Undefined
	}
	if list, ok := items(args[0]); ok {
		return newSequence(c.lookupAll(nil, list, key, 0)...)
	}
	if o, ok := args[0].(*value.Object); ok {
		if v, ok := o.Get(key); ok {
			return v
		}
	}
	return Undefined
}

// lookupAll appends the values of a key in all objects of a list. Arrays are
// joined by their items.
func (st *state) lookupAll(dst, list []any, key string, depth int) []any {
	tooDeep(depth)
	st.step(len(list))
	for _, item := range list {
		if inner, ok := items(item); ok {
			dst = st.lookupAll(dst, inner, key, depth+1)
			continue
		}
		o, ok := item.(*value.Object)
		if !ok {
			continue
		}
		v, ok := o.Get(key)
		if !ok {
			continue
		}
		st.step(lengthOf(v))
		dst = st.appendAll(dst, v)
	}
	return dst
}

func fnMerge(c *call, args []any) any {
	if isUndefined(args[0]) {
		return Undefined
	}
	list := listOf(args[0])
	if len(list) == 1 {
		if o, ok := list[0].(*value.Object); ok {
			return o
		}
	}
	merged := value.NewObject(0)
	for _, item := range list {
		o, ok := item.(*value.Object)
		if !ok {
			continue
		}
		c.step(1 + memberSteps*o.Len())
		for i := range orderedIndexes(o) {
			m := o.At(i)
			if !merged.Has(m.Key) {
				c.keepMember(merged)
			}
			merged.Set(m.Key, m.Value)
		}
	}
	return inOrder(merged)
}

func fnSpread(c *call, args []any) any {
	if o, ok := args[0].(*value.Object); ok {
		return newSequence(c.appendSpread(nil, o)...)
	}
	list, ok := items(args[0])
	if !ok {
		return args[0]
	}
	if len(list) == 0 {
		return newSequence()
	}
	return c.spreadAll([]any{}, list, 0)
}

// spreadAll appends an object for each member of the objects in a list. Arrays
// are joined by their items, other values are kept.
func (st *state) spreadAll(dst, list []any, depth int) []any {
	tooDeep(depth)
	st.step(len(list))
	for _, item := range list {
		if inner, ok := items(item); ok {
			dst = st.spreadAll(dst, inner, depth+1)
		} else if o, ok := item.(*value.Object); ok {
			dst = st.appendSpread(dst, o)
		} else if !isUndefined(item) {
			st.noteMixed(item)
			dst = st.appendItem(dst, item)
		}
	}
	return dst
}

func (st *state) appendSpread(dst []any, o *value.Object) []any {
	st.step(o.Len())
	st.built++
	for i := range orderedIndexes(o) {
		m := o.At(i)
		st.keepBytes(smallObject)
		dst = st.appendItem(dst, value.ObjectOf(m))
	}
	return dst
}

func fnType(c *call, args []any) any {
	switch v := args[0].(type) {
	case nil:
		return "null"
	case string:
		return "string"
	case bool:
		return "boolean"
	case *Lambda:
		return "function"
	default:
		switch {
		case isUndefined(v):
			return Undefined
		case isArray(v):
			return "array"
		case isFinite(v):
			return "number"
		}
	}
	// NaN: JavaScript does not count it as numeric.
	return "object"
}
