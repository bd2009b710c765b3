package jsonpath

import (
	"math"
	"regexp"
	"slices"

	"github.com/gostates/gostates/value"
)

// Limits of one evaluation without a meter. Without them, a path could visit
// any number of places with repeated '..', or with a slice from far before a
// list.
const (
	maxPlaces = 1 << 22 // visited
	maxBefore = 1 << 16 // nulls before a list, more than a payload can hold

	stepBytes = 16 // bytes of a string that count as one place
)

// miss reports where the evaluation of a definite path failed.
type miss struct {
	reason reason
	step   int
	at     spot
}

// walkDefinite evaluates a definite path from a step on.
func (p *program) walkDefinite(v any, from int) (any, miss) {
	return p.walkFrom(spot{v, from == 0}, from)
}

func (p *program) walkFrom(at spot, from int) (any, miss) {
	for i := from; i < len(p.steps); i++ {
		next, why := p.steps[i].followStep(at)
		if why != found {
			return nil, miss{why, i, at}
		}
		at = next
	}
	return at.value, miss{}
}

// getFrom evaluates the path from a step on. The steps before it must be names.
func (p *program) getFrom(v any, from int, meter *value.Meter) (any, *Error) {
	if !p.definite {
		list, err := p.collectAll(v, from, meter)
		return list, err
	}
	got, m := p.walkDefinite(v, from)
	if m.reason == found {
		return got, nil
	}
	return nil, p.missError(m, v, from)
}

// missError returns the error of a walk that started with v at a step.
func (p *program) missError(m miss, v any, from int) *Error {
	trail := p.trailOfNames(make([]crumb, 0, len(p.steps)), from)
	at := spot{value: v}
	for i := from; i < m.step; i++ {
		trail = p.steps[i].extendTrail(trail, at)
		at, _ = p.steps[i].followStep(at)
	}
	return newError(m.reason, trail, p.steps[m.step:], m.at)
}

// trailOfNames appends the trail of the first n steps, which must be names.
func (p *program) trailOfNames(trail []crumb, n int) []crumb {
	for i := range n {
		trail = append(trail, crumb{name: p.steps[i].name})
	}
	return trail
}

// collectAll evaluates a path that is not definite.
func (p *program) collectAll(v any, from int, meter *value.Meter) ([]any, *Error) {
	e := evaluation{program: p, document: v, found: []any{}, places: from, most: maxPlaces, look: math.MaxInt, meter: meter}
	if meter != nil {
		e.most, e.look = meter.Steps, placesPerLook
	}
	for from < p.head && e.affords(1) { // nearly all paths start with names that lead to something
		o, _ := v.(*value.Object)
		member, ok := o.Get(p.steps[from].name)
		if !ok {
			break
		}
		v = member
		e.places++
		from++
	}
	e.trail = p.trailOfNames(e.room[:0], from)
	err := e.evalSteps(from, spot{v, from == 0})
	e.tellMeter()
	if err != nil {
		return nil, err
	}
	return e.found, nil
}

// evaluation is one evaluation of a path that is not definite.
type evaluation struct {
	*program
	document any // the root for '$' in a filter
	found    []any
	trail    []crumb
	room     [4]crumb // of most trails
	places   int      // visited, including other work in this unit
	most     int      // limit for places
	look     int      // the meter is told when places reaches it
	told     int      // places that the meter knows about
	meter    *value.Meter
	lists    int                         // wildcards on lists around the place; they omit what is not found
	patterns map[*pattern]*regexp.Regexp // compiled for this evaluation
}

// errLeftOut is the error of a place that a wildcard omits.
var errLeftOut = &Error{Kind: NotFound}

func (e *evaluation) stepError(why reason, i int, at spot) *Error {
	if e.lists > 0 && why.errorKind() == NotFound {
		return errLeftOut
	}
	return newError(why, slices.Clone(e.trail), e.steps[i:], at)
}

func (e *evaluation) countPlace() *Error { return e.countWork(1) }

// affords reports whether so many places can be counted at once: neither a limit nor
// a look at the meter is near.
func (e *evaluation) affords(places int) bool {
	return places < e.look-e.places && places <= e.most-e.places
}

