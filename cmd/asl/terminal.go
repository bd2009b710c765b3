package main

import (
	"io"
	"os"

	"github.com/gostates/gostates/internal/printable"
)

// plainWriter writes for people: nothing that a definition or an execution holds
// steers their terminal. Each Write must end between two characters.
type plainWriter struct{ w io.Writer }

// Write escapes control characters. It counts the bytes that it was given.
func (p plainWriter) Write(text []byte) (int, error) {
	if _, err := io.WriteString(p.w, printable.Lines(string(text))); err != nil {
		return 0, err
	}
	return len(text), nil
}

// Colours of a terminal.
const (
	red      = "\x1b[31m"
	yellow   = "\x1b[33m"
	noColour = "\x1b[0m"
)

// colours reports whether the output has colours.
func (s streams) colours() bool { return s.terminal && os.Getenv("NO_COLOR") == "" }

// isTerminal reports whether a file is a terminal, as well as the standard
// library can tell.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}
