// Package jsonata is an engine for JSONata, the query and transformation
// language for JSON (https://docs.jsonata.org), in its version 2.0.6. It is
// faithful to the reference implementation, jsonata-js, down to its error codes
// and messages, fast, and safe to run expressions of strangers with.
//
//	e, err := jsonata.Compile(`$sum(order.items.(price * qty))`, jsonata.Options{})
//	total, err := e.Eval(input, nil, nil)
//
// Compile once: an [Expr] is immutable and safe for concurrent use, and
// [Expr.Eval] does no work that Compile could do.
//
// # Values
//
// Inputs, variables and results are values of package value: nil, bool, int64,
// float64, *big.Int, string, []any and *value.Object, which keeps the order of
// its keys. A Go struct, map or slice is converted first, as encoding/json
// would write it. JSON text is read with value.Parse. Nothing that the caller
// hands over is ever changed, and a result may share parts with it.
//
// [Undefined] stands for no value: the input of an expression that has none,
// and the result of one that finds nothing. It is not null, which is nil.
//
// # Variables, time and randomness
//
// An expression reads $name from the [Bindings] of the evaluation, else it is
// one of [Options].Functions, else a standard function. $now, $millis, $random
// and $shuffle take the time and their randomness from bindings that implement
// [Sources], and fail without: an evaluation has no inputs but those that it is
// given, and the same inputs give the same result. [Env] puts the three
// together.
//
//	env := jsonata.Env{Vars: jsonata.Vars{"rate": 0.19}, Clock: time.Now, Rand: rand.Float64}
//
// # Limits
//
// Every evaluation is bounded in steps, depth and memory, by [DefaultLimits]
// unless it is given others. They are counted, so the same evaluation ends the
// same way on any machine, and memory is counted before it is taken. What
// exceeds them is an error of code U1001. [Expr.EvalContext] ends with its
// context besides.
//
// # Errors
//
// All errors are of type [*Error]. Code and Message are those of jsonata-js:
// S0xxx for what cannot be compiled, T for operands and arguments of the wrong
// type, D for what only shows while evaluating.
//
// # Static checks
//
// [Expr.References] lists the variables that an expression reads, the paths
// below them, and where it refers to its context.
//
// # Differences to jsonata-js
//
// These are meant:
//
//   - Integers are exact as far as int64 goes: 9007199254740993 + 1 is
//     9007199254740994. JavaScript has doubles only. There is no negative
//     zero for integers.
//   - A number beyond int64 is a double. A string of it has the shortest digits
//     that read back, as on AWS: $string(9223372036854775808) is
//     9223372036854776000. jsonata-js rounds to 15 digits.
//   - $pad adds at most 262,144 characters, as on AWS.
//   - Depth, steps and memory are bounded, as said above. jsonata-js has no
//     bounds and lets the process die; U1001 is the code that its guides use
//     for a guard of the caller's own.
//   - A position is the innermost one, in bytes; jsonata-js counts UTF-16
//     units and reports the outermost call's place for errors in functions.
//   - An invalid regular expression is an error of code S0303 with the reason
//     that V8 gives; jsonata-js throws a SyntaxError without code.
//   - $formatNumber(0, '0e0') returns; in jsonata-js it never does. A picture
//     that should be D3086 is; jsonata-js crashes on one of its forms.
//   - Where jsonata-js fails by accident, with a JavaScript TypeError and no
//     code, the error here has no code either, or the expression has a plain
//     result.
//   - Right after an array constructor at the start of a path, @ and # bind as
//     they do elsewhere; jsonata-js loses the first binding there.
//   - Predicates and groupings after an order-by clause still see the variables
//     that @ and # bound before it; jsonata-js forgets them there.
//   - A transform that puts a matched object into itself puts a copy there;
//     jsonata-js makes a cycle, which has no JSON form.
//   - A variable that the string given to $eval binds is bound in that string.
//   - Keys such as __proto__ and constructor are keys like any other.
package jsonata
