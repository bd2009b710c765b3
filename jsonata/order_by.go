package jsonata

import "github.com/gostates/gostates/value"

// An ordering is an order-by step: ^( ... ).
type ordering struct {
	terms []term
	pos   int
}

type term struct {
	eval       evalFn
	steps      int // of work, for each item
	descending bool
}

func (c *compiler) compileOrdering(n *node) *ordering {
	o := &ordering{pos: n.pos}
	for _, t := range n.terms {
		var eval evalFn
		steps := 1 + c.weighNodes(func() { eval = c.compileNode(t.expr) })
		o.terms = append(o.terms, term{eval, steps, t.descending})
	}
	return o
}

// A sortItem caches the keys of an item. Each key is evaluated at most once,
// and only if the keys before it are equal.
type sortItem struct {
	item any
	keys []any
}

// sortItems returns the items in order. The items are tuples if the path
// carries tuples.
func (o *ordering) sortItems(st *state, fr *frame, list []any, tuples bool) []any {
	if len(list) < 2 {
		return list
	}
	st.keepBytes(len(list) * (56 + 16*len(o.terms)))
	wrapped := make([]sortItem, len(list))
	pointers := make([]any, len(list))
	for i, item := range list {
		wrapped[i].item = item
		pointers[i] = &wrapped[i]
	}
	key := func(s *sortItem, i int) any {
		if i < len(s.keys) {
			return s.keys[i]
		}
		env, context := fr, s.item
		if t, ok := s.item.(*frame); ok && tuples {
			env, context = t, t.vars[0]
		}
		st.step(o.terms[i].steps)
		v := o.terms[i].eval(st, env, context)
		if s.keys == nil {
			s.keys = make([]any, 0, len(o.terms))
		}
		s.keys = append(s.keys, v)
		return v
	}
	sorted := st.mergeSort(pointers, func(a, b any) bool {
		for i, t := range o.terms {
			st.step(1)
			x := key(a.(*sortItem), i)
			y := key(b.(*sortItem), i)
			if cmp := o.compareKeys(st, x, y, t.descending); cmp != 0 {
				return cmp > 0
			}
		}
		return false
	})
	for i, p := range sorted {
		sorted[i] = p.(*sortItem).item
	}
	return sorted
}

// compareKeys compares two keys. Undefined is last, in either direction.
func (o *ordering) compareKeys(st *state, a, b any, descending bool) int {
	ka, kb := orderOf(a), orderOf(b)
	switch {
	case ka == orderUndefined && kb == orderUndefined:
		return 0
	case ka == orderUndefined:
		return 1
	case kb == orderUndefined:
		return -1
	case ka == orderNone || kb == orderNone:
		e := failValue("T2008", a)
		if ka != orderNone {
			e.Value = b
		}
		e.Pos = o.pos
		panic(e)
	case ka != kb:
		e := failValue("T2007", a)
		e.value2, e.Pos = b, o.pos
		panic(e)
	}
	var cmp int
	if ka == orderString {
		cmp = st.compareStrings(a.(string), b.(string))
	} else {
		var ok bool
		if cmp, ok = value.CompareNumbers(a, b); !ok {
			cmp = 1 // NaN is not less than anything
		}
	}
	if descending {
		return -cmp
	}
	return cmp
}
