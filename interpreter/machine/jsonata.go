package machine

import (
	"errors"
	"fmt"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/jsonata"
	"github.com/gostates/gostates/value"
)

// view is the environment of a JSONata state's expressions. It is part of step, to
// avoid allocating.
type view struct {
	s                          *step
	slot                       int32
	input, result, errorOutput any // jsonata.Undefined if missing
	made                       int // bytes made by the latest expression
}

// viewOf sets the view to a scope, with $states.input set to input.
func (s *step) viewOf(slot int32, input any) *view {
	if s.seen.used {
		s.seen = seenContext{}
	}
	s.view = view{s: s, slot: slot, input: input, result: jsonata.Undefined, errorOutput: jsonata.Undefined}
	return &s.view
}

// Get returns $states or a workflow variable.
func (v *view) Get(name string) (any, bool) {
	if name != "states" {
		return v.s.lookupVariable(v.slot, name)
	}
	o := value.NewObject(4)
	for _, m := range [...]value.Member{ // in AWS's order
		{Key: "input", Value: v.input},
		{Key: "context", Value: v.contextObject()},
		{Key: "result", Value: v.result},
		{Key: "errorOutput", Value: v.errorOutput},
	} {
		if m.Value != jsonata.Undefined {
			o.Set(m.Key, m.Value)
		}
	}
	return o, true
}

// Path returns a part of $states. It does not make the rest, since the context
// object is costly and expressions read few of its members.
func (v *view) Path(name string, fields []string) (any, int) {
	if name != "states" {
		return nil, 0
	}
	switch fields[0] {
	case "input":
		return v.input, 1
	case "result":
		return v.result, 1
	case "errorOutput":
		return v.errorOutput, 1
	case "context":
		if len(fields) == 1 {
			return v.contextObject(), 1
		}
		if item, ok := v.s.contextItem(v.slot, fields[1:]); ok {
			return item, 1 + itemNames
		}
		if section := v.contextSection(fields[1]); section != nil {
			return section, 2
		}
	}
	return jsonata.Undefined, len(fields)
}

// seenContext caches the context object for expressions that read it often.
type seenContext struct {
	used     bool
	whole    *value.Object
	sections [5]*value.Object
}

// contextObject returns the cached context object.
func (v *view) contextObject() *value.Object {
	seen := &v.s.seen
	if seen.whole == nil {
		seen.used = true
		seen.whole = v.s.contextObject(v.slot)
	}
	return seen.whole
}

// contextSection returns a cached member of the context object.
func (v *view) contextSection(name string) *value.Object {
	seen := &v.s.seen
	for i := range contextSections {
		if contextSections[i].name == name {
			if seen.sections[i] == nil {
				seen.used = true
				seen.sections[i] = v.s.contextSection(v.slot, name)
			}
			return seen.sections[i]
		}
	}
	return v.s.contextSection(v.slot, name) // a member that only a probe has
}

// Now returns the time of $now and $millis, which is the time of the Step.
func (v *view) Now() time.Time { return time.Unix(0, v.s.now).UTC() }

// Random returns a number in [0, 1) from the execution's own generator.
func (v *view) Random() float64 { return float64(v.s.Uint64()>>11) / (1 << 53) }

// evalExpression evaluates an expression, within the steps left to the state. want
// is the required JSON type; "" accepts any.
func (v *view) evalExpression(e *expression, want string) (any, *failure) {
	s := v.s
	if result, ok := v.lookUp(&e.lookup); ok {
		v.made = 0
		s.countSteps(1)
		return v.takeResult(e, result, want)
	}
	s.limits.Steps = int64(max(s.meter.Steps, 1))
	result, used, err := e.EvalUsage(jsonata.Undefined, v, &s.limits)
	s.meter.Steps--
	v.made = used.Bytes
	if used.Steps > 0 || used.Bytes > 0 {
		s.countUsage(used)
	}
	if s.interrupt.happens {
		panic(errInterrupted)
	}
	if s.interrupt.asking {
		panic(err) // Meanwhile panicked
	}
	if s.meter.Steps < s.meter.Mark && s.meter.Look != nil {
		s.meter.Look()
	}
	if err != nil {
		return nil, v.s.expressionFailed(v.slot, e, "threw "+evaluationError(err))
	}
	if _, isFunction := result.(*jsonata.Lambda); isFunction {
		return nil, v.s.expressionFailed(v.slot, e, "returned an unsupported result type.")
	}
	if result == jsonata.Undefined {
		return nil, v.s.expressionFailed(v.slot, e, "returned nothing (undefined).")
	}
	return v.takeResult(e, result, want)
}

// takeResult checks the type of a result.
func (v *view) takeResult(e *expression, result any, want string) (any, *failure) {
	if want != "" && value.Kind(result) != want {
		return nil, v.s.wrongType(v.slot, e, want, result)
	}
	if o, ok := result.(*value.Object); ok {
		return value.Compact(o), nil
	}
	return result, nil
}

// countSteps counts the step that each of n expressions takes.
func (s *step) countSteps(n int) {
	s.meter.Steps -= n
	if s.meter.Steps < s.meter.Mark && s.meter.Look != nil {
		s.meter.Look()
	}
}

