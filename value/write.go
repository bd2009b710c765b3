package value

import (
	"bytes"
	"math"
	"math/big"
	"strconv"
	"unicode/utf8"
)

// Marshal returns v as [Append] writes it. If v is not a value of the model, the error is
// that of [Check]: "value: map[string]interface {} is not a value of package value;
// convert it with value.From".
func Marshal(v any) ([]byte, error) {
	if err := Check(v); err != nil {
		return nil, err
	}
	return Append(nil, v), nil
}

// Append appends v to dst as compact JSON: members in their order, UTF-8
// without HTML escapes, lone surrogates as escapes, and numbers as AWS spells
// them. A float always has a fraction, and it has an exponent, as in 1.0E20,
// outside of 10^-3 to 10^7. A part that is not a value of the model, such as a
// map[string]any, is written as null: use [Marshal] for what may not be a value, and
// [From] to make one of it.
func Append(dst []byte, v any) []byte {
	if dst == nil {
		switch v.(type) {
		case []any, *Object:
			size, _ := MeasureWithin(v, mostMeasured) // objects remember it
			dst = make([]byte, 0, size)
		}
	}
	return appendValue(dst, v)
}

// mostMeasured is how many bytes are measured before they are written, to have room for
// them. A larger value grows its room.
const mostMeasured = 64 << 10

func appendValue(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case bool:
		return strconv.AppendBool(dst, v)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case float64:
		return appendFloat(dst, v)
	case *big.Int:
		if v != nil {
			return v.Append(dst, 10)
		}
	case string:
		return AppendString(dst, v)
	case []any:
		dst = append(dst, '[')
		for i := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendValue(dst, v[i])
		}
		return append(dst, ']')
	case *Object:
		dst = append(dst, '{')
		for i := range v.Len() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = AppendString(dst, v.members[i].Key)
			dst = append(dst, ':')
			dst = appendValue(dst, v.members[i].Value)
		}
		return append(dst, '}')
	}
	return append(dst, "null"...)
}

// AppendUpTo is [Append], but stops soon after limit bytes of dst. It serves to
// show values in messages: parts that are shared exponentially can be endless.
func AppendUpTo(dst []byte, v any, limit int) []byte {
	switch v := v.(type) {
	case string:
		return AppendString(dst, v[:min(len(v), limit)])
	case []any:
		dst = append(dst, '[')
		for i := 0; i < len(v) && len(dst) < limit; i++ {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = AppendUpTo(dst, v[i], limit)
		}
		return append(dst, ']')
	case *Object:
		dst = append(dst, '{')
		for i := 0; i < v.Len() && len(dst) < limit; i++ {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = AppendString(dst, v.members[i].Key)
			dst = append(dst, ':')
			dst = AppendUpTo(dst, v.members[i].Value, limit)
		}
		return append(dst, '}')
	}
	return Append(dst, v)
}

// String returns v as compact JSON; see [Append].
func String(v any) string { return string(Append(make([]byte, 0, 64), v)) }

// appendFloat writes a float as Java's Double.toString does, since AWS's
// numbers pass through it. JSON has no NaN and no infinities. They become null,
// although no parser or evaluator makes them.
func appendFloat(dst []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(dst, "null"...)
	}
	if a := math.Abs(f); a == 0 || a >= 1e-3 && a < 1e7 {
		if n := int64(a*100 + 0.5); a > 0 && float64(n)/100 == a {
			return appendHundredths(dst, f < 0, n)
		}
		start := len(dst)
		dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
		for _, c := range dst[start:] {
			if c == '.' {
				return dst
			}
		}
		return append(dst, ".0"...)
	}
	var buf [32]byte
	text := strconv.AppendFloat(buf[:0], f, 'E', -1, 64)
	if bytes.IndexByte(text, '.') < 0 {
		// Java writes at least two digits, the two that come nearest.
		text = strconv.AppendFloat(buf[:0], f, 'E', 1, 64)
	}
	e := bytes.IndexByte(text, 'E')
	dst = append(dst, text[:e]...)
	dst = append(dst, 'E')
	exp := text[e+1:]
	if exp[0] == '-' {
		dst = append(dst, '-')
	}
	exp = exp[1:]
	for len(exp) > 1 && exp[0] == '0' {
		exp = exp[1:]
	}
	return append(dst, exp...)
}

