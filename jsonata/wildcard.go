package jsonata

import "github.com/gostates/gostates/value"

// wildcard is *: the values of an object, those that are arrays flattened.
func (st *state) wildcard(in any) any {
	if a, ok := in.(*array); ok && a.outer && len(a.items) > 0 {
		in = a.items[0]
	}
	var results []any
	plain := false // an array was appended: the result is no sequence then
	add := func(v any) {
		st.step(1)
		if isArray(v) {
			results = st.flatten(results, v, 0)
			plain = true
		} else if !isUndefined(v) {
			results = st.push(results, v)
		}
	}
	if o, ok := in.(*value.Object); ok {
		for i := range ordered(o) {
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

// flatten appends all values in an array, however deep.
func (st *state) flatten(dst []any, v any, depth int) []any {
	tooDeep(depth)
	list, ok := items(v)
	if !ok {
		return st.push(dst, v)
	}
	st.step(len(list))
	for _, item := range list {
		dst = st.flatten(dst, item, depth+1)
	}
	return dst
}

// descendants is **: the value and everything in it, arrays left out.
func (st *state) descendants(in any) any {
	if isUndefined(in) {
		return in
	}
	results := st.descend(nil, in, 0)
	return unwrap(&array{items: results, sequence: true})
}

func (st *state) descend(dst []any, v any, depth int) []any {
	tooDeep(depth)
	st.step(1)
	if list, ok := items(v); ok {
		for _, item := range list {
			dst = st.descend(dst, item, depth+1)
		}
		return dst
	}
	dst = st.push(dst, v)
	if o, ok := v.(*value.Object); ok {
		for i := range ordered(o) {
			dst = st.descend(dst, o.At(i).Value, depth+1)
		}
	}
	return dst
}
