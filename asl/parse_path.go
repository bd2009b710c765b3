package asl

import (
	"slices"
	"strings"

	"github.com/gostates/gostates/jsonpath"
)

// pathKind is the paths that a field accepts, and AWS's messages for others.
type pathKind struct {
	parse    func(string) (*jsonpath.Path, error)
	nullable bool
	noPath   string // for a string that does not begin with '$'
	invalid  string // for a path of another kind
}

const (
	noJSONPath      = "Value must be a valid JSONPath."
	noReferencePath = "Value is not a Reference Path"
)

var (
	anyPathKind       = pathKind{jsonpath.Parse, true, noJSONPath, noJSONPath}
	referencePathKind = pathKind{jsonpath.ParseReference, false, noJSONPath, noReferencePath}
	resultPathKind    = pathKind{jsonpath.ParseReference, true, noJSONPath, noReferencePath}
	choicePathKind    = pathKind{jsonpath.Parse, false, noReferencePath + ": Reference path didn't start with '$'", noReferencePath}
)

// parsePath parses a path. If it is invalid, only its Text is set.
func (o *object) parsePath(name string, kind pathKind) Opt[Path] {
	n := o.fieldNode(name)
	if n == nil {
		return Opt[Path]{}
	}
	f := startField[Path](o, n)
	text, ok := n.Value.(string)
	switch {
	case n.Value == nil && kind.nullable:
		return f
	case !ok:
		o.reportSchema(n.Offset, name, "Expected value of type String")
		f.Presence = Absent
		return f
	}
	f.Value.Text = text
	if !strings.HasPrefix(text, "$") {
		o.reportSchema(n.Offset, name, "%s", kind.noPath)
		return f
	}
	parsed, err := kind.parse(text)
	switch {
	case err != nil:
		o.reportSchema(n.Offset, name, "%s", kind.invalid)
		o.addParseDetail(err)
		return f
	case o.isUnknown(n):
		o.reportSchema(n.Offset, name, "%s", kind.invalid)
		return f
	}
	f.Value.Parsed = parsed
	o.notePathRead(parsed, name, n.Offset)
	return f
}

func (o *object) parseReferencePath(name string) Opt[Path] {
	return o.parsePath(name, referencePathKind)
}

// parseNumberPath parses the reference path of a number in a Map state, which
// must not read the context object.
func (o *object) parseNumberPath(name string) Opt[Path] {
	return o.requireRoot(name, o.parseReferencePath(name), jsonpath.Input, jsonpath.Variable)
}

// requireRoot reports a path that starts at another root.
func (o *object) requireRoot(name string, f Opt[Path], roots ...jsonpath.Root) Opt[Path] {
	if p := f.Value.Parsed; p != nil && !slices.Contains(roots, p.Root()) {
		o.reportSchema(o.fieldNode(name).Offset, name, noReferencePath)
		f.Value.Parsed = nil
	}
	return f
}
