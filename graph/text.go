package graph

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// replaceInvisible replaces characters that cannot be shown: control characters
// by their pictures (␊), other characters that XML forbids by U+FFFD.
func replaceInvisible(s string) string {
	const pictures, deletePicture = 0x2400, 0x2421
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ':
			return pictures + r
		case r == 0x7f:
			return deletePicture
		case r < 0xa0 && r > 0x7f, r == 0xfffe, r == 0xffff, r == 0x2028, r == 0x2029:
			return utf8.RuneError
		}
		return r
	}, s)
}

// Widths of Helvetica's characters from the space on, in thousandths of the
// font size.
var widths = [...]int{
	278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
	556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
	1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
	667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
	333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
	556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
}

// textWidth returns the width of a string in pixels, with reserve for wider
// fonts.
func textWidth(s string, size int) int {
	const (
		wide, other, thousand = 1000, 650, 1000
		room                  = 20 // per cent
	)
	w := 0
	for _, r := range s {
		switch {
		case r >= ' ' && int(r-' ') < len(widths):
			w += widths[r-' ']
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		case r >= 0x1100:
			w += wide
		default:
			w += other
		}
	}
	return (w*size*(100+room)/100 + thousand - 1) / thousand
}

// wrapText breaks a string into lines of at most width pixels, after a space or
// a sign if possible, otherwise within a word. It cuts off the rest after the
// last line.
func wrapText(s string, size, width, lines int) []string {
	var out []string
	runes := []rune(replaceInvisible(s))
	for len(runes) > 0 {
		n := fittingRunes(runes, size, width)
		if n < len(runes) && len(out) == lines-1 {
			return append(out, strings.TrimSpace(string(runes[:max(1, n-1)]))+"…")
		}
		if line := strings.TrimSpace(string(runes[:n])); line != "" || len(out) == 0 {
			out = append(out, line)
		}
		runes = runes[n:]
	}
	return out
}

// fittingRunes returns how many runes fit into a line, at least 1.
func fittingRunes(runes []rune, size, width int) int {
	n, at := 0, 0 // runes that fit, and the best place to break
	w := 0
	for n < len(runes) {
		w += textWidth(string(runes[n]), size)
		if w > width && n > 0 && runes[n] != ' ' {
			break
		}
		n++
		if breaksAfter(runes, n) {
			at = n
		}
	}
	if n == len(runes) || at <= n/2 {
		return n
	}
	return at
}

// breaksAfter reports whether a line may end before rune i.
func breaksAfter(runes []rune, i int) bool {
	if i >= len(runes) {
		return true
	}
	last, next := runes[i-1], runes[i]
	switch last {
	case ' ', '-', '_', '/', '.', ':', ',', '|':
		return next != ' '
	}
	return unicode.IsLower(last) && unicode.IsUpper(next)
}

// statusLine summarizes the progress of an execution in a state.
func (r *Run) statusLine() string {
	if r.Text != "" {
		return r.Text
	}
	parts := []string{r.Outcome.String()}
	if r.Error != "" && r.Outcome != Succeeded {
		parts[0] += ": " + r.Error
	}
	if r.Entered > 1 {
		parts = append(parts, pluralOf(r.Entered, "time"))
	}
	if r.Attempts > 1 && r.Attempts > r.Entered {
		parts = append(parts, pluralOf(r.Attempts, "attempt"))
	}
	switch {
	case r.Ended.IsZero():
	case r.Shortest == r.Longest:
		parts = append(parts, describeDuration(r.Longest))
	default:
		parts = append(parts, describeDuration(r.Shortest)+" to "+describeDuration(r.Longest))
	}
	return strings.Join(parts, ", ")
}
