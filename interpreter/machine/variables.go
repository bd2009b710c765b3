package machine

import "github.com/gostates/gostates/value"

// lookupVariable returns a variable of a scope or of one around it.
func (s *step) lookupVariable(slot int32, name string) (any, bool) {
	for ; slot >= 0; slot = s.x.scopes[slot].parent {
		if v, ok := s.x.scopes[slot].vars.Get(name); ok {
			return v, true
		}
	}
	return nil, false
}

// evalVariable evaluates the value of a variable. addVariable measures it.
func (v *view) evalVariable(d *data) (any, *failure) {
	if d.expr != nil {
		return v.evalExpression(d.expr, "")
	}
	return v.buildValue(d)
}

// variableSize returns how much a variable counts in the size of all variables: its
// size as JSON, or a third of its memory if that is larger and the memory is at
// least 256 KiB (docs/evidence.md#variables-weight).
func variableSize(v any) int { return variableSizeOf(v, value.Size(v)) }

func variableSizeOf(v any, size int) int {
	const (
		much    = 256 << 10 // bytes
		atLeast = 32        // no value takes more than this many times its size
	)
	if size < much/atLeast {
		return size
	}
	if weight := value.Weight(v); weight >= much {
		return max(size, weight/3)
	}
	return size
}

// assignVariables sets variables of a scope. grown is the change of the size of all
// variables.
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

// countVariables adds variables to the size of all.
func (x *Execution) countVariables(vars *value.Object) {
	for _, v := range vars.All() {
		x.variables += uint32(variableSize(v))
	}
}

// forgetVariables removes variables of a scope that has ended from the size of all.
func (x *Execution) forgetVariables(vars *value.Object) {
	for _, v := range vars.All() {
		x.variables -= uint32(variableSize(v))
	}
}
