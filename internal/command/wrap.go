package command

import (
	"io"
	"strings"
	"unicode"
)

// wrapWriter breaks the lines of a terminal between words, where the terminal would break
// them in words. Each Write must have whole lines.
type wrapWriter struct {
	w     io.Writer
	width int // columns; 0: unknown
}

// Write implements [io.Writer]. It returns the length of text.
func (w wrapWriter) Write(text []byte) (int, error) {
	if _, err := io.WriteString(w.w, wrapLines(string(text), w.width)); err != nil {
		return 0, err
	}
	return len(text), nil
}

// wrapLines breaks lines that are wider than a number of columns. The rest of a line is
// indented as the line is. A word that is too wide for a line stays whole, on its own.
func wrapLines(text string, width int) string {
	if width <= 0 {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = wrapLine(strings.ReplaceAll(line, "\t", "    "), width)
	}
	return strings.Join(lines, "\n")
}

func wrapLine(line string, width int) string {
	if columnsOf(line) <= width {
		return line
	}
	rest := strings.TrimLeft(line, " ")
	indent := line[:min(len(line)-len(rest), width/2)]
	var b strings.Builder
	b.WriteString(indent)
	column, blanks := len(indent), ""
	for i, word := range strings.SplitAfter(rest, " ") {
		bare := strings.TrimRight(word, " ")
		wide := columnsOf(bare)
		switch {
		case bare == "":
			blanks += word
			continue
		case i == 0:
		case column+len(blanks)+wide > width:
			b.WriteString("\n" + indent)
			column = len(indent)
		default:
			b.WriteString(blanks)
			column += len(blanks)
		}
		b.WriteString(bare)
		column += wide
		blanks = word[len(bare):]
	}
	return b.String()
}

// cutColumns returns text, or its beginning and … if it is wider than a number of columns.
func cutColumns(text string, width int) string {
	if columnsOf(text) <= width {
		return text
	}
	column := 0
	for i, r := range text {
		if column += runeColumns(r); column > width-1 {
			return text[:i] + "…"
		}
	}
	return text
}

// padColumns adds blanks up to a number of columns.
func padColumns(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-columnsOf(text)))
}

// columnsOf returns how wide text is on a terminal, without its colors.
func columnsOf(text string) (columns int) {
	for {
		before, after, colored := strings.Cut(text, "\x1b[")
		for _, r := range before {
			columns += runeColumns(r)
		}
		if !colored {
			return columns
		}
		_, text, _ = strings.Cut(after, "m")
	}
}

// wide are the characters that take two columns, in steps that are close enough for
// aligning: CJK, Hangul, full width forms, and emoji.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{{Lo: 0x1100, Hi: 0x115f, Stride: 1}, {Lo: 0x2e80, Hi: 0xa4cf, Stride: 1}, {Lo: 0xac00, Hi: 0xd7a3, Stride: 1},
		{Lo: 0xf900, Hi: 0xfaff, Stride: 1}, {Lo: 0xfe30, Hi: 0xfe6f, Stride: 1}, {Lo: 0xff00, Hi: 0xff60, Stride: 1}},
	R32: []unicode.Range32{{Lo: 0x1f300, Hi: 0x1f64f, Stride: 1}, {Lo: 0x1f900, Hi: 0x1f9ff, Stride: 1}, {Lo: 0x20000, Hi: 0x3fffd, Stride: 1}},
}

func runeColumns(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case unicode.Is(wide, r):
		return 2
	}
	return 1
}
