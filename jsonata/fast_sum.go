package jsonata

import "math"

// Short cut: $sum(a.b.(x * y)) adds up the terms without building the list of
// them.
//
//	General form: fnSum in functions_aggregate.go.
//	Gain:         half the time, and no allocation for an item.
//	Shown by:     go test -run '^$' -bench ShortCuts/sum ./jsonata

// A total is a call of $sum with one path.
type total struct {
	list evalFn // the path without its last step
	term numFn  // the last step, for each element

	steps int // of work, for each element
}

// compileTotal compiles the argument of $sum, or returns nil.
func (c *compiler) compileTotal(n *node) *total {
	if len(n.arguments) != 1 {
		return nil
	}
	path := n.arguments[0]
	if path.kind != kindPath || len(path.steps) < 2 || path.group != nil || path.keepArray || path.keepSingleton || path.tuple {
		return nil
	}
	last := len(path.steps) - 1
	if hasFunctions(path.steps[last], 0) {
		return nil // a second call could return another result
	}
	for i, s := range path.steps {
		if !isBare(s) || i < last && s.kind != kindName && (i > 0 || s.kind != kindVariable) {
			return nil
		}
	}
	t := &total{}
	t.steps = 2 + c.weighNodes(func() { c.compileIterated(func() { t.term = c.compileTerm(path.steps[last]) }) })
	if t.term == nil {
		return nil
	}
	if last == 1 && path.steps[0].kind == kindVariable {
		t.list = c.compileNode(path.steps[0])
	} else {
		t.list = c.compileNode(&node{kind: kindPath, steps: path.steps[:last], detail: path.detail})
	}
	return t
}

// compileTerm compiles the last step of the path of a total.
func (c *compiler) compileTerm(n *node) numFn {
	if n.kind == kindName {
		return c.compileUnboxed(&node{kind: kindPath, steps: []*node{n}, detail: n.detail})
	}
	c.depth++ // of the path
	defer func() { c.depth-- }()
	return c.compileUnboxed(n)
}

// addUp returns the sum. It returns false if it meets anything but an array of
// numbers, which is left to the general form.
func (t *total) addUp(st *state, fr *frame, in any) (sum any, ok bool) {
	list, ok := t.list(st, fr, in).([]any)
	if !ok {
		return nil, false
	}
	st.step(sizeTimes(t.steps, len(list)))
	whole, doubles, found := int64(0), 0.0, false
	exact := true
	for _, item := range list {
		n, kind := t.term(st, fr, item)
		switch kind {
		case numUndefined:
			continue
		case numOther:
			return nil, false
		case numInt:
			if next := whole + n; exact && (whole^next)&(n^next) >= 0 {
				whole = next
			} else if exact {
				exact, doubles = false, float64(whole)+float64(n)
			} else {
				doubles += float64(n)
			}
		default:
			if exact {
				exact, doubles = false, float64(whole)
			}
			doubles += math.Float64frombits(uint64(n))
		}
		found = true
	}
	switch {
	case !found:
		return nil, false
	case exact:
		return whole, true
	}
	return numberOf(doubles), true
}
