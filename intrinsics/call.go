package intrinsics

import (
	"iter"

	"github.com/gostates/gostates/jsonpath"
)

// Env is where a call's paths and randomness come from.
type Env interface {
	// Get returns the value of a path, whatever its root. Its error comes back
	// from Eval in an *[ArgumentError].
	Get(p *jsonpath.Path) (any, error)
	// Uint64 is the execution's own random stream, for States.UUID and
	// States.MathRandom without a seed.
	Uint64() uint64
}

// Call is a parsed call of an intrinsic function. It never changes and is safe
// for concurrent use.
type Call struct {
	text     string
	function *function
	args     []argument
	template *template // of a States.Format whose template is a literal
}

// argument is a literal, a path or a call.
type argument struct {
	literal any
	path    *jsonpath.Path
	call    *Call
}

// String returns the call as it was written.
func (c *Call) String() string { return c.text }

// Function returns the name of the function that is called, such as
// "States.Format".
func (c *Call) Function() string { return c.function.name }

// ReturnsString reports whether the function's result can be a string, as
// ErrorPath and CausePath need it.
func (c *Call) ReturnsString() bool { return c.function.returnsString }

// Paths iterates over all paths in the call and in the calls within it, in the
// order of the text.
func (c *Call) Paths() iter.Seq[*jsonpath.Path] {
	return func(yield func(*jsonpath.Path) bool) { c.paths(yield) }
}

func (c *Call) paths(yield func(*jsonpath.Path) bool) bool {
	for i := range c.args {
		a := &c.args[i]
		if a.path != nil && !yield(a.path) {
			return false
		}
		if a.call != nil && !a.call.paths(yield) {
			return false
		}
	}
	return true
}

// Eval evaluates the arguments from left to right, and then the function. The
// error is an *[Error] where the arguments do not fit the function, and an
// *[ArgumentError] where env has no value for a path.
func (c *Call) Eval(env Env) (any, error) {
	in := input{call: c, env: env}
	if c.function.variadic() {
		return c.function.eval(in)
	}
	for i := range c.args {
		v, err := c.arg(i, env)
		if err != nil {
			return nil, err
		}
		in.args[i] = v
	}
	return c.function.eval(in)
}

// arg evaluates an argument.
func (c *Call) arg(i int, env Env) (any, error) {
	a := &c.args[i]
	switch {
	case a.call != nil:
		return a.call.Eval(env)
	case a.path != nil:
		v, err := env.Get(a.path)
		if err != nil {
			return nil, &ArgumentError{Call: c, Path: a.path, Err: err}
		}
		return v, nil
	}
	return a.literal, nil
}
