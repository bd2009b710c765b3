package jsonata

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"time"

	"github.com/gostates/gostates/value"
)

// Options are what an expression is compiled with. The zero Options stand for
// JSONata as it is.
type Options struct {
	// Functions are added to the standard ones, under their names without $,
	// and win over them. The map must not be changed afterwards.
	Functions map[string]*Function
	// Without lists standard functions that the expression shall not have.
	Without []string
	// TextForNonFinite makes results that are no JSON numbers texts: "NaN",
	// "Infinity", "-Infinity".
	TextForNonFinite bool
}

// A Function is a function of the host's. It is immutable, and can be shared
// by any number of expressions; it can also be the value of a variable.
type Function struct{ f *Lambda }

// NewFunction makes a function. The signature says what arguments it takes, as
// in the language: "<s-n?:s>" is a string, which may be the context, and perhaps
// a number. The arguments are checked before each call, and padded with
// Undefined. Without a signature, anything goes.
//
// do returns the result, Undefined for none. An error that is an *Error is
// reported as it is, any other by its text. args must not be kept.
func NewFunction(signature string, do func(c *Call, args []any) (any, error)) (*Function, error) {
	f := &Lambda{params: 1}
	if signature != "" {
		sig, err := parseSignature(signature)
		if err != nil {
			return nil, err.finish()
		}
		f.sig = sig
		f.params = len(sig.params)
	}
	f.native = func(c *call, args []any) any {
		for i, arg := range args {
			args[i] = export(c.state, arg)
		}
		v, err := do(&Call{c}, args)
		if err != nil {
			e, ok := err.(*Error)
			if !ok {
				e = &Error{Message: err.Error()}
			}
			panic(e)
		}
		return c.imported(v)
	}
	return &Function{f}, nil
}

// MustFunction is NewFunction for signatures that are known to be right.
func MustFunction(signature string, do func(c *Call, args []any) (any, error)) *Function {
	f, err := NewFunction(signature, do)
	if err != nil {
		panic(err)
	}
	return f
}

// A Call is a running call of a Function. It must not be used after the
// function has returned.
type Call struct{ call *call }

// Context is the context value of the call: $ at that place.
func (c *Call) Context() any { return export(c.call.state, contextOf(c.call.context)) }

// Apply calls a function value that the host's function was given. The
// arguments are values of [value] or anything that encoding/json could write.
func (c *Call) Apply(f *Lambda, args ...any) (v any, err error) {
	return c.call.protect(func() any {
		values := make([]any, len(args))
		for i, arg := range args {
			values[i] = c.call.imported(arg)
		}
		return unwrap(c.call.apply(f, nil, values...))
	})
}

// Charge counts the memory of a value that the function is about to build, and
// the work of building it, against the limits of the evaluation: 8 bytes for an
// element, 1 for a byte of a string.
func (c *Call) Charge(bytes int) error {
	_, err := c.call.protect(func() any {
		c.call.charge(bytes)
		c.call.step(bytes / 16)
		return nil
	})
	return err
}

// Keep counts memory that the parts of a value take on top of what Charge counts, against the limit of the evaluation alone.
func (c *Call) Keep(bytes int) error {
	_, err := c.call.protect(func() any {
		c.call.keep(bytes)
		return nil
	})
	return err
}

// Random is the next random number of the evaluation, in [0,1).
func (c *Call) Random() (float64, error) {
	v, err := c.call.protect(func() any { return c.call.random() })
	if err != nil {
		return 0, err
	}
	return v.(float64), nil
}

// Bindings are the variables that an evaluation starts with.
type Bindings interface {
	// Get returns the value of a variable, named without $: a value of
	// [value] or anything that encoding/json could write. It is asked
	// only for variables that the evaluation reads, perhaps more than once,
	// and must give the same answer each time.
	Get(name string) (any, bool)
}