// countWork counts work, in places visited, before it is done.
func (e *evaluation) countWork(places int) *Error {
	if places >= e.look-e.places {
		e.tellMeter() // of the work before this
	}
	if places <= e.most-e.places {
		e.places += places
		return nil
	}
	return e.tooManyPlaces()
}

func (e *evaluation) tooManyPlaces() *Error {
	err := e.tooMuch("The path looks at too many places")
	if e.meter != nil {
		e.tellMeter()
		err.cause = e.meter.Work(math.MaxInt)
	}
	return err
}

// placesPerLook is the amount of work after which the meter is told.
const placesPerLook = 1 << 12

// tellMeter tells the meter about the work since the last call. Its Look may panic to
// stop the evaluation.
func (e *evaluation) tellMeter() {
	m := e.meter
	if m == nil {
		return
	}
	m.Steps -= e.places - e.told
	e.told, e.look = e.places, e.places+placesPerLook
	if m.Look != nil && m.Steps < m.Mark {
		m.Look()
	}
}

// growFound makes room for n more values if only names follow step i.
func (e *evaluation) growFound(n, i int) {
	if i+1 < e.tail {
		return
	}
	if e.meter != nil {
		n = min(n, e.meter.Bytes)
	}
	e.found = slices.Grow(e.found, max(n, 0))
}

// addFound adds a value to the result.
func (e *evaluation) addFound(v any) *Error {
	if m := e.meter; m != nil {
		before := m.Steps
		if err := m.Share(v); err != nil {
			problem := e.tooMuch("The path selects too much")
			problem.cause = err
			return problem
		}
		if e.most -= before - m.Steps; e.most < e.places {
			return e.tooManyPlaces()
		}
	}
	e.found = append(e.found, v)
	return nil
}

func (e *evaluation) tooMuch(text string) *Error {
	return &Error{Kind: Invalid, reason: limit, place: slices.Clone(e.trail), text: text}
}

// evalSteps evaluates the steps from i on at a spot and collects the values.
func (e *evaluation) evalSteps(i int, at spot) *Error {
	if err := e.countPlace(); err != nil {
		return err
	}
	if i == len(e.steps) {
		return e.addFound(at.value)
	}
	switch s := &e.steps[i]; s.kind {
	case indexesStep, fromStep, toStep, betweenStep:
		return e.evalIndexes(i, at)
	case wildcardStep:
		return e.evalWildcard(i, at)
	case scanStep:
		if s.last {
			return textError("Current path token is a leaf") // "." is parsed as "$.."
		}
		return e.scanValue(i+1, at, 0)
	case filterStep:
		return e.evalFilter(i, at)
	default:
		return e.evalDefinite(i, at)
	}
}

// evalDefinite takes a definite step.
func (e *evaluation) evalDefinite(i int, at spot) *Error {
	s := &e.steps[i]
	if err := e.countWork(len(s.names)); err != nil {
		return err
	}
	next, why := s.followStep(at)
	if why == missingProperty && s.lenient {
		return nil
	}
	if why != found {
		return e.stepError(why, i, at)
	}
	trail := e.trail
	e.trail = s.extendTrail(trail, at)
	err := e.evalSteps(i+1, next)
	e.trail = trail
	return err
}

// evalBelow evaluates the steps from i on one crumb further down.
func (e *evaluation) evalBelow(c crumb, i int, at spot) *Error {
	e.trail = append(e.trail, c)
	err := e.evalSteps(i, at)
	e.trail = e.trail[:len(e.trail)-1]
	return err
}

// evalElement evaluates the steps from i on at an element.
func (e *evaluation) evalElement(a []any, index, i int) *Error {
	if i >= e.tail && uint(index) < uint(len(a)) {
		return e.evalNames(a, index, index+1, i, false)
	}
	return e.evalBelow(crumb{index: index, isIndex: true}, i, elementAt(a, index))
}

