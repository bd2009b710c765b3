package jsregexp

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Text is a string prepared for matching. Offsets count UTF-16 code units. It
// is immutable and safe for concurrent use.
type Text struct {
	ascii string   // the string, if wide is nil
	wide  []uint16 // the code units of a string that is not ASCII
}

// NewText prepares a string in UTF-8 or WTF-8. It does not copy an ASCII
// string.
func NewText(s string) *Text {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return &Text{wide: codeUnits(s)}
		}
	}
	return &Text{ascii: s}
}

// Len returns the length in code units.
func (t *Text) Len() int { return len(t.ascii) + len(t.wide) }

// Slice returns a part of the string. Half of a surrogate pair becomes WTF-8.
func (t *Text) Slice(from, to int) string {
	if t.wide == nil {
		return t.ascii[from:to]
	}
	var b strings.Builder
	b.Grow(to - from)
	for i := from; i < to; i++ {
		r := rune(t.wide[i])
		if !utf16.IsSurrogate(r) {
			b.WriteRune(r)
			continue
		}
		if i+1 < to {
			if pair := utf16.DecodeRune(r, rune(t.wide[i+1])); pair != utf8.RuneError {
				b.WriteRune(pair)
				i++
				continue
			}
		}
		b.Write([]byte{0xED, byte(0x80 | r>>6&0x3F), byte(0x80 | r&0x3F)})
	}
	return b.String()
}

// unitAt returns the code unit at an offset.
func (t *Text) unitAt(i int) uint16 {
	if t.wide != nil {
		return t.wide[i]
	}
	return uint16(t.ascii[i])
}

// codeUnits converts UTF-8 or WTF-8 to UTF-16.
func codeUnits(s string) []uint16 {
	units := make([]uint16, 0, len(s))
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			units = append(units, uint16(s[i]))
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 && isSurrogateAt(s, i) {
			r, size = rune(s[i]&0x0F)<<12|rune(s[i+1]&0x3F)<<6|rune(s[i+2]&0x3F), 3
			units = append(units, uint16(r))
		} else {
			units = utf16.AppendRune(units, r)
		}
		i += size
	}
	return units
}

// isSurrogateAt reports whether a lone surrogate in WTF-8 starts at s[i].
func isSurrogateAt(s string, i int) bool {
	return i+2 < len(s) && s[i] == 0xED && s[i+1] >= 0xA0 && s[i+1] <= 0xBF && s[i+2]&0xC0 == 0x80
}
