package machine

import (
	"errors"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/intrinsics"
	"github.com/gostates/gostates/jsonpath"
	"github.com/gostates/gostates/value"
)

// field is a path field of a state. The zero field is an absent one, or "$":
// it selects everything.
type field struct {
	path *jsonpath.Path
	null bool // written as null
}

func (f *field) absent() bool { return f.path == nil && !f.null }

// errNullDocument is the error of a path that is applied to null. It is about
// "$" only: a path to a variable or into the context object starts elsewhere.
// See docs/evidence.md#null-document.
var errNullDocument = errors.New("machine: a path on a null document")

const nullDocument = "Unable to apply Path transformation to null or empty input."

// unsetVariable is the error of a path to a variable that nothing assigned.
type unsetVariable struct{ name string }

func (e *unsetVariable) Error() string {
	return "The variable '$" + e.name + "' has no value"
}

// env is what the expressions of a state see: its paths and intrinsic
// functions. It is part of the step, so that using it costs no allocation.
type env struct {
	s     *step
	slot  int32
	input any // what $ is
}

// at makes env that of a scope, with $ being input.
func (s *step) at(slot int32, input any) *env {
	s.env = env{s: s, slot: slot, input: input}
	s.meter.Bytes = making(s.p.limits.PayloadBytes)
	return &s.env
}

// making is how many bytes a field may make while its value, which may have
// limit bytes, is built: it holds the arguments of its functions as well
// (docs/evidence.md#making).
func making(limit int) int { return multiple(limit, 4) }

// overLimit is the failure of a field that makes or does too much; nil for
// another error.
func (s *step) overLimit(slot int32, err error) *failure {
	sc := s.stateScope(slot)
	switch {
	case errors.Is(err, value.ErrTooLarge):
		return tooLong(s.p.states[sc.state].name)
	case errors.Is(err, value.ErrTooMuchWork):
		return s.runtime(sc, "The paths and functions of the state do more work than the limit of %d steps.", s.p.limits.ExpressionSteps)
	}
	return nil
}

// Get returns the value of a path.
func (e *env) Get(p *jsonpath.Path) (any, error) {
	switch p.Root() {
	case jsonpath.Context:
		return e.s.contextValue(e.slot, p)
	case jsonpath.Variable:
		v, ok := e.s.variable(e.slot, p.Variable())
		if !ok {
			return nil, &unsetVariable{p.Variable()}
		}
		return p.GetWithin(v, 0, &e.s.meter)
	}
	if e.input == nil {
		return nil, errNullDocument
	}
	return p.GetWithin(e.input, 0, &e.s.meter)
}

// lookup is Get for a caller that keeps nothing of the value, and needs no error
// text: a miss of a definite path is not ok.
func (e *env) lookup(p *jsonpath.Path) (v any, ok bool, failure *failure) {
	if e.lacksDocument(p) {
		return nil, false, nil
	}
	if p.Root() == jsonpath.Input && p.Definite() {
		v, ok = p.Lookup(e.input)
		return v, ok, nil
	}
	held := e.s.meter.Bytes
	v, err := e.Get(p)
	if err != nil {
		return nil, false, e.s.overLimit(e.slot, err)
	}
	e.s.meter.Bytes = held
	return v, true, nil
}

// present reports whether a path leads to something that is there, as IsPresent
// asks.
func (e *env) present(p *jsonpath.Path) (bool, *failure) {
	if !p.Definite() {
		_, ok, failure := e.lookup(p)
		return ok, failure
	}
	switch p.Root() {
	case jsonpath.Context:
		return p.Present(e.s.contextObject(e.slot)), nil
	case jsonpath.Variable:
		v, ok := e.s.variable(e.slot, p.Variable())
		return ok && p.Present(v), nil
	}
	return p.Present(e.input), nil
}

// lacksDocument reports whether a path starts at a "$" that is null.
func (e *env) lacksDocument(p *jsonpath.Path) bool {
	return e.input == nil && p.Root() == jsonpath.Input
}

// Meter bounds what the functions of a state make and do.
func (e *env) Meter() *value.Meter { return &e.s.meter }

// Uint64 draws from the execution's own randomness.
func (e *env) Uint64() uint64 { return e.s.Uint64() }

// selectPath applies InputPath, OutputPath or another path field.
func (s *step) selectPath(slot int32, f *field, input any) (any, *failure) {
	if f.path == nil {
		if f.null {
			return value.NewObject(0), nil
		}
		return input, nil
	}
	v, err := s.at(slot, input).Get(f.path)
	if err != nil {
		if errors.Is(err, errNullDocument) {
			return nil, s.runtime(&s.x.scopes[slot], nullDocument)
		}
		if failure := s.overLimit(slot, err); failure != nil {
			return nil, failure
		}
		return nil, s.runtime(&s.x.scopes[slot], "Invalid path '%s' : %s", f.path, err)
	}
	// A definite path into the input selects what has been measured before.
	if (!f.path.Definite() || f.path.Root() == jsonpath.Context) && s.tooLarge(v) {
		return nil, tooLong(s.p.states[s.x.scopes[slot].state].name)
	}
	return value.Compact(v), nil
}

