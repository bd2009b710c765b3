package jsonata

// A Function is a function provided by the host. It is immutable, and safe for
// concurrent use if the function is. It can also be the value of a variable.
type Function struct{ f *Lambda }

// NewFunction returns a function with a signature, as in the language:
// "<s-n?:s>" takes a string, for which the context may stand in, and optionally
// a number. Before each call the arguments are checked and padded with
// Undefined. An empty signature accepts any arguments. An invalid signature is
// an *Error.
//
// do returns the result, Undefined for none. If its error is an *Error, it is
// returned as it is; any other error is reported with its message. do must not
// keep args.
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

// MustFunction is NewFunction, but panics if the signature is invalid.
func MustFunction(signature string, do func(c *Call, args []any) (any, error)) *Function {
	f, err := NewFunction(signature, do)
	if err != nil {
		panic(err)
	}
	return f
}

// A Call is a running call of a Function. It must not be used after the
// function has returned, or from another goroutine.
type Call struct{ call *call }

// Context returns the context value of the call: $ at that place.
func (c *Call) Context() any { return exportValue(c.call.state, contextOf(c.call.context)) }

// Apply calls a function value that was passed to the host's function. The
// arguments are values of package [value], or anything that encoding/json can
// marshal.
func (c *Call) Apply(f *Lambda, args ...any) (v any, err error) {
	return c.call.recoverError(func() any {
		values := make([]any, len(args))
		for i, arg := range args {
			values[i] = c.call.importValue(arg)
		}
		return unwrap(c.call.callFunction(f, nil, values...))
	})
}

// Charge counts memory that the function is about to allocate for one value,
// and the work to build it: 8 bytes for an element, 1 for a byte of a string.
// It returns an *Error if a limit is exceeded.
func (c *Call) Charge(bytes int) error {
	_, err := c.call.recoverError(func() any {
		c.call.charge(bytes)
		c.call.step(bytes / 16)
		return nil
	})
	return err
}

// Keep counts further memory of parts of a value, against Limits.TotalBytes
// alone. It returns an *Error if the limit is exceeded.
func (c *Call) Keep(bytes int) error {
	_, err := c.call.recoverError(func() any {
		c.call.keepBytes(bytes)
		return nil
	})
	return err
}

// Random returns the next random number of the evaluation, in [0,1). It returns
// an *Error if the bindings are not [Sources].
func (c *Call) Random() (float64, error) {
	v, err := c.call.recoverError(func() any { return c.call.nextRandom() })
	if err != nil {
		return 0, err
	}
	return v.(float64), nil
}
