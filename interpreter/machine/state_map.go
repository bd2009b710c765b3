package machine

import (
	"errors"
	"fmt"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/jsonpath"
	"github.com/gostates/gostates/value"
)

// iterate is a Map state, compiled.
type iterate struct {
	first       int32 // state of the processor
	itemsPath   field
	selector    *asl.TemplateNode // ItemSelector, or Parameters in its place
	selects     bool              // there is an ItemSelector, of either query language
	width       int32             // MaxConcurrency; 0: as many as may be
	widthPath   field
	countPath   field // ToleratedFailureCountPath
	percentPath field
}

// runMap starts the iterations over the items, as many at a time as may run.
func (s *step) runMap(slot int32, sc *scope, st *state) {
	m := st.iterate
	input, failure := s.inputPath(slot, sc, st)
	if failure != nil {
		s.fail(slot, failure)
		return
	}
	items, failure := s.mapItems(slot, m, input)
	if failure != nil {
		s.fail(slot, failure)
		return
	}
	width, failure := s.mapWidth(slot, m, input)
	if failure != nil {
		s.fail(slot, failure)
		return
	}
	sc.prev = s.event(history.Event{
		Type: history.MapStateStarted, Previous: sc.prev, Index: int32(len(items)),
	})
	sc.childID = sc.prev
	if failure := s.checkTolerated(slot, m, input); failure != nil {
		s.fail(slot, failure)
		return
	}
	if s.r.Probe != nil {
		s.probeMap(slot, st, input, items)
		return
	}
	sc.phase = phaseChildren
	c := &children{input: input, items: items, results: make([]any, len(items)), width: width}
	sc.needWork().children = c
	if s.meter.Made > 0 {
		s.holdWork(slot, items)
	}
	if len(items) == 0 {
		s.containerSucceeded(slot)
		return
	}
	s.startItems(slot, c, int(width), sc.prev)
}

func (s *step) mapItems(slot int32, m *iterate, input any) ([]any, *failure) {
	if p := s.r.Probe; p != nil && p.Read {
		return p.Items, nil
	}
	if q := s.p.states[s.x.scopes[slot].state].query; q != nil {
		return s.queryItems(slot, q, input)
	}
	v, failure := s.selectPath(slot, &m.itemsPath, input)
	if failure != nil {
		if conflict := s.itemsConflict(slot, m.itemsPath.path, input); conflict != nil {
			return nil, conflict
		}
		return nil, failure
	}
	items, ok := v.([]any)
	if !ok {
		path := "$"
		if m.itemsPath.path != nil {
			path = m.itemsPath.path.String()
			if m.itemsPath.path.Root() == jsonpath.Context {
				path = path[1:] // recorded: the message has only one $
			}
		}
		return nil, newFailure(asl.StatesRuntime, fmt.Sprintf("Reference path \"%s\" must point to array.", path)) // without the prefix
	}
	if s.r.Probe != nil {
		s.show("afterItemsPath", items)
	}
	return items, nil
}

// itemsConflict is the failure of an ItemsPath that leads to nothing, nil if it
// failed otherwise. It shows the whole value that the path starts at.
func (s *step) itemsConflict(slot int32, path *jsonpath.Path, input any) *failure {
	e := s.at(slot, input)
	_, err := e.Get(path)
	var missing *jsonpath.Error
	if !errors.As(err, &missing) || missing.Property() == "" {
		return nil
	}
	root := input
	switch path.Root() {
	case jsonpath.Context:
		root = s.contextObject(slot)
	case jsonpath.Variable:
		root, _ = s.variable(slot, path.Variable())
	}
	return conflict(fmt.Sprintf("Unable to apply step \"%s\" to input %s", missing.Property(), value.String(root)))
}

// queryItems is mapItems for a JSONata state.
func (s *step) queryItems(slot int32, q *query, input any) ([]any, *failure) {
	if q.items == nil {
		items, ok := input.([]any)
		if !ok {
			return nil, s.evaluationFailed(slot, "", "Map state input must be an array but was: "+value.String(input))
		}
		return items, nil
	}
	v := s.see(slot, input)
	made, failure := v.data(q.items)
	if failure != nil {
		return nil, failure
	}
	items, ok := made.([]any)
	switch {
	case ok:
		return items, nil
	case q.items.expr == nil:
		return nil, s.evaluationFailed(slot, "Items", "Map state items must be an array but was: "+excerpt(made))
	}
	return nil, s.wrongType(slot, q.items.expr, "array", made)
}

// mapWidth is how many iterations may run at a time. A negative MaxConcurrency
// from a path sets no bound of its own (recorded: the Map starts).
func (s *step) mapWidth(slot int32, m *iterate, input any) (int32, *failure) {
	width := int64(m.width)
	if q := s.p.states[s.x.scopes[slot].state].query; q != nil && q.width != nil {
		var failure *failure
		if width, failure = s.see(slot, input).number(q.width); failure != nil {
			return 0, failure
		}
	}
	if m.widthPath.path != nil {
		v, failure := s.selectPath(slot, &m.widthPath, input)
		if failure != nil {
			return 0, failure
		}
		n, ok := parseLong(v)
		if !ok {
			return 0, s.notInteger(slot, "MaxConcurrencyPath", v, &m.widthPath)
		}
		width = n
	}
	if s.r.Probe != nil {
		s.show("maxConcurrency", width)
	}
	limit := int64(min(s.p.limits.MapConcurrency, 1<<31-1))
	if width <= 0 || width > limit {
		width = limit
	}
	return int32(width), nil
}

func (s *step) notInteger(slot int32, name string, v any, f *field) *failure {
	return s.runtime(&s.x.scopes[slot], "The %s field refers to value \"%s\" which is not a valid integer: %s",
		name, plainText(v), f.path)
}