// evalNames is evalElement for the elements from start to end if only names follow:
// nearly all lists have such paths. It counts the places of an element all at once. omit
// is set for a wildcard, which omits the elements in which nothing is found.
func (e *evaluation) evalNames(a []any, start, end, i int, omit bool) *Error {
	names := e.steps[i:]
	for index := start; index < end; index++ {
		v, taken := a[index], 0
		var o *value.Object
		short := e.affords(len(names) + 1)
		for ; short && taken < len(names); taken++ {
			o, _ = v.(*value.Object)
			member, ok := o.Get(names[taken].name)
			if !ok {
				short = e.lists > 0
				break
			}
			v = member
		}
		var err *Error
		switch {
		case !short: // the general form knows the error
			err = e.evalBelow(crumb{index: index, isIndex: true}, i, spot{a[index], true})
		case taken == len(names) && e.meter == nil:
			e.places += 1 + taken
			e.found = append(e.found, v)
			continue
		case taken == len(names):
			e.places += 1 + taken
			if err = e.addFound(v); err != nil {
				err.place = append(err.place, crumb{index: index, isIndex: true})
				for n := range names {
					err.place = append(err.place, crumb{name: names[n].name})
				}
			}
		default:
			e.places += 1 + taken
			if o == nil || names[taken].last || !names[taken].lenient {
				err = errLeftOut
			}
		}
		if err != nil && !(omit && err.Kind == NotFound) {
			return err
		}
	}
	return nil
}

// evalIndexes takes a list of indexes or a slice.
func (e *evaluation) evalIndexes(i int, at spot) *Error {
	s := &e.steps[i]
	a, ok := at.value.([]any)
	if !ok {
		return e.stepError(at.notAnArray(), i, at)
	}
	if s.kind == indexesStep {
		for _, n := range s.numbers {
			if err := e.evalElement(a, n, i+1); err != nil {
				return err
			}
		}
		return nil
	}
	start, end := s.sliceBounds(len(a))
	if start < -maxBefore {
		return e.tooMuch("The slice starts too far before the list")
	}
	e.growFound(end-start, i)
	if s.last && e.meter == nil && start >= 0 && start < end && e.affords(end-start) {
		e.places += end - start
		e.found = append(e.found, a[start:end]...)
		return nil
	}
	if i+1 >= e.tail && start >= 0 {
		return e.evalNames(a, start, end, i+1, false)
	}
	for n := start; n < end; n++ {
		if err := e.evalElement(a, n, i+1); err != nil {
			return err
		}
	}
	return nil
}

// sliceBounds returns the range of a slice. If a slice has both ends, a
// negative start does not count from the end: [-3:-1] starts three places
// before the list.
func (s *step) sliceBounds(length int) (start, end int) {
	n := s.numbers[0]
	switch s.kind {
	case fromStep:
		if n < 0 {
			n = max(n+length, 0)
		}
		return n, length
	case toStep:
		if n < 0 {
			n += length
		}
		return 0, min(n, length)
	}
	if length == 0 {
		return 0, 0
	}
	return n, min(s.numbers[1], length)
}

// evalWildcard takes all members or elements. It omits the elements of a list
// in which the rest of the path finds nothing.
func (e *evaluation) evalWildcard(i int, at spot) *Error {
	switch v := at.value.(type) {
	case *value.Object:
		e.growFound(v.Len(), i)
		for name, member := range v.All() {
			if err := e.evalBelow(crumb{name: name}, i+1, spot{value: member}); err != nil {
				return err
			}
		}
	case []any:
		e.growFound(len(v), i)
		e.lists++
		if i+1 >= e.tail {
			if err := e.evalNames(v, 0, len(v), i+1, true); err != nil {
				return err
			}
		} else {
			for n := range v {
				if err := e.evalElement(v, n, i+1); err != nil && err.Kind != NotFound {
					return err
				}
			}
		}
		e.lists--
	}
	return nil
}