// copiedBytes is how much memory a copied member or element takes.
const copiedBytes = 40

// applyResultPath puts a result into the state's input.
func (s *step) applyResultPath(sc *scope, f *field, result any) (any, *failure) {
	if f.path == nil {
		if f.null {
			return sc.input, nil
		}
		return result, nil
	}
	if sc.parent >= 0 {
		s.meter.Made += copiedBytes * int64(f.path.Copied(sc.input))
	}
	v, err := f.path.Set(sc.input, result)
	if err != nil {
		return nil, conflict(err.Error())
	}
	return v, nil
}

// evaluate makes the value of a payload template, $ being input.
func (s *step) evaluate(slot int32, t *asl.TemplateNode, input any) (any, *failure) {
	v, wrong := evaluate(t, s.at(slot, input))
	if wrong != nil {
		return nil, s.templateFailure(slot, wrong, input)
	}
	return v, nil
}

// fieldError is an error of one ".$" field in a template.
type fieldError struct {
	node *asl.TemplateNode
	err  error
}

func evaluate(t *asl.TemplateNode, e *env) (any, *fieldError) {
	switch {
	case t.Path != nil:
		v, err := e.Get(t.Path)
		if err != nil {
			return nil, &fieldError{t, err}
		}
		return v, nil
	case t.Call != nil:
		v, err := t.Call.Eval(e)
		if err != nil {
			return nil, &fieldError{t, err}
		}
		return v, nil
	case t.Fields != nil:
		e.s.meter.Made += copiedBytes * int64(2+len(t.Fields))
		o := value.NewObject(len(t.Fields))
		for i := range t.Fields {
			v, wrong := evaluate(&t.Fields[i].Node, e)
			if wrong != nil {
				return nil, wrong
			}
			o.Add(t.Fields[i].Key, v)
		}
		return o, nil
	case t.Items != nil:
		e.s.meter.Made += copiedBytes * int64(1+len(t.Items))
		items := make([]any, len(t.Items))
		for i := range t.Items {
			v, wrong := evaluate(&t.Items[i], e)
			if wrong != nil {
				return nil, wrong
			}
			items[i] = v
		}
		return items, nil
	}
	return t.Literal, nil
}

// templateFailure gives an expression's error in AWS's words.
func (s *step) templateFailure(slot int32, wrong *fieldError, input any) *failure {
	if failure := s.overLimit(slot, wrong.err); failure != nil {
		return failure
	}
	sc, node := s.stateScope(slot), wrong.node
	var failed *intrinsics.Error
	var argument *intrinsics.ArgumentError
	switch {
	case errors.Is(wrong.err, errNullDocument):
		return s.runtime(sc, nullDocument)
	case errors.As(wrong.err, &argument):
		return s.runtime(sc, "The function '%s' had the following error: The JsonPath argument for the field '%s' could not be found in the input '%s'",
			node.Call, argument.Path, value.String(s.documentOf(slot, argument.Path, input)))
	case errors.As(wrong.err, &failed):
		return s.runtime(sc, "There was an error while evaluating the intrinsic function: %s. %s", node.Call, failed.Msg)
	}
	return s.runtime(sc, "The JSONPath '%s' specified for the field '%s' could not be found in the input '%s'",
		node.Path, node.Field, value.String(s.documentOf(slot, node.Path, input)))
}

// documentOf is what the error of a path quotes: for a path that starts with
// "$$" the context object, otherwise the input.
func (s *step) documentOf(slot int32, p *jsonpath.Path, input any) any {
	if p.Root() == jsonpath.Context {
		return s.contextObject(slot)
	}
	return input
}

// stateScope is the scope whose state a template belongs to: before an iteration
// has its input, that is the Map state's.
func (s *step) stateScope(slot int32) *scope {
	sc := &s.x.scopes[slot]
	if sc.phase == phaseItem {
		return &s.x.scopes[sc.parent]
	}
	return sc
}

// textOf makes the value of ErrorPath or CausePath, which may be an intrinsic
// function call.
func (s *step) textOf(slot int32, name string, p asl.Path, input any) (*string, *failure) {
	node := asl.TemplateNode{Path: p.Parsed, Call: p.Call, Field: name}
	v, failure := s.evaluate(slot, &node, input)
	if failure != nil {
		return nil, failure
	}
	text, ok := v.(string)
	if !ok {
		return nil, s.runtime(&s.x.scopes[slot], "The %s field refers to value \"%s\" which is not a string: %s",
			name, value.String(v), p.Text)
	}
	return &text, nil
}
