// Package value implements JSON values that keep the order of members and the
// spelling of numbers. All other packages of the module use it.
//
// A value is one of
//
//	nil        null
//	bool       true, false
//	int64      a number without fraction and exponent, if it is in range
//	*big.Int   a number without fraction and exponent out of int64's range,
//	           within that of float64
//	float64    any other number
//	string     UTF-8, or WTF-8 if the JSON had a lone surrogate escape
//	[]any      an array of values
//	*Object    an object, in the order of its members
//
// Other Go types are not values. [Check] finds them; [From] and [Decode]
// convert between values and the Go types that encoding/json supports, without
// JSON in between.
//
//	v, err := value.Parse([]byte(`{"id": 7, "tags": ["a"]}`))
//	o := v.(*value.Object)
//	id, _ := o.Get("id")               // int64(7)
//	fmt.Println(o.With("id", int64(8))) // {"id":8,"tags":["a"]}
//
// Integers and floats are different values: 1 and 1.0 are written as they were
// read.
//
// Values are immutable by convention. An execution, its history, its branches
// and its snapshots share them. The code that builds a value may change it
// until it passes it on; afterwards it must make changed copies
// ([Object.With]), which share all unchanged parts. Values are safe for
// concurrent reading.
package value
