package jsonata

import "time"

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
