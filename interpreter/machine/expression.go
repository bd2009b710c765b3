package machine

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/intrinsics"
	"github.com/gostates/gostates/jsonata"
	"github.com/gostates/gostates/value"
)

// expression is a {% %} string, compiled.
type expression struct {
	*jsonata.Expr
	text     string // without {% %}
	location string // in the state: Output/a/b[0]
}

// data is a field of a JSONata state: any JSON with expressions in it. One of
// expr, fields and items is set, or none for a literal.
type data struct {
	location string // of the whole field, such as Catch[0]/Assign
	literal  any
	expr     *expression
	fields   []dataField
	items    []data
}

type dataField struct {
	key string
	data
}

// query is a JSONata state, compiled. What is nil is absent.
type query struct {
	arguments, output, assign *data
	items, selector           *data // of a Map
	credentials               *data
	timeout, heartbeat        *expression
	seconds, timestamp        *expression // of a Wait
	err, cause                *expression // of a Fail
	width, count, percent     *expression // of a Map
}

// expression returns a field's expression, or nil if the field has none.
func (c *compiler) expression(n asl.Node, x *asl.Expression, location string) *expression {
	if x == nil {
		return nil
	}
	source, _ := asl.ExpressionSource(x.Text)
	e := &expression{text: strings.TrimSpace(source), location: location, Expr: x.Parsed}
	if e.Expr != nil {
		return e
	}
	var err error
	if e.Expr, err = jsonata.Compile(e.text, intrinsics.Dialect); err != nil {
		message := err.Error()
		var syntax *jsonata.Error
		if errors.As(err, &syntax) {
			message = syntax.Message
		}
		c.errors = append(c.errors, asl.Diagnostic{
			Severity: asl.SeverityError,
			Code:     asl.CodeInvalidJSONata,
			Message:  message,
			Location: n.Location + "/" + location,
			Pos:      n.Pos,
		})
		return nil
	}
	return e
}

func (c *compiler) integer(n asl.Node, o asl.Opt[asl.Integer], location string) *expression {
	return c.expression(n, o.Value.Expression, location)
}

// data compiles a field; nil if it is absent.
func (c *compiler) data(n asl.Node, o asl.Opt[asl.Template], location string) *data {
	if !o.IsSet() {
		return nil
	}
	expressions := o.Value.Expressions
	d, _ := c.value(n, o.Value.Source, &expressions, location)
	d.location = location
	return &d
}

// value compiles one value of a field, and reports whether there is anything to
// evaluate in it. It takes the expressions of the value from parsed, unless they
// are not those of the value: a host may build or change a definition.
func (c *compiler) value(n asl.Node, v any, parsed *[]*asl.Expression, location string) (d data, dynamic bool) {
	switch v := v.(type) {
	case string:
		if e := c.expression(n, nextExpression(v, parsed), location); e != nil {
			return data{expr: e}, true
		}
	case *value.Object:
		for key, member := range v.All() {
			m, is := c.value(n, member, parsed, location+"/"+key)
			d.fields = append(d.fields, dataField{key, m})
			dynamic = dynamic || is
		}
		if dynamic {
			return d, true
		}
	case []any:
		for i, item := range v {
			m, is := c.value(n, item, parsed, fmt.Sprintf("%s[%d]", location, i))
			d.items = append(d.items, m)
			dynamic = dynamic || is
		}
		if dynamic {
			return d, true
		}
	}
	return data{literal: v}, false
}

// nextExpression returns the expression of a string, or nil if the string is not
// one: the first of parsed, if it has this text.
func nextExpression(text string, parsed *[]*asl.Expression) *asl.Expression {
	if _, ok := asl.ExpressionSource(text); !ok {
		return nil
	}
	if list := *parsed; len(list) > 0 && list[0].Text == text {
		*parsed = list[1:]
		return list[0]
	}
	return &asl.Expression{Text: text}
}

// view is what the expressions of a JSONata state see. It is part of the step,
// so that using it costs no allocation.
type view struct {
	s                          *step
	slot                       int32
	input, result, errorOutput any // Undefined where a field has none
	made                       int // bytes that the latest expression took
}

// see makes the step's view that of a scope, with $states.input being input.
func (s *step) see(slot int32, input any) *view {
	if s.seen.used {
		s.seen = seenContext{}
	}
	s.view = view{s: s, slot: slot, input: input, result: jsonata.Undefined, errorOutput: jsonata.Undefined}
	return &s.view
}

