package interpreter

import (
	"reflect"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

// FuncOption says how strictly [Func] takes its input. Without options, members
// that have no field are ignored, and fields without a member stay as they are, as
// in encoding/json.
type FuncOption = value.FieldOption

const (
	// KnownFieldsOnly refuses an input with a member that has no field.
	KnownFieldsOnly = value.KnownFieldsOnly
	// AllFieldsRequired refuses an input without a member for a field, unless the
	// field's tag has omitempty or omitzero.
	AllFieldsRequired = value.AllFieldsRequired
)

func combineOptions(all []FuncOption) FuncOption {
	var o FuncOption
	for _, one := range all {
		o |= one
	}
	return o
}

// checkInput fails a task whose input the options refuse.
func checkInput(o FuncOption, state string, t reflect.Type, input any) error {
	if err := value.CheckFields(input, t, o); err != nil {
		return asl.Errorf(asl.StatesTaskFailed, "The input of the state '%s' does not fit its function: %s",
			state, strings.TrimPrefix(err.Error(), "value: "))
	}
	return nil
}
