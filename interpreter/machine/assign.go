package machine

import (
	"fmt"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/asl/value"
)

// variable returns the value of a workflow variable: of the scope's own or of
// an outer one's.
func (s *step) variable(slot int32, name string) (any, bool) {
	for ; slot >= 0; slot = s.x.Scopes[slot].parent {
		if v, ok := s.x.Scopes[slot].Vars.Get(name); ok {
			return v, true
		}
	}
	return nil, false
}

// evalAssign makes the values of an Assign field, all before any is assigned:
// its expressions see the variables as they were when the state was entered.
func (s *step) evalAssign(slot int32, t *asl.TemplateNode, input any) (*value.Object, *failure) {
	if t == nil {
		return nil, nil
	}
	v, failure := s.evaluate(slot, t, input)
	if failure != nil {
		return nil, failure
	}
	assigned := v.(*value.Object) // asl.Parse takes nothing else
	if cause := s.variablesTooLarge(slot, assigned); cause != "" {
		return nil, newFailure(asl.ErrDataLimitExceeded, cause)
	}
	return assigned, nil
}

// variablesTooLarge returns the cause of the failure of an Assign that passes a
// limit on variables, and "" if it passes none.
func (s *step) variablesTooLarge(slot int32, assigned *value.Object) string {
	l := &s.p.limits
	sc := &s.x.Scopes[slot]
	state := s.p.states[sc.State].name
	sum, replaced := 0, 0
	for name, v := range assigned.All() {
		size, depth := value.Measure(v)
		if size > l.VariableBytes {
			return fmt.Sprintf("Variable size limit exceeded. Variable '%s' in state '%s' was assigned %d bytes.", name, state, size)
		}
		if depth >= value.MaxDepth {
			return fmt.Sprintf("The value of variable '%s' nests deeper than the limit of %d.", name, value.MaxDepth)
		}
		if sum += size; sum > l.VariableBytes {
			return fmt.Sprintf("State total variable size limit exceeded. Variable '%s' in state '%s' was assigned %d bytes, "+
				"which caused the size of variables assigned in the state to exceed its limit by %d bytes.",
				name, state, size, sum-l.VariableBytes)
		}
		if old, ok := sc.Vars.Get(name); ok {
			replaced += value.Size(old)
		}
	}
	if total := int(s.x.variables) + sum - replaced; total > l.VariablesSize {
		return fmt.Sprintf("Execution total variable size limit exceeded. State '%s' assigned variables that exceed the total execution limit by %d bytes.",
			state, total-l.VariablesSize)
	}
	return ""
}

// assign makes the new values visible to the states that follow.
func (x *Execution) assign(sc *Scope, assigned *value.Object) {
	vars := value.NewObject(sc.Vars.Len() + assigned.Len())
	for name, v := range sc.Vars.All() {
		vars.Set(name, v)
	}
	for name, v := range assigned.All() {
		if old, ok := sc.Vars.Get(name); ok {
			x.variables -= uint32(value.Size(old))
		}
		x.variables += uint32(value.Size(v))
		vars.Set(name, v)
	}
	sc.Vars = vars
}

// count adds the variables of a scope.
func (x *Execution) count(vars *value.Object) {
	for _, v := range vars.All() {
		x.variables += uint32(value.Size(v))
	}
}

// forget takes the variables of a scope that has ended out of the count.
func (x *Execution) forget(vars *value.Object) {
	for _, v := range vars.All() {
		x.variables -= uint32(value.Size(v))
	}
}
