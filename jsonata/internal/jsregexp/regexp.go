// Package jsregexp implements JavaScript's regular expressions without the u
// flag: they match UTF-16 code units, and prefer the leftmost match and the
// first alternative.
package jsregexp

import "strings"

// Regexp is a compiled regular expression. It is immutable and safe for
// concurrent use.
type Regexp struct {
	source string
	groups int
	program
}

// Compile compiles a pattern in JavaScript's syntax. flags may contain "i",
// "m", and "g", which has no effect. The error is a *[SyntaxError] with the
// message of V8.
func Compile(pattern, flags string) (*Regexp, error) {
	p := newParser(pattern, flags)
	root, err := p.parsePattern()
	if err != nil {
		return nil, err
	}
	c := &compiler{
		ignoreCase: p.ignoreCase,
		multiline:  p.multiline,
		memoise:    !p.backreferences,
		registers:  2 * (p.groups + 1),
	}
	prog, ok := c.compileTree(root)
	if !ok {
		return nil, p.syntaxError(errTooLarge)
	}
	return &Regexp{source: pattern, groups: p.groups, program: prog}, nil
}

// Groups returns the number of capturing groups.
func (re *Regexp) Groups() int { return re.groups }

// Bytes estimates the memory of the expression.
func (re *Regexp) Bytes() int { return 256 + len(re.code)*instructionBytes }

// String returns the pattern.
func (re *Regexp) String() string { return re.source }

// SyntaxError reports why a pattern is not a regular expression.
type SyntaxError struct {
	Pattern string // as given
	Flags   string // as given
	Message string // V8's reason
}

// Error returns the message of V8.
func (e *SyntaxError) Error() string {
	var b strings.Builder
	b.WriteString("Invalid regular expression: /")
	b.WriteString(e.Pattern)
	b.WriteByte('/')
	for _, flag := range "gim" {
		if strings.ContainsRune(e.Flags, flag) {
			b.WriteRune(flag)
		}
	}
	b.WriteString(": ")
	b.WriteString(e.Message)
	return b.String()
}
