package jsonata

import "github.com/gostates/gostates/value"

// Short cut: a path of plain field names, a.b.c or $v.a.b, looks the names up
// one after the other, as long as each value is an object. At an array it
// continues with the general form.
//
//	General form: path.evalPath in path.go.
//	Gain:         half the time, and no allocation.
//	Shown by:     go test -run '^$' -bench ShortCuts/fields ./jsonata

// isPlain reports whether the path consists of field names, optionally after a
// variable.
func (p *path) isPlain() bool {
	if p.keep || p.group != nil || p.tuples < len(p.steps) {
		return false
	}
	for i, s := range p.steps {
		if len(s.stages) > 0 || s.sort != nil || s.first || !s.field && (i > 0 || p.list) {
			return false
		}
	}
	return true
}

// compileFields compiles field names of the context or of a variable. At an
// array the general form takes over.
func (c *compiler) compileFields(p *path, first *node) evalFn {
	names := make([]string, 0, len(p.steps))
	for _, s := range p.steps {
		if s.field {
			names = append(names, s.name)
		}
	}
	depth := c.depth + 1
	if len(names) == len(p.steps) && len(names) == 1 {
		name := names[0]
		return func(st *state, fr *frame, in any) any {
			st.checkDepth(depth)
			if o, ok := in.(*value.Object); ok {
				if v, ok := o.Get(name); ok {
					return unwrap(v)
				}
				return Undefined
			}
			return p.evalPath(st, fr, in)
		}
	}
	if len(names) == len(p.steps) {
		return func(st *state, fr *frame, in any) any {
			st.checkDepth(depth)
			if isArray(in) {
				return p.evalPath(st, fr, in)
			}
			return p.walkFields(st, fr, names, 0, in)
		}
	}
	if len(first.predicate) > 0 || first.group != nil || first.keepArray {
		return p.evalPath
	}
	root := p.steps[0].eval
	if first.name != "" && first.name != "$" && len(c.placesOf(first.name)) == 0 {
		variable := first.name
		return func(st *state, fr *frame, in any) any {
			st.checkDepth(depth)
			if st.paths != nil {
				if v, n := st.paths.Path(variable, names); n > 0 {
					return p.walkFields(st, fr, names[n:], 1+n, v)
				}
			}
			return p.walkFields(st, fr, names, 1, root(st, fr, in))
		}
	}
	return func(st *state, fr *frame, in any) any {
		v := root(st, fr, in)
		st.checkDepth(depth)
		return p.walkFields(st, fr, names, 1, v)
	}
}

// walkFields looks up the names in v. The first name is that of the step at.
func (p *path) walkFields(st *state, fr *frame, names []string, at int, v any) any {
	for i, name := range names {
		o, ok := v.(*value.Object)
		if !ok {
			if isArray(v) {
				return p.walkValue(st, fr, at+i, v)
			}
			return Undefined
		}
		if v, ok = o.Get(name); !ok {
			return Undefined
		}
	}
	return unwrap(v)
}
