package main

import "slices"

// merge adds what only v1 has to the model of v2: bounds, the order of required
// members, idempotency tokens and the body of a request, and members that v2 has
// left out since (docs/evidence.md#model-bounds).
func merge(v2, v1 *service) {
	for name, o := range v2.operations {
		old, known := v1.operations[name]
		if !known {
			continue
		}
		mergeStructure(v2.structures[o.input], v1.structures[old.input])
		mergeStructure(v2.structures[o.output], v1.structures[old.output])
	}
	for name, s := range v2.structures {
		if name[0] != '.' {
			mergeStructure(s, v1.structures[name])
		}
	}
}

func mergeStructure(s, old *structure) {
	if s == nil || old == nil {
		return
	}
	for name, m := range s.members {
		if was := old.members[name]; was != nil {
			m.token, m.body = was.token, m.body || was.body
			mergeShape(m.of, was.of)
		}
	}
	for name, m := range old.members {
		if s.members[name] == nil {
			s.members[name] = &member{of: withoutNames(m.of)}
		}
	}
	order := func(name string) int {
		if i := slices.Index(old.required, name); i >= 0 {
			return i
		}
		return len(old.required)
	}
	slices.SortStableFunc(s.required, func(a, b string) int { return order(a) - order(b) })
}

// mergeShape copies the bounds of an old type to a new one of the same kind. A
// type that is a string in one of them and a number in the other may be either:
// the clients of v2 keep some types for the sake of older programs.
func mergeShape(s, old *shape) {
	switch {
	case s.kind == str && isNumber(old.kind), isNumber(s.kind) && old.kind == str:
		s.kind = document
	case s.kind == old.kind, isNumber(s.kind) && isNumber(old.kind):
		s.min, s.max = old.min, old.max
		if s.of != nil && old.of != nil {
			mergeShape(s.of, old.of)
		}
	}
}

// withoutNames returns a type of v1 whose structures may be any JSON: v2 may not
// have them.
func withoutNames(s *shape) *shape {
	switch s.kind {
	case object:
		return &shape{kind: document}
	case list, mapping:
		return &shape{kind: s.kind, of: withoutNames(s.of)}
	}
	return s
}
