package intrinsics

import (
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/gostates/gostates/value"
)

// argumentError returns the error of the function, with a detail that AWS
// omits.
func (in input) argumentError(detail string, args ...any) error {
	name := in.call.function.name
	return &Error{Function: name, Msg: "Invalid arguments in " + name, Detail: fmt.Sprintf(detail, args...)}
}

// awsError returns the error of the function with one of AWS's messages.
func (in input) awsError(msg string) error {
	return &Error{Function: in.call.function.name, Msg: msg}
}

// tooLongError returns the error for a string that is longer than resultRoom.
func (in input) tooLongError() error {
	if in.resultRoom() < MaxText {
		return value.ErrTooLarge
	}
	return in.argumentError("the string would be longer than %d bytes", MaxText)
}

// mismatchError returns the error for argument i, from 0, of the wrong type.
func (in input) mismatchError(i int, want string) error {
	return in.argumentError("argument %d is %s, not %s", i+1, describeKind(in.args[i]), want)
}

func (in input) arrayArg(i int) ([]any, error) {
	if a, ok := in.args[i].([]any); ok {
		return a, nil
	}
	return nil, in.mismatchError(i, "an array")
}

func (in input) objectArg(i int) (*value.Object, error) {
	if o, ok := in.args[i].(*value.Object); ok {
		return o, nil
	}
	return nil, in.mismatchError(i, "an object")
}

func (in input) stringArg(i int) (string, error) {
	if s, ok := in.args[i].(string); ok {
		return s, nil
	}
	return "", in.mismatchError(i, "a string")
}

// int32Arg returns argument i as an integer of 32 bits. whole rounds a float.
func (in input) int32Arg(i int, whole func(float64) float64) (int64, error) {
	n, err := in.int64Arg(i, whole)
	if err == nil && n != int64(int32(n)) {
		return 0, in.rangeError(i, 32)
	}
	return n, err
}

// int64Arg returns argument i as an integer of 64 bits. whole rounds a float.
func (in input) int64Arg(i int, whole func(float64) float64) (int64, error) {
	switch n := in.args[i].(type) {
	case int64:
		return n, nil
	case float64:
		n = whole(n)
		if n < math.MinInt64 || n >= -math.MinInt64 {
			return 0, in.rangeError(i, 64)
		}
		return int64(n), nil
	}
	if value.Kind(in.args[i]) == "number" { // a big integer
		return 0, in.rangeError(i, 64)
	}
	return 0, in.mismatchError(i, "a number")
}

func (in input) rangeError(i, bits int) error {
	return in.argumentError("argument %d is %.40s, which is outside of the range of %d bits", i+1, value.String(in.args[i]), bits)
}

// roundHalfUp is Java's Math.round.
func roundHalfUp(x float64) float64 {
	whole := math.Floor(x)
	if x-whole >= 0.5 {
		whole++
	}
	return whole
}

// maxCharacters is the limit for the data of States.Hash and Base64.
const maxCharacters = 10_000

// checkLength refuses data of more than maxCharacters UTF-16 code units.
func (in input) checkLength(s string) error {
	if len(s) <= maxCharacters {
		return nil
	}
	n := 0
	for i := 0; i < len(s); {
		_, size := utf8.DecodeRuneInString(s[i:])
		i += size
		n++
		if size == utf8.UTFMax {
			n++
		}
	}
	if n > maxCharacters {
		return in.argumentError("argument 1 has %d characters, more than the limit of %d", n, maxCharacters)
	}
	return nil
}
