package jsonata

// A builtin is a standard function.
type builtin struct {
	name string
	// sig is the signature as jsonata-js writes it: <s-nn?:s>.
	sig string
	// arity is the number of arguments that a higher-order function passes to
	// it: the number of parameters of jsonata-js's implementation before the
	// first one with a default.
	arity int
	// call receives arguments that fit the signature, padded with Undefined to
	// its number of parameters. It must not keep the slice. Errors are thrown:
	// panic(failWith("D3010")).
	call func(c *call, args []any) any
}

// A call is a running call of a function.
type call struct {
	*state
	context any // the context value of the call
}

// standard holds the standard functions by name.
var standard = map[string]*Lambda{}

// These functions have short cuts.
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
