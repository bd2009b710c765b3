package machine

import (
	"math/big"
	"strings"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

// operand is the right side of a comparison, made ready once.
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

// comparison compares a value with an operand. Values of other types than it
// compares make it false (spec), but for what a Numeric...Path operator finds at
// its path: there anything but a number counts as zero (reported of false and an
// array; nothing recorded speaks against it for true and an object).
type comparison func(v any, o *operand) bool

// comparisons are the operators of the specification; each but the Is ones and
// StringMatches also has a form with Path.
var comparisons = map[string]comparison{
	"StringEquals":            stringIs(func(c int) bool { return c == 0 }),
	"StringLessThan":          stringIs(func(c int) bool { return c < 0 }),
	"StringGreaterThan":       stringIs(func(c int) bool { return c > 0 }),
	"StringLessThanEquals":    stringIs(func(c int) bool { return c <= 0 }),
	"StringGreaterThanEquals": stringIs(func(c int) bool { return c >= 0 }),
	"StringMatches":           stringMatches,

	"NumericEquals":            numberIs(func(c int) bool { return c == 0 }),
	"NumericLessThan":          numberIs(func(c int) bool { return c < 0 }),
	"NumericGreaterThan":       numberIs(func(c int) bool { return c > 0 }),
	"NumericLessThanEquals":    numberIs(func(c int) bool { return c <= 0 }),
	"NumericGreaterThanEquals": numberIs(func(c int) bool { return c >= 0 }),

	"BooleanEquals": booleanEquals,

	"TimestampEquals":            timeIs(func(c int) bool { return c == 0 }),
	"TimestampLessThan":          timeIs(func(c int) bool { return c < 0 }),
	"TimestampGreaterThan":       timeIs(func(c int) bool { return c > 0 }),
	"TimestampLessThanEquals":    timeIs(func(c int) bool { return c <= 0 }),
	"TimestampGreaterThanEquals": timeIs(func(c int) bool { return c >= 0 }),

	"IsNull":      isType(func(v any) bool { return v == nil }),
	"IsPresent":   nil, // its own case: it is about the path, not the value
	"IsNumeric":   isType(isNumber),
	"IsString":    isType(func(v any) bool { _, ok := v.(string); return ok }),
	"IsBoolean":   isType(func(v any) bool { _, ok := v.(bool); return ok }),
	"IsTimestamp": isType(isTimestamp),
}

func stringIs(holds func(int) bool) comparison {
	return func(v any, o *operand) bool {
		a, ok := v.(string)
		b, also := o.value.(string)
		return ok && also && holds(compareUTF16(a, b))
	}
}

// compareUTF16 compares as Java's String does: by UTF-16 code units, so that
// characters past U+FFFF come before those from U+E000 to U+FFFF.
func compareUTF16(a, b string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	if i == len(a) || i == len(b) {
		return len(a) - len(b)
	}
	x, y := a[i], b[i]
	// Where the first bytes differ, UTF-8 orders by code point; only four-byte
	// sequences (F0 and up) against EE and EF are the other way round.
	const astral, private = 0xF0, 0xEE
	switch {
	case x >= astral && y >= private && y < astral:
		return -1
	case y >= astral && x >= private && x < astral:
		return 1
	}
	return int(x) - int(y)
}

func numberIs(holds func(int) bool) comparison {
	return func(v any, o *operand) bool {
		if a, ok := v.(int64); ok {
			if b, ok := o.value.(int64); ok {
				return holds(compareInts(a, b))
			}
		}
		c, ok := value.CompareNumbers(v, o.value)
		return ok && holds(c)
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

func timeIs(holds func(int) bool) comparison {
	return func(v any, o *operand) bool {
		text, ok := v.(string)
		if !ok || !o.isT {
			return false
		}
		t, ok := asl.ParseTimestamp(text)
		return ok && holds(t.Compare(o.time))
	}
}

func booleanEquals(v any, o *operand) bool {
	a, ok := v.(bool)
	b, also := o.value.(bool)
	return ok && also && a == b
}

// isType makes a type test: true where its outcome is the operand.
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

// stringMatches compares with a pattern in which * is any text, \* a star and
// \\ a backslash.
func stringMatches(v any, o *operand) bool {
	text, ok := v.(string)
	pattern, also := o.value.(string)
	return ok && also && matchPattern(text, pattern)
}

// matchPattern takes the pieces of the pattern between its stars from left to
// right, each where it is first found: one pass over the text.
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

// cutStar returns the literal text before the first star of a pattern, the
// pattern behind it, and whether there is one.
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

// longText is how long a string is whose comparison counts as work, in bytes.
const longText = 256
