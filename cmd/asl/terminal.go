package main

import (
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

// Colors of a terminal.
const (
	red     = "\x1b[31m"
	yellow  = "\x1b[33m"
	noColor = "\x1b[0m"
)

// hasColors reports whether to use colors.
func (s streams) hasColors() bool { return s.terminal && os.Getenv("NO_COLOR") == "" }

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
