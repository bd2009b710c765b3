package jsonata

import (
	"math"

	"github.com/gostates/gostates/value"
)

// A path is a compiled location path: steps separated by dots.
type path struct {
	steps []step
	keep  bool // a single result stays an array: [] was written
	// tuples is the index of the first step that carries tuples, or the number
	// of steps.
	tuples int
	stream bool // the result is the tuples, for a path around this one
	group  *grouping
	list   bool // the first step takes a list as a whole
}

// A step is one step of a path.
type step struct {
	eval   evalFn
	name   string // of a plain field, where field is set
	field  bool
	first  bool // an array constructor at the start: not iterated
	sort   *ordering
	stages []predicate

	steps                  int32 // of work, for each context
	focus, index, ancestor int32 // slots of the tuple; 0 for none
}

func (c *compiler) compilePath(n *node) evalFn {
	p := &path{
		steps:  make([]step, len(n.steps)),
		keep:   n.keepSingleton || n.keepArray,
		tuples: len(n.steps),
		stream: n.tuple,
		list:   n.steps[0].kind != kindVariable,
	}
	for i, s := range n.steps {
		if s.tuple {
			p.tuples = i
			break
		}
	}
	for i, s := range n.steps {
		p.steps[i] = c.compileStep(s, i == 0 && s.cons, i >= p.tuples)
	}
	if n.group != nil {
		p.group = c.compileGrouping(n.group, p.tuples < len(n.steps))
	}
	if p.isPlain() && !c.generalOnly {
		return c.compileFields(p, n.steps[0])
	}
	return p.evalPath
}

// compileStep compiles one step. first is set for an array constructor at the
// start, tuples for a step that carries tuples.
func (c *compiler) compileStep(n *node, first, tuples bool) step {
	if n.kind == kindName && n.detail == &noDetail && !n.keepArray && !tuples { // most steps
		return step{first: first, name: n.name, field: true, steps: 1}
	}
	s := step{first: first, focus: int32(c.labels[n.focus]), index: int32(c.labels[n.index])}
	if n.ancestor != nil {
		s.ancestor = int32(c.labels[n.ancestor.label])
	}
	compile := func() {
		if n.kind == kindSort {
			s.sort = c.compileOrdering(n)
			return
		}
		if n.kind == kindName && !n.keepArray && len(n.predicate) == 0 && n.group == nil {
			s.name, s.field = n.name, true
			if !tuples {
				return
			}
		}
		s.eval = c.compileNode(n)
	}
	steps := c.weighNodes(func() {
		if tuples && !first {
			c.compileInTuple(compile)
		} else {
			c.compileIterated(compile)
		}
	})
	s.steps = int32(min(1+steps, math.MaxInt32))
	if len(n.stages) > 0 {
		s.stages = make([]predicate, 0, len(n.stages))
	}
	for _, stage := range n.stages {
		f := predicate{binds: true, index: c.labels[stage.index]}
		if stage.expr != nil {
			f = c.compilePredicate(stage.expr, tuples && !first)
		}
		s.stages = append(s.stages, f)
	}
	return s
}

// evalPath walks the path: from value to value until there is an array, then
// with lists.
func (p *path) evalPath(st *state, fr *frame, in any) any {
	if list, ok := items(in); ok && p.list {
		if p.steps[0].first {
			return p.walkConstructed(st, fr, in, list)
		}
		return p.walkList(st, fr, 0, list)
	}
	if p.steps[0].first {
		return p.walkConstructed(st, fr, newSequence(in), []any{in})
	}
	return p.walkValue(st, fr, 0, in)
}

// walkValue continues at step i with one value.
func (p *path) walkValue(st *state, fr *frame, i int, v any) any {
	for ; i < p.tuples; i++ {
		s := &p.steps[i]
		if isArray(v) && i > 0 {
			return p.walkList(st, fr, i, flattenStep(v))
		}
		if s.sort != nil {
			break
		}
		st.step(int(s.steps))
		v = s.evalStep(st, fr, v)
		if isUndefined(v) {
			return p.finishSequence(st, fr, nil)
		}
		if isArray(v) {
			if list, ok := v.(*array); i == len(p.steps)-1 && (!ok || !list.sequence) {
				return p.finishArray(st, fr, v)
			}
			return p.walkList(st, fr, i+1, flattenStep(v))
		}
	}
	if i == len(p.steps) && p.group == nil && !p.keep {
		return v
	}
	return p.walkList(st, fr, i, []any{v})
}

// flattenStep returns the only result of a step as the list for the next step.
func flattenStep(v any) []any {
	if a, ok := v.(*array); ok && a.cons {
		return []any{v}
	}
	list, _ := items(v)
	return list
}

// evalStep evaluates a step and its predicates for one context.
func (s *step) evalStep(st *state, fr *frame, in any) any {
	var v any
	if s.field {
		v = unwrap(st.fieldOf(in, s.name))
	} else {
		v = s.eval(st, fr, in)
	}
	for i := range s.stages {
		v = s.stages[i].applyPredicate(st, fr, v)
	}
	return v
}

