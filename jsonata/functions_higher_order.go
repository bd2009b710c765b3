package jsonata

import (
	"github.com/gostates/gostates/value"
)

var higherOrderFunctions = []builtin{
	{"map", "<af>", 2, mapItems},
	{"filter", "<af>", 2, filterItems},
	{"single", "<af?>", 2, single},
	{"reduce", "<afj?:j>", 3, reduce},
	{"each", "<o-f:a>", 2, each},
	{"sift", "<o-f?:o>", 2, sift},
}

// A callback is the function that a higher-order function was given.
type callback struct {
	repeat
	arity int
}

// callback throws what the signature would if v is no function: optional
// parameters let Undefined through where jsonata-js needs a function.
func (c *call) callback(v any) callback {
	f, ok := v.(*Lambda)
	if !ok {
		panic(&Error{Code: "T0410", index: 2})
	}
	return callback{repeat{st: c.state, f: f}, f.arity()}
}

// at passes an item of a list, and as far as the function takes them the
// item's index and the list.
func (f *callback) at(item any, i int, list any) any {
	switch {
	case f.arity < 2:
		return f.call(item)
	case f.arity == 2:
		return f.call(item, int64(i))
	}
	return f.call(item, int64(i), list)
}

// of passes a member of an object, and as far as the function takes them its
// key and the object.
func (f *callback) of(m value.Member, o *value.Object) any {
	switch {
	case f.arity < 2:
		return f.call(m.Value)
	case f.arity == 2:
		return f.call(m.Value, m.Key)
	}
	return f.call(m.Value, m.Key, o)
}

func mapItems(c *call, args []any) any {
	if isUndefined(args[0]) {
		return Undefined
	}
	f := c.callback(args[1])
	defer f.end()
	list := c.argument(args[0])
	mapped := c.newList(len(list))
	for i, item := range list {
		if v := f.at(item, i, args[0]); !isUndefined(v) {
			c.mark(v)
			mapped = append(mapped, v)
		}
	}
	c.built++
	return newSequence(mapped...)
}

func filterItems(c *call, args []any) any {
	if isUndefined(args[0]) {
		return Undefined
	}
	f := c.callback(args[1])
	defer f.end()
	var kept []any
	for i, item := range c.argument(args[0]) {
		c.step(1)
		if c.truthy(f.at(item, i, args[0])) {
			kept = c.push(kept, item)
		}
	}
	return newSequence(kept...)
}

func single(c *call, args []any) any {
	if isUndefined(args[0]) {
		return Undefined
	}
	list := c.argument(args[0])
	all := isUndefined(args[1])
	var f callback
	if !all {
		f = c.callback(args[1])
	}
	found := Undefined
	matches := 0
	for i, item := range list {
		c.step(1)
		if !all && !c.truthy(f.at(item, i, args[0])) {
			continue
		}
		if matches++; matches > 1 {
			panic(fail("D3138"))
		}
		found = item
	}
	if matches == 0 {
		panic(fail("D3139"))
	}
	return found
}

func reduce(c *call, args []any) any {
	if isUndefined(args[0]) {
		return Undefined
	}
	f := c.callback(args[1])
	defer f.end()
	if f.arity < 2 {
		panic(fail("D3050"))
	}
	list := c.argument(args[0])
	result, first := args[2], 0
	if isUndefined(result) && len(list) > 0 {
		result, first = list[0], 1
	}
	for i := first; i < len(list); i++ {
		c.step(1)
		switch f.arity {
		case 2:
			result = f.call(result, list[i])
		case 3:
			result = f.call(result, list[i], int64(i))
		default:
			result = f.call(result, list[i], int64(i), args[0])
		}
	}
	return result
}

func each(c *call, args []any) any {
	o, ok := args[0].(*value.Object)
	if !ok {
		return newSequence()
	}
	f := c.callback(args[1])
	defer f.end()
	results := c.newList(o.Len())
	for i := range ordered(o) {
		if v := f.of(o.At(i), o); !isUndefined(v) {
			c.mark(v)
			results = append(results, v)
		}
	}
	c.built++
	return newSequence(results...)
}

func sift(c *call, args []any) any {
	o, ok := args[0].(*value.Object)
	if !ok || o.Len() == 0 {
		return Undefined
	}
	f := c.callback(args[1])
	defer f.end()
	var sifted *value.Object
	for i := range ordered(o) {
		c.step(1)
		m := o.At(i)
		if !c.truthy(f.of(m, o)) {
			continue
		}
		if sifted == nil {
			sifted = value.NewObject(1)
		}
		c.keepMember(sifted)
		sifted.Set(m.Key, m.Value)
	}
	if sifted == nil {
		return Undefined
	}
	return sifted
}
