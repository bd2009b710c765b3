package jsonata

import (
	"strings"
	"unicode/utf8"
)

// Strings are UTF-8. JavaScript's strings are sequences of 16-bit code units,
// so half of a surrogate pair may occur alone. It is written in WTF-8: three
// bytes, the first of which is 0xED and the second at least 0xA0. Two adjacent
// halves must become the four bytes of their character: all code that joins
// strings uses appendText or concatText.

const (
	halfLen    = 3
	astralLead = 0xF0 // the least first byte of a character beyond 16 bits
	halfLead   = 0xED
)

// compareStrings counts the work of the function compareStrings.
func (st *state) compareStrings(a, b string) int {
	st.step(min(len(a), len(b)) / 16)
	return compareStrings(a, b)
}

// compareStrings orders strings as JavaScript does: by UTF-16 code units.
func compareStrings(a, b string) int {
	n := min(len(a), len(b))
	i := 0
	for i < n && a[i] == b[i] {
		i++
	}
	for i > 0 && i < n && !utf8.RuneStart(a[i]) {
		i--
	}
	a, b = a[i:], b[i:]
	if a == "" || b == "" || (a[0] >= astralLead) == (b[0] >= astralLead) {
		return strings.Compare(a, b)
	}
	if a[0] >= astralLead {
		return compareAstral(a, b)
	}
	return -compareAstral(b, a)
}

// compareAstral compares a, which starts with a surrogate pair, to b, which
// does not.
func compareAstral(a, b string) int {
	high, _ := surrogatesOf(a)
	first, n := decodeRune(b)
	switch {
	case high < first:
		return -1
	case high > first || n == len(b):
		return 1
	}
	// b starts with the same half, not followed by a low half.
	if second, _ := decodeRune(b[n:]); second >= 0xE000 && second <= 0xFFFF {
		return -1
	}
	return 1
}

// decodeRune returns the first character of s and its length. The character may
// be a lone half of a pair. An invalid byte is U+FFFD.
func decodeRune(s string) (rune, int) {
	r, n := utf8.DecodeRuneInString(s)
	if n == 1 && r == utf8.RuneError && startsHalf(s) {
		return 0xD000 | rune(s[1]&0x3F)<<6 | rune(s[2]&0x3F), halfLen
	}
	return r, n
}

// appendRune is utf8.AppendRune, but also appends halves of pairs.
func appendRune(dst []byte, r rune) []byte {
	if r >= 0xD800 && r <= 0xDFFF {
		return append(dst, halfLead, 0x80|byte(r>>6)&0x3F, 0x80|byte(r)&0x3F)
	}
	return utf8.AppendRune(dst, r)
}

// surrogatesOf returns the surrogate pair of the character that s starts with.
func surrogatesOf(s string) (high, low rune) {
	r, _ := utf8.DecodeRuneInString(s)
	r -= 0x10000
	return 0xD800 + r>>10, 0xDC00 + r&0x3FF
}

func startsHalf(s string) bool {
	return len(s) >= halfLen && s[0] == halfLead && s[1] >= 0xA0
}

// startsLow reports whether s starts with the second half of a pair.
func startsLow(s string) bool {
	return len(s) >= halfLen && s[0] == halfLead && s[1] >= 0xB0
}

// endsHigh reports whether s ends with the first half of a pair.
func endsHigh[T string | []byte](s T) bool {
	n := len(s)
	return n >= halfLen && s[n-3] == halfLead && s[n-2] >= 0xA0 && s[n-2] < 0xB0
}

// appendText appends s, and joins two halves of a pair that meet.
func appendText(dst []byte, s string) []byte {
	if !startsLow(s) || !endsHigh(dst) {
		return append(dst, s...)
	}
	n := len(dst)
	high, _ := decodeRune(string(dst[n-halfLen:]))
	low, _ := decodeRune(s)
	dst = utf8.AppendRune(dst[:n-halfLen], 0x10000+(high-0xD800)<<10+(low-0xDC00))
	return append(dst, s[halfLen:]...)
}

// concatText joins two strings.
func concatText(a, b string) string {
	if startsLow(b) && endsHigh(a) {
		return string(appendText(append(make([]byte, 0, len(a)+len(b)), a...), b))
	}
	return a + b
}

// codePoints returns the number of characters. A lone half of a pair counts as
// one.
func codePoints(s string) int {
	n := 0
	for i := range len(s) {
		if s[i]&0xC0 != 0x80 {
			n++
		}
	}
	return n
}

// codeUnits returns the number of UTF-16 code units.
func codeUnits(s string) int {
	n := 0
	for i := range len(s) {
		if s[i]&0xC0 != 0x80 {
			n++
		}
		if s[i] >= astralLead {
			n++
		}
	}
	return n
}

// skipCharacters returns the offset of character n, or the length if s has
// fewer.
func skipCharacters(s string, n int) int {
	i := 0
	for ; i < len(s); i++ {
		if s[i]&0xC0 != 0x80 {
			if n == 0 {
				break
			}
			n--
		}
	}
	return i
}

// isASCII reports whether all bytes are ASCII.
func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Operations on code units that bytes cannot express work on split strings, in
// which each pair is written as its two halves. Then each code unit has its own
// bytes, and searching bytes finds the same as searching code units.

// splitPairs splits the pairs of a string. It returns a string without pairs
// unchanged.
func splitPairs(s string) string {
	first := strings.IndexFunc(s, func(r rune) bool { return r >= 0x10000 })
	if first < 0 {
		return s
	}
	dst := append(make([]byte, 0, len(s)+len(s)/2), s[:first]...)
	for i := first; i < len(s); {
		r, n := decodeRune(s[i:])
		if r >= 0x10000 {
			high, low := surrogatesOf(s[i:])
			dst = appendRune(appendRune(dst, high), low)
		} else {
			dst = append(dst, s[i:i+n]...)
		}
		i += n
	}
	return string(dst)
}

// joinPairs reverts splitPairs.
func joinPairs(s string) string {
	for i := 0; i+2*halfLen <= len(s); i++ {
		if s[i] == halfLead && endsHigh(s[i:i+halfLen]) && startsLow(s[i+halfLen:]) {
			dst := append(make([]byte, 0, len(s)), s[:i]...)
			for i < len(s) {
				n := 1
				if startsHalf(s[i:]) {
					n = halfLen
				}
				dst = appendText(dst, s[i:i+n])
				i += n
			}
			return string(dst)
		}
	}
	return s
}

// hasHalves reports whether s may contain a half of a pair.
func hasHalves(s string) bool { return strings.IndexByte(s, halfLead) >= 0 }

// cutsPairs reports whether a search for s could find part of a pair.
func cutsPairs(s string) bool { return startsLow(s) || endsHigh(s) }

// wtf8 returns a character, or a half of a pair, as a string.
func wtf8(r rune) string { return string(appendRune(nil, r)) }
