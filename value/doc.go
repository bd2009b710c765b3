// Package value is the JSON value model that the whole library works on.
//
// A value is one of
//
//	nil        null
//	bool       true, false
//	int64      a number without fraction and exponent that fits
//	*big.Int   a number without fraction and exponent that does not fit
//	float64    any other number
//	string     UTF-8, or WTF-8 where the text had a lone surrogate escape
//	[]any      an array of values
//	*Object    an object that keeps the order of its keys
//
// and nothing else. Integers and floats stay apart: 1 and 1.0 are written as
// they were read.
//
// Values are immutable by convention: an execution, its history, its branches
// and its snapshots share them. Whoever builds one may change it until it is
// handed on; afterwards changes are made on copies ([Object.With]) that share
// what did not change. Reading a value from many goroutines is safe.
//
//	v, err := value.Parse([]byte(`{"id": 7, "tags": ["a"]}`))
//	o := v.(*value.Object)
//	id, _ := o.Get("id")                      // int64(7)
//	text := value.String(o.With("id", int64(8))) // {"id":8,"tags":["a"]}
//
// [Check] says whether a Go value is one of the model, and where it is not. [From]
// and [Decode] convert from and to any Go value that encoding/json could convert,
// without JSON text in between.
package value
