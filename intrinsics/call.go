package intrinsics

import (
	"fmt"
	"iter"

	"github.com/gostates/gostates/jsonpath"
	"github.com/gostates/gostates/value"
)

// Env supplies the paths and the randomness of a call.
type Env interface {
	// Get returns the value of a path, whatever its root. [Call.Eval] returns
	// its error in an *[ArgumentError].
	Get(p *jsonpath.Path) (any, error)
	// Uint64 returns the next number of the execution's random stream, for
	// States.UUID and for States.MathRandom without a seed.
	Uint64() uint64
	// Meter limits the size and the work of calls. If it is nil, only [MaxText]
	// applies. Get counts the lists that it makes itself.
	Meter() *value.Meter
}

// Call is a parsed call of an intrinsic function. It is immutable and safe for
// concurrent use.
type Call struct {
	text     string
	function *function
	args     []argument
	template *template // of a States.Format with a literal template
}

// argument is a literal, a path or a call.
type argument struct {
	literal any
	path    *jsonpath.Path
	call    *Call
}

// String returns the call as it was written.
func (c *Call) String() string { return c.text }

// Function returns the name of the function, such as "States.Format".
func (c *Call) Function() string { return c.function.name }

// ReturnsString reports whether the result of the function can be a string,
// which ErrorPath and CausePath require.
func (c *Call) ReturnsString() bool { return c.function.returnsString }

// Paths iterates over all paths in the call and in its nested calls, in the
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

// Misfits iterates over wrong numbers of arguments in the call and in its
// nested calls: "States.MathAdd takes 2 arguments, not 1". AWS accepts such a
// definition, and the call fails whenever it is evaluated.
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
// error is an *[Error] if the arguments do not fit the function, and an
// *[ArgumentError] if env has no value for a path. If the meter of env is
// exhausted, the error wraps the meter's. Arguments count until the function
// returns; its result counts instead of them.
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

// arityError returns the error of a call with the wrong number of arguments. An
// argument that fails comes first. States.JsonToString has a message of its
// own.
func (in input) arityError() error {
	if err := in.argumentFailure(); err != nil {
		return err
	}
	if in.call.function.name == "States.JsonToString" {
		return in.awsError("Invalid arguments in States.JsonToString: only a single argument is allowed.")
	}
	return in.argumentError("it takes %s, not %d", in.call.function.describeArity(), len(in.call.args))
}

// argumentFailure returns the error of the first argument that has no value.
func (in input) argumentFailure() error {
	for i := range in.call.args {
		if _, err := in.call.evalArg(i, in.env); err != nil {
			return err
		}
	}
	return nil
}

// evalArg evaluates argument i.
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
