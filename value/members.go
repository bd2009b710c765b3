package value

import (
	"reflect"

	"github.com/gostates/gostates/value/internal/structfields"
)

// Members returns what is known, without a Go value, of the values that [From] makes of a
// type: for a struct an *Object with each member that it may have, and of these again
// what is known; for a bool, a number or a string a zero value; and nil for all others,
// such as maps, slices, interfaces and types that write their own JSON. A pointer counts
// as what it points to.
func Members(t reflect.Type) any { return membersOf(t, 0) }

// maxMembersDepth ends types that contain themselves.
const maxMembersDepth = 8

func membersOf(t reflect.Type, depth int) any {
	if t == nil || depth > maxMembersDepth {
		return nil
	}
	for t.Kind() == reflect.Pointer && !hasMethods(t) {
		t = t.Elem()
	}
	if hasMethods(t) || t == objectValue {
		return nil
	}
	switch k := t.Kind(); {
	case k == reflect.Bool:
		return false
	case k == reflect.String:
		return ""
	case k >= reflect.Int && k <= reflect.Float64:
		return int64(0)
	case k != reflect.Struct:
		return nil
	}
	plan := structfields.Of(t)
	o := NewObject(len(plan.Fields))
	for i := range plan.Fields {
		o.Set(plan.Fields[i].Name, membersOf(plan.Fields[i].Type, depth+1))
	}
	return o
}
