package asl

import (
	"slices"
	"strings"

	"github.com/gostates/gostates/jsonpath"
)

// pathKind is what a field takes for a path, and AWS's words for what it does
// not take (measured).
type pathKind struct {
	parse    func(string) (*jsonpath.Path, error)
	nullable bool
	noPath   string // the text does not begin with '$'
	invalid  string // it is no path of the kind
}

const (
	noJSONPath      = "Value must be a valid JSONPath."
	noReferencePath = "Value is not a Reference Path"
)

// The kinds of paths.
var (
	anyPath    = pathKind{jsonpath.Parse, true, noJSONPath, noJSONPath}
	reference  = pathKind{jsonpath.ParseReference, false, noJSONPath, noReferencePath}
	resultPath = pathKind{jsonpath.ParseReference, true, noJSONPath, noReferencePath}
	choicePath = pathKind{jsonpath.Parse, false, noReferencePath + ": Reference path didn't start with '$'", noReferencePath}
)

// path reads a path field. One that is no path stays as text.
func (o *object) path(name string, kind pathKind) Opt[Path] {
	n := o.member(name)
	if n == nil {
		return Opt[Path]{}
	}
	f := opt[Path](o, n)
	text, ok := n.Value.(string)
	switch {
	case n.Value == nil && kind.nullable:
		return f
	case !ok:
		o.schema(n.Offset, name, "Expected value of type String")
		f.Presence = Absent
		return f
	}
	f.Value.Text = text
	if !strings.HasPrefix(text, "$") {
		o.schema(n.Offset, name, "%s", kind.noPath)
		return f
	}
	parsed, err := kind.parse(text)
	switch {
	case err != nil:
		o.schema(n.Offset, name, "%s", kind.invalid)
		o.detail(err)
		return f
	case o.isUnknown(n):
		o.schema(n.Offset, name, "%s", kind.invalid)
		return f
	}
	f.Value.Parsed = parsed
	o.readPath(parsed, name, n.Offset)
	return f
}

func (o *object) referencePath(name string) Opt[Path] { return o.path(name, reference) }

// numberPath is the reference path of a number of a Map state. It does not read
// the context object (measured).
func (o *object) numberPath(name string) Opt[Path] {
	return o.rooted(name, o.referencePath(name), jsonpath.Input, jsonpath.Variable)
}

// rooted reports a path that begins with anything else than it may.
func (o *object) rooted(name string, f Opt[Path], roots ...jsonpath.Root) Opt[Path] {
	if p := f.Value.Parsed; p != nil && !slices.Contains(roots, p.Root()) {
		o.schema(o.member(name).Offset, name, noReferencePath)
		f.Value.Parsed = nil
	}
	return f
}
