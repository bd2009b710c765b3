package machine

import "github.com/gostates/gostates/value"

// lookupVariable returns the value of a workflow variable: of the scope's own or of
// an outer one's.
func (s *step) lookupVariable(slot int32, name string) (any, bool) {
	for ; slot >= 0; slot = s.x.scopes[slot].parent {
		if v, ok := s.x.scopes[slot].vars.Get(name); ok {
			return v, true
		}
	}
	return nil, false
}

// evalVariable makes the value of a variable. That of a single expression is there
// already, and is measured when it is added.
func (v *view) evalVariable(d *data) (any, *failure) {
	if d.expr != nil {
		return v.evalExpression(d.expr, "")
	}
	return v.buildValue(d)
}

// variableSize is how much a variable counts in the size of all: as it is written,
// or a third of what it takes in memory, where that is more and much
// (docs/evidence.md#variables-weight).
func variableSize(v any) int { return variableSizeOf(v, value.Size(v)) }

func variableSizeOf(v any, size int) int {
	const (
		much    = 256 << 10 // bytes
		atLeast = 32        // times the size, is what nothing weighs
	)
	if size < much/atLeast {
		return size
	}
	if weight := value.Weight(v); weight >= much {
		return max(size, weight/3)
	}
	return size
}

// assignVariables makes the new values visible to the states that follow. All variables
// together grow by so much.
func (x *Execution) assignVariables(sc *scope, assigned *value.Object, grown int) {
	vars := value.NewObject(sc.vars.Len() + assigned.Len())
	for name, v := range sc.vars.All() {
		vars.Add(name, v)
	}
	for name, v := range assigned.All() {
		vars.Set(name, v)
	}
	x.variables += uint32(grown)
	sc.vars = vars
}

// countVariables adds the variables of a scope.
func (x *Execution) countVariables(vars *value.Object) {
	for _, v := range vars.All() {
		x.variables += uint32(variableSize(v))
	}
}

// forgetVariables takes the variables of a scope that has ended out of the count.
func (x *Execution) forgetVariables(vars *value.Object) {
	for _, v := range vars.All() {
		x.variables -= uint32(variableSize(v))
	}
}
