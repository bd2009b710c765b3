package jsonata

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/gostates/gostates/value"
)

var numberFunctions = []builtin{
	{"number", "<(nsb)-:n>", 1, fnNumber},
	{"abs", "<n-:n>", 1, fnAbs},
	{"floor", "<n-:n>", 1, fnFloor},
	{"ceil", "<n-:n>", 1, fnCeil},
	{"round", "<n-n?:n>", 2, fnRound},
	{"sqrt", "<n-:n>", 1, fnSqrt},
	{"power", "<n-n:n>", 2, fnPower},
	{"random", "<:n>", 0, fnRandom},
	{"formatNumber", "<n-so?:s>", 3, fnFormatNumber},
	{"formatBase", "<n-n?:s>", 2, fnFormatBase},
}

// throwException throws an error without a code, where jsonata-js fails with an
// exception of JavaScript.
func throwException(message string) { panic(&Error{Message: message}) }

func fnNumber(c *call, args []any) any {
	switch v := args[0].(type) {
	case int64, float64, *big.Int:
		return v
	case bool:
		if v {
			return int64(1)
		}
		return int64(0)
	case string:
		c.step(len(v) / 16)
		if n, ok := parseNumber(v); ok {
			return n
		}
	default:
		if v == Undefined {
			return Undefined
		}
	}
	e := failValue("D3030", args[0])
	e.index = 1
	panic(e)
}

// parseNumber reads a number as $number does: in decimal, where leading zeros
// are allowed, or with a prefix for its base.
func parseNumber(s string) (any, bool) {
	if kind := decimalKind(s); kind != notDecimal {
		if kind == wholeDecimal {
			if n, err := strconv.ParseInt(s, 10, 64); err == nil {
				return n, true
			}
		}
		f, err := strconv.ParseFloat(s, 64)
		return numberOf(f), err == nil
	}
	return parsePrefixed(s)
}

const (
	notDecimal = iota
	wholeDecimal
	fracDecimal
)

// decimalKind distinguishes digits, a decimal number with a fraction or an
// exponent, and anything else.
func decimalKind(s string) int {
	kind := wholeDecimal
	s, ok := cutDigits(strings.TrimPrefix(s, "-"))
	if !ok {
		return notDecimal
	}
	if s != "" && s[0] == '.' {
		kind = fracDecimal
		if s, ok = cutDigits(s[1:]); !ok {
			return notDecimal
		}
	}
	if s != "" && (s[0] == 'e' || s[0] == 'E') {
		kind = fracDecimal
		s = s[1:]
		if s != "" && (s[0] == '-' || s[0] == '+') {
			s = s[1:]
		}
		if s, ok = cutDigits(s); !ok {
			return notDecimal
		}
	}
	if s != "" {
		return notDecimal
	}
	return kind
}

func cutDigits(s string) (rest string, ok bool) {
	i := 0
	for i < len(s) && isDigit(s[i], 10) {
		i++
	}
	return s[i:], i > 0
}

// isDigit reports whether b is a digit in a base.
func isDigit(b byte, base int) bool {
	n := 36
	switch {
	case b >= '0' && b <= '9':
		n = int(b - '0')
	case b >= 'a' && b <= 'z':
		n = int(b-'a') + 10
	case b >= 'A' && b <= 'Z':
		n = int(b-'A') + 10
	}
	return n < base
}

// parsePrefixed reads 0x1F, 0o17 and 0b11. jsonata-js searches for such a
// number with a pattern that is not fully anchored, and uses JavaScript's
// conversion of the whole string, which may be NaN.
func parsePrefixed(s string) (any, bool) {
	if !startsWithBase(s, 'x', 16) && !hasOctal(s) && !endsInBinary(s) {
		return nil, false
	}
	s = strings.TrimFunc(s, isSpace)
	if len(s) < 3 || s[0] != '0' {
		return math.NaN(), true
	}
	shift := 0
	switch s[1] | 0x20 {
	case 'x':
		shift = 4
	case 'o':
		shift = 3
	case 'b':
		shift = 1
	}
	if shift == 0 {
		return math.NaN(), true
	}
	return parseBase(s[2:], shift), true
}

