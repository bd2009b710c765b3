package machine

import (
	"errors"
	"fmt"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/jsonpath"
	"github.com/gostates/gostates/value"
)

// mapItems evaluates ItemsPath or Items. It returns an array or, in DISTRIBUTED mode,
// an array or object, and nil if there is an ItemReader
// (docs/evidence.md#map-run-items).
func (s *step) mapItems(slot int32, m *mapState, input any) (any, *failure) {
	if p := s.r.Probe; p != nil && p.Read {
		return p.Items, nil
	}
	if m.distributed != nil && m.distributed.reader != nil {
		return nil, nil
	}
	if q := s.p.states[s.x.scopes[slot].state].query; q != nil {
		return s.evalItems(slot, q, m, input)
	}
	v, failed := s.selectPath(slot, &m.itemsPath, input)
	if failed != nil {
		if conflict := s.itemsConflict(slot, m.itemsPath.path, input); conflict != nil {
			return nil, conflict
		}
		return nil, failed
	}
	if !m.iterates(v) {
		path := "$"
		if m.itemsPath.path != nil {
			path = m.itemsPath.path.String()
			if m.itemsPath.path.Root() == jsonpath.Context {
				path = path[1:] // AWS's message has only one $
			}
		}
		return nil, newFailure(asl.StatesRuntime, fmt.Sprintf("Reference path \"%s\" must point to array.", path)) // AWS adds no prefix
	}
	if s.r.Probe != nil {
		s.showProbe("afterItemsPath", v)
	}
	return v, nil
}

// iterates reports whether the Map state can iterate over a value.
func (m *mapState) iterates(v any) bool {
	if _, is := v.(*value.Object); is {
		return m.distributed != nil
	}
	_, is := v.([]any)
	return is
}

// itemsConflict returns the failure of an ItemsPath that selects nothing, which
// quotes the whole value that the path starts at. It returns nil for another error.
func (s *step) itemsConflict(slot int32, path *jsonpath.Path, input any) *failure {
	e := s.envOf(slot, input)
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
		root, _ = s.lookupVariable(slot, path.Variable())
	}
	return pathConflict(fmt.Sprintf("Unable to apply step \"%s\" to input %s", missing.Property(), value.String(root)))
}

// evalItems evaluates Items in a JSONata state.
func (s *step) evalItems(slot int32, q *query, m *mapState, input any) (any, *failure) {
	if q.items == nil {
		if !m.iterates(input) {
			return nil, s.evaluationFailed(slot, "", "Map state input must be an array but was: "+value.String(input))
		}
		return input, nil
	}
	v := s.viewOf(slot, input)
	made, failed := v.evalField(q.items)
	if failed != nil {
		return nil, failed
	}
	switch {
	case m.iterates(made):
		return made, nil
	case q.items.expr == nil:
		return nil, s.evaluationFailed(slot, "Items", "Map state items must be an array but was: "+causeExcerpt(made))
	}
	return nil, s.wrongType(slot, q.items.expr, "array", made)
}
