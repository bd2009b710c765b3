package jsonata

import "time"

// Bindings are the variables that an evaluation starts with.
type Bindings interface {
	// Get returns the value of a variable, named without $: a value of package
	// [value], or anything that encoding/json can marshal. Only variables that
	// the evaluation reads are asked for. It may be called more than once for a
	// name, and must return the same value each time.
	Get(name string) (any, bool)
}

// PathBindings are Bindings that can return a part of a variable without
// building all of it. The arrays they return must hold values of package
// [value] already.
type PathBindings interface {
	Bindings
	// Path returns the value of $name.a.b… for the first n of the fields. v may
	// be Undefined. If n is 0, Get is called instead.
	Path(name string, fields []string) (v any, n int)
}

// Vars are bindings in a map.
type Vars map[string]any

// Get implements [Bindings].
func (v Vars) Get(name string) (any, bool) {
	x, ok := v[name]
	return x, ok
}

// Sources is implemented by bindings that provide time and randomness, for
// $now, $millis, $random and $shuffle. Without it these functions fail: an
// evaluation never reads the system's clock.
type Sources interface {
	Now() time.Time  // called at most once per evaluation
	Random() float64 // in [0,1)
}

// Env implements both Bindings and Sources:
//
//	env := jsonata.Env{Vars: vars, Clock: time.Now, Rand: rand.Float64}
type Env struct {
	Vars  Bindings         // may be nil
	Clock func() time.Time // nil if $now and $millis are not used
	Rand  func() float64   // in [0,1); nil if $random and $shuffle are not used
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
