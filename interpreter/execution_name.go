package interpreter

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxName     = 80 // characters
	notInNames  = "<>{}[]?*\"#%\\^|~`$&,;:/"
	lastOfPlane = 0xfffe // with 0xffff: not characters
)

// checkName returns an error for a name that StartExecution refuses.
func checkName(name string) error {
	if n := utf8.RuneCountInString(name); n < 1 || n > maxName {
		return fmt.Errorf("%w: it has %d characters, must have from 1 to %d: %.100q", ErrInvalidName, n, maxName, name)
	}
	for _, r := range name {
		if unicode.IsSpace(r) || unicode.IsControl(r) || r == utf8.RuneError || r >= lastOfPlane && r <= 0xffff || strings.ContainsRune(notInNames, r) {
			return fmt.Errorf("%w: it must not have the character %q: %q", ErrInvalidName, r, name)
		}
	}
	return nil
}