// appendHundredths writes n/100, which covers most floats that people write. It
// is the shortest decimal for the float, since no two decimals of up to 15
// digits have the same float.
func appendHundredths(dst []byte, negative bool, n int64) []byte {
	if negative {
		dst = append(dst, '-')
	}
	dst = strconv.AppendInt(dst, n/100, 10)
	dst = append(dst, '.', '0'+byte(n/10%10))
	if n%10 != 0 {
		dst = append(dst, '0'+byte(n%10))
	}
	return dst
}

const hexDigits = "0123456789ABCDEF"

// escapes holds the letter of each short escape, or 'u' for a long one.
var escapes = func() (t [utf8.RuneSelf]byte) {
	for c := range byte(' ') {
		t[c] = 'u'
	}
	t['\b'], t['\t'], t['\n'], t['\f'], t['\r'] = 'b', 't', 'n', 'f', 'r'
	t['"'], t['\\'] = '"', '\\'
	return t
}()

// AppendString appends s as a JSON string. Bytes that are neither UTF-8 nor
// part of a surrogate in WTF-8 become U+FFFD, so the result is always valid.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := skipPlain(s, 0); i < len(s); i = skipPlain(s, i) {
		n := runeLen(s, i)
		if n > 1 && !isSurrogate(s, i) {
			i += n
			continue
		}
		dst = append(dst, s[start:i]...)
		dst = appendEscape(dst, s, i, n)
		i += max(n, 1)
		start = i
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

// appendEscape appends the escape for the n bytes at i.
func appendEscape(dst []byte, s string, i, n int) []byte {
	c := s[i]
	switch {
	case n == 0:
		return utf8.AppendRune(dst, utf8.RuneError)
	case n == surrogateLen:
		u := uint16(0xD000) | uint16(s[i+1]&0x3F)<<6 | uint16(s[i+2]&0x3F)
		return append(dst, '\\', 'u', hexDigits[u>>12], hexDigits[u>>8&15], hexDigits[u>>4&15], hexDigits[u&15])
	case escapes[c] == 'u':
		return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
	}
	return append(dst, '\\', escapes[c])
}

const surrogateLen = 3

// isSurrogate reports whether a surrogate in WTF-8 starts at i.
func isSurrogate(s string, i int) bool {
	return s[i] == 0xED && i+2 < len(s) && 0xA0 <= s[i+1] && s[i+1] < 0xC0 && s[i+2]&0xC0 == 0x80
}

// runeLen returns the length of the character at i, which may be a surrogate in
// WTF-8. It is 0 if the bytes are invalid.
func runeLen(s string, i int) int {
	if s[i] < utf8.RuneSelf {
		return 1
	}
	if r, n := utf8.DecodeRuneInString(s[i:]); r != utf8.RuneError || n > 1 {
		return n
	}
	if isSurrogate(s, i) {
		return surrogateLen
	}
	return 0
}

// measureString returns the number of bytes that AppendString appends, and
// whether s is UTF-8 or WTF-8.
func measureString(s string) (size int, valid bool) {
	if i := skipPlain(s, 0); i < len(s) {
		return measureUnplain(s, i)
	}
	return len(s) + len(`""`), true
}

// measureUnplain is measureString for a string that is plain up to i.
func measureUnplain(s string, i int) (size int, valid bool) {
	size, valid = len(s)+len(`""`), true
	for i < len(s) {
		c := s[i]
		if c < utf8.RuneSelf {
			i++
			size += int(escapeSize[c])
			continue
		}
		n := runeLen(s, i)
		switch {
		case n == 0:
			n, valid = 1, false
			size += len("\uFFFD") - 1
		case isSurrogate(s, i):
			size += len(`\uD800`) - surrogateLen
		}
		i += n
	}
	return size, valid
}

// escapeSize holds the number of bytes that each ASCII character grows by when
// it is escaped.
var escapeSize = func() (t [utf8.RuneSelf]uint8) {
	for c, e := range escapes {
		switch e {
		case 0:
		case 'u':
			t[c] = uint8(len(`\u0000`) - 1)
		default:
			t[c] = 1
		}
	}
	return t
}()
