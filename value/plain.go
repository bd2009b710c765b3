package value

import (
	"math/bits"
	"unicode/utf8"
)

// unplain marks the bytes of a string that need a closer look: those that are
// escaped in JSON, or are not ASCII.
var unplain = func() (t [256]bool) {
	for c := range t {
		t[c] = c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf
	}
	return t
}()

// manyBytes is from what length on skipPlain is worth the call.
const manyBytes = 8

// skipPlain returns the place of the first byte of s at i or behind it that needs
// a closer look, or the length of s. It looks at 8 bytes at a time: the highest
// bit of a byte in marks is set if that byte needs one, and not if it does not and
// none before it does.
func skipPlain(s string, i int) int {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(s); i += 8 {
		c := s[i : i+8]
		w := uint64(c[0]) | uint64(c[1])<<8 | uint64(c[2])<<16 | uint64(c[3])<<24 |
			uint64(c[4])<<32 | uint64(c[5])<<40 | uint64(c[6])<<48 | uint64(c[7])<<56
		marks := (w | (w - ones*' ') | (w ^ ones*'"' - ones) | (w ^ ones*'\\' - ones)) & high
		if marks != 0 {
			return i + bits.TrailingZeros64(marks)/8
		}
	}
	for i < len(s) && !unplain[s[i]] {
		i++
	}
	return i
}
