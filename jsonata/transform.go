package jsonata

import "github.com/gostates/gostates/value"

var transformSignature = mustSignature("<(oa):o>")

func mustSignature(s string) *signature {
	sig, err := parseSignature(s)
	if err != nil {
		panic(err.fillMessage())
	}
	return sig
}

// compileTransform compiles | pattern | update, delete |: a function that returns a
// changed copy of its argument.
func (c *compiler) compileTransform(n *node) evalFn {
	depth, pos := c.depth, n.pos
	c.holdFrames()
	cloner := c.compileVariable("clone", 0)
	outer := c.depth
	c.depth = 0
	var pattern, update, remove evalFn
	steps := 4 + c.weighNodes(func() {
		c.compileIterated(func() {
			pattern, update = c.compileNode(n.pattern), c.compileNode(n.update)
			if n.delete != nil {
				remove = c.compileNode(n.delete)
			}
		})
	})
	c.depth = outer
	return func(st *state, fr *frame, in any) any {
		st.checkDepth(depth)
		st.keepBytes(160)
		return &Lambda{params: 1, sig: transformSignature, native: func(c *call, args []any) any {
			if len(args) == 0 || isUndefined(args[0]) {
				return Undefined
			}
			clone, ok := cloner(c.state, fr, in).(*Lambda)
			if !ok {
				panic(failAt("T2013", pos, nil))
			}
			copied := c.callFunction(clone, nil, args[0])
			matches := pattern(c.state, fr, copied)
			if isUndefined(matches) {
				return copied
			}
			// Only objects of the copy may be changed; the pattern can lead out
			// of it.
			own := map[*value.Object]bool{}
			c.collectObjects(copied, own, 0)
			for _, match := range listOf(matches) {
				c.step(steps)
				object, _ := match.(*value.Object)
				if !own[object] {
					object = nil
				}
				c.updateMatch(object, update(c.state, fr, match), own, n.update.pos)
				if remove != nil {
					c.removeKeys(object, remove(c.state, fr, match), n.delete.pos)
				}
			}
			return copied
		}}
	}
}

// collectObjects adds all objects within a value to a set.
func (st *state) collectObjects(v any, into map[*value.Object]bool, depth int) {
	tooDeep(depth)
	st.step(1)
	switch v := v.(type) {
	case *value.Object:
		st.keepBytes(16)
		into[v] = true
		for _, m := range v.All() {
			st.collectObjects(m, into, depth+1)
		}
	default:
		list, _ := items(v)
		for _, item := range list {
			st.collectObjects(item, into, depth+1)
		}
	}
}

// updateMatch merges the members of an update into a match. Values that contain
// an object of the copy are copied first, so that no object contains itself.
func (st *state) updateMatch(match *value.Object, update any, own map[*value.Object]bool, pos int) {
	if isUndefined(update) {
		return
	}
	o, ok := update.(*value.Object)
	if !ok {
		e := failValue("T2011", update)
		e.Pos = pos
		panic(e)
	}
	if match == nil {
		return
	}
	st.step(o.Len())
	st.keepBytes(40 * o.Len())
	for key, v := range o.All() {
		if st.refersTo(v, own, 0) {
			v = st.cloneAt(v, 0)
		}
		match.Set(key, v)
	}
}

// refersTo reports whether a value contains one of the objects.
func (st *state) refersTo(v any, own map[*value.Object]bool, depth int) bool {
	tooDeep(depth)
	if o, ok := v.(*value.Object); ok {
		if own[o] {
			return true
		}
		st.step(o.Len())
		for _, m := range o.All() {
			if st.refersTo(m, own, depth+1) {
				return true
			}
		}
		return false
	}
	list, _ := items(v)
	st.step(len(list))
	for _, item := range list {
		if st.refersTo(item, own, depth+1) {
			return true
		}
	}
	return false
}

// removeKeys deletes keys from a match.
func (st *state) removeKeys(match *value.Object, keys any, pos int) {
	if isUndefined(keys) {
		return
	}
	for _, key := range listOf(keys) {
		if _, ok := key.(string); !ok {
			e := failValue("T2012", keys)
			e.Pos = pos
			panic(e)
		}
	}
	if match == nil {
		return
	}
	for _, key := range listOf(keys) {
		st.step(match.Len())
		match.Delete(key.(string))
	}
}
