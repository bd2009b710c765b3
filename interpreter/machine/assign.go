package machine

import (
	"errors"
	"fmt"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

// assignment collects the values of an Assign field and checks their sizes.
type assignment struct {
	s             *step
	slot          int32
	made          *value.Object
	sum           int // bytes of JSON
	all, replaced int // counted sizes (see variableSize) of the new values and of those they replace
}

func (s *step) newAssignment(slot int32, variables int) assignment {
	return assignment{s: s, slot: slot, made: value.NewObject(variables)}
}

// beginVariable sets the limit for building the value of the next variable.
func (a *assignment) beginVariable() { a.s.meter.Bytes = buildLimit(a.s.p.limits.VariableBytes) }

// variableTooLarge returns the cause of the failure if building the value of a
// variable exceeds the limit.
func (a *assignment) variableTooLarge(name string) string {
	return fmt.Sprintf("Variable size limit exceeded. Variable '%s' in state '%s' was assigned more than %d bytes.",
		name, a.stateName(), buildLimit(a.s.p.limits.VariableBytes))
}

func (a *assignment) stateName() string { return a.s.p.states[a.s.x.scopes[a.slot].state].name }

// addVariable adds a variable. If this exceeds a limit, it returns the cause of the
// failure, else "".
func (a *assignment) addVariable(name string, v any) string {
	limit := a.s.p.limits.VariableBytes
	size, depth := value.MeasureWithin(v, buildLimit(limit))
	if size > buildLimit(limit) {
		return a.variableTooLarge(name)
	}
	if size > limit {
		return fmt.Sprintf("Variable size limit exceeded. Variable '%s' in state '%s' was assigned %d bytes.", name, a.stateName(), size)
	}
	if depth >= value.MaxDepth {
		return fmt.Sprintf("The value of variable '%s' nests deeper than the limit of %d.", name, value.MaxDepth)
	}
	if a.sum += size; a.sum > limit {
		return fmt.Sprintf("State total variable size limit exceeded. Variable '%s' in state '%s' was assigned %d bytes, "+
			"which caused the size of variables assigned in the state to exceed its limit by %d bytes.",
			name, a.stateName(), size, a.sum-limit)
	}
	a.all += variableSizeOf(v, size)
	sc := &a.s.x.scopes[a.slot]
	if old, ok := sc.vars.Get(name); ok {
		a.replaced += variableSize(old)
	}
	a.made.Add(name, detachValue(v, a.s.retainedBytes(sc)))
	return ""
}

// checkTotalSize returns the cause of the failure if all variables of the execution
// exceed their limit, else "".
func (a *assignment) checkTotalSize() string {
	a.s.grown = a.all - a.replaced
	over := int(a.s.x.variables) + a.s.grown - a.s.p.limits.VariablesSize
	if over <= 0 {
		return ""
	}
	return fmt.Sprintf("Execution total variable size limit exceeded. State '%s' assigned variables that exceed the total execution limit by %d bytes.",
		a.stateName(), over)
}

// evaluateAssign evaluates the Assign field of a JSONPath state. Its expressions
// see the variables as they were when the state was entered.
func (s *step) evaluateAssign(slot int32, t *asl.TemplateNode, input any) (*value.Object, *failure) {
	if t == nil {
		return nil, nil
	}
	literal, _ := t.Literal.(*value.Object)
	a := s.newAssignment(slot, len(t.Fields)+literal.Len())
	cause := ""
	if literal != nil {
		for name, v := range literal.All() {
			if cause == "" {
				cause = a.addVariable(name, v)
			}
		}
	}
	e := s.envOf(slot, input)
	for i := 0; i < len(t.Fields) && cause == ""; i++ {
		name := t.Fields[i].Key
		a.beginVariable()
		v, wrong := evaluateNode(&t.Fields[i].Node, e)
		switch {
		case wrong == nil:
			cause = a.addVariable(name, v)
		case errors.Is(wrong.err, value.ErrTooLarge):
			cause = a.variableTooLarge(name)
		default:
			return nil, s.templateFailure(slot, wrong, input)
		}
	}
	if cause == "" {
		cause = a.checkTotalSize()
	}
	if cause != "" {
		return nil, newFailure(asl.StatesDataLimitExceeded, cause)
	}
	return a.made, nil
}

// evalAssign evaluates the Assign field of a JSONata state.
func (v *view) evalAssign(d *data) (*value.Object, *failure) {
	if d == nil {
		return nil, nil
	}
	literal, _ := d.literal.(*value.Object)
	a := v.s.newAssignment(v.slot, len(d.fields)+literal.Len())
	cause := ""
	if literal != nil {
		for name, member := range literal.All() {
			if cause == "" {
				cause = a.addVariable(name, member)
			}
		}
	}
	for i := 0; i < len(d.fields) && cause == ""; i++ {
		field := &d.fields[i]
		a.beginVariable()
		member, failed := v.evalVariable(&field.data)
		switch {
		case failed == nil:
			cause = a.addVariable(field.key, member)
		case v.s.meter.Bytes < 0:
			cause = a.variableTooLarge(field.key)
		default:
			return nil, failed
		}
	}
	if cause == "" {
		cause = a.checkTotalSize()
	}
	if cause != "" {
		f := newFailure(asl.StatesDataLimitExceeded, cause)
		v.s.evaluationFailedEvent(v.slot, d.location, f)
		return nil, f
	}
	return a.made, nil
}