// checkTolerated checks ToleratedFailureCountPath and
// ToleratedFailurePercentagePath, whose values an inline Map does not use.
func (s *step) checkTolerated(slot int32, m *iterate, input any) *failure {
	sc := &s.x.scopes[slot]
	if q := s.p.states[sc.state].query; q != nil {
		return s.queryTolerated(slot, q, input)
	}
	if m.countPath.path != nil {
		v, failure := s.selectPath(slot, &m.countPath, input)
		if failure != nil {
			return failure
		}
		n, ok := parseLong(v)
		if !ok {
			return s.notInteger(slot, "ToleratedFailureCountPath", v, &m.countPath)
		}
		if n < 0 {
			return s.runtime(sc, "ToleratedFailureCount cannot be negative.")
		}
		s.show("toleratedFailureCount", n)
	}
	if m.percentPath.path == nil {
		return nil
	}
	v, failure := s.selectPath(slot, &m.percentPath, input)
	if failure != nil {
		return failure
	}
	n, ok := parseNumber(v)
	if !ok {
		return s.runtime(sc, "The ToleratedFailurePercentagePath field refers to value \"%s\" which is not a valid float: %s",
			plainText(v), m.percentPath.path)
	}
	low, _ := value.CompareNumbers(n, int64(0))
	if high, _ := value.CompareNumbers(n, int64(100)); low < 0 || high > 0 {
		return s.runtime(sc, "ToleratedFailurePercentage must be between 0 and 100.")
	}
	s.show("toleratedFailurePercentage", n)
	return nil
}

// queryTolerated is checkTolerated for a JSONata state. What AWS says of numbers
// out of bounds is known of the paths only.
func (s *step) queryTolerated(slot int32, q *query, input any) *failure {
	v := s.see(slot, input)
	if q.count != nil {
		n, failure := v.number(q.count)
		if failure != nil {
			return failure
		}
		if n < 0 {
			return s.evaluationFailed(slot, q.count.location, "ToleratedFailureCount cannot be negative.")
		}
		if s.r.Probe != nil {
			s.show("toleratedFailureCount", n)
		}
	}
	if q.percent == nil {
		return nil
	}
	n, failure := v.eval(q.percent, "number")
	if failure != nil {
		return failure
	}
	low, _ := value.CompareNumbers(n, int64(0))
	if high, _ := value.CompareNumbers(n, int64(100)); low < 0 || high > 0 {
		return s.evaluationFailed(slot, q.percent.location, "ToleratedFailurePercentage must be between 0 and 100.")
	}
	s.show("toleratedFailurePercentage", n)
	return nil
}

// startItems starts iterations while there is room for them and no state of the
// Map has failed.
func (s *step) startItems(slot int32, c *children, room int, cause uint32) {
	room = min(room, len(c.items)-int(c.started))
	s.x.reserveSlots(room)
	for range room {
		if !s.startItem(slot, c, cause) || s.heavy {
			return
		}
	}
}

// startItem starts the next iteration. Its input is its item, or what
// ItemSelector makes of it, which is evaluated before MapIterationStarted: a
// failure is the Map state's own. It reports whether there was none.
func (s *step) startItem(slot int32, c *children, cause uint32) bool {
	index := c.started
	m := s.p.states[s.x.scopes[slot].state].iterate
	child := s.x.spawn(phaseItem, m.first, slot, index, cause, c.items[index])
	made := int64(0)
	if m.selects {
		made = s.meter.Made
		input, failure := s.selectItem(child, slot, c)
		if failure != nil {
			cause = s.x.scopes[child].prev
			s.x.release(child)
			s.itemFailed(slot, cause, failure)
			return false
		}
		s.x.scopes[child].input = input
		made = s.meter.Made - made
	}
	c.started++
	s.x.scopes[child].prev = s.iterationEvent(history.MapIterationStarted, slot, index, cause)
	if made >= heldUnit/2 {
		s.holdInput(child, made)
	}
	s.goOn(child, phaseEnter)
	return true
}

// selectItem evaluates the ItemSelector of a Map that has one, for an iteration.
func (s *step) selectItem(child, slot int32, c *children) (any, *failure) {
	st := &s.p.states[s.x.scopes[slot].state]
	var input any
	var failure *failure
	if st.query != nil {
		input, failure = s.see(child, c.input).data(st.query.selector)
	} else {
		input, failure = s.evaluate(child, st.iterate.selector, c.input)
	}
	if failure == nil && s.tooLarge(input) {
		failure = tooLong(st.name)
	}
	return input, failure
}

func (s *step) itemFailed(slot int32, cause uint32, f *failure) {
	if f.match != asl.StatesRuntime {
		s.abortChildren(slot, cause)
	}
	s.x.scopes[slot].prev = cause
	s.fail(slot, f)
}

// iterationSucceeded makes room for the next iteration. Both events point to
// the last one of the iteration that ended (recorded).
func (s *step) iterationSucceeded(slot int32, child *scope) {
	id := s.iterationEvent(history.MapIterationSucceeded, slot, child.index, child.prev)
	sc := &s.x.scopes[slot]
	sc.childID = id
	if c := sc.work.children; int(c.started) < len(c.items) {
		s.revisit()
		s.startItem(slot, c, child.prev) // in the slot of the one that has ended
	}
}

func (s *step) iterationEvent(t history.Type, slot, index int32, cause uint32) uint32 {
	return s.event(history.Event{
		Type:     t,
		Previous: cause,
		Name:     s.p.states[s.x.scopes[slot].state].name,
		Index:    index,
	})
}
