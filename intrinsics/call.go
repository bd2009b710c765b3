package intrinsics

import (
	"fmt"
	"iter"

	"github.com/gostates/gostates/jsonpath"
	"github.com/gostates/gostates/value"
)

// Env is where a call's paths and randomness come from.
type Env interface {
	// Get returns the value of a path, whatever its root. Its error comes back
	// from Eval in an *[ArgumentError].
	Get(p *jsonpath.Path) (any, error)
	// Uint64 is the execution's own random stream, for States.UUID and
	// States.MathRandom without a seed.
	Uint64() uint64
	// Meter bounds what the calls make and do; nil: only MaxText does. Get
	// counts the lists that it makes itself.
	Meter() *value.Meter
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
	return func(yield func(*jsonpath.Path) bool) { c.yieldPaths(yield) }
}

func (c *Call) yieldPaths(yield func(*jsonpath.Path) bool) bool {
	for i := range c.args {
		a := &c.args[i]
		if a.path != nil && !yield(a.path) {
			return false
		}
		if a.call != nil && !a.call.yieldPaths(yield) {
			return false
		}
	}
	return true
}

// Misfits iterates over what is wrong with the numbers of arguments in the call
// and in the calls within it: "States.MathAdd takes 2 arguments, not 1". AWS
// takes such a call, which then fails whenever it runs (recorded).
func (c *Call) Misfits() iter.Seq[string] {
	return func(yield func(string) bool) { c.yieldMisfits(yield) }
}

func (c *Call) yieldMisfits(yield func(string) bool) bool {
	if f := c.function; !f.acceptsCount(len(c.args)) && !yield(fmt.Sprintf("%s takes %s, not %d", f.name, f.describeArity(), len(c.args))) {
		return false
	}
	for i := range c.args {
		if a := &c.args[i]; a.call != nil && !a.call.yieldMisfits(yield) {
			return false
		}
	}
	return true
}

// Eval evaluates the arguments from left to right, and then the function. The
// error is an *[Error] where the arguments do not fit the function, and an
// *[ArgumentError] where env has no value for a path. It wraps that of env's
// Meter where this has nothing left: arguments count until the function has its
// result, which counts in their place.
func (c *Call) Eval(env Env) (any, error) {
	m := env.Meter()
	if m == nil {
		return c.evalCall(env, nil)
	}
	held := m.Bytes
	v, err := c.evalCall(env, m)
	if err != nil {
		return nil, err
	}
	m.Bytes = held
	if c.function.shares {
		err = m.ShareParts(v)
	} else {
		err = m.Take(v)
	}
	if err != nil {
		return nil, err
	}
	return v, nil
}

func (c *Call) evalCall(env Env, m *value.Meter) (any, error) {
	in := input{call: c, env: env, meter: m}
	if !c.function.acceptsCount(len(c.args)) {
		return nil, in.arityError()
	}
	if c.function.isVariadic() {
		return c.function.eval(in)
	}
	for i := range c.args {
		v, err := c.evalArg(i, env)
		if err != nil {
			return nil, err
		}
		in.args[i] = v
	}
	return c.function.eval(in)
}

// misfit is the failure of a call with a wrong number of arguments, or of one of
// those. Recorded: States.JsonToString says more of it than others.
func (in input) arityError() error {
	if err := in.argumentFailure(); err != nil {
		return err
	}
	if in.call.function.name == "States.JsonToString" {
		return in.awsError("Invalid arguments in States.JsonToString: only a single argument is allowed.")
	}
	return in.argumentError("it takes %s, not %d", in.call.function.describeArity(), len(in.call.args))
}

// argumentFailure is the failure of the first argument that has no value.
func (in input) argumentFailure() error {
	for i := range in.call.args {
		if _, err := in.call.evalArg(i, in.env); err != nil {
			return err
		}
	}
	return nil
}

// arg evaluates an argument.
func (c *Call) evalArg(i int, env Env) (any, error) {
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