// PathBindings are Bindings that can tell parts of a variable apart, so that one
// which is costly to make as a whole is not made where an expression reads only
// a part of it. The arrays that they give hold values of [value] already.
type PathBindings interface {
	Bindings
	// Path returns the value of $name.a.b…, for as many of the names of fields
	// as it knows at least one of: n of them. v may be Undefined. With n = 0,
	// Get is asked.
	Path(name string, fields []string) (v any, n int)
}

// Vars are bindings in a map.
type Vars map[string]any

// Get implements [Bindings].
func (v Vars) Get(name string) (any, bool) {
	x, ok := v[name]
	return x, ok
}

// Sources is implemented by bindings that know the time and have randomness,
// for $now, $millis, $random and $shuffle. Without it these functions fail: an
// evaluation never asks the system.
type Sources interface {
	Now() time.Time  // asked at most once an evaluation
	Random() float64 // in [0,1)
}

// Env is Bindings and Sources in one:
//
//	env := jsonata.Env{Vars: vars, Clock: time.Now, Rand: rand.Float64}
type Env struct {
	Vars  Bindings // may be nil
	Clock func() time.Time
	Rand  func() float64
}

// Get implements [Bindings].
func (e Env) Get(name string) (any, bool) {
	if e.Vars == nil {
		return nil, false
	}
	return e.Vars.Get(name)
}

// Now implements [Sources].
func (e Env) Now() time.Time { return e.Clock() }

// Random implements [Sources].
func (e Env) Random() float64 { return e.Rand() }

// Limits bound an evaluation. They count what the evaluation does, not the time
// that it takes, so the same input always ends the same way. A zero field
// stands for that of DefaultLimits.
type Limits struct {
	// Steps is how much work may be done: about one step for each value that
	// is looked at.
	Steps int64
	// Depth is how deep calls and the expressions in them may nest, up to
	// 10,000. A call in tail position adds nothing.
	Depth int
	// ValueBytes is how large one array or string may become: 8 for each
	// element, 1 for each byte.
	ValueBytes int
	// TotalBytes is how much memory the evaluation may take in all, whether or
	// not it needs it to the end.
	TotalBytes int
}

// DefaultLimits are those of AWS Step Functions as far as they are known:
// depth and value size are measured; steps are about what its five seconds
// allow.
var DefaultLimits = Limits{
	Steps:      50_000_000,
	Depth:      100,
	ValueBytes: 6_990_256,
	TotalBytes: 48 << 20,
}

func (l *Limits) filled() Limits {
	f := *l
	if f.Steps <= 0 {
		f.Steps = DefaultLimits.Steps
	}
	if f.Depth <= 0 {
		f.Depth = DefaultLimits.Depth
	}
	f.Depth = min(f.Depth, maxNesting)
	if f.ValueBytes <= 0 {
		f.ValueBytes = DefaultLimits.ValueBytes
	}
	if f.TotalBytes <= 0 {
		f.TotalBytes = DefaultLimits.TotalBytes
	}
	return f
}

// An Expr is a compiled expression. It is immutable and safe for concurrent
// use.
type Expr struct {
	source    string
	eval      evalFn
	quick     quickFn // nil for most
	depth     int     // how deep the quick code nests
	layout    *layout
	globals   []string // the variables left to the bindings
	labels    int      // how many variables tuples have
	names     map[string]int
	functions map[string]*Function
	text      bool // TextForNonFinite
	without   map[string]bool
}

// Compile parses and compiles an expression. The error is an *Error.
func Compile(src string, o Options) (*Expr, error) {
	ast, err := parse(src)
	if err != nil {
		return nil, err.finish()
	}
	e := &Expr{source: src, functions: o.Functions, text: o.TextForNonFinite}
	for _, name := range o.Without {
		if e.without == nil {
			e.without = map[string]bool{}
		}
		e.without[name] = true
	}
	e.compile(ast, nil, nil)
	if e.depth = nesting(ast, 1); e.depth <= maxQuick {
		e.quick = quick(ast)
	}
	return e, nil
}

