package jsonata

import "github.com/gostates/gostates/value"

// Short cut: a field that is an operand of arithmetic, n * 2 or $i.n * 2, is
// read as an int64 without boxing it in an interface.
//
//	General form: path.evalPath in path.go, then state.numOf in arithmetic.go.
//	Gain:         half the time, and no allocation for an intermediate number.
//	Shown by:     go test -run '^$' -bench ShortCuts/number ./jsonata

// compileNumField compiles a field of the context.
func (c *compiler) compileNumField(n *node) numFn {
	p := c.compilePath(n)
	name, depth := n.steps[0].name, c.depth+1
	return func(st *state, fr *frame, in any) (int64, numKind) {
		if o, ok := in.(*value.Object); ok && depth <= st.room {
			v, ok := o.Get(name)
			if i, isInt := v.(int64); isInt {
				return i, numInt
			}
			if !ok {
				return 0, numUndefined
			}
			return st.numOf(unwrap(v))
		}
		return st.numOf(p(st, fr, in))
	}
}

// compileNumMember compiles a field of a variable in the current frame.
func (c *compiler) compileNumMember(n *node) numFn {
	names, ok := fieldNames(n)
	if !ok || len(names) != 1 || !isBare(n) {
		return nil
	}
	places := c.placesOf(n.steps[0].name)
	if len(places) == 0 || places[0].up > 0 {
		return nil
	}
	slot, name, depth := places[0].slot, names[0], c.depth+1
	p := c.compilePath(n)
	return func(st *state, fr *frame, in any) (int64, numKind) {
		if o, ok := fr.vars[slot].(*value.Object); ok && depth <= st.room {
			v, _ := o.Get(name)
			if i, isInt := v.(int64); isInt {
				return i, numInt
			}
		}
		return st.numOf(p(st, fr, in))
	}
}
