package machine

import (
	"errors"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/jsonpath"
	"github.com/gostates/gostates/value"
)

// field is a compiled path field. The zero value selects everything, as an absent
// field or "$" does.
type field struct {
	path *jsonpath.Path
	null bool // the field is null
}

func (f *field) isAbsent() bool { return f.path == nil && !f.null }

// compilePath compiles a path field.
func compilePath(o asl.Opt[asl.Path]) field {
	if o.IsNull() {
		return field{null: true}
	}
	p := o.Value.Parsed
	if p == nil || p.IsRoot() && p.String() == "$" {
		return field{}
	}
	return field{path: p}
}

// errNullDocument is the error of a path that starts with "$" if that is null
// (docs/evidence.md#null-document).
var errNullDocument = errors.New("machine: path on a null document")

const nullDocument = "Unable to apply Path transformation to null or empty input."

// unsetVariable is the error of a path to a variable that was never assigned.
type unsetVariable struct{ name string }

func (e *unsetVariable) Error() string {
	return "The variable '$" + e.name + "' has no value"
}

// env is the environment of a state's paths and intrinsic functions. It is part of
// step, to avoid allocating.
type env struct {
	s     *step
	slot  int32
	input any // the value of $
}

// envOf sets env to a scope, with $ set to input.
func (s *step) envOf(slot int32, input any) *env {
	s.env = env{s: s, slot: slot, input: input}
	s.meter.Bytes = buildLimit(s.p.limits.PayloadBytes)
	return &s.env
}

// Get returns the value that a path selects.
func (e *env) Get(p *jsonpath.Path) (any, error) {
	switch p.Root() {
	case jsonpath.Context:
		return e.s.contextValue(e.slot, p)
	case jsonpath.Variable:
		v, ok := e.s.lookupVariable(e.slot, p.Variable())
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

// lookupPath is Get for a caller that does not keep the value. ok is false if the
// path selects nothing.
func (e *env) lookupPath(p *jsonpath.Path) (v any, ok bool, failed *failure) {
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
		return nil, false, e.s.limitFailure(e.slot, err)
	}
	e.s.meter.Bytes = held
	return v, true, nil
}

// isPresent implements IsPresent.
func (e *env) isPresent(p *jsonpath.Path) (bool, *failure) {
	if !p.Definite() {
		_, ok, failed := e.lookupPath(p)
		return ok, failed
	}
	switch p.Root() {
	case jsonpath.Context:
		return p.Present(e.s.contextObject(e.slot)), nil
	case jsonpath.Variable:
		v, ok := e.s.lookupVariable(e.slot, p.Variable())
		return ok && p.Present(v), nil
	}
	return p.Present(e.input), nil
}

// lacksDocument reports whether a path starts with a "$" that is null.
func (e *env) lacksDocument(p *jsonpath.Path) bool {
	return e.input == nil && p.Root() == jsonpath.Input
}

// Meter bounds the memory and work of intrinsic functions.
func (e *env) Meter() *value.Meter { return &e.s.meter }

// Uint64 returns a number from the execution's own generator.
func (e *env) Uint64() uint64 { return e.s.Uint64() }
