package asl

import (
	"slices"

	"github.com/gostates/gostates/value"
)

// shape is what is known of a value before anything runs: its fields are these
// and, unless it is open, no others. The nil shape knows nothing. What is no
// object has no fields; arrays are not known, because JSONata looks into their
// elements.
type shape struct {
	fields []shapeField // in the order of the text, each name once
	open   bool         // it may have more
	size   int          // of all fields, theirs too
	from   string       // the state that makes it, or "" where several do
}

type shapeField struct {
	name  string
	value *shape
}

// maxShape bounds the fields of what is followed, so that following is linear.
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

// fieldIndex is the place of a field, or -1.
func (s *shape) fieldIndex(name string) int {
	return slices.IndexFunc(s.fields, func(f shapeField) bool { return f.name == name })
}

func (s *shape) getField(name string) (*shape, bool) {
	if i := s.fieldIndex(name); i >= 0 {
		return s.fields[i].value, true
	}
	return nil, false
}

// followNames follows names, and returns how many of them are there. What is below an
// unknown value is unknown.
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

// withField is the shape with a value at the names, as ResultPath puts it there. A
// value of which nothing was known is then an object, with that field at least.
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

// asOpen is the shape, which may have more fields if open.
func (s *shape) asOpen(open bool) *shape {
	if s != nil {
		s.open = open
	}
	return s
}

// mergeShapes is what is known of a value that has one of two shapes: it may have the
// fields of both. What only one has is unknown where the other is open.
func mergeShapes(a, b *shape) *shape {
	if a == nil || b == nil {
		return nil
	}
	if a == b {
		return a
	}
	fields := slices.Clone(a.fields)
	for i, f := range b.fields {
		if i >= len(a.fields) || a.fields[i].name != f.name { // mostly they come in the same order
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

// constantShape is the shape of a value that stands in the text. In a JSONata state
// its strings may be expressions.
func constantShape(v any, q QueryLanguage) *shape {
	switch v := v.(type) {
	case *value.Object:
		fields := make([]shapeField, 0, min(v.Len(), maxShape))
		for i := range v.Len() {
			if i > maxShape {
				return nil
			}
			fields = append(fields, shapeField{v.At(i).Key, constantShape(v.At(i).Value, q)})
		}
		return newShape(fields)
	case []any:
		return nil
	case string:
		if q == JSONata && isExpression(v) {
			return nil
		}
	}
	return &shape{}
}

// templateShape is the shape of what a field evaluates to.
func templateShape(t Opt[Template], q QueryLanguage) *shape {
	if q == JSONPath && t.Value.Root != nil {
		return payloadShape(t.Value.Root)
	}
	return constantShape(t.Value.Source, q)
}

// payloadShape is the shape of a payload template.
func payloadShape(n *TemplateNode) *shape {
	switch {
	case n.Path != nil, n.Call != nil, n.Items != nil, n.Field != "":
		return nil
	case n.Fields == nil:
		return constantShape(n.Literal, JSONPath)
	}
	fields := make([]shapeField, 0, min(len(n.Fields), maxShape))
	for i := range n.Fields {
		if i > maxShape {
			return nil
		}
		fields = append(fields, shapeField{n.Fields[i].Key, payloadShape(&n.Fields[i].Node)})
	}
	return newShape(fields)
}
