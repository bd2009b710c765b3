package machine

import (
	"errors"
	"fmt"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

// variable returns the value of a workflow variable: of the scope's own or of
// an outer one's.
func (s *step) variable(slot int32, name string) (any, bool) {
	for ; slot >= 0; slot = s.x.scopes[slot].parent {
		if v, ok := s.x.scopes[slot].vars.Get(name); ok {
			return v, true
		}
	}
	return nil, false
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

// assignment is an Assign field while its values are made.
type assignment struct {
	s             *step
	slot          int32
	made          *value.Object
	sum           int // bytes, as they are written
	all, replaced int // in the size of all variables: of the new values, and of those that they replace
}

func (s *step) newAssignment(slot int32, variables int) assignment {
	return assignment{s: s, slot: slot, made: value.NewObject(variables)}
}

// begin sets what the value of the next variable may take.
func (a *assignment) begin() { a.s.meter.Bytes = making(a.s.p.limits.VariableBytes) }

// tooLarge returns the cause of the failure of an Assign whose value for a
// variable could not be made whole.
func (a *assignment) tooLarge(name string) string {
	return fmt.Sprintf("Variable size limit exceeded. Variable '%s' in state '%s' was assigned more than %d bytes.",
		name, a.state(), making(a.s.p.limits.VariableBytes))
}

func (a *assignment) state() string { return a.s.p.states[a.s.x.scopes[a.slot].state].name }

// add adds the value of a variable. It returns the cause of the failure of an
// Assign that passes a limit with it, and "" if it passes none.
func (a *assignment) add(name string, v any) string {
	limit := a.s.p.limits.VariableBytes
	size, depth := value.MeasureWithin(v, making(limit))
	if size > making(limit) {
		return a.tooLarge(name)
	}
	if size > limit {
		return fmt.Sprintf("Variable size limit exceeded. Variable '%s' in state '%s' was assigned %d bytes.", name, a.state(), size)
	}
	if depth >= value.MaxDepth {
		return fmt.Sprintf("The value of variable '%s' nests deeper than the limit of %d.", name, value.MaxDepth)
	}
	if a.sum += size; a.sum > limit {
		return fmt.Sprintf("State total variable size limit exceeded. Variable '%s' in state '%s' was assigned %d bytes, "+
			"which caused the size of variables assigned in the state to exceed its limit by %d bytes.",
			name, a.state(), size, a.sum-limit)
	}
	a.all += variableSizeOf(v, size)
	sc := &a.s.x.scopes[a.slot]
	if old, ok := sc.vars.Get(name); ok {
		a.replaced += variableSize(old)
	}
	a.made.Add(name, detach(v, a.s.behind(sc)))
	return ""
}

// end returns the cause of the failure of an Assign that passes the limit on all
// variables, and "" if it does not.
func (a *assignment) end() string {
	a.s.grown = a.all - a.replaced
	over := int(a.s.x.variables) + a.s.grown - a.s.p.limits.VariablesSize
	if over <= 0 {
		return ""
	}
	return fmt.Sprintf("Execution total variable size limit exceeded. State '%s' assigned variables that exceed the total execution limit by %d bytes.",
		a.state(), over)
}

// evalAssign makes the values of an Assign field, all before any is assigned:
// its expressions see the variables as they were when the state was entered.
func (s *step) evalAssign(slot int32, t *asl.TemplateNode, input any) (*value.Object, *failure) {
	if t == nil {
		return nil, nil
	}
	literal, _ := t.Literal.(*value.Object)
	a := s.newAssignment(slot, len(t.Fields)+literal.Len())
	cause := ""
	if literal != nil {
		for name, v := range literal.All() {
			if cause == "" {
				cause = a.add(name, v)
			}
		}
	}
	e := s.at(slot, input)
	for i := 0; i < len(t.Fields) && cause == ""; i++ {
		name := t.Fields[i].Key
		a.begin()
		v, wrong := evaluate(&t.Fields[i].Node, e)
		switch {
		case wrong == nil:
			cause = a.add(name, v)
		case errors.Is(wrong.err, value.ErrTooLarge):
			cause = a.tooLarge(name)
		default:
			return nil, s.templateFailure(slot, wrong, input)
		}
	}
	if cause == "" {
		cause = a.end()
	}
	if cause != "" {
		return nil, newFailure(asl.StatesDataLimitExceeded, cause)
	}
	return a.made, nil
}

// assign makes the new values visible to the states that follow. All variables
// together grow by so much.
func (x *Execution) assign(sc *scope, assigned *value.Object, grown int) {
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

// count adds the variables of a scope.
func (x *Execution) count(vars *value.Object) {
	for _, v := range vars.All() {
		x.variables += uint32(variableSize(v))
	}
}

// forget takes the variables of a scope that has ended out of the count.
func (x *Execution) forget(vars *value.Object) {
	for _, v := range vars.All() {
		x.variables -= uint32(variableSize(v))
	}
}