func startsWithBase(s string, letter byte, base int) bool {
	return len(s) > 2 && s[0] == '0' && s[1]|0x20 == letter && isDigit(s[2], base)
}

func hasOctal(s string) bool {
	for i := range len(s) {
		if startsWithBase(s[i:], 'o', 8) {
			return true
		}
	}
	return false
}

func endsInBinary(s string) bool {
	digits := strings.TrimRight(s, "01")
	n := len(digits)
	return n < len(s) && n >= 2 && digits[n-2] == '0' && digits[n-1]|0x20 == 'b'
}

// parseBase reads digits of base 1<<shift. It returns NaN if a digit is
// invalid, and a double if the number exceeds int64.
func parseBase(digits string, shift int) any {
	base := 1 << shift
	for i := range len(digits) {
		if !isDigit(digits[i], base) {
			return math.NaN()
		}
	}
	digits = strings.TrimLeft(digits, "0")
	if n, err := strconv.ParseInt(digits, base, 64); err == nil || digits == "" {
		return n
	}
	if (len(digits)-1)*shift > 1024 {
		return math.Inf(1)
	}
	n, _ := new(big.Int).SetString(digits, base)
	return toFloat(n)
}

// isSpace reports whether JavaScript counts r as white space.
func isSpace(r rune) bool {
	switch r {
	case '\t', '\n', '\v', '\f', '\r', ' ', 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF:
		return true
	}
	return r >= 0x2000 && r <= 0x200A
}

func fnAbs(_ *call, args []any) any {
	if n, ok := args[0].(int64); ok && n != math.MinInt64 {
		return max(n, -n)
	}
	return ofDouble(args[0], math.Abs)
}

func fnFloor(_ *call, args []any) any { return ofDouble(args[0], math.Floor) }

func fnCeil(_ *call, args []any) any { return ofDouble(args[0], math.Ceil) }

// ofDouble applies f to a double. It returns an int64 other than the least one
// unchanged.
func ofDouble(v any, f func(float64) float64) any {
	if v == Undefined {
		return v
	}
	if n, ok := v.(int64); ok && n != math.MinInt64 {
		return v
	}
	return numberOf(f(toFloat(v)))
}

func fnRound(_ *call, args []any) any { return roundNumber(args[0], args[1]) }

// roundNumber rounds half to even at a number of decimal places, which may be
// Undefined or negative.
func roundNumber(v, precision any) any {
	if v == Undefined {
		return v
	}
	places := toFloat(precision)
	if places == 0 || math.IsNaN(places) {
		if _, ok := v.(int64); ok {
			return v
		}
		return numberOf(roundEven(toFloat(v)))
	}
	if n, ok := v.(int64); ok && places == math.Trunc(places) {
		switch {
		case places > 0 && places < 280:
			return v
		case places < 0 && places > -19:
			if r, ok := roundInt(n, int(-places)); ok {
				return r
			}
		}
	}
	shifted := roundEven(shiftDecimal(toFloat(v), places))
	return numberOf(shiftDecimal(shifted, -places))
}

func roundEven(f float64) float64 { return math.RoundToEven(f) }

// roundInt rounds exactly to a multiple of 10^places. It returns false if the
// result exceeds int64.
func roundInt(n int64, places int) (int64, bool) {
	unit := int64(1)
	for range places {
		unit *= 10
	}
	down := n - n%unit
	rest := max(n%unit, -(n % unit))
	if rest < unit/2 || rest == unit/2 && down/unit%2 == 0 {
		return down, true
	}
	up := down + unit
	if n < 0 {
		up = down - unit
	}
	return up, (up > n) == (n > 0)
}