// evalFilter takes the elements that a filter accepts, or an object that it
// accepts as a whole.
func (e *evaluation) evalFilter(i int, at spot) *Error {
	f := e.steps[i].filter
	switch v := at.value.(type) {
	case *value.Object:
		if ok, err := e.acceptsItem(f, v); !ok || err != nil {
			return err
		}
		return e.evalSteps(i+1, at)
	case []any:
		quick, work := f.quickCriterion()
		for n := range v {
			ok, known := false, false
			var err *Error
			if quick != nil && e.affords(work) {
				if ok, known = quick.comparesField(v[n]); known {
					e.places += work
				}
			}
			if !known {
				ok, err = e.acceptsItem(f, v[n])
			}
			switch {
			case ok && e.meter == nil && e.steps[i].last && e.affords(1):
				e.places++
				e.found = append(e.found, v[n])
			case ok:
				err = e.evalElement(v, n, i+1)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	return e.stepError(notContainer, i, at)
}

func (e *evaluation) acceptsItem(f *filter, v any) (bool, *Error) {
	if err := e.countPlace(); err != nil {
		return false, err
	}
	return f.acceptsItem(v, e)
}

// scanValue takes step i wherever it can be taken, parents before children.
func (e *evaluation) scanValue(i int, at spot, depth int) *Error {
	if depth > value.MaxDepth {
		return e.tooMuch("The value nests too deep")
	}
	switch v := at.value.(type) {
	case *value.Object:
		if err := e.scanObject(i, at, v); err != nil {
			return err
		}
		for n := range v.Len() {
			m := v.At(n)
			if depth < value.MaxDepth && e.affords(1) && isScalar(m.Value) {
				e.places++
				continue
			}
			if err := e.scanBelow(crumb{name: m.Key}, i, m.Value, depth); err != nil {
				return err
			}
		}
	case []any:
		if err := e.scanArray(i, at, v); err != nil {
			return err
		}
		for n := range v {
			if depth < value.MaxDepth && e.affords(1) && isScalar(v[n]) {
				e.places++
				continue
			}
			if err := e.scanBelow(crumb{index: n, isIndex: true}, i, v[n], depth); err != nil {
				return err
			}
		}
	}
	return e.countPlace()
}

// isScalar reports whether a value has no parts.
func isScalar(v any) bool {
	switch v.(type) {
	case *value.Object, []any:
		return false
	}
	return true
}

func (e *evaluation) scanBelow(c crumb, i int, v any, depth int) *Error {
	e.trail = append(e.trail, c)
	err := e.scanValue(i, spot{value: v}, depth+1)
	e.trail = e.trail[:len(e.trail)-1]
	return err
}

func (e *evaluation) scanObject(i int, at spot, o *value.Object) *Error {
	s, fits := &e.steps[i], false
	if err := e.countWork(len(s.names)); err != nil {
		return err
	}
	switch s.kind {
	case nameStep:
		v, ok := o.Get(s.name)
		if ok && s.last && e.affords(2) {
			e.places += 2
			err := e.addFound(v)
			if err != nil {
				err.place = append(err.place, crumb{name: s.name})
			}
			return err
		}
		fits = ok
	case namesStep:
		fits = !slices.ContainsFunc(s.names, func(name string) bool { return !o.Has(name) })
	case wildcardStep:
		fits = true
	case filterStep:
		var err *Error
		if fits, err = e.acceptsItem(s.filter, o); err != nil {
			return err
		}
	}
	if !fits {
		return nil
	}
	return e.evalSteps(i, at)
}

// scanArray takes step i at an array. If more steps follow, Jayway skips step i
// and takes the next one at every element: "..[0].x" selects the x of all
// elements.
func (e *evaluation) scanArray(i int, at spot, a []any) *Error {
	s, fits := &e.steps[i], false
	switch s.kind {
	case indexStep, lengthStep, indexesStep, fromStep, toStep, betweenStep, wildcardStep:
		fits = true
	case filterStep:
		var err *Error
		if fits, err = e.acceptsItem(s.filter, a); err != nil {
			return err
		}
	}
	if !fits {
		return nil
	}
	if s.last {
		return e.evalSteps(i, at)
	}
	for n := range a {
		if err := e.evalBelow(crumb{index: n, isIndex: true}, i+1, spot{value: a[n]}); err != nil {
			return err
		}
	}
	return nil
}
