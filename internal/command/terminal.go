package command

import (
	"fmt"
	"io"
	"os"

	"github.com/gostates/gostates/value"
)

// plainWriter escapes control characters, so that no definition or execution
// controls the terminal. Each Write must end between two characters.
type plainWriter struct{ w io.Writer }

// Write implements [io.Writer]. It returns the length of text, without escapes.
func (p plainWriter) Write(text []byte) (int, error) {
	if _, err := io.WriteString(p.w, value.PrintableLines(string(text))); err != nil {
		return 0, err
	}
	return len(text), nil
}

// style is how a terminal shows text.
type style string

const (
	red    style = "\x1b[31m"
	green  style = "\x1b[32m"
	yellow style = "\x1b[33m"
	bold   style = "\x1b[1m"

	noStyle = "\x1b[0m"
)

// palette reports whether a writer shows styles.
type palette bool

// newPalette returns the palette of a terminal, or of what is none.
func newPalette(terminal bool) palette {
	return palette(terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb")
}

// paint returns text in a style.
func (p palette) paint(how style, text string) string {
	if !p || how == "" || text == "" {
		return text
	}
	return string(how) + text + noStyle
}

// printWarning prints a warning of a command, after which it goes on.
func (s streams) printWarning(command, warning string) {
	fmt.Fprintln(wrapWriter{s.rawErr, s.errWidth}, "asl "+command+":", newPalette(s.errTerminal).paint(yellow, "warning:"), value.Printable(warning))
}

// isTerminal reports whether a file is a terminal, as far as the standard
// library can tell.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}
