// Package jsonpath implements JSONPath as AWS Step Functions does: the dialect
// and the error messages of Jayway JsonPath 2.0.0, for the values of package
// [value].
//
//	p, err := jsonpath.Parse("$.orders[?(@.total > 100)].id")
//	ids, err := p.Get(input)                 // a list: the path is not definite
//
//	first, err := jsonpath.Parse("$.orders[0].id")
//	id, err := first.Get(input)              // one value
//	id, ok := first.Lookup(input)            // the same without an error
//
//	result, err := jsonpath.ParseReference("$.shipping.label")
//	output, err := result.Set(input, label)  // copies along the path only
//
// # Roots
//
// A path starts at the input ("$.x"), at the context object ("$$.x") or at a
// variable ("$name.x"). [Path.Root] returns which one, and the caller passes
// the value of that root to [Path.Get]. As in Jayway, a path without a root
// ("x.y") means "$.x.y". To refuse such a path, check its first character.
//
// # Definite paths
//
// A path is definite if it consists of names ('.a', "['a']", "['a','b']"),
// single indexes ("[0]") and lengths ("[(@.length-1)]"). It selects one value,
// and it is an error if there is none. Every other path selects a list, which
// is [] if nothing matches.
//
// # Surprises
//
// The dialect has these properties, on which state machines in production
// depend:
//
//   - An index past the end of a list, and every negative index, selects null.
//   - A slice with a negative start and an end starts before the list and selects
//     nulls there. Its step is ignored.
//   - A function such as "length()" is a plain name.
//   - A double-quoted string in a filter never matches.
//   - A filter on an object tests the object itself, not its members.
//   - Parentheses in a filter are ignored. '&&' binds tighter than '||', and both
//     are evaluated from right to left.
//   - A missing property before a '*', a slice, a filter or '..' silently selects
//     []. One further back, and a missing last property, are errors, unless '[*]'
//     on a list comes before them.
//
// Regular expressions have Go's syntax (RE2). They match the whole string in
// linear time. Constructs that only Java has, such as look-ahead, are parse
// errors.
//
// # Guarantees
//
// A [Path] is immutable and safe for concurrent use. Evaluation is a pure
// function of its arguments and never panics. Its depth, and the number of
// values that it visits, are bounded. A definite path that selects a value
// allocates nothing.
package jsonpath
