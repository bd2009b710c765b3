package intrinsics

import (
	"fmt"

	"github.com/gostates/gostates/value"
)

// MaxText is the length limit of strings that functions make, in bytes. It is
// far above AWS's payload limit, which the caller checks, and bounds a call
// that uses a large value many times.
const MaxText = 16 << 20

// fixedArgs is the largest number of arguments of a function that is not
// variadic.
const fixedArgs = 3

// function is one of the intrinsic functions.
type function struct {
	name          string
	min, max      int // number of arguments; max may be unlimited
	returnsString bool
	shares        bool // the result contains arguments or parts of them
	eval          func(input) (any, error)
}

const unlimited = -1

func (f *function) isVariadic() bool { return f.max == unlimited }

// acceptsCount reports whether the function accepts n arguments.
func (f *function) acceptsCount(n int) bool { return n >= f.min && (n <= f.max || f.isVariadic()) }

// describeArity tells how many arguments the function takes.
func (f *function) describeArity() string {
	switch {
	case f.isVariadic():
		return fmt.Sprintf("at least %d argument", f.min)
	case f.min != f.max:
		return fmt.Sprintf("%d or %d arguments", f.min, f.max)
	case f.max == 1:
		return "1 argument"
	}
	return fmt.Sprintf("%d arguments", f.max)
}

// input is the input of a function. It is passed by value, which saves an
// allocation.
type input struct {
	call  *Call
	env   Env
	meter *value.Meter
	args  [fixedArgs]any // evaluated, unless the function is variadic
}

// resultRoom returns the size limit of the result, in bytes.
func (in input) resultRoom() int {
	if in.meter == nil {
		return MaxText
	}
	return min(MaxText, in.meter.Bytes)
}

// findFunction returns the function of this name, or nil.
func findFunction(name string) *function {
	for i := range functions {
		if functions[i].name == name {
			return &functions[i]
		}
	}
	return nil
}

// functionNames yields the names of all functions.
func functionNames(yield func(string) bool) {
	for i := range functions {
		if !yield(functions[i].name) {
			return
		}
	}
}

var functions = [...]function{
	{"States.Array", 0, unlimited, false, true, makeArray},
	{"States.ArrayContains", 2, 2, false, false, arrayContains},
	{"States.ArrayGetItem", 2, 2, true, true, arrayGetItem},
	{"States.ArrayLength", 1, 1, false, false, arrayLength},
	{"States.ArrayPartition", 2, 2, false, true, arrayPartition},
	{"States.ArrayRange", 3, 3, false, false, arrayRange},
	{"States.ArrayUnique", 1, 1, false, true, arrayUnique},
	{"States.Base64Decode", 1, 1, true, false, base64Decode},
	{"States.Base64Encode", 1, 1, true, false, base64Encode},
	{"States.Format", 1, unlimited, true, false, formatString},
	{"States.Hash", 2, 2, true, false, hashData},
	{"States.JsonMerge", 3, 3, false, true, jsonMerge},
	{"States.JsonToString", 1, 1, true, false, jsonToString},
	{"States.MathAdd", 2, 2, false, false, mathAdd},
	{"States.MathRandom", 2, 3, false, false, mathRandom},
	{"States.StringSplit", 2, 2, false, false, stringSplit},
	{"States.StringToJson", 1, 1, false, false, stringToJSON},
	{"States.UUID", 0, unlimited, true, false, makeUUID},
}