// MustCompile is Compile for expressions that are known to be right.
func MustCompile(src string) *Expr {
	e, err := Compile(src, Options{})
	if err != nil {
		panic(err)
	}
	return e
}

// compile makes the code of a tree, which is not kept. An expression given to
// $eval stands in the scope of the call, and knows the globals of the one around
// it.
func (e *Expr) compile(ast *node, around *Expr, at *scope) {
	c := &compiler{scope: at, labels: map[string]int{}, indexes: map[string]int{}, found: map[*scope]map[string][]place{}}
	if at != nil {
		c.layout = at.layout
	}
	if around != nil {
		for name, slot := range around.names {
			c.labels[name] = slot
		}
		for _, name := range around.globals {
			c.global(name)
		}
	}
	labels(ast, 0, c.labels)
	s := c.push(bound(ast, 0, nil), true)
	e.eval = c.node(ast)
	e.layout, e.globals, e.names, e.labels = s.layout, c.globals, c.labels, len(c.labels)
}

// String returns the source.
func (e *Expr) String() string { return e.source }

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
	v, _, err := e.run(context.Background(), input, bindings, limits)
	return v, err
}

// isQuick reports whether the quick code may be tried. It takes a few steps and
// no memory.
func (e *Expr) isQuick(bindings Bindings, limits *Limits) bool {
	return e.quick != nil && bindings != nil && (limits == nil || limits.Depth == 0 || limits.Depth >= e.depth)
}

// EvalContext is Eval, and ends when ctx does.
func (e *Expr) EvalContext(ctx context.Context, input any, bindings Bindings, limits *Limits) (any, error) {
	v, _, err := e.run(ctx, input, bindings, limits)
	return v, err
}

// Usage is what one evaluation took, counted as in [Limits].
type Usage struct {
	Steps int64
	Bytes int // of memory, whether or not the result still holds it
}

// EvalUsage is Eval, and returns what the evaluation took, also where it
// failed: for a caller that bounds several evaluations together.
func (e *Expr) EvalUsage(input any, bindings Bindings, limits *Limits) (any, Usage, error) {
	if e.isQuick(bindings, limits) {
		if v, ok := e.quick(bindings); ok {
			return v, Usage{}, nil
		}
	}
	return e.run(context.Background(), input, bindings, limits)
}

func (e *Expr) run(ctx context.Context, input any, bindings Bindings, limits *Limits) (v any, used Usage, err error) {
	st := states.Get().(*state)
	defer func() {
		if r := recover(); r != nil {
			v, err = nil, st.thrown(r)
		}
		used = Usage{Steps: st.limits.Steps - st.steps - int64(st.fuel), Bytes: st.total}
		st.release()
	}()
	st.start(ctx, e, bindings, limits)
	input = st.imported(input)
	st.root = input
	if list, ok := input.([]any); ok {
		input = &array{items: []any{list}, sequence: true, outer: true}
	}
	var fr *frame
	if e.layout.size > 0 {
		fr = st.frame(nil, e.layout.size, 0, e.layout.held)
	}
	v = export(st, e.eval(st, fr, input))
	if fr != nil && !e.layout.held {
		st.drop(fr)
	}
	return v, used, nil
}

// protect runs code of the evaluation for the host.
func (st *state) protect(f func() any) (v any, err error) {
	before := st.here()
	defer func() {
		if r := recover(); r != nil {
			v, err = nil, st.thrown(r)
			st.back(before)
		}
	}()
	return export(st, f()), nil
}

// thrown makes the error of a panic. What the thrower did not know comes from
// the innermost running call.
func (st *state) thrown(r any) error {
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
	return e.finish()
}