// countUsage counts the usage of an expression, which may report more steps than it
// had.
func (s *step) countUsage(used jsonata.Usage) {
	steps := min(used.Steps, s.limits.Steps)
	s.meter.Steps -= int(steps)
	if used.Undone > 0 {
		s.meter.Undone += int(max(0, steps-(used.Steps-used.Undone)))
	}
	s.meter.Made += int64(used.Bytes)
}

// evaluationError returns AWS's wording of an expression's error. An error without
// a code is an internal error on AWS (docs/evidence.md#jsonata-internal-error).
func evaluationError(err error) string {
	var e *jsonata.Error
	switch {
	case !errors.As(err, &e) || e.Code == "":
		return "an internal error during evaluation."
	case e.Code == "U1001":
		return "an error during evaluation: " + e.Message
	}
	return "an error during evaluation. " + e.Code + ": " + e.Message
}

func (s *step) wrongType(slot int32, e *expression, want string, v any) *failure {
	return s.expressionFailed(slot, e, fmt.Sprintf("returned an unexpected result type. Expected '%s', but was '%s' for value: %s",
		want, value.Kind(v), causeExcerpt(v)))
}

// causeExcerpt returns the start of a value's JSON, long enough for a cause.
func causeExcerpt(v any) string {
	const limit = 4 << 15 // bytes: four per character of the longest cause
	return string(value.AppendUpTo(make([]byte, 0, 64), v, limit))
}

// evalField evaluates a field, within the limit for building its value.
func (v *view) evalField(d *data) (any, *failure) {
	v.s.meter.Bytes = buildLimit(v.s.p.limits.PayloadBytes)
	return v.buildValue(d)
}

// buildValue evaluates a field or a part of one.
func (v *view) buildValue(d *data) (any, *failure) {
	switch {
	case d.expr != nil:
		result, failed := v.evalExpression(d.expr, "")
		if failed == nil && v.made > 0 {
			_ = v.s.meter.Take(result) // if none are left, the next expression fails
			if v.s.meter.Bytes < 0 {
				return nil, sizeFailure(v.s.p.states[v.s.stateScope(v.slot).state].name)
			}
		}
		return result, failed
	case d.fields != nil:
		v.s.meter.Made += copiedBytes * int64(2+len(d.fields))
		o := value.NewObject(len(d.fields))
		for i := range d.fields {
			member, failed := v.buildValue(&d.fields[i].data)
			if failed != nil {
				return nil, failed
			}
			o.Add(d.fields[i].key, member)
		}
		return o, nil
	case d.items != nil:
		v.s.meter.Made += copiedBytes * int64(1+len(d.items))
		items := make([]any, len(d.items))
		for i := range d.items {
			item, failed := v.buildValue(&d.items[i])
			if failed != nil {
				return nil, failed
			}
			items[i] = item
		}
		return items, nil
	}
	return d.literal, nil
}

// evalString evaluates a field that must be a string.
func (v *view) evalString(e *expression) (*string, *failure) {
	result, failed := v.evalExpression(e, "string")
	if failed != nil {
		return nil, failed
	}
	text, _ := result.(string)
	return &text, nil
}

// evalInteger evaluates a field that must be an integer. AWS's cause for a fraction
// does not quote the expression.
func (v *view) evalInteger(e *expression) (int64, *failure) {
	result, failed := v.evalExpression(e, "number")
	if failed != nil {
		return 0, failed
	}
	n, ok := result.(int64)
	if !ok {
		return 0, v.s.evaluationFailed(v.slot, e.location,
			fmt.Sprintf("The %s field cannot be parsed as an integer: %s", e.location, value.String(result)))
	}
	return n, nil
}

// evalSeconds evaluates a field that is a number of seconds. A timeout of 0 means none
// (docs/evidence.md#jsonata-seconds).
func (v *view) evalSeconds(e *expression) (int64, *failure) {
	n, failed := v.evalInteger(e)
	if failed == nil && (n < 0 || n > maxSeconds) {
		failed = v.s.evaluationFailed(v.slot, e.location,
			fmt.Sprintf("%s must be between 0 and %d but was: %d", e.location, maxSeconds, n))
	}
	return n, failed
}

// expressionFailed returns the failure of an expression and adds its
// EvaluationFailed event, which each attempt has.
func (s *step) expressionFailed(slot int32, e *expression, what string) *failure {
	return s.evaluationFailed(slot, e.location,
		fmt.Sprintf("The JSONata expression '%s' specified for the field '%s' %s", e.text, e.location, what))
}

func (s *step) evaluationFailed(slot int32, location, what string) *failure {
	f := s.newStateFailure(s.stateScope(slot), asl.StatesQueryEvaluationError, "%s", what)
	s.evaluationFailedEvent(slot, location, f)
	return f
}

func (s *step) evaluationFailedEvent(slot int32, location string, f *failure) {
	sc := &s.x.scopes[slot]
	sc.prev = s.addEvent(history.Event{
		Type:     history.EvaluationFailed,
		Previous: sc.prev,
		Name:     s.p.states[s.stateScope(slot).state].name,
		Detail:   &history.Failure{Error: f.err, Cause: f.cause, Location: location},
	})
}
