package jsonata

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
			return nil, err.fillMessage()
		}
		f.sig = sig
		f.params = len(sig.params)
	}
	f.native = func(c *call, args []any) any {
		for i, arg := range args {
			args[i] = exportValue(c.state, arg)
		}
		v, err := do(&Call{c}, args)
		if err != nil {
			e, ok := err.(*Error)
			if !ok {
				e = &Error{Message: err.Error()}
			}
			panic(e)
		}
		return c.importValue(v)
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
func (c *Call) Context() any { return exportValue(c.call.state, contextOf(c.call.context)) }

// Apply calls a function value that the host's function was given. The
// arguments are values of [value] or anything that encoding/json could write.
func (c *Call) Apply(f *Lambda, args ...any) (v any, err error) {
	return c.call.recoverError(func() any {
		values := make([]any, len(args))
		for i, arg := range args {
			values[i] = c.call.importValue(arg)
		}
		return unwrap(c.call.apply(f, nil, values...))
	})
}

// Charge counts the memory of a value that the function is about to build, and
// the work of building it, against the limits of the evaluation: 8 bytes for an
// element, 1 for a byte of a string.
func (c *Call) Charge(bytes int) error {
	_, err := c.call.recoverError(func() any {
		c.call.charge(bytes)
		c.call.step(bytes / 16)
		return nil
	})
	return err
}

// Keep counts memory that the parts of a value take on top of what Charge counts, against the limit of the evaluation alone.
func (c *Call) Keep(bytes int) error {
	_, err := c.call.recoverError(func() any {
		c.call.keep(bytes)
		return nil
	})
	return err
}

// Random is the next random number of the evaluation, in [0,1).
func (c *Call) Random() (float64, error) {
	v, err := c.call.recoverError(func() any { return c.call.random() })
	if err != nil {
		return 0, err
	}
	return v.(float64), nil
}
