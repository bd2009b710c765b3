package value

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printable returns text as one line that is safe to show on a terminal. Control
// characters, line separators and characters that change the direction of writing
// become JSON escapes such as \u001b. Bytes that are not UTF-8 become \x9b.
func Printable(text string) string { return escapeControl(text, isControl) }

// PrintableLines is [Printable] for several lines: it keeps line feeds and tabs.
func PrintableLines(text string) string {
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
