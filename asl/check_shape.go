package asl

import (
	"slices"
	"strings"

	"github.com/gostates/gostates/jsonpath"
	"github.com/gostates/gostates/value"
)

// A shape is what is known of a value before the machine runs: its fields and,
// unless it is open, that it has no others. A nil *shape means unknown.
// Non-objects have no fields. Arrays are unknown, because JSONata looks into
// their elements.
type shape struct {
	fields []shapeField // in the order of the source, without duplicates
	open   bool         // there may be other fields
	size   int          // number of fields, including nested ones
	from   string       // the state that makes the value, or "" if there are several
}

type shapeField struct {
	name  string
	value *shape
}

// maxShape bounds the size of a shape. A larger one is unknown, so that
// inference takes linear time.
const maxShape = 128

func newShape(fields []shapeField) *shape {
	s := &shape{fields: fields}
	for _, f := range fields {
		s.size++
		if f.value != nil {
			s.size += f.value.size
		}
	}
	if s.size > maxShape {
		return nil
	}
	return s
}

// fieldIndex returns the index of a field, or -1.
func (s *shape) fieldIndex(name string) int {
	return slices.IndexFunc(s.fields, func(f shapeField) bool { return f.name == name })
}

func (s *shape) getField(name string) (*shape, bool) {
	if i := s.fieldIndex(name); i >= 0 {
		return s.fields[i].value, true
	}
	return nil, false
}

// followNames follows field names and returns how many of them exist. Fields of
// an unknown value exist and are unknown.
func (s *shape) followNames(names []string) (below *shape, found int) {
	for i, name := range names {
		if s == nil {
			return nil, len(names)
		}
		next, ok := s.getField(name)
		if !ok && !s.open {
			return nil, i
		}
		s = next
	}
	return s, len(names)
}

// withField returns the shape with v at the names, as ResultPath sets it. An
// unknown shape becomes an open object with that field.
func (s *shape) withField(names []string, v *shape) *shape {
	if len(names) == 0 {
		return v
	}
	if s == nil {
		s = &shape{open: true}
	}
	fields := slices.Clone(s.fields)
	i := s.fieldIndex(names[0])
	if i < 0 {
		i = len(fields)
		fields = append(fields, shapeField{name: names[0]})
		if !s.open {
			fields[i].value = &shape{}
		}
	}
	fields[i].value = fields[i].value.withField(names[1:], v)
	return newShape(fields).asOpen(s.open)
}

// madeBy returns the shape as that of a value which a state makes, unless an earlier one
// has made it.
func (s *shape) madeBy(state string) *shape {
	if s == nil || s.from != "" {
		return s
	}
	made := *s
	made.from = state
	return &made
}

// asOpen sets whether the shape may have other fields.
func (s *shape) asOpen(open bool) *shape {
	if s != nil {
		s.open = open
	}
	return s
}

// mergeShapes returns the shape of a value that has one of two shapes. It has
// the fields of both. A field of only one of them is unknown if the other is
// open.
func mergeShapes(a, b *shape) *shape {
	if a == nil || b == nil {
		return nil
	}
	if a == b {
		return a
	}
	fields := slices.Clone(a.fields)
	for i, f := range b.fields {
		if i >= len(a.fields) || a.fields[i].name != f.name { // usually both have the same order
			i = a.fieldIndex(f.name)
		}
		switch {
		case i >= 0:
			fields[i].value = mergeShapes(fields[i].value, f.value)
		case !a.open:
			fields = append(fields, f)
		}
	}
	if b.open {
		fields = slices.DeleteFunc(fields, func(f shapeField) bool { return b.fieldIndex(f.name) < 0 })
	}
	return newShape(fields).asOpen(a.open || b.open)
}

// known is the data that the templates of a state select from, as far as it is known.
type known struct {
	language QueryLanguage
	root     *shape            // $ of a payload template
	states   map[string]*shape // members of $states
}

// templateShape returns the shape of a field's value.
func (k known) templateShape(t Opt[Template]) *shape {
	if k.language == JSONPath && t.Value.Root != nil {
		return k.payloadShape(t.Value.Root)
	}
	return k.valueShape(t.Value.Source)
}

// payloadShape returns the shape of a payload template's value.
func (k known) payloadShape(n *TemplateNode) *shape {
	switch {
	case n.Path != nil:
		return k.pathShape(n.Path)
	case n.Call != nil, n.Items != nil:
		return nil
	case n.Fields == nil:
		return k.valueShape(n.Literal)
	}
	fields := make([]shapeField, 0, min(len(n.Fields), maxShape))
	for i := range n.Fields {
		if i > maxShape {
			return nil
		}
		fields = append(fields, shapeField{n.Fields[i].Key, k.payloadShape(&n.Fields[i].Node)})
	}
	return newShape(fields)
}

// valueShape returns the shape of a value in the definition. In a JSONata state its
// strings may be expressions.
func (k known) valueShape(v any) *shape {
	switch v := v.(type) {
	case *value.Object:
		fields := make([]shapeField, 0, min(v.Len(), maxShape))
		for i := range v.Len() {
			if i > maxShape {
				return nil
			}
			fields = append(fields, shapeField{v.At(i).Key, k.valueShape(v.At(i).Value)})
		}
		return newShape(fields)
	case []any:
		return nil
	case string:
		if source, ok := ExpressionSource(v); ok && k.language == JSONata {
			return k.expressionShape(source)
		}
	}
	return &shape{}
}

// pathShape returns the shape that a path into $ selects if it has only names.
func (k known) pathShape(p *jsonpath.Path) *shape {
	names, ok := plainFieldNames(p)
	if !ok {
		return nil
	}
	below, found := k.root.followNames(names)
	if found < len(names) {
		return nil // the path fails
	}
	return below
}

// expressionShape returns the shape of an expression that is a member of $states, or names
// below.
func (k known) expressionShape(source string) *shape {
	names := strings.Split(strings.TrimSpace(source), ".")
	if len(names) < 2 || names[0] != "$states" {
		return nil
	}
	for _, name := range names[2:] {
		if !isIdentifier(name) {
			return nil
		}
	}
	below, found := k.states[names[1]].followNames(names[2:])
	if found < len(names[2:]) {
		return nil // the field is left out
	}
	return below
}
