// Package printable escapes text for display, so that it can neither break a
// line nor control the terminal.
package printable

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line returns text with control characters, line separators and characters
// that change the direction of writing as JSON escapes, such as \u001b. Bytes
// that are not UTF-8 become escapes such as \x9b.
func Line(text string) string { return escapeControl(text, isControl) }

// Lines is Line for text of several lines: it keeps line feeds and tabs.
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
