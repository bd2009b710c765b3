// Package jsonata compiles and evaluates JSONata 2.0.6, the query and
// transformation language for JSON (https://docs.jsonata.org). It follows the
// reference implementation, jsonata-js, down to its error codes and messages,
// and bounds every evaluation, so that untrusted expressions are safe to run.
//
//	e, err := jsonata.Compile(`$sum(order.items.(price * qty))`, jsonata.Options{})
//	total, err := e.Eval(input, nil, nil)
//
// Compile an expression once: an [Expr] is immutable and safe for concurrent
// use.
//
// # Values
//
// Inputs, variables and results are values of package value: nil, bool, int64,
// float64, *big.Int, string, []any and *value.Object, which keeps the order of
// its keys. Other Go values, such as structs, are converted as encoding/json
// does. Use value.Parse to read JSON. Inputs and variables are never changed,
// and a result may share parts with them.
//
// [Undefined] means no value: the input of an expression that has none, and the
// result of one that selects nothing. It is not null, which is nil.
//
// # Variables, time and randomness
//
// $name is a variable of the [Bindings], else one of [Options].Functions, else a
// standard function. $now, $millis, $random and $shuffle need bindings that
// implement [Sources], and fail otherwise. So an evaluation depends on its
// arguments alone, and the same arguments give the same result. [Env] implements
// both interfaces:
//
//	env := jsonata.Env{Vars: jsonata.Vars{"rate": 0.19}, Clock: time.Now, Rand: rand.Float64}
//
// # Limits
//
// Every evaluation is bounded in steps, depth and memory, by [DefaultLimits]
// unless it is given others. Limits count work, not time, so an evaluation ends
// the same way on any machine. Memory is counted before it is allocated. An
// evaluation that exceeds a limit fails with code U1001. [Expr.EvalContext] also
// ends if its context is done.
//
// # Errors
//
// All errors are of type [*Error], with the code and message of jsonata-js: S0xxx
// for expressions that do not compile, Txxxx for operands and arguments of the
// wrong type, Dxxxx for errors that depend on the data.
//
// # Static checks
//
// [Expr.References] lists the variables that an expression reads, the paths
// below them, and references to its context.
//
// # Differences from jsonata-js
//
// These are intended:
//
//   - Integers are exact within int64: 9007199254740993 + 1 is
//     9007199254740994. JavaScript has only doubles. Integers have no negative
//     zero.
//   - A number beyond int64 is a double. As on AWS, its string has the shortest
//     digits that read back: $string(9223372036854775808) is
//     9223372036854776000. jsonata-js rounds to 15 digits.
//   - $pad adds at most 262,144 characters, as on AWS.
//   - Depth, steps and memory are bounded. jsonata-js has no bounds, and its
//     process dies; its guides use U1001 for bounds that the caller adds.
//   - A position is the innermost one, in bytes. jsonata-js counts UTF-16
//     units, and reports the position of the outermost call for errors in
//     functions.
//   - An invalid regular expression is an error of code S0303 with V8's reason.
//     jsonata-js throws a SyntaxError without a code.
//   - $formatNumber(0, '0e0') returns; in jsonata-js it loops forever. All
//     invalid pictures of D3086 are reported; jsonata-js crashes on one form.
//   - Where jsonata-js fails with a JavaScript TypeError without a code, the
//     error here has no code either, or the expression returns a value.
//   - Just after an array constructor at the start of a path, @ and # bind as
//     usual. jsonata-js loses the first binding.
//   - Predicates and groupings after an order-by clause still see the variables
//     that @ and # bound before it. jsonata-js loses them.
//   - A transform that inserts a matched object into itself inserts a copy.
//     jsonata-js makes a cycle, which has no JSON.
//   - A variable bound in the string given to $eval is bound only there.
//   - __proto__, constructor and the like are ordinary keys.
package jsonata
