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
	sum := 0
	for name, v := range assigned.All() {
		size := value.Size(v)
		if size > l.VariableBytes {
			return fmt.Sprintf("The size of variable '%s' exceeds the limit of %d bytes.", name, l.VariableBytes)
		}
		sum += size
	}
	if sum > l.VariableBytes {
		return fmt.Sprintf("The size of all variables of one Assign field exceeds the limit of %d bytes.", l.VariableBytes)
	}
	if l.VariablesSize == unlimited || sum == 0 {
		return ""
	}
	for i := range s.x.Scopes {
		for name, v := range s.x.Scopes[i].Vars.All() {
			if int32(i) == slot && assigned.Has(name) {
				continue
			}
			sum += value.Size(v)
		}
	}
	if sum > l.VariablesSize {
		return fmt.Sprintf("The size of all variables exceeds the limit of %d bytes.", l.VariablesSize)
	}
	return ""
}

// assign makes the new values visible to the states that follow.
func (sc *Scope) assign(assigned *value.Object) {
	if sc.Vars == nil {
		sc.Vars = assigned
		return
	}
	vars := sc.Vars.Clone()
	for name, v := range assigned.All() {
		vars.Set(name, v)
	}
	sc.Vars = vars
}
