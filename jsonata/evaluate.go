package jsonata

import (
	"context"
	"fmt"
)

// Eval evaluates the expression over an input, which may be Undefined: none.
// The input and the bindings' values are values of [value], or anything that
// encoding/json could write; they are never changed. limits may be nil for
// DefaultLimits.
//
// The result is a value of [value], which may share parts with the input, or
// Undefined, or a *Lambda. Numbers in it can be infinite or NaN. The error is
// an *Error.
func (e *Expr) Eval(input any, bindings Bindings, limits *Limits) (any, error) {
	if e.isQuick(bindings, limits) {
		if v, ok := e.quick(bindings); ok {
			return v, nil
		}
	}
	v, _, err := e.runEvaluation(context.Background(), input, bindings, limits)
	return v, err
}

// isQuick reports whether the quick code may be tried. It takes a few steps and
// no memory.
func (e *Expr) isQuick(bindings Bindings, limits *Limits) bool {
	return e.quick != nil && bindings != nil && (limits == nil || limits.Depth == 0 || limits.Depth >= e.depth)
}

// EvalContext is Eval, and ends when ctx does.
func (e *Expr) EvalContext(ctx context.Context, input any, bindings Bindings, limits *Limits) (any, error) {
	v, _, err := e.runEvaluation(ctx, input, bindings, limits)
	return v, err
}

// EvalUsage is Eval, and returns what the evaluation took, also where it
// failed: for a caller that bounds several evaluations together.
func (e *Expr) EvalUsage(input any, bindings Bindings, limits *Limits) (any, Usage, error) {
	if e.isQuick(bindings, limits) {
		if v, ok := e.quick(bindings); ok {
			return v, Usage{}, nil
		}
	}
	return e.runEvaluation(context.Background(), input, bindings, limits)
}

func (e *Expr) runEvaluation(ctx context.Context, input any, bindings Bindings, limits *Limits) (v any, used Usage, err error) {
	st := states.Get().(*state)
	defer func() {
		if r := recover(); r != nil {
			v, err = nil, st.errorOf(r)
		}
		used = Usage{Steps: st.limits.Steps - st.steps - int64(st.fuel), Bytes: st.total}
		st.release()
	}()
	st.start(ctx, e, bindings, limits)
	input = st.importValue(input)
	st.root = input
	if list, ok := input.([]any); ok {
		input = &array{items: []any{list}, sequence: true, outer: true}
	}
	var fr *frame
	if e.layout.size > 0 {
		fr = st.frame(nil, e.layout.size, 0, e.layout.held)
	}
	st.step(e.steps)
	v = exportValue(st, e.eval(st, fr, input))
	if st.fuel < 0 {
		st.refuel()
	}
	if fr != nil && !e.layout.held {
		st.drop(fr)
	}
	return v, used, nil
}

// recoverError runs code of the evaluation for the host.
func (st *state) recoverError(f func() any) (v any, err error) {
	before := st.here()
	defer func() {
		if r := recover(); r != nil {
			v, err = nil, st.errorOf(r)
			st.back(before)
		}
	}()
	return exportValue(st, f()), nil
}

// errorOf makes the error of a panic. What the thrower did not know comes from
// the innermost running call.
func (st *state) errorOf(r any) error {
	e, ok := r.(*Error)
	if !ok {
		return &Error{Message: fmt.Sprintf("internal error: %v", r)}
	}
	if n := st.logical; n != nil && e.Code != "U1001" {
		e.token, e.Pos = n.name, n.pos
	}
	if n := len(st.sites); n > 0 {
		site := st.sites[n-1].site
		if e.token == nil {
			e.token = site.name
		}
		if e.Pos == 0 {
			e.Pos = site.pos
		}
	}
	return e.fillMessage()
}
