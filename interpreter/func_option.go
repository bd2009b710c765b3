package interpreter

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/internal/structfields"
	"github.com/gostates/gostates/value"
)

// FuncOption says how strictly [Func] takes its input. Without any, members that
// no field is for are ignored and fields that are not there stay as they are, as
// in encoding/json.
type FuncOption uint8

const (
	// KnownFieldsOnly refuses an input with a member that no field is for.
	KnownFieldsOnly FuncOption = 1 << iota
	// AllFieldsRequired refuses an input without a member for each field whose
	// tag says neither omitempty nor omitzero.
	AllFieldsRequired
)

func options(all []FuncOption) FuncOption {
	var o FuncOption
	for _, one := range all {
		o |= one
	}
	return o
}

// check reports what the options refuse in the input for a type.
func (o FuncOption) check(state string, t reflect.Type, input any) error {
	if o == 0 {
		return nil
	}
	if problem := o.problem(t, input, rootName(t)); problem != "" {
		return asl.Errorf(asl.StatesTaskFailed, "The input of the state '%s' does not fit its function: %s", state, problem)
	}
	return nil
}

func rootName(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Name()
}

var (
	jsonReader  = reflect.TypeFor[json.Unmarshaler]()
	textReader  = reflect.TypeFor[encoding.TextUnmarshaler]()
	objectValue = reflect.TypeFor[value.Object]()
)

// problem looks at the parts of the input that go into structs.
func (o FuncOption) problem(t reflect.Type, input any, path string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == objectValue || reflect.PointerTo(t).Implements(jsonReader) || reflect.PointerTo(t).Implements(textReader) {
		return ""
	}
	switch t.Kind() {
	case reflect.Struct:
		if object, ok := input.(*value.Object); ok {
			return o.structProblem(structfields.Of(t), object, path)
		}
	case reflect.Slice, reflect.Array:
		elements, _ := input.([]any)
		for i, element := range elements {
			if p := o.problem(t.Elem(), element, path+"["+strconv.Itoa(i)+"]"); p != "" {
				return p
			}
		}
	case reflect.Map:
		object, _ := input.(*value.Object)
		for key, element := range object.All() {
			if p := o.problem(t.Elem(), element, path+"["+strconv.Quote(key)+"]"); p != "" {
				return p
			}
		}
	}
	return ""
}

func (o FuncOption) structProblem(plan *structfields.Plan, object *value.Object, path string) string {
	found := make([]bool, len(plan.Fields))
	for key, v := range object.All() {
		i := plan.Find(key)
		if i < 0 {
			if o&KnownFieldsOnly != 0 {
				return fmt.Sprintf("%s has no field for the member %q", path, key)
			}
			continue
		}
		found[i] = true
		if p := o.problem(plan.Fields[i].Type, v, path+"."+plan.Fields[i].Path); p != "" {
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
