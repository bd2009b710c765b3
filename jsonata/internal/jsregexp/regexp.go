// Package jsregexp matches regular expressions as JavaScript does, without its
// u flag: over UTF-16 code units, leftmost, first alternative first.
package jsregexp

import "strings"

// Regexp is a compiled regular expression. It is immutable and safe for
// concurrent use.
type Regexp struct {
	source string
	groups int
	program
}

// Compile compiles a pattern in JavaScript's syntax. flags is any of "i" and
// "m" (and "g", which means nothing here). The text of the error is the one
// that V8 gives.
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

// Groups is the number of capturing groups.
func (re *Regexp) Groups() int { return re.groups }

// Bytes is about how much memory the expression takes.
func (re *Regexp) Bytes() int { return 256 + len(re.code)*instructionBytes }

// String returns the pattern's source.
func (re *Regexp) String() string { return re.source }

// A SyntaxError tells why a pattern is not a regular expression.
type SyntaxError struct {
	Pattern string
	Flags   string
	Message string
}

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
