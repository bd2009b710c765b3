package jsonata

import (
	"context"
	"fmt"
)

// Eval evaluates the expression. The input and the values of the bindings are
// values of package [value], or anything that encoding/json can marshal; Eval
// never changes them. The input may be Undefined, bindings may be nil, and
// limits may be nil for DefaultLimits.
//
// The result is a value of package [value], which may share parts with the
// input, or Undefined, or a *Lambda. Its numbers can be infinite or NaN. The
// error is an *Error.
func (e *Expr) Eval(input any, bindings Bindings, limits *Limits) (any, error) {
	if e.isQuick(bindings, limits) {
		if v, ok := e.quick(bindings); ok {
			return v, nil
		}
	}
	v, _, err := e.runEvaluation(context.Background(), input, bindings, limits)
	return v, err
}

// isQuick reports whether the quick code may be tried. It needs only a few
// steps and no memory.
func (e *Expr) isQuick(bindings Bindings, limits *Limits) bool {
	return e.quick != nil && bindings != nil && (limits == nil || limits.Depth == 0 || limits.Depth >= e.depth)
}

// EvalContext is Eval, but ends with an error of code U1001 if ctx is done.
func (e *Expr) EvalContext(ctx context.Context, input any, bindings Bindings, limits *Limits) (any, error) {
	v, _, err := e.runEvaluation(ctx, input, bindings, limits)
	return v, err
}

// EvalUsage is Eval, and also returns the usage, even if the evaluation fails.
// It is for callers that bound several evaluations together.
func (e *Expr) EvalUsage(input any, bindings Bindings, limits *Limits) (any, Usage, error) {
	if e.isQuick(bindings, limits) {
		if v, ok := e.quick(bindings); ok {
			return v, Usage{}, nil
		}
	}
	return e.runEvaluation(context.Background(), input, bindings, limits)
}

func (e *Expr) runEvaluation(ctx context.Context, input any, bindings Bindings, limits *Limits) (v any, used Usage, err error) {
	e.compileRest()
	st := states.Get().(*state)
	defer func() {
		if r := recover(); r != nil {
			v, err = nil, st.errorOf(r)
		}
		used = Usage{Steps: st.limits.Steps - st.steps - int64(st.fuel), Undone: st.undone, Bytes: st.total}
		st.releaseState()
	}()
	st.startEvaluation(ctx, e, bindings, limits)
	input = st.importValue(input)
	st.root = input
	if list, ok := input.([]any); ok {
		input = &array{items: []any{list}, sequence: true, outer: true}
	}
	var fr *frame
	if e.layout.size > 0 {
		fr = st.newFrame(nil, e.layout.size, 0, e.layout.held)
	}
	st.step(e.steps)
	v = exportValue(st, e.eval(st, fr, input))
	if st.fuel < 0 {
		st.refuel()
	}
	if fr != nil && !e.layout.held {
		st.dropFrame(fr)
	}
	return v, used, nil
}

// recoverError runs f for the host's function, and returns what f throws.
func (st *state) recoverError(f func() any) (v any, err error) {
	before := st.markCalls()
	defer func() {
		if r := recover(); r != nil {
			v, err = nil, st.errorOf(r)
			st.returnTo(before)
		}
	}()
	return exportValue(st, f()), nil
}

// errorOf returns the error of a panic. If it has no token or position, those
// of the innermost running call are used.
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
