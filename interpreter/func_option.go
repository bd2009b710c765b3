package interpreter

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/gostates/gostates/asl"
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
	fieldPlans  sync.Map // of reflect.Type: []field
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
			return o.structProblem(fieldsOf(t), object, path)
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

func (o FuncOption) structProblem(fields []field, object *value.Object, path string) string {
	found := make([]bool, len(fields))
	for key, v := range object.All() {
		i := named(fields, key)
		if i < 0 {
			if o&KnownFieldsOnly != 0 {
				return fmt.Sprintf("%s has no field for the member %q", path, key)
			}
			continue
		}
		found[i] = true
		if p := o.problem(fields[i].typ, v, path+"."+fields[i].goName); p != "" {
			return p
		}
	}
	for i, f := range fields {
		if o&AllFieldsRequired != 0 && !found[i] && !f.optional {
			return fmt.Sprintf("%s.%s: there is no member %q", path, f.goName, f.name)
		}
	}
	return ""
}

// field is a struct's field as JSON sees it.
type field struct {
	name, goName string
	typ          reflect.Type
	optional     bool
	depth        int
}

// named returns the field for a member: by its exact name, or else without
// regard to case.
func named(fields []field, key string) int {
	found := -1
	for i := range fields {
		if fields[i].name == key {
			return i
		}
		if found < 0 && strings.EqualFold(fields[i].name, key) {
			found = i
		}
	}
	return found
}

func fieldsOf(t reflect.Type) []field {
	if known, ok := fieldPlans.Load(t); ok {
		return known.([]field)
	}
	fields := appendFields(nil, t, "", 0, map[reflect.Type]bool{})
	fieldPlans.Store(t, fields)
	return fields
}

// appendFields adds the fields of a struct and of those that it embeds. A field
// that is less deep hides one of the same name.
func appendFields(fields []field, t reflect.Type, prefix string, depth int, seen map[reflect.Type]bool) []field {
	if seen[t] {
		return fields
	}
	seen[t] = true
	for i := range t.NumField() {
		f := t.Field(i)
		name, rest, _ := strings.Cut(f.Tag.Get("json"), ",")
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		switch {
		case name == "-" && rest == "":
			continue
		case f.Anonymous && name == "" && inner.Kind() == reflect.Struct:
			fields = appendFields(fields, inner, prefix+f.Name+".", depth+1, seen)
			continue
		case !f.IsExported():
			continue
		case name == "":
			name = f.Name
		}
		added := field{name, prefix + f.Name, f.Type, strings.Contains(rest, "omit"), depth}
		if j := exact(fields, name); j < 0 {
			fields = append(fields, added)
		} else if depth < fields[j].depth {
			fields[j] = added
		}
	}
	return fields
}

func exact(fields []field, name string) int {
	for i := range fields {
		if fields[i].name == name {
			return i
		}
	}
	return -1
}
