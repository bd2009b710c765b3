package jsonata

import "github.com/gostates/gostates/value"

// evalWildcard is *: the values of an object, with arrays flattened.
func (st *state) evalWildcard(in any) any {
	if a, ok := in.(*array); ok && a.outer && len(a.items) > 0 {
		in = a.items[0]
	}
	var results []any
	plain := false // set if an array was appended: the result is then not a sequence
	add := func(v any) {
		st.step(1)
		if isArray(v) {
			results = st.appendFlat(results, v, 0)
			plain = true
		} else if !isUndefined(v) {
			results = st.appendItem(results, v)
		}
	}
	if o, ok := in.(*value.Object); ok {
		for i := range orderedIndexes(o) {
			add(o.At(i).Value)
		}
	} else if list, ok := items(in); ok {
		for _, v := range list {
			add(v)
		}
	}
	if plain {
		return results
	}
	return unwrap(&array{items: results, sequence: true})
}

// appendFlat appends all values in an array, at any depth.
func (st *state) appendFlat(dst []any, v any, depth int) []any {
	tooDeep(depth)
	list, ok := items(v)
	if !ok {
		return st.appendItem(dst, v)
	}
	st.step(len(list))
	for _, item := range list {
		dst = st.appendFlat(dst, item, depth+1)
	}
	return dst
}

// evalDescendants is **: the value and all values in it, except arrays.
func (st *state) evalDescendants(in any) any {
	if isUndefined(in) {
		return in
	}
	results := st.appendDescendants(nil, in, 0)
	return unwrap(&array{items: results, sequence: true})
}

func (st *state) appendDescendants(dst []any, v any, depth int) []any {
	tooDeep(depth)
	st.step(1)
	if list, ok := items(v); ok {
		for _, item := range list {
			dst = st.appendDescendants(dst, item, depth+1)
		}
		return dst
	}
	dst = st.appendItem(dst, v)
	if o, ok := v.(*value.Object); ok {
		for i := range orderedIndexes(o) {
			dst = st.appendDescendants(dst, o.At(i).Value, depth+1)
		}
	}
	return dst
}
