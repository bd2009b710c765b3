package machine

import (
	"errors"
	"fmt"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/jsonpath"
	"github.com/gostates/gostates/value"
)

// mapItems evaluates ItemsPath or Items.
func (s *step) mapItems(slot int32, m *mapState, input any) ([]any, *failure) {
	if p := s.r.Probe; p != nil && p.Read {
		return p.Items, nil
	}
	if q := s.p.states[s.x.scopes[slot].state].query; q != nil {
		return s.evalItems(slot, q, input)
	}
	v, failed := s.selectPath(slot, &m.itemsPath, input)
	if failed != nil {
		if conflict := s.itemsConflict(slot, m.itemsPath.path, input); conflict != nil {
			return nil, conflict
		}
		return nil, failed
	}
	items, ok := v.([]any)
	if !ok {
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
		s.showProbe("afterItemsPath", items)
	}
	return items, nil
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
func (s *step) evalItems(slot int32, q *query, input any) ([]any, *failure) {
	if q.items == nil {
		items, ok := input.([]any)
		if !ok {
			return nil, s.evaluationFailed(slot, "", "Map state input must be an array but was: "+value.String(input))
		}
		return items, nil
	}
	v := s.viewOf(slot, input)
	made, failed := v.evalField(q.items)
	if failed != nil {
		return nil, failed
	}
	items, ok := made.([]any)
	switch {
	case ok:
		return items, nil
	case q.items.expr == nil:
		return nil, s.evaluationFailed(slot, "Items", "Map state items must be an array but was: "+causeExcerpt(made))
	}
	return nil, s.wrongType(slot, q.items.expr, "array", made)
}