// imported makes a value of the engine from one of the host's.
func (st *state) imported(v any) any {
	switch v := v.(type) {
	case nil, bool, string, int64, float64, undefinedType, *value.Object, *Lambda:
		return v
	case *big.Int:
		return toFloat(v)
	case *Function:
		if v == nil {
			return nil
		}
		return v.f
	case []any:
		if st.modelled(v, 0) {
			return v
		}
	}
	m, err := value.From(v)
	if err != nil {
		panic(&Error{Message: err.Error()})
	}
	return m
}

// modelled reports whether a list holds values of the engine only. That of a
// host, which json.Unmarshal may have made, can hold any.
func (st *state) modelled(list []any, depth int) bool {
	st.step(len(list) / 16)
	for _, item := range list {
		switch item := item.(type) {
		case nil, bool, string, int64, float64, *big.Int, undefinedType, *value.Object, *Lambda:
		case []any:
			if depth == value.MaxDepth || !st.modelled(item, depth+1) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// export makes a value of the model from one of the engine.
func export(st *state, v any) any {
	switch v := v.(type) {
	case *array:
		list := v.items
		if v.tuples {
			list = contexts(st, list)
		}
		for i, item := range list {
			switch item.(type) {
			case *array, *Lambda, undefinedType:
				return st.settle(append(st.fresh(len(list)), list...), i, 0)
			}
		}
		if list == nil {
			list = []any{}
		}
		if st.mixed || st.built > value.MaxDepth || st.infinite {
			return st.settled(list, 0)
		}
		return list
	case float64:
		return st.settled(v, 0)
	case *big.Int:
		return toFloat(v)
	case []any, *value.Object:
		if st.mixed || st.built > value.MaxDepth || st.infinite {
			return st.settled(v, 0)
		}
	}
	return v
}

// fresh makes room for a copy of n elements.
func (st *state) fresh(n int) []any {
	st.step(n)
	st.keep(64)
	return st.list(n)
}

// settle makes the elements of a fresh list values of the model, from i on.
func (st *state) settle(list []any, i, depth int) []any {
	for ; i < len(list); i++ {
		list[i] = st.settled(list[i], depth)
	}
	return list
}

// settled makes a value of the model of one that may hold sequences, functions
// or undefined. It copies nothing that is one already.
func (st *state) settled(v any, depth int) any {
	if depth > value.MaxDepth {
		panic(stackOverflow())
	}
	switch v := v.(type) {
	case *array:
		return st.settle(append(st.fresh(len(v.items)), v.items...), 0, depth+1)
	case *Lambda, undefinedType:
		return nil
	case float64:
		if st.expr.text && (math.IsInf(v, 0) || math.IsNaN(v)) {
			return string(appendFloat(nil, v))
		}
	case []any:
		st.step(len(v))
		for i, item := range v {
			if s := st.settled(item, depth+1); !same(s, item) {
				list := append(st.fresh(len(v)), v...)
				list[i] = s
				return st.settle(list, i+1, depth+1)
			}
		}
	case *value.Object:
		st.step(v.Len())
		for i := range v.Len() {
			m := v.At(i)
			if s := st.settled(m.Value, depth+1); !same(s, m.Value) {
				return st.settledObject(v, depth)
			}
		}
	}
	return v
}

// settledObject leaves functions out, as JSON.stringify does.
func (st *state) settledObject(o *value.Object, depth int) *value.Object {
	copied := st.object(o.Len())
	for key, v := range o.All() {
		if !isFunction(v) {
			copied.Set(key, st.settled(v, depth+1))
		}
	}
	return copied
}

// same reports whether settling changed nothing.
func same(a, b any) bool {
	switch b := b.(type) {
	case *array, *Lambda, undefinedType:
		return false
	case float64:
		_, number := a.(float64)
		return number
	case []any:
		x, _ := a.([]any)
		return len(x) == len(b) && (len(x) == 0 || &x[0] == &b[0])
	case *value.Object:
		return a == any(b)
	}
	return true
}