// shiftDecimal multiplies by a power of ten in decimal notation, so that only
// the final rounding loses digits.
func shiftDecimal(f, places float64) float64 {
	if places != math.Trunc(places) || math.Abs(places) >= 1e21 || math.IsInf(f, 0) {
		return math.NaN()
	}
	var space [64]byte
	text := appendFloat(space[:0], f)
	mantissa, exponent, found := strings.Cut(string(text), "e")
	if found {
		e, _ := strconv.Atoi(exponent)
		places += float64(e)
	}
	text = append(space[:0], mantissa...)
	text = append(text, 'e')
	text = appendFloat(text, places)
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil && !math.IsInf(f, 0) {
		return math.NaN()
	}
	return f
}

func fnSqrt(_ *call, args []any) any {
	if args[0] == Undefined {
		return Undefined
	}
	f := toFloat(args[0])
	if f < 0 {
		e := failValue("D3060", args[0])
		e.index = 1
		panic(e)
	}
	return numberOf(math.Sqrt(f))
}

func fnRandom(c *call, _ []any) any { return c.nextRandom() }

func fnFormatBase(c *call, args []any) any {
	if args[0] == Undefined {
		return Undefined
	}
	v := roundNumber(args[0], Undefined)
	base := 10.0
	if args[1] != Undefined {
		radix := roundNumber(args[1], Undefined)
		base = toFloat(radix)
		if base < 2 || base > 36 {
			panic(failValue("D3100", radix))
		}
		if math.IsNaN(base) {
			throwException("toString() radix argument must be between 2 and 36")
		}
	}
	if n, ok := v.(int64); ok {
		c.keepBytes(64)
		return strconv.FormatInt(n, int(base))
	}
	f := toFloat(v)
	if base == 10 || math.IsNaN(f) || math.IsInf(f, 0) {
		return string(appendFloat(nil, f))
	}
	c.step(64)
	c.keepBytes(3 << 10) // for the most digits of a double, and work on them
	return formatDouble(f, base)
}

// formatDouble writes a whole number beyond int64 as JavaScript engines do:
// digits that a double does not determine are zeros.
func formatDouble(f, base float64) string {
	const digits = "0123456789abcdefghijklmnopqrstuvwxyz"
	var text []byte
	abs := math.Abs(f)
	for abs/base >= 1<<53 {
		abs /= base
		text = append(text, '0')
	}
	for {
		rest := math.Mod(abs, base)
		text = append(text, digits[int(rest)])
		abs = (abs - rest) / base
		if abs <= 0 {
			break
		}
	}
	if f < 0 {
		text = append(text, '-')
	}
	for i, j := 0, len(text)-1; i < j; i, j = i+1, j-1 {
		text[i], text[j] = text[j], text[i]
	}
	return string(text)
}

func fnFormatNumber(c *call, args []any) any {
	if args[0] == Undefined {
		return Undefined
	}
	symbols := &standardSymbols
	if options, ok := args[2].(*value.Object); ok {
		changed := standardSymbols
		changed.applyOptions(c.state, options)
		symbols = &changed
	}
	text, ok := args[1].(string)
	if !ok {
		throwException("Cannot read properties of undefined (reading 'split')")
	}
	c.step(len(text))
	c.keepBytes(2 * len(text))
	var space [64]uint16
	positive, negative := symbols.splitPicture(appendUnits(space[:0], text))
	picture := symbols.splitSubPicture(positive)
	below := isNegative(args[0])
	sign := below && negative == nil
	if negative != nil {
		second := symbols.splitSubPicture(negative)
		symbols.checkSubPicture(&picture)
		symbols.checkSubPicture(&second)
		if below {
			picture = second
		}
	} else {
		symbols.checkSubPicture(&picture)
	}
	layout := symbols.layoutNumber(c.state, &picture)
	digits := symbols.formatNumber(c.state, &layout, &picture, args[0])

	w := c.newWriter()
	if sign {
		w.writeUnits(symbols.minus.text)
	}
	w.writeUnits(picture.prefix)
	w.writeUnits(digits)
	w.writeUnits(picture.suffix)
	return w.finishText()
}

// isNegative reports whether v uses the second sub-picture. NaN does.
func isNegative(v any) bool {
	if n, ok := v.(int64); ok {
		return n < 0
	}
	return !(toFloat(v) >= 0)
}