// Get returns a variable: of the workflow's, or $states.
func (v *view) Get(name string) (any, bool) {
	if name != "states" {
		return v.s.variable(v.slot, name)
	}
	o := value.NewObject(4)
	for _, m := range [...]value.Member{ // in AWS's order (recorded)
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

// Path returns a part of $states without making the rest: the context object
// is costly, and an expression reads a member or two of it.
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
		if section := v.contextSection(fields[1]); section != nil {
			return section, 2
		}
	}
	return jsonata.Undefined, len(fields)
}

// seenContext is what a view has made of the context object, for an expression
// that asks for it many times.
type seenContext struct {
	used     bool
	whole    *value.Object
	sections [5]*value.Object
}

// contextObject is that of the state, made once.
func (v *view) contextObject() *value.Object {
	seen := &v.s.seen
	if seen.whole == nil {
		seen.used = true
		seen.whole = v.s.contextObject(v.slot)
	}
	return seen.whole
}

// contextSection is a member of it, made once.
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
	return v.s.contextSection(v.slot, name) // of a probe
}

// Now is the time of $now and $millis: that of the Step.
func (v *view) Now() time.Time { return time.Unix(0, v.s.now).UTC() }

// Random draws from the execution's own randomness.
func (v *view) Random() float64 { return float64(v.s.Uint64()>>11) / (1 << 53) }

// eval evaluates an expression with the steps that are left to the state. want is
// the JSON type that it must have; empty for any.
func (v *view) eval(e *expression, want string) (any, *failure) {
	s := v.s
	s.limits.Steps = int64(max(s.meter.Steps, 1))
	result, used, err := e.EvalUsage(jsonata.Undefined, v, &s.limits)
	steps := min(used.Steps, s.limits.Steps)
	s.meter.Steps -= 1 + int(steps)
	if used.Undone > 0 {
		s.meter.Undone += int(max(0, steps-(used.Steps-used.Undone)))
	}
	s.meter.Made += int64(used.Bytes)
	v.made = used.Bytes
	if s.interrupt.happens {
		panic(errInterrupted)
	}
	if s.meter.Steps < s.meter.Mark && s.meter.Look != nil {
		s.meter.Look()
	}
	if err != nil {
		return nil, v.s.queryFailed(v.slot, e, "threw "+evaluationError(err))
	}
	if _, isFunction := result.(*jsonata.Lambda); isFunction {
		return nil, v.s.queryFailed(v.slot, e, "returned an unsupported result type.")
	}
	if result == jsonata.Undefined {
		return nil, v.s.queryFailed(v.slot, e, "returned nothing (undefined).")
	}
	if want != "" && value.Kind(result) != want {
		return nil, v.s.wrongType(v.slot, e, want, result)
	}
	if o, ok := result.(*value.Object); ok {
		return value.Compact(o), nil
	}
	return result, nil
}

// evaluationError is an error of an expression in AWS's words. What has no code
// is an internal error there (measured).
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
	return s.queryFailed(slot, e, fmt.Sprintf("returned an unexpected result type. Expected '%s', but was '%s' for value: %s",
		want, value.Kind(v), excerpt(v)))
}

// excerpt is the text of a value in a cause, which is cut off anyway.
func excerpt(v any) string {
	const limit = 4 << 15 // bytes: as many as the characters of a cause can have
	return string(value.AppendUpTo(make([]byte, 0, 64), v, limit))
}

// data makes the value of a field.
func (v *view) data(d *data) (any, *failure) {
	v.s.meter.Bytes = making(v.s.p.limits.PayloadBytes)
	return v.build(d)
}

// build makes a value that is a field or a part of one.
func (v *view) build(d *data) (any, *failure) {
	switch {
	case d.expr != nil:
		result, failure := v.eval(d.expr, "")
		if failure == nil && v.made > 0 {
			_ = v.s.meter.Take(result) // the next expression has no steps if none are left
			if v.s.meter.Bytes < 0 {
				return nil, tooLong(v.s.p.states[v.s.stateScope(v.slot).state].name)
			}
		}
		return result, failure
	case d.fields != nil:
		v.s.meter.Made += copiedBytes * int64(2+len(d.fields))
		o := value.NewObject(len(d.fields))
		for i := range d.fields {
			member, failure := v.build(&d.fields[i].data)
			if failure != nil {
				return nil, failure
			}
			o.Add(d.fields[i].key, member)
		}
		return o, nil
	case d.items != nil:
		v.s.meter.Made += copiedBytes * int64(1+len(d.items))
		items := make([]any, len(d.items))
		for i := range d.items {
			item, failure := v.build(&d.items[i])
			if failure != nil {
				return nil, failure
			}
			items[i] = item
		}
		return items, nil
	}
	return d.literal, nil
}

// text makes the value of a field that is a string.
func (v *view) text(e *expression) (*string, *failure) {
	result, failure := v.eval(e, "string")
	if failure != nil {
		return nil, failure
	}
	text, _ := result.(string)
	return &text, nil
}

