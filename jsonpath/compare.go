package jsonpath

import (
	"cmp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// compareValues evaluates a comparison operator. Operands that cannot be
// compared make it false, whatever the operator.
func compareValues(operator string, left, right any) (bool, *Error) {
	if operator != equals && operator != notEqual && (left == nil) != (right == nil) {
		return false, nil
	}
	c, ok, err := compareLoosely(right, left)
	if !ok {
		return false, err
	}
	return holdsOrder(operator, c), nil
}

// holdsOrder evaluates an operator whose right side compares to the left one as c does
// to 0.
func holdsOrder(operator string, c int) bool {
	switch operator {
	case equals:
		return c == 0
	case notEqual:
		return c != 0
	case greater:
		return 0 > c
	case greaterOrEqual:
		return 0 >= c
	case less:
		return 0 < c
	}
	return 0 <= c // lessOrEqual
}

// compareLoosely compares the right operand to the left one. A string on the
// right is converted to the type on the left, but not the other way round. The
// string "null" is null on both sides.
func compareLoosely(right, left any) (c int, ok bool, err *Error) {
	switch {
	case isNull(right) && isNull(left):
		return 0, true, nil
	case isNull(right):
		return -1, true, nil
	case isNull(left):
		return 1, true, nil
	}
	switch l := left.(type) {
	case string:
		r, ok := right.(string)
		return compareUTF16(strings.ReplaceAll(r, `\'`, "'"), l), ok, nil
	case bool:
		return compareBool(right, l)
	case int64, float64:
		return compareNumbers(right, l)
	}
	return 0, false, nil
}

func isNull(v any) bool { return v == nil || v == "null" }

func compareBool(right any, left bool) (c int, ok bool, err *Error) {
	var r bool
	switch v := right.(type) {
	case bool:
		r = v
	case string:
		r = strings.EqualFold(v, "true")
	default:
		return 0, false, nil
	}
	switch {
	case r == left:
		return 0, true, nil
	case left:
		return -1, true, nil
	}
	return 1, true, nil
}

// compareUTF16 compares strings as Java does, by UTF-16 code units: U+10000 and
// above come before U+E000.
func compareUTF16(a, b string) int {
	for a != "" && b != "" {
		r, n := utf8.DecodeRuneInString(a)
		s, m := utf8.DecodeRuneInString(b)
		if a[:n] != b[:m] {
			if (r > 0xFFFF) != (s > 0xFFFF) {
				r, s = firstUTF16Unit(r), firstUTF16Unit(s)
			}
			if r != s {
				return int(r - s)
			}
			return strings.Compare(a[:n], b[:m])
		}
		a, b = a[n:], b[m:]
	}
	return len(a) - len(b)
}

// firstUTF16Unit returns the first UTF-16 code unit of a character.
func firstUTF16Unit(r rune) rune {
	if r > 0xFFFF {
		return 0xD800 + (r-0x10000)>>10
	}
	return r
}

// compareNumbers compares numbers as decimals, as they are written.
func compareNumbers(right, left any) (c int, ok bool, err *Error) {
	var text string
	n, integer := left.(int64)
	switch r := right.(type) {
	case int64:
		if integer {
			return cmp.Compare(r, n), true, nil
		}
		text = numberText(r)
	case string:
		text = r
	case float64:
		text = numberText(r)
	default:
		return 0, false, nil
	}
	if integer {
		if m, ok := smallInteger(text); ok {
			return cmp.Compare(m, n), true, nil
		}
	}
	r, problem := parseDecimal(text)
	if problem != "" {
		return 0, false, textError(problem)
	}
	l, _ := parseDecimal(numberText(left))
	return r.compareDecimal(l), true, nil
}

func numberText(v any) string {
	if n, ok := v.(int64); ok {
		return strconv.FormatInt(n, 10)
	}
	f, _ := v.(float64)
	return strconv.FormatFloat(f, 'e', -1, 64)
}

// smallInteger parses up to 18 digits.
func smallInteger(s string) (int64, bool) {
	if len(s) == 0 || len(s) > 18 {
		return 0, false
	}
	var n int64
	for i := range len(s) {
		if !isDigit(s[i]) {
			return 0, false
		}
		n = n*10 + int64(s[i]-'0')
	}
	return n, true
}

// decimal is 0.digits × 10^scale. digits has no zeros at either end, and may
// contain a point.
type decimal struct {
	negative bool
	digits   string
	scale    int64
}

const digitBytes = "0123456789"

// parseDecimal parses a number as Java's BigDecimal does. problem is Java's
// message, or "".
func parseDecimal(s string) (d decimal, problem string) {
	whole := s
	if s == "" {
		return d, "null"
	}
	if s[0] == '-' || s[0] == '+' {
		d.negative = s[0] == '-'
		s = s[1:]
	}
	end := len(s) - len(strings.TrimLeft(s, digitBytes+"."))
	mantissa, rest := s[:end], s[end:]
	if strings.Count(mantissa, ".") > 1 {
		return d, "Character array contains more than one decimal point."
	}
	var exponent int64
	if rest != "" {
		if exponent, problem = parseExponent(rest, len(whole)); problem != "" {
			return d, problem
		}
	}
	if strings.Trim(mantissa, ".") == "" {
		return d, "No digits found."
	}
	d.setDigits(mantissa, exponent)
	return d, ""
}

// parseExponent parses the rest behind the digits.
func parseExponent(s string, length int) (int64, string) {
	if s[0] != 'e' && s[0] != 'E' {
		if length > 18 {
			return 0, `Character array is missing "e" notation exponential mark.`
		}
		r, _ := utf8.DecodeRuneInString(s)
		return 0, "Character " + string(r) + ` is neither a decimal digit number, decimal point, nor "e" notation exponential mark.`
	}
	digits := strings.TrimPrefix(s[1:], "-")
	if len(digits) == len(s)-1 {
		digits = strings.TrimPrefix(digits, "+")
	}
	switch {
	case digits == "":
		return 0, "null"
	case strings.Trim(digits, digitBytes) != "":
		return 0, "Not a digit."
	}
	n, err := strconv.ParseInt(s[1:], 10, 32)
	if err != nil {
		return 0, "Exponent overflow."
	}
	return n, ""
}

func (d *decimal) setDigits(mantissa string, exponent int64) {
	point := strings.IndexByte(mantissa, '.')
	if point < 0 {
		point = len(mantissa)
	}
	d.digits = strings.TrimLeft(mantissa, "0.")
	cut := len(mantissa) - len(d.digits)
	if cut > point {
		cut-- // the point is not a digit
	}
	d.scale = int64(point-cut) + exponent
	d.digits = strings.TrimRight(d.digits, "0.")
	if d.digits == "" {
		*d = decimal{}
	}
}

func (d decimal) compareDecimal(o decimal) int {
	switch {
	case d.negative != o.negative:
		if d.negative {
			return -1
		}
		return 1
	case d.negative:
		d.negative, o.negative = false, false
		return o.compareDecimal(d)
	case d.digits == "" || o.digits == "":
		return len(d.digits) - len(o.digits)
	case d.scale != o.scale:
		return cmp.Compare(d.scale, o.scale)
	}
	return compareDigits(d.digits, o.digits)
}

// compareDigits compares digits behind a common point.
func compareDigits(a, b string) int {
	for {
		a, b = strings.TrimPrefix(a, "."), strings.TrimPrefix(b, ".")
		if a == "" || b == "" {
			return len(a) - len(b)
		}
		if a[0] != b[0] {
			return int(a[0]) - int(b[0])
		}
		a, b = a[1:], b[1:]
	}
}
