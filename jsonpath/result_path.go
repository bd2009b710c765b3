package jsonpath

import (
	"fmt"
	"slices"

	"github.com/gostates/gostates/value"
)

// Set returns root with v at the path, as ResultPath does it. Only what lies on
// the path is copied; root itself does not change. Objects that are missing on
// the way are made; an existing key keeps its place and a new one goes last; an
// index must be in the list. The path must name one place, as every path of
// [ParseReference] does. The error is an *[Error] of kind Invalid, which names
// the path and the place.
func (p *Path) Set(root, v any) (any, error) {
	for i := range p.steps {
		if k := p.steps[i].kind; k != nameStep && k != indexStep {
			return nil, p.cannotSet(root, p.steps[i].writeFragment()+" does not name one place")
		}
	}
	set, err := p.setAt(root, v, root, 0)
	if err != nil {
		return nil, err
	}
	return set, nil
}

// Copied returns how many members and elements Set copies: those of the objects
// and arrays of root that lie on the path.
func (p *Path) Copied(root any) int {
	n, at := 0, root
	for i := range p.steps {
		s := &p.steps[i]
		switch v := at.(type) {
		case *value.Object:
			n += v.Len() + 1
			at, _ = v.Get(s.name)
		case []any:
			n += len(v)
			at = nil
			if s.kind == indexStep && s.numbers[0] >= 0 && s.numbers[0] < len(v) {
				at = v[s.numbers[0]]
			}
		default:
			n++ // an object is made
			at = nil
		}
	}
	return n
}

// set puts v behind the steps from i on. at is what is at step i now.
func (p *Path) setAt(at, v, root any, i int) (any, *Error) {
	if i == len(p.steps) {
		return v, nil
	}
	s := &p.steps[i]
	if s.kind == indexStep {
		return p.setElement(at, v, root, i)
	}
	o, ok := at.(*value.Object)
	switch {
	case !ok && i == 0:
		return nil, p.cannotSet(root, "") // the text shows the root
	case !ok:
		return nil, p.cannotSet(root, "there is "+describeKind(at)+", not an object, at "+p.placeOf(i))
	}
	member, ok := o.Get(s.name)
	if !ok && i+1 < len(p.steps) {
		member = new(value.Object)
	}
	set, err := p.setAt(member, v, root, i+1)
	if err != nil {
		return nil, err
	}
	return o.With(s.name, set), nil
}

func (p *Path) setElement(at, v, root any, i int) (any, *Error) {
	a, ok := at.([]any)
	if !ok {
		return nil, p.cannotSet(root, "there is "+describeKind(at)+", not an array, at "+p.placeOf(i))
	}
	n := p.steps[i].numbers[0]
	if n < 0 || n >= len(a) {
		return nil, p.cannotSet(root, fmt.Sprintf("the array at %s has %d elements", p.placeOf(i), len(a)))
	}
	set, err := p.setAt(a[n], v, root, i+1)
	if err != nil {
		return nil, err
	}
	a = slices.Clone(a)
	a[n] = set
	return a, nil
}

// placeOf spells the place that the first n steps lead to.
func (p *Path) placeOf(n int) string { return "$" + writeFragments(p.steps[:n]) }

// cannotSet makes an error. AWS says only its first half.
func (p *Path) cannotSet(root any, why string) *Error {
	text := "Unable to apply ReferencePath " + p.text + " to input " + value.String(root)
	if why != "" {
		text += ": " + why
	}
	return textError(text)
}

// describe names the type of a value with its article.
func describeKind(v any) string {
	switch kind := value.Kind(v); kind {
	case "null":
		return kind
	case "array", "object":
		return "an " + kind
	default:
		return "a " + kind
	}
}
