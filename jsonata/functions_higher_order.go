package jsonata

import (
	"github.com/gostates/gostates/value"
)

var higherOrderFunctions = []builtin{
	{"map", "<af>", 2, fnMap},
	{"filter", "<af>", 2, fnFilter},
	{"single", "<af?>", 2, fnSingle},
	{"reduce", "<afj?:j>", 3, fnReduce},
	{"each", "<o-f:a>", 2, fnEach},
	{"sift", "<o-f?:o>", 2, fnSift},
}

// A callback is a function argument of a higher-order function.
type callback struct {
	repeat
	arity int
}

// newCallback throws T0410 if v is not a function: optional parameters accept
// Undefined even where jsonata-js needs a function.
func (c *call) newCallback(v any) callback {
	f, ok := v.(*Lambda)
	if !ok {
		panic(&Error{Code: "T0410", index: 2})
	}
	return callback{repeat{st: c.state, f: f}, f.arity()}
}

// callWithItem passes an item and, if the function takes them, its index and
// the list.
func (f *callback) callWithItem(item any, i int, list any) any {
	switch {
	case f.arity < 2:
		return f.callAgain(item)
	case f.arity == 2:
		return f.callAgain(item, int64(i))
	}
	return f.callAgain(item, int64(i), list)
}

// callWithMember passes a member's value and, if the function takes them, its
// key and the object.
func (f *callback) callWithMember(m value.Member, o *value.Object) any {
	switch {
	case f.arity < 2:
		return f.callAgain(m.Value)
	case f.arity == 2:
		return f.callAgain(m.Value, m.Key)
	}
	return f.callAgain(m.Value, m.Key, o)
}

func fnMap(c *call, args []any) any {
	if isUndefined(args[0]) {
		return Undefined
	}
	f := c.newCallback(args[1])
	defer f.releaseFrame()
	list := c.argumentItems(args[0])
	mapped := c.newList(len(list))
	for i, item := range list {
		if v := f.callWithItem(item, i, args[0]); !isUndefined(v) {
			c.noteMixed(v)
			mapped = append(mapped, v)
		}
	}
	c.built++
	return newSequence(mapped...)
}

func fnFilter(c *call, args []any) any {
	if isUndefined(args[0]) {
		return Undefined
	}
	f := c.newCallback(args[1])
	defer f.releaseFrame()
	var kept []any
	for i, item := range c.argumentItems(args[0]) {
		c.step(1)
		if c.isTruthy(f.callWithItem(item, i, args[0])) {
			kept = c.appendItem(kept, item)
		}
	}
	return newSequence(kept...)
}

func fnSingle(c *call, args []any) any {
	if isUndefined(args[0]) {
		return Undefined
	}
	list := c.argumentItems(args[0])
	all := isUndefined(args[1])
	var f callback
	if !all {
		f = c.newCallback(args[1])
	}
	found := Undefined
	matches := 0
	for i, item := range list {
		c.step(1)
		if !all && !c.isTruthy(f.callWithItem(item, i, args[0])) {
			continue
		}
		if matches++; matches > 1 {
			panic(failWith("D3138"))
		}
		found = item
	}
	if matches == 0 {
		panic(failWith("D3139"))
	}
	return found
}

func fnReduce(c *call, args []any) any {
	if isUndefined(args[0]) {
		return Undefined
	}
	f := c.newCallback(args[1])
	defer f.releaseFrame()
	if f.arity < 2 {
		panic(failWith("D3050"))
	}
	list := c.argumentItems(args[0])
	result, first := args[2], 0
	if isUndefined(result) && len(list) > 0 {
		result, first = list[0], 1
	}
	for i := first; i < len(list); i++ {
		c.step(1)
		switch f.arity {
		case 2:
			result = f.callAgain(result, list[i])
		case 3:
			result = f.callAgain(result, list[i], int64(i))
		default:
			result = f.callAgain(result, list[i], int64(i), args[0])
		}
	}
	return result
}

func fnEach(c *call, args []any) any {
	o, ok := args[0].(*value.Object)
	if !ok {
		return newSequence()
	}
	f := c.newCallback(args[1])
	defer f.releaseFrame()
	results := c.newList(o.Len())
	for i := range orderedIndexes(o) {
		if v := f.callWithMember(o.At(i), o); !isUndefined(v) {
			c.noteMixed(v)
			results = append(results, v)
		}
	}
	c.built++
	return newSequence(results...)
}

func fnSift(c *call, args []any) any {
	o, ok := args[0].(*value.Object)
	if !ok || o.Len() == 0 {
		return Undefined
	}
	f := c.newCallback(args[1])
	defer f.releaseFrame()
	var sifted *value.Object
	for i := range orderedIndexes(o) {
		c.step(1)
		m := o.At(i)
		if !c.isTruthy(f.callWithMember(m, o)) {
			continue
		}
		if sifted == nil {
			sifted = value.NewObject(1)
		}
		c.keepMember(sifted)
		c.step(memberSteps)
		sifted.Set(m.Key, m.Value)
	}
	if sifted == nil {
		return Undefined
	}
	return sifted
}
