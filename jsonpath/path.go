package jsonpath

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/gostates/gostates/value"
)

// Root says what a path starts from.
type Root uint8

// The roots of paths.
const (
	Input    Root = iota // "$": the state's input, or whatever the field works on
	Context              // "$$": the context object
	Variable             // "$name": a variable
)

// Path is a parsed path. It never changes and is safe for concurrent use.
type Path struct {
	text     string
	root     Root
	variable string
	program
	names []string // the leading names, see Names
}

// ParseError says why a text is not a path.
type ParseError struct {
	Text   string // the whole path
	Offset int    // in bytes from the start of Text
	Msg    string // Jayway's message where it has one that helps
}

// Error tells the message, the place and the path.
func (e *ParseError) Error() string {
	return fmt.Sprintf("jsonpath: %s (at offset %d of %q)", e.Msg, e.Offset, e.Text)
}

// Parse reads a path of the whole dialect. The error is a *[ParseError].
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

// split takes the root off a text. What is left reads as a path on "$".
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

// variableName returns the name that s starts with: ID_Start, then ID_Continue.
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

// Root returns what the path starts from.
func (p *Path) Root() Root { return p.root }

// Variable returns the name of the variable that the path starts from, or "".
func (p *Path) Variable() string { return p.variable }

// Definite reports whether the path gives one value. Every other path gives a
// list.
func (p *Path) Definite() bool { return p.definite }

// IsRoot reports whether the path is its whole root: "$", "$$" or "$name".
func (p *Path) IsRoot() bool { return len(p.steps) == 0 }

// Names returns the names that the path starts with: Execution and Input for
// "$$.Execution.Input[0].id". It is for whoever can find these without the whole
// root, and evaluates the rest with [Path.GetFrom]. A path with a filter that
// looks at the root needs the whole, so it has none. The slice is the path's own
// and must not be changed.
func (p *Path) Names() []string { return p.names }

func (p *Path) leadingNames() []string {
	if p.document {
		return nil
	}
	var names []string
	for i := range p.steps {
		if p.steps[i].kind != nameStep {
			break
		}
		names = append(names, p.steps[i].name)
	}
	return names
}

// Get evaluates the path on the value of its root: the input, the context
// object or the variable, as [Path.Root] says. A path that is not definite gives
// a []any. The error is an *[Error].
func (p *Path) Get(root any) (any, error) { return p.GetFrom(root, 0) }

// GetFrom is [Path.Get] for a caller that has followed the first skip of
// [Path.Names] already: v is the value they lead to. An error still names the
// whole path.
func (p *Path) GetFrom(v any, skip int) (any, error) { return p.GetWithin(v, skip, nil) }

// GetWithin is [Path.GetFrom] that counts the values of a list, and the work of
// finding them. Where m has nothing left, the error wraps that of m. A definite
// path makes nothing, and takes no more work than its text is long.
func (p *Path) GetWithin(v any, skip int, m *value.Meter) (any, error) {
	skip = min(max(skip, 0), len(p.names))
	got, err := p.getFrom(v, skip, m)
	if err != nil {
		return nil, err
	}
	return got, nil
}

// Present reports whether the path leads to something that is there. It differs
// from [Path.Lookup] for an index outside an array: Lookup gives null for it, as
// AWS does, and Present reports false (docs/evidence.md#is-present). A null that
// is an element or a member is present. A path that is not definite is present if
// it can be evaluated.
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

// Lookup is [Path.Get] for a caller that does not need to know why there is
// nothing. It reports whether the path could be evaluated, and allocates nothing
// for a definite path.
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
