package jsonata

// A builtin is a standard function.
type builtin struct {
	name string
	// sig is the signature as jsonata-js writes it: <s-nn?:s>.
	sig string
	// arity is how many arguments a higher-order function passes to it: the
	// number of parameters of jsonata-js's own implementation before its first
	// default.
	arity int
	// call gets arguments that fit the signature, padded with Undefined to the
	// number of parameters in it. It must not keep the slice. Errors are
	// thrown: panic(fail("D3010")).
	call func(c *call, args []any) any
}

// A call is a running call of a function.
type call struct {
	*state
	context any // the context value of the call
}

// standard holds the standard functions by name.
var standard = map[string]*Lambda{}

// Functions whose calls have a short cut.
var standardSum, standardReduce any

func init() {
	for _, table := range [][]builtin{
		stringFunctions, encodingFunctions, regexpFunctions, numberFunctions, integerFunctions, aggregateFunctions,
		booleanFunctions, arrayFunctions, objectFunctions, higherOrderFunctions, timeFunctions, errorFunctions, {evalFunction},
	} {
		for _, b := range table {
			standard[b.name] = &Lambda{name: b.name, params: b.arity, sig: mustSignature(b.sig), native: b.call}
		}
	}
	standardSum, standardReduce = standard["sum"], standard["reduce"]
}
