package machine

import (
	"math/big"
	"strings"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

// operand is the right side of a comparison, parsed once.
type operand struct {
	value any
	time  time.Time
	isT   bool
}

func newOperand(v any) operand {
	o := operand{value: v}
	if text, ok := v.(string); ok {
		o.time, o.isT = asl.ParseTimestamp(text)
	}
	return o
}

// comparison compares a value with an operand. Values of the wrong type make it
// false. Exception: an operand of a Numeric...Path operator that is not a number
// counts as 0 (docs/evidence.md#numeric-path).
type comparison func(v any, o *operand) bool

// comparisons are the operators of the specification. Each, except for the Is ones
// and StringMatches, also has a form with Path.
var comparisons = map[string]comparison{
	"StringEquals":            stringIs(isEqual),
	"StringLessThan":          stringIs(isLess),
	"StringGreaterThan":       stringIs(isGreater),
	"StringLessThanEquals":    stringIs(isLess | isEqual),
	"StringGreaterThanEquals": stringIs(isGreater | isEqual),
	"StringMatches":           stringMatches,

	"NumericEquals":            numberIs(isEqual),
	"NumericLessThan":          numberIs(isLess),
	"NumericGreaterThan":       numberIs(isGreater),
	"NumericLessThanEquals":    numberIs(isLess | isEqual),
	"NumericGreaterThanEquals": numberIs(isGreater | isEqual),

	"BooleanEquals": booleanEquals,

	"TimestampEquals":            timeIs(isEqual),
	"TimestampLessThan":          timeIs(isLess),
	"TimestampGreaterThan":       timeIs(isGreater),
	"TimestampLessThanEquals":    timeIs(isLess | isEqual),
	"TimestampGreaterThanEquals": timeIs(isGreater | isEqual),

	"IsNull":      isType(func(v any) bool { return v == nil }),
	"IsPresent":   nil, // handled in ruleHolds, since it tests the path
	"IsNumeric":   isType(isNumber),
	"IsString":    isType(func(v any) bool { _, ok := v.(string); return ok }),
	"IsBoolean":   isType(func(v any) bool { _, ok := v.(bool); return ok }),
	"IsTimestamp": isType(isTimestamp),
}

// order is a set of results of a comparison.
type order uint8

const (
	isLess order = 1 << iota
	isEqual
	isGreater
)

// includes reports whether the set has the result c: negative, 0 or positive.
func (o order) includes(c int) bool {
	switch {
	case c < 0:
		return o&isLess != 0
	case c > 0:
		return o&isGreater != 0
	}
	return o&isEqual != 0
}

func stringIs(wanted order) comparison {
	return func(v any, o *operand) bool {
		a, ok := v.(string)
		b, also := o.value.(string)
		return ok && also && wanted.includes(compareUTF16(a, b))
	}
}

// compareUTF16 compares as Java's String.compareTo does: by UTF-16 code units, so
// that characters above U+FFFF come before U+E000 to U+FFFF.
func compareUTF16(a, b string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	if i == len(a) || i == len(b) {
		return len(a) - len(b)
	}
	x, y := a[i], b[i]
	// UTF-8 orders by code point. The order by UTF-16 unit only differs if one
	// first byte starts a four-byte sequence (F0 and up) and the other is EE or EF.
	const astral, private = 0xF0, 0xEE
	switch {
	case x >= astral && y >= private && y < astral:
		return -1
	case y >= astral && x >= private && x < astral:
		return 1
	}
	return int(x) - int(y)
}

func numberIs(wanted order) comparison {
	return func(v any, o *operand) bool {
		if a, ok := v.(int64); ok {
			if b, ok := o.value.(int64); ok {
				return wanted.includes(compareInts(a, b))
			}
		}
		c, ok := value.CompareNumbers(v, o.value)
		return ok && wanted.includes(c)
	}
}

func compareInts(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func timeIs(wanted order) comparison {
	return func(v any, o *operand) bool {
		text, ok := v.(string)
		if !ok || !o.isT {
			return false
		}
		t, ok := asl.ParseTimestamp(text)
		return ok && wanted.includes(t.Compare(o.time))
	}
}

func booleanEquals(v any, o *operand) bool {
	a, ok := v.(bool)
	b, also := o.value.(bool)
	return ok && also && a == b
}

// isType returns the comparison of an Is operator.
func isType(test func(any) bool) comparison {
	return func(v any, o *operand) bool { return test(v) == (o.value == true) }
}

func isNumber(v any) bool {
	switch v.(type) {
	case int64, float64, *big.Int:
		return true
	}
	return false
}

func isTimestamp(v any) bool {
	text, ok := v.(string)
	return ok && asl.IsTimestamp(text)
}

// stringMatches matches a pattern in which * matches any characters, \* is an
// asterisk and \\ is a backslash.
func stringMatches(v any, o *operand) bool {
	text, ok := v.(string)
	pattern, also := o.value.(string)
	return ok && also && matchPattern(text, pattern)
}

// matchPattern finds the literal pieces of the pattern from left to right, each at
// its first place after the one before.
func matchPattern(text, pattern string) bool {
	piece, rest, star := cutStar(pattern)
	if !strings.HasPrefix(text, piece) {
		return false
	}
	text = text[len(piece):]
	for star {
		if piece, rest, star = cutStar(rest); !star {
			return strings.HasSuffix(text, piece)
		}
		i := strings.Index(text, piece)
		if i < 0 {
			return false
		}
		text = text[i+len(piece):]
	}
	return text == ""
}

// cutStar returns the literal text before the first * of a pattern, the pattern
// after it, and whether there is a *.
func cutStar(pattern string) (piece, rest string, star bool) {
	i := strings.IndexAny(pattern, `*\`)
	if i < 0 {
		return pattern, "", false
	}
	if pattern[i] == '*' {
		return pattern[:i], pattern[i+1:], true
	}
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '*':
			return b.String(), pattern[i+1:], true
		case c == '\\' && i+1 < len(pattern):
			i++
			b.WriteByte(pattern[i])
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), "", false
}

// longText is the length, in bytes, from which comparing a string counts as work.
const longText = 256
