package jsonata

import "math"

// A predicate is [...] after a step or another expression, or the binding
// of an index variable between predicates.
type predicate struct {
	eval   evalFn
	truth  boolFn // instead of eval, if the predicate is a comparison
	at     int    // the index, if fixed
	fixed  bool
	binds  bool // it binds an index variable
	index  int  // slot of the index variable; 0 for the nameless #$
	tuples bool // eval runs in the frame of a tuple
	steps  int  // of work, for each element
}

func (c *compiler) compilePredicate(n *node, tuples bool) predicate {
	f := predicate{tuples: tuples}
	if n.kind == kindLiteral && isNumber(n.literal) && len(n.predicate) == 0 && n.group == nil {
		f.at, f.fixed = roundToIndex(n.literal), true
		return f
	}
	compile := func() {
		if n.kind == kindBinary && !c.generalOnly && len(n.predicate) == 0 && n.group == nil {
			switch n.name {
			case "and", "or", "=", "!=", "in", "<", "<=", ">", ">=":
				f.truth = c.compileTruth(n)
				return
			}
		}
		f.eval = c.compileNode(n)
	}
	f.steps = 1 + c.weighNodes(func() {
		if tuples {
			c.compileInTuple(compile)
		} else {
			c.compileIterated(compile)
		}
	})
	return f
}

// roundToIndex rounds a number down to an index, and limits it to the range of
// int32.
func roundToIndex(v any) int {
	const most = math.MaxInt32
	switch v := v.(type) {
	case int64:
		return int(max(min(v, most), -most))
	case float64:
		return int(max(min(math.Floor(v), most), -most))
	}
	return most
}

func (c *compiler) compilePredicates(n *node, eval evalFn) evalFn {
	filters := make([]predicate, len(n.predicate))
	for i, p := range n.predicate {
		filters[i] = c.compilePredicate(p.expr, n.tuple)
	}
	return func(st *state, fr *frame, in any) any {
		v := eval(st, fr, in)
		for i := range filters {
			v = filters[i].applyPredicate(st, fr, v)
		}
		return v
	}
}

// applyPredicate filters the elements of an array, or a single value.
func (f *predicate) applyPredicate(st *state, fr *frame, in any) any {
	list, ok := items(in)
	if !ok {
		list = []any{in}
	}
	a, _ := in.(*array)
	tuples := a != nil && a.tuples
	if f.binds {
		for i, item := range list {
			if t, ok := item.(*frame); ok && f.index > 0 {
				t.vars[f.index] = int64(i)
			}
		}
		return in
	}
	if f.fixed {
		at := f.at
		if at < 0 {
			at += len(list)
		}
		if at < 0 || at >= len(list) || isUndefined(list[at]) {
			return &array{sequence: true, tuples: tuples}
		}
		if isArray(list[at]) {
			return list[at]
		}
		return &array{items: list[at : at+1 : at+1], sequence: true, tuples: tuples}
	}
	st.step(sizeTimes(f.steps, len(list)))
	var results []any
	if f.truth != nil && !f.tuples && !tuples {
		for _, item := range list {
			if f.truth(st, fr, item) {
				results = st.appendItem(results, item)
			}
		}
		return &array{items: results, sequence: true}
	}
	for i, item := range list {
		context, env := item, fr
		if t, ok := item.(*frame); ok {
			context, env = t.vars[0], t
		} else if f.tuples {
			env = st.newTuple(fr, item)
		}
		if f.truth != nil {
			if f.truth(st, env, context) {
				results = st.appendItem(results, item)
			}
			continue
		}
		v := f.eval(st, env, context)
		if b, ok := v.(bool); ok {
			if b {
				results = st.appendItem(results, item)
			}
			continue
		}
		if isNumber(v) && isFinite(v) {
			if selectsItem(v, i, len(list)) {
				results = st.appendItem(results, item)
			}
			continue
		}
		if all, ok := items(v); ok && allNumbers(all) {
			st.step(len(all))
			for _, at := range all {
				if selectsItem(at, i, len(list)) {
					results = st.appendItem(results, item)
				}
			}
			continue
		}
		if st.isTruthy(v) {
			results = st.appendItem(results, item)
		}
	}
	return &array{items: results, sequence: true, tuples: tuples}
}

// selectsItem reports whether a number is the index i of n elements. A negative
// number counts from the end.
func selectsItem(v any, i, n int) bool {
	at := roundToIndex(v)
	if at < 0 {
		at += n
	}
	return at == i
}

func allNumbers(list []any) bool {
	for _, v := range list {
		if !isNumber(v) || !isFinite(v) {
			return false
		}
	}
	return true
}
