// Package printable makes text fit to be shown: what it holds neither breaks a
// line nor steers the terminal.
package printable

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line returns text with its control characters, its line separators and the
// characters that turn the direction of writing as JSON escapes, \u001b, and
// bytes that are not UTF-8 as \x9b.
func Line(text string) string { return escapeControl(text, isControl) }

// Lines is Line for text of several lines: line feeds and tabs stay.
func Lines(text string) string {
	return escapeControl(text, func(r rune) bool { return r != '\n' && r != '\t' && isControl(r) })
}

func isControl(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Bidi_Control, r)
}

func escapeControl(text string, escaped func(rune) bool) string {
	if utf8.ValidString(text) && strings.IndexFunc(text, escaped) < 0 {
		return text
	}
	var b strings.Builder
	for i, r := range text {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case escaped(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
