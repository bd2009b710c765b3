package jsonpath

import (
	"fmt"
	"slices"

	"github.com/gostates/gostates/value"
)

// Set returns root with v at the path, as ResultPath does. It copies the
// containers along the path and does not change root. It creates missing
// objects on the way. An existing key keeps its position, and a new one goes
// last. An index must be in the array. The path must name one place, as paths
// of [ParseReference] do. The error is an *[Error] of kind Invalid that names
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

// Copied returns the number of members and elements that Set copies: those of
// the objects and arrays of root along the path.
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
			n++ // a new object
			at = nil
		}
	}
	return n
}

// setAt sets v behind the steps from i on. at is the current value at step i.
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
		return nil, p.cannotSet(root, "") // the message shows the root
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

// cannotSet returns an error. Only the first half of its message is AWS's.
func (p *Path) cannotSet(root any, why string) *Error {
	text := "Unable to apply ReferencePath " + p.text + " to input " + value.String(root)
	if why != "" {
		text += ": " + why
	}
	return textError(text)
}

// describeKind returns the type of a value with its article.
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
