package value

import (
	"fmt"
	"math/big"
	"unicode/utf8"
	"unsafe"
)

// Check returns an error if v is not a value of the model, nests deeper than
// [MaxDepth] or contains itself. The error is a *[BindError] with the path of
// the part: "value: items[3].price: float32 is not a value of package value;
// convert it with value.From".
//
// A nil *Object and a nil []any are valid: they are empty.
func Check(v any) error {
	if size, depth := MeasureWithin(v, measuredUpTo); depth <= MaxDepth && size <= measuredUpTo {
		return nil
	}
	_, err := make(checker).checkValue(v, 0)
	return trimPath(err)
}

// measuredUpTo is the size up to which measuring is faster than remembering
// which parts were checked.
const measuredUpTo = 1 << 20

// checker holds the depth of each array and object checked so far, because
// values share parts.
type checker map[container]int

// container identifies an array or object by its address.
type container struct {
	at  unsafe.Pointer
	len int
}

// checkValue returns the depth of v. around is the number of arrays and objects
// around v.
func (c checker) checkValue(v any, around int) (depth int, err error) {
	var id container
	switch v := v.(type) {
	case []any:
		id = container{unsafe.Pointer(unsafe.SliceData(v)), len(v)}
	case *Object:
		if size, known := v.knownMeasure(); size > 0 && size <= MaxSize && around+known <= MaxDepth {
			return known, nil
		}
		id = container{unsafe.Pointer(v), -1}
	default:
		return 0, checkScalar(v)
	}
	if known, ok := c[id]; ok {
		depth = known - 1
	} else if around < MaxDepth {
		if depth, err = c.checkParts(v, around+1); err != nil {
			return 0, err
		}
		c[id] = depth + 1
	}
	if around+depth >= MaxDepth {
		return 0, tooDeep()
	}
	return depth + 1, nil
}

// checkParts returns the depth of the deepest part of an array or object.
func (c checker) checkParts(v any, around int) (depth int, err error) {
	switch v := v.(type) {
	case []any:
		for i := range v {
			d, err := c.checkValue(v[i], around)
			if err != nil {
				return 0, withinIndex(err, i)
			}
			depth = max(depth, d)
		}
	case *Object:
		for i := range v.Len() {
			m := &v.members[i]
			if !isValid(m.Key) {
				return 0, &BindError{Msg: fmt.Sprintf("the key %q is not UTF-8; convert the object with value.From", m.Key)}
			}
			d, err := c.checkValue(m.Value, around)
			if err != nil {
				return 0, withinMember(err, m.Key)
			}
			depth = max(depth, d)
		}
	}
	return depth, nil
}

// checkScalar refuses scalars that are not values of the model.
func checkScalar(v any) error {
	switch v := v.(type) {
	case nil, bool, int64:
		return nil
	case float64:
		return checkFinite(v)
	case string:
		if isValid(v) {
			return nil
		}
		return &BindError{Msg: "the string is not UTF-8; convert it with value.From"}
	case *big.Int:
		switch {
		case v == nil:
			return &BindError{Msg: "a nil *big.Int is not a number"}
		case v.IsInt64():
			return &BindError{Msg: "a *big.Int that fits an int64 must be one"}
		}
		return checkBigRange(v)
	}
	return &BindError{Msg: fmt.Sprintf("%T is not a value of package value; convert it with value.From", v)}
}

// withinMember is prependPath for a member: .key, or ["a key"].
func withinMember(err error, key string) error {
	for i, c := range []byte(key) {
		if !('a' <= c|0x20 && c|0x20 <= 'z' || c == '_' || i > 0 && isDigit(c)) {
			return withinKey(err, key)
		}
	}
	if key == "" {
		return withinKey(err, key)
	}
	return prependPath(err, "."+key)
}

// isValid reports whether s is UTF-8 or WTF-8.
func isValid(s string) bool {
	if utf8.ValidString(s) {
		return true
	}
	_, ok := measureString(s)
	return ok
}
