// Package jsonpath is JSONPath as AWS Step Functions runs it: the dialect and
// the error texts of Jayway JsonPath 2.0.0, over [value] values.
//
//	p, err := jsonpath.Parse("$.orders[?(@.total > 100)].id")
//	ids, err := p.Get(input)                 // a list: the path is not definite
//
//	first, err := jsonpath.Parse("$.orders[0].id")
//	id, err := first.Get(input)              // one value
//	id, ok := first.Lookup(input)            // the same without an error text
//
//	result, err := jsonpath.ParseReference("$.shipping.label")
//	output, err := result.Set(input, label)  // copies along the path only
//
// # Roots
//
// A path starts at the input ("$.x"), at the context object ("$$.x") or at a
// variable ("$name.x"); [Path.Root] says which, and the caller hands the value
// of that root to [Path.Get]. A path without any of them ("x.y") is read as if
// it began with "$.", as Jayway does; whoever wants to refuse it looks at its
// first character.
//
// # Definite paths
//
// A path is definite when it is made of names ('.a', "['a']", "['a','b']"),
// single indexes ("[0]") and lengths ("[(@.length-1)]"). It gives one value, and
// a miss is an error. Every other path gives a list, [] when nothing matches.
//
// # What surprises
//
// The dialect is kept as it is, since state machines in production depend on
// it:
//
//   - An index past the end of a list, and every negative index, gives null.
//   - A slice with a negative start and an end counts from before the list and
//     gives nulls; its step is ignored.
//   - A function such as "length()" is a plain name.
//   - A double-quoted text in a filter never matches anything.
//   - A filter over an object tests the object itself, not its members.
//   - Parentheses inside a filter are ignored; '&&' binds tighter than '||', and
//     both are evaluated from right to left.
//   - A missing property ahead of a '*', a slice, a filter or '..' gives []
//     silently; one further behind, and a missing last property, are errors,
//     unless '[*]' over a list stands before them.
//
// Regular expressions are Go's (RE2), matched in linear time against the whole
// text. A construct that only Java knows, such as a look-ahead, is a parse error.
//
// # Guarantees
//
// A [Path] never changes and is safe for concurrent use. Evaluating is a pure
// function of its arguments, bounded in depth and in the number of places that
// it looks at, and never panics. A definite path allocates nothing on a hit.
package jsonpath
