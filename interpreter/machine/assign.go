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
		return nil, s.stateFailure(&s.x.Scopes[slot], asl.ErrDataLimitExceeded, "%s", cause)
	}
	return assigned, nil
}

// variablesTooLarge says which limit on variables an Assign would pass.
func (s *step) variablesTooLarge(slot int32, assigned *value.Object) string {
	l := &s.p.limits
	vars := s.x.Scopes[slot].Vars
	sum, replaced := 0, 0
	for name, v := range assigned.All() {
		size, depth := value.Measure(v)
		if size > l.VariableBytes {
			return fmt.Sprintf("The size of variable '%s' exceeds the limit of %d bytes.", name, l.VariableBytes)
		}
		if depth >= value.MaxDepth {
			return fmt.Sprintf("The value of variable '%s' nests deeper than the limit of %d.", name, value.MaxDepth)
		}
		sum += size
		if old, ok := vars.Get(name); ok {
			replaced += value.Size(old)
		}
	}
	if sum > l.VariableBytes {
		return fmt.Sprintf("The size of all variables of one Assign field exceeds the limit of %d bytes.", l.VariableBytes)
	}
	if int(s.x.variables)+sum-replaced > l.VariablesSize {
		return fmt.Sprintf("The size of all variables exceeds the limit of %d bytes.", l.VariablesSize)
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