// number makes the value of a field that is a whole number. Of a fraction AWS says
// so itself, without the expression (recorded of TimeoutSeconds).
func (v *view) number(e *expression) (int64, *failure) {
	result, failure := v.eval(e, "number")
	if failure != nil {
		return 0, failure
	}
	n, ok := result.(int64)
	if !ok {
		return 0, v.s.evaluationFailed(v.slot, e.location,
			fmt.Sprintf("The %s field cannot be parsed as an integer: %s", e.location, value.String(result)))
	}
	return n, nil
}

// seconds makes the value of a field that is a number of seconds. The bounds are
// recorded of TimeoutSeconds, of which 0 sets none here: what it does on AWS is
// not known.
func (v *view) seconds(e *expression) (int64, *failure) {
	n, failure := v.number(e)
	if failure == nil && (n < 0 || n > maxSeconds) {
		failure = v.s.evaluationFailed(v.slot, e.location,
			fmt.Sprintf("%s must be between 0 and %d but was: %d", e.location, maxSeconds, n))
	}
	return n, failure
}

// queryFailed is the failure of an expression. The event of it comes first, for
// each attempt (recorded).
func (s *step) queryFailed(slot int32, e *expression, what string) *failure {
	return s.evaluationFailed(slot, e.location,
		fmt.Sprintf("The JSONata expression '%s' specified for the field '%s' %s", e.text, e.location, what))
}

func (s *step) evaluationFailed(slot int32, location, what string) *failure {
	f := s.stateFailure(s.stateScope(slot), asl.StatesQueryEvaluationError, "%s", what)
	s.evaluationFailedEvent(slot, location, f)
	return f
}

func (s *step) evaluationFailedEvent(slot int32, location string, f *failure) {
	sc := &s.x.scopes[slot]
	sc.prev = s.event(history.Event{
		Type:     history.EvaluationFailed,
		Previous: sc.prev,
		Name:     s.p.states[s.stateScope(slot).state].name,
		Detail:   &history.Failure{Error: f.err, Cause: f.cause, Location: location},
	})
}

// assign is evalAssign for a JSONata state.
func (v *view) assign(d *data) (*value.Object, *failure) {
	if d == nil {
		return nil, nil
	}
	literal, _ := d.literal.(*value.Object)
	a := v.s.newAssignment(v.slot, len(d.fields)+literal.Len())
	cause := ""
	if literal != nil {
		for name, member := range literal.All() {
			if cause == "" {
				cause = a.add(name, member)
			}
		}
	}
	for i := 0; i < len(d.fields) && cause == ""; i++ {
		field := &d.fields[i]
		a.begin()
		member, failure := v.variable(&field.data)
		switch {
		case failure == nil:
			cause = a.add(field.key, member)
		case v.s.meter.Bytes < 0:
			cause = a.tooLarge(field.key)
		default:
			return nil, failure
		}
	}
	if cause == "" {
		cause = a.end()
	}
	if cause != "" {
		f := newFailure(asl.StatesDataLimitExceeded, cause)
		v.s.evaluationFailedEvent(v.slot, d.location, f)
		return nil, f
	}
	return a.made, nil
}

// variable makes the value of a variable. That of a single expression is there
// already, and is measured when it is added.
func (v *view) variable(d *data) (any, *failure) {
	if d.expr != nil {
		return v.eval(d.expr, "")
	}
	return v.build(d)
}

// leaving makes what a state leaves behind: its variables, and its Output or
// what it has in the place of one.
func (v *view) leaving(assign, output *data, otherwise any) (any, *value.Object, *failure) {
	assigned, failure := v.assign(assign)
	if failure != nil {
		return nil, nil, failure
	}
	if output == nil {
		return otherwise, assigned, nil
	}
	made, failure := v.data(output)
	if failure != nil {
		return nil, nil, failure
	}
	if v.s.tooLarge(made) {
		return nil, nil, tooLong(v.s.p.states[v.s.x.scopes[v.slot].state].name)
	}
	return made, assigned, nil
}

// queryOutput is stateOutput for a JSONata state. Only what works has a result
// that its fields can see.
func (s *step) queryOutput(slot int32, sc *scope, st *state, result any) (any, *value.Object, *failure) {
	v := s.see(slot, sc.input)
	switch st.kind {
	case kindTask, kindParallel, kindMap:
		v.result = result
	}
	output, assigned, failure := v.leaving(st.query.assign, st.query.output, result)
	if failure == nil && st.query.output == nil && s.tooLarge(output) {
		failure = tooLong(st.name)
	}
	return output, assigned, failure
}
