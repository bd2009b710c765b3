package value

import (
	"cmp"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/gostates/gostates/internal/spelling"
	"github.com/gostates/gostates/value/internal/structfields"
)

// FieldOption says how strictly [CheckFields] compares a value with the structs of
// a Go type.
type FieldOption uint8

const (
	// KnownFieldsOnly refuses an object with a member that has no field.
	KnownFieldsOnly FieldOption = 1 << iota
	// AllFieldsRequired refuses an object without a member for a field, unless the
	// field's tag has omitempty or omitzero.
	AllFieldsRequired
)

// CheckFields checks the objects in v against the structs of type t that [Decode]
// would fill, by the rules of encoding/json for the names of fields. The error
// names the first object that the options refuse. CheckFields does not check the
// types of values. It is safe for concurrent use.
func CheckFields(v any, t reflect.Type, o FieldOption) error {
	if o == 0 {
		return nil
	}
	if problem := o.findProblem(t, v, structName(t)); problem != "" {
		return errors.New("value: " + strings.TrimPrefix(problem, "."))
	}
	return nil
}

func structName(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Name()
}

var (
	jsonReader  = reflect.TypeFor[json.Unmarshaler]()
	textReader  = reflect.TypeFor[encoding.TextUnmarshaler]()
	objectValue = reflect.TypeFor[Object]()
)

// problem looks at the parts of the input that go into structs.
func (o FieldOption) findProblem(t reflect.Type, input any, path string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == objectValue || reflect.PointerTo(t).Implements(jsonReader) || reflect.PointerTo(t).Implements(textReader) {
		return ""
	}
	switch t.Kind() {
	case reflect.Struct:
		if object, ok := input.(*Object); ok {
			return o.findStructProblem(structfields.Of(t), object, path)
		}
	case reflect.Slice, reflect.Array:
		elements, _ := input.([]any)
		for i, element := range elements {
			if p := o.findProblem(t.Elem(), element, path+"["+strconv.Itoa(i)+"]"); p != "" {
				return p
			}
		}
	case reflect.Map:
		object, _ := input.(*Object)
		for key, element := range object.All() {
			if p := o.findProblem(t.Elem(), element, path+"["+strconv.Quote(key)+"]"); p != "" {
				return p
			}
		}
	}
	return ""
}

func (o FieldOption) findStructProblem(plan *structfields.Plan, object *Object, path string) string {
	found := make([]bool, len(plan.Fields))
	for key, v := range object.All() {
		i := plan.Find(key)
		if i < 0 {
			if o&KnownFieldsOnly != 0 {
				return fmt.Sprintf("%s has no field for the member %q", cmp.Or(path, "it"), key) + didYouMean(key, plan)
			}
			continue
		}
		found[i] = true
		if p := o.findProblem(plan.Fields[i].Type, v, path+"."+plan.Fields[i].Path); p != "" {
			return p
		}
	}
	for i := range plan.Fields {
		f := &plan.Fields[i]
		if o&AllFieldsRequired != 0 && !found[i] && !f.Optional() {
			return fmt.Sprintf("%s.%s: there is no member %q", path, f.Path, f.Name)
		}
	}
	return ""
}

// didYouMean returns a question, if a member is like the name of a field.
func didYouMean(member string, plan *structfields.Plan) string {
	names := func(yield func(string) bool) {
		for i := range plan.Fields {
			if !yield(plan.Fields[i].Name) {
				return
			}
		}
	}
	if similar, ok := spelling.Similar(member, names); ok {
		return fmt.Sprintf(" (did you mean %q?)", similar)
	}
	return ""
}
