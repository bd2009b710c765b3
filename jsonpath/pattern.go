package jsonpath

import (
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/gostates/gostates/value"
)

// pattern is a regular expression that must match a whole string.
type pattern struct {
	text string // as written, for a pattern that is itself matched
	expr string // with flags and anchors
	size int    // instructions of the program
	re   *regexp.Regexp
}

// Limits of patterns and their programs. x{1000} has a thousand instructions,
// and \pL takes as much memory as a hundred.
const (
	maxPattern  = 8 << 10 // bytes
	maxProgram  = 50_000
	keptProgram = 2 // instructions per byte of the pattern; a larger program is compiled on demand
)

// newPattern compiles a pattern. problem tells why it cannot be used, or is "".
func newPattern(text, flags string) (*pattern, string) {
	if len(text) > maxPattern {
		return nil, "it is longer than 8192 bytes"
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err.Error()
	}
	p := &pattern{text: text, expr: flags + `\A(?:` + text + `)\z`, size: programSize(tree)}
	if p.size > maxProgram {
		return nil, "it repeats too much"
	}
	if p.size <= keptProgram*len(p.expr) {
		p.re, err = regexp.Compile(p.expr)
	} else {
		_, err = syntax.Parse(p.expr, syntax.Perl)
	}
	if err != nil {
		return nil, err.Error()
	}
	return p, ""
}

// runesOfInstruction is the number of bounds of a class that take the memory of
// an instruction.
const runesOfInstruction = 8

// programSize estimates the number of instructions of an expression. It stops
// somewhat above maxProgram.
func programSize(re *syntax.Regexp) int {
	size := 1
	switch re.Op {
	case syntax.OpLiteral:
		size = len(re.Rune)
	case syntax.OpCharClass:
		size += len(re.Rune) / runesOfInstruction
	}
	for _, sub := range re.Sub {
		if size += programSize(sub); size > maxProgram {
			return size
		}
	}
	if re.Op == syntax.OpRepeat {
		size *= max(re.Min, re.Max, 1)
	}
	return size
}

// matchWork is the number of instructions that count as one step, per byte of
// the string.
const matchWork = 8

// matchesText reports whether a pattern matches a string.
func (e *evaluation) matchesText(p *pattern, text string) (bool, *Error) {
	re := p.re
	if re == nil {
		re = e.patterns[p]
	}
	if re == nil {
		if err := e.countWork(p.size); err != nil {
			return false, err
		}
		re = regexp.MustCompile(p.expr)
		if e.patterns == nil {
			e.patterns = make(map[*pattern]*regexp.Regexp)
		}
		e.patterns[p] = re
	}
	work := len(text) * p.size / matchWork
	watched := e.meter != nil && e.meter.Look != nil && work > 16*placesPerLook && work <= e.most-e.places
	if !watched {
		if err := e.countWork(work); err != nil {
			return false, err
		}
		return re.MatchString(text), nil
	}
	r := countingReader{Reader: strings.NewReader(text), e: e, left: work, every: len(text) / (work / placesPerLook)}
	matches := re.MatchReader(&r)
	return matches, e.countWork(r.left) // as much as without a look
}

// countingReader counts the work of a pattern while it reads a string, so that the
// meter can look.
type countingReader struct {
	*strings.Reader
	e     *evaluation
	left  int // work that is not counted yet
	every int // so many runes a part of it is counted
	read  int
}

func (r *countingReader) ReadRune() (rune, int, error) {
	if r.read++; r.read > r.every {
		r.read = 0
		part := min(r.left, placesPerLook)
		r.left -= part
		_ = r.e.countWork(part) // there is room for all
	}
	return r.Reader.ReadRune()
}

// matchOperands evaluates "=~". The pattern may be on either side.
func (e *evaluation) matchOperands(left, right any) (bool, *Error) {
	p, ok := left.(*pattern)
	target := right
	if !ok {
		target = left
		if p, ok = right.(*pattern); !ok && right != nil {
			return false, textError("class " + javaClass(right) + " cannot be cast to class java.util.regex.Pattern")
		}
	}
	if target == nil {
		return false, nil
	}
	if p == nil {
		return false, textError("=~ needs a regular expression, not null")
	}
	text, err := e.javaText(target)
	if err != nil {
		return false, err
	}
	return e.matchesText(p, text)
}

// javaText returns the string that Java's toString gives for a value.
func (e *evaluation) javaText(v any) (string, *Error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case *pattern:
		return v.text, nil
	}
	if err := e.countWork(value.Size(v) / stepBytes); err != nil {
		return "", err
	}
	return value.String(v), nil
}
