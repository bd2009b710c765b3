package machine

import (
	"time"

	"github.com/gostates/gostates/interpreter/internal/timestamp"
	"github.com/gostates/gostates/jsonpath"
	"github.com/gostates/gostates/value"
)

// contextSections are the members of the context object, in AWS's order. make
// returns nil if the state does not have the member.
var contextSections = []struct {
	name string
	make func(s *step, slot int32) *value.Object
}{
	{"Execution", func(s *step, _ int32) *value.Object { return s.executionContext() }},
	{"Map", (*step).mapContext},
	{"StateMachine", func(s *step, _ int32) *value.Object { return s.p.machineContext }},
	{"State", (*step).stateContext},
	{"Task", (*step).taskContext},
}

// contextValue returns the value that a $$ path selects. Nearly all paths start
// with a name; then only that member is made.
func (s *step) contextValue(slot int32, p *jsonpath.Path) (any, error) {
	if names := p.Names(); len(names) > 0 {
		if v, ok := s.contextItem(slot, names); ok {
			return p.GetWithin(v, itemNames, &s.meter)
		}
		if o := s.contextSection(slot, names[0]); o != nil {
			return p.GetWithin(o, 1, &s.meter)
		}
	}
	return p.GetWithin(s.contextObject(slot), 0, &s.meter)
}

// contextSection returns a member of the context object, or nil if it is missing.
func (s *step) contextSection(slot int32, name string) *value.Object {
	if p := s.r.Probe; p != nil && p.Context != nil {
		v, _ := p.Context.Get(name)
		o, _ := v.(*value.Object)
		return o
	}
	for _, section := range contextSections {
		if section.name == name {
			return section.make(s, slot)
		}
	}
	return nil
}

// contextObject returns the context object for a state of the scope.
func (s *step) contextObject(slot int32) *value.Object {
	if p := s.r.Probe; p != nil && p.Context != nil {
		return p.Context
	}
	o := value.NewObject(len(contextSections))
	last := s.mapComesLast(slot)
	for _, section := range contextSections {
		if last && section.name == "Map" {
			continue
		}
		if member := section.make(s, slot); member != nil {
			o.Set(section.name, member)
		}
	}
	if last {
		o.Set("Map", s.mapContext(slot))
	}
	return o
}

// mapComesLast reports whether Map is the last member of the context object: the
// case in ItemSelector, unless an outer Map state has added it before
// (docs/evidence.md#context-order).
func (s *step) mapComesLast(slot int32) bool {
	if s.hasItem {
		s.hasItem = false
		outer := s.mapContext(slot)
		s.hasItem = true
		return outer == nil
	}
	sc := &s.x.scopes[slot]
	return sc.phase == phaseItem && s.mapContext(sc.parent) == nil
}

// executionContext returns the member Execution. In an EXPRESS machine, StartTime
// comes later.
func (s *step) executionContext() *value.Object {
	o := value.NewObject(6)
	o.Set("Id", s.p.ExecutionArn(s.x.ID))
	o.Set("Input", s.x.Input)
	if !s.p.options.Express {
		o.Set("StartTime", contextTime(s.x.StartedAt))
	}
	o.Set("Name", ExecutionName(s.x.ID))
	o.Set("RoleArn", s.p.options.RoleArn)
	if s.p.options.Express {
		o.Set("StartTime", contextTime(s.x.StartedAt))
	}
	if !s.x.marks.hasMark(synchronous) {
		redrives, _ := s.x.Redrives()
		o.Set("RedriveCount", int64(redrives))
		if redrives > 0 && !s.p.options.Express { // EXPRESS children of a Map Run start again
			o.Set("RedriveTime", contextTime(s.x.origin.redrivenAt))
		}
	}
	return o
}

func (s *step) stateContext(slot int32) *value.Object {
	sc := s.stateScope(slot)
	st := &s.p.states[sc.state]
	o := value.NewObject(3)
	o.Set("Name", st.name)
	o.Set("EnteredTime", contextTime(sc.entered))
	switch st.kind {
	case kindTask, kindParallel, kindMap:
		retries := int32(0)
		if sc.work != nil {
			retries = sc.work.retries
		}
		o.Set("RetryCount", int64(retries))
	}
	return o
}

// taskContext returns the member Task, with the token of a task.
func (s *step) taskContext(slot int32) *value.Object {
	sc := &s.x.scopes[slot]
	st := &s.p.states[sc.state]
	if st.kind != kindTask || sc.phase == phaseItem || !st.task.resource.Token() {
		return nil
	}
	return value.ObjectOf(value.Member{Key: "Token", Value: s.x.Token(sc.work.task)})
}

// mapContext returns the member Map, with the item of the innermost iteration.
func (s *step) mapContext(slot int32) *value.Object {
	if s.hasItem {
		return s.item.context()
	}
	c, index := s.iterationOf(slot)
	if c == nil {
		return nil
	}
	item := value.ObjectOf(
		value.Member{Key: "Index", Value: int64(index)},
		value.Member{Key: "Value", Value: c.items[index]})
	return value.ObjectOf(value.Member{Key: "Item", Value: item})
}

// iterationOf returns the index of the innermost iteration around a scope, and the
// children that it is one of, or nil.
func (s *step) iterationOf(slot int32) (c *children, index int32) {
	for ; slot >= 0; slot = s.x.scopes[slot].parent {
		sc := &s.x.scopes[slot]
		if sc.parent < 0 {
			break
		}
		c := s.x.scopes[sc.parent].work.children
		if c != nil && s.p.states[s.x.scopes[sc.parent].state].kind == kindMap {
			return c, sc.index
		}
	}
	return nil, 0
}

// itemNames is how many names of a path contextItem looks up.
const itemNames = 3

// contextItem returns the value that the first names of a path select, if they are
// Map.Item.Value or Map.Item.Index. An ItemSelector reads these for each item, and
// making the objects around them would cost more than all the rest of an iteration.
func (s *step) contextItem(slot int32, names []string) (v any, ok bool) {
	if len(names) < itemNames || names[0] != "Map" || names[1] != "Item" || s.r.Probe != nil {
		return nil, false
	}
	name := names[2]
	if name != "Value" && name != "Index" {
		return nil, false
	}
	if s.hasItem {
		if name == "Value" {
			return s.item.value, true
		}
		return s.item.index, true
	}
	c, i := s.iterationOf(slot)
	if c == nil {
		return nil, false
	}
	if name == "Value" {
		return c.items[i], true
	}
	return int64(i), true
}

// contextTime formats a time as the context object does: ISO 8601 in UTC, with
// milliseconds.
func contextTime(nanos int64) string {
	return timestamp.Format(time.Unix(0, nanos))
}