// walkList continues at step i with a list.
func (p *path) walkList(st *state, fr *frame, i int, list []any) any {
	for ; i < p.tuples; i++ {
		s := &p.steps[i]
		if s.sort != nil {
			v := s.sort.sortItems(st, fr, list, false)
			var result any = &array{items: v, sequence: true}
			for j := range s.stages {
				result = s.stages[j].applyPredicate(st, fr, result)
			}
			list, _ = items(result)
		} else {
			var raw any
			if list, raw = s.evalStepAll(st, fr, list, i == len(p.steps)-1); raw != nil {
				return p.finishArray(st, fr, raw)
			}
		}
		if len(list) == 0 {
			return p.finishSequence(st, fr, nil)
		}
	}
	if i == len(p.steps) {
		return p.finishSequence(st, fr, list)
	}
	return p.walkTuples(st, fr, i, list)
}

// evalStepAll evaluates a step for each item of a list and joins the results,
// arrays by their items. If it is the last step and the only result is an array
// other than a sequence, that array is returned as raw: it is the result of the
// path.
func (s *step) evalStepAll(st *state, fr *frame, list []any, last bool) (results []any, raw any) {
	st.step(sizeTimes(int(s.steps), len(list)))
	n := 0
	var only any
	for _, item := range list {
		v := s.evalStep(st, fr, item)
		if isUndefined(v) {
			continue
		}
		n++
		only = v
		switch v := v.(type) {
		case []any:
			results = st.appendItems(results, v)
		case *array:
			if v.cons {
				st.mixed = true
				results = st.appendItem(results, v)
			} else {
				results = st.appendItems(results, v.items)
			}
		default:
			st.noteMixed(v)
			if results == nil {
				results = make([]any, 0, st.chargeHint(len(list)))
			}
			results = st.appendItem(results, v)
		}
	}
	if n == 1 && last {
		if a, ok := only.(*array); ok && !a.sequence {
			return nil, only
		}
		if _, ok := only.([]any); ok {
			return nil, only
		}
	}
	return results, nil
}

// chargeHint charges for a list of probably n elements, and returns its
// capacity.
func (st *state) chargeHint(n int) int {
	n = min(n, st.limits.ValueBytes/8)
	st.keepBytes(16 * n)
	return n
}

// walkConstructed continues after an array constructor at the start of the
// path.
func (p *path) walkConstructed(st *state, fr *frame, in any, list []any) any {
	v := p.steps[0].evalStep(st, fr, in)
	result, ok := items(v)
	switch {
	case isUndefined(v) || ok && len(result) == 0:
		if ok {
			return p.finishArray(st, fr, v)
		}
		return p.finishSequence(st, fr, nil)
	case !ok && len(p.steps) > 1:
		// JavaScript iterates over a string, and not over other values.
		s, _ := v.(string)
		result = st.splitUnits(s)
	case len(p.steps) == 1:
		return p.finishArray(st, fr, v)
	}
	if p.tuples == 0 {
		return p.walkTuples(st, fr, 1, result)
	}
	return p.walkList(st, fr, 1, result)
}

// finishArray ends the path with an array other than a sequence.
func (p *path) finishArray(st *state, fr *frame, v any) any {
	if a, ok := v.(*array); ok && p.keep && a.cons && !a.sequence {
		v = &array{items: []any{a}, sequence: true, keep: true}
	}
	if p.group != nil {
		return p.group.evalGroups(st, fr, v)
	}
	return unwrap(v)
}

// finishSequence ends the path with a sequence.
func (p *path) finishSequence(st *state, fr *frame, list []any) any {
	if p.group != nil {
		return p.group.evalGroups(st, fr, &array{items: list, sequence: true})
	}
	switch {
	case len(list) == 0:
		return Undefined
	case len(list) == 1 && !p.keep:
		return list[0]
	}
	return &array{items: list, sequence: true, keep: p.keep}
}

// splitUnits returns the UTF-16 code units of a string as strings.
func (st *state) splitUnits(s string) []any {
	st.keepBytes(16 * len(s)) // of the strings, which are there, the headers
	list := st.makeList(len(s))
	for s = splitPairs(s); s != ""; {
		n := skipCharacters(s, 1)
		list = append(list, s[:n])
		s = s[n:]
	}
	return list
}

// fieldOf looks up a name in an object, or in each element of an array.
func (st *state) fieldOf(in any, name string) any {
	switch in := in.(type) {
	case *value.Object:
		if v, ok := in.Get(name); ok {
			return v
		}
		return Undefined
	case []any:
		return &array{items: st.lookupAll(nil, in, name, 0), sequence: true}
	case *array:
		return &array{items: st.lookupAll(nil, in.items, name, 0), sequence: true}
	}
	return Undefined
}
