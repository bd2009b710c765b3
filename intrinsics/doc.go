// Package intrinsics implements the intrinsic functions of the Amazon States
// Language as AWS Step Functions runs them: States.Format, States.Array and the
// other 16.
//
//	call, err := intrinsics.Parse("States.Format('{} costs {}', $.item, States.MathAdd($.price, 1))")
//	if err != nil {
//		return err // a *ParseError with the position and the reason
//	}
//	v, err := call.Eval(env) // "tea costs 4"
//
// An [Env] supplies paths and randomness:
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
// A call is a name with arguments in parentheses: strings in single quotes,
// numbers, null, true, false, paths ($.x, $$.x, $name.x) and other calls,
// nested up to 10 deep. In a string, a backslash may only precede ', {, } and
// \. In the template of States.Format, {} stands for the next argument, and \{
// and \} for braces.
//
// # Surprises
//
//   - States.MathAdd rounds each argument half up: -1.5 counts as -1. All other
//     functions cut off the fraction (docs/evidence.md#intrinsic-fractions).
//   - States.StringSplit splits at each character of its second argument and drops
//     empty parts.
//   - States.StringToJson returns null for a blank string. Its error for a string
//     that is not JSON has the message of Jackson.
//   - States.Format writes arrays and objects as Java does: [1, 2], {a=1}.
//   - States.JsonMerge and States.ArrayUnique have the order of a Java HashMap and
//     HashSet (docs/evidence.md#json-merge, docs/evidence.md#intrinsic-arrays).
//   - States.ArrayContains compares a string with a number or boolean by its JSON,
//     and objects with their order (docs/evidence.md#intrinsic-arrays).
//   - States.ArrayGetItem returns null for any index of an empty array
//     (docs/evidence.md#intrinsic-arrays).
//   - States.Base64Decode skips characters that are not Base64, and stops at the
//     padding (docs/evidence.md#intrinsic-data).
//   - Arguments that do not fit a function fail the state with States.Runtime. The
//     cause is "Invalid arguments in" and the name of the function, and rarely
//     more; see [Error].
//   - A wrong number of arguments is not an error of the definition. The call fails
//     whenever it is evaluated.
//   - States.UUID accepts arguments and ignores them.
//   - States.MathRandom with a seed returns the numbers of java.util.Random.
//
// # Guarantees
//
// A [Call] is immutable and safe for concurrent use. Eval is a pure function of
// the results of its Env. It never panics. Its work is bounded by the size of
// the call and of the values in it, and a string that it makes by [MaxText].
package intrinsics
