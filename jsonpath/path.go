package jsonpath

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/gostates/gostates/value"
)

// Root tells where a path starts.
type Root uint8

// Roots of paths.
const (
	Input    Root = iota // "$": the state's input, or the value that the field works on
	Context              // "$$": the context object
	Variable             // "$name": a variable
)

// Path is a parsed path. It is immutable and safe for concurrent use.
type Path struct {
	text     string
	root     Root
	variable string
	program
	names []string // the leading names, see Names
}

// ParseError reports why a string is not a path.
type ParseError struct {
	Text   string // the whole path
	Offset int    // in bytes from the start of Text
	Msg    string // Jayway's message, if that is useful
}

// Error returns the message, the offset and the path.
func (e *ParseError) Error() string {
	return fmt.Sprintf("jsonpath: %s (at offset %d of %q)", e.Msg, e.Offset, e.Text)
}

// Parse parses a path of the whole dialect. The error is a *[ParseError].
func Parse(text string) (*Path, error) {
	p, src, err := splitRoot(text)
	if err != nil {
		return nil, err
	}
	if p.program, err = src.compileProgram(); err != nil {
		return nil, err
	}
	p.names = p.leadingNames()
	return p, nil
}

// splitRoot splits off the root of a path. The rest is a path that starts at
// "$".
func splitRoot(text string) (*Path, source, error) {
	s := trimSpace(source{whole: text, text: text})
	if s.text == "" {
		return nil, s, s.errorAt(0, "a path must not be empty")
	}
	p := &Path{text: text}
	if strings.HasPrefix(s.text, "$$") {
		p.root = Context
		return p, s.dropFirst(1), nil
	}
	if s.text[0] == '$' {
		p.variable = variableName(s.text[1:])
	}
	if p.variable != "" {
		p.root = Variable
		n := len(p.variable)
		s = source{whole: text, text: "$" + s.text[1+n:], at: s.at + n}
	}
	return p, s, nil
}

// variableName returns the variable name at the start of s: ID_Start, then
// ID_Continue.
func variableName(s string) string {
	for i, r := range s {
		if i == 0 && !isIDStart(r) || !isIDContinue(r) {
			return s[:i]
		}
	}
	return s
}

func isIDStart(r rune) bool {
	return unicode.IsLetter(r) || unicode.In(r, unicode.Nl, unicode.Other_ID_Start)
}

func isIDContinue(r rune) bool {
	return isIDStart(r) || unicode.In(r, unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc, unicode.Other_ID_Continue)
}

// String returns the path as it was written.
func (p *Path) String() string { return p.text }

// Root returns where the path starts.
func (p *Path) Root() Root { return p.root }

// Variable returns the name of the variable at which the path starts, or "".
func (p *Path) Variable() string { return p.variable }

// Definite reports whether the path selects one value. Every other path selects
// a list.
func (p *Path) Definite() bool { return p.definite }

// IsRoot reports whether the path is just its root: "$", "$$" or "$name".
func (p *Path) IsRoot() bool { return len(p.steps) == 0 }

// Names returns the names that the path starts with: Execution and Input for
// "$$.Execution.Input[0].id". A caller that can look these up without the whole
// root evaluates the rest with [Path.GetFrom]. Names returns nil for a path
// with a filter that refers to the root. The caller must not change the slice.
func (p *Path) Names() []string { return p.names }

func (p *Path) leadingNames() []string {
	if p.document {
		return nil
	}
	n := 0
	for n < len(p.steps) && p.steps[n].kind == nameStep {
		n++
	}
	if n == 0 {
		return nil
	}
	names := make([]string, n)
	for i := range names {
		names[i] = p.steps[i].name
	}
	return names
}

// Get evaluates the path. root is the value that the path starts at: the input,
// the context object or the variable (see [Path.Root]). A path that is not
// definite returns a []any. The error is an *[Error].
func (p *Path) Get(root any) (any, error) { return p.GetFrom(root, 0) }

// GetFrom is [Path.Get] for a caller that has looked up the first skip names of
// [Path.Names]. v is the value of the last of them. Errors name the whole path.
func (p *Path) GetFrom(v any, skip int) (any, error) { return p.GetWithin(v, skip, nil) }

// GetWithin is [Path.GetFrom], and counts the values of a list and the work of
// finding them. If m is exhausted, the error wraps the error of m. A definite
// path makes no values, and its work is bounded by its length. m may be nil.
func (p *Path) GetWithin(v any, skip int, m *value.Meter) (any, error) {
	skip = min(max(skip, 0), len(p.names))
	if skip == len(p.steps) {
		return v, nil
	}
	got, err := p.getFrom(v, skip, m)
	if err != nil {
		return nil, err
	}
	return got, nil
}

// Present reports whether the path leads to something. In contrast to
// [Path.Lookup], which returns null for an index outside of an array as AWS
// does, Present reports false for it (docs/evidence.md#is-present). A null that
// is an element or a member is present. A path that is not definite is present
// if it can be evaluated.
func (p *Path) Present(root any) bool {
	if !p.definite {
		_, ok := p.Lookup(root)
		return ok
	}
	at := spot{root, true}
	for i := range p.steps {
		s := &p.steps[i]
		next, why := s.followStep(at)
		if why != found || s.isIndex() && !next.node {
			return false
		}
		at = next
	}
	return true
}

// Lookup is [Path.Get] for a caller that does not need the reason of a failure.
// ok reports whether the path could be evaluated. Lookup allocates nothing for
// a definite path.
func (p *Path) Lookup(root any) (v any, ok bool) {
	if p.definite {
		v, miss := p.walkDefinite(root, 0)
		return v, miss.reason == found
	}
	list, err := p.collectAll(root, 0, nil)
	if err != nil {
		return nil, false
	}
	return list, true
}
