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

// FuncOption makes [Func] stricter about its input. As in encoding/json, unknown
// members are ignored by default, and fields without a member keep their zero
// value.
type FuncOption uint8

const (
	// KnownFieldsOnly refuses an input that has a member without a field.
	KnownFieldsOnly FuncOption = 1 << iota
	// AllFieldsRequired refuses an input that lacks a member for a field, unless
	// the tag of the field has omitempty or omitzero.
	AllFieldsRequired
)

func combineOptions(all []FuncOption) FuncOption {
	var o FuncOption
	for _, one := range all {
		o |= one
	}
	return o
}

// checkInput returns an error if the options refuse the input for a type.
func (o FuncOption) checkInput(state string, t reflect.Type, input any) error {
	if o == 0 {
		return nil
	}
	if problem := o.findProblem(t, input, typeName(t)); problem != "" {
		return asl.Errorf(asl.StatesTaskFailed, "The input of the state '%s' does not fit its function: %s", state, problem)
	}
	return nil
}

func typeName(t reflect.Type) string {
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

// findProblem describes the first problem of the input, at any depth, or returns
// "".
func (o FuncOption) findProblem(t reflect.Type, input any, path string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == objectValue || reflect.PointerTo(t).Implements(jsonReader) || reflect.PointerTo(t).Implements(textReader) {
		return ""
	}
	switch t.Kind() {
	case reflect.Struct:
		if object, ok := input.(*value.Object); ok {
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
		object, _ := input.(*value.Object)
		for key, element := range object.All() {
			if p := o.findProblem(t.Elem(), element, path+"["+strconv.Quote(key)+"]"); p != "" {
				return p
			}
		}
	}
	return ""
}

func (o FuncOption) findStructProblem(plan *structfields.Plan, object *value.Object, path string) string {
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
