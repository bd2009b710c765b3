// Package intrinsics is the intrinsic functions of the Amazon States Language:
// States.Format, States.Array and the other 16, as AWS Step Functions runs them.
//
//	call, err := intrinsics.Parse("States.Format('{} costs {}', $.item, States.MathAdd($.price, 1))")
//	if err != nil {
//		return err // a *ParseError: what is wrong, and where
//	}
//	v, err := call.Eval(env) // "tea costs 4"
//
// An [Env] gives a call its paths and its randomness:
//
//	type env struct {
//		input any
//		rng   *rand.Rand
//	}
//
//	func (e env) Get(p *jsonpath.Path) (any, error) { return p.Get(e.input) }
//	func (e env) Uint64() uint64                    { return e.rng.Uint64() }
//	func (e env) Meter() *value.Meter               { return nil }
//
// # Syntax
//
// A call is a name and its arguments: 'texts', numbers, null, true, false,
// paths ($.x, $$.x, $name.x) and other calls, up to 10 deep. In a text a
// backslash stands before ', {, } and \ only; States.Format takes {} in its
// template for the next argument, and \{ and \} for braces.
//
// # Where AWS surprises
//
// Rules marked "recorded" come from histories recorded on AWS, those marked
// "measured" from tests that other projects ran against it.
//
//   - States.MathAdd rounds its arguments half up first: -1.5 counts as -1
//     (recorded). All other functions cut a fraction off (measured; AWS's
//     documentation says that they round).
//   - States.StringSplit splits at each of the characters of its second argument
//     and drops empty parts (recorded).
//   - States.StringToJson makes null of a blank text, and of a text that is no
//     JSON it tells what Jackson says (recorded).
//   - States.Format writes arrays and objects as Java does: [1, 2], {a=1}
//     (recorded).
//   - States.JsonMerge gives the keys in the order of a java.util.HashMap that is
//     a copy of the first object and got the second (recorded), and
//     States.ArrayUnique its elements in that of a java.util.HashSet (measured).
//   - States.ArrayContains compares a text with a number or boolean by what it
//     says, and objects with their key order (measured).
//   - States.ArrayGetItem gives null for any index of an empty array (measured).
//   - States.Base64Decode skips what is no Base64 and stops at padding
//     (measured).
//   - What does not fit a function fails the state with States.Runtime, and the
//     cause says "Invalid arguments in" and the function, and rarely more
//     (recorded). [Error] has the rest.
//   - A wrong number of arguments is no error of the definition: such a call
//     fails when it runs (recorded).
//   - States.UUID takes arguments, and ignores them (recorded).
//   - States.MathRandom with a seed gives what java.util.Random would (recorded).
//
// # Guarantees
//
// A [Call] never changes and is safe for concurrent use. Eval is a pure function
// of what its Env gives. It never panics, its work is bounded by the size of the
// call and of the values in it, and a text that it makes by [MaxText].
package intrinsics
