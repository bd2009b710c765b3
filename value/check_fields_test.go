package value_test

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/value"
)

func ExampleCheckFields() {
	type Order struct {
		ID    string `json:"id"`
		Total int    `json:"total"`
		Note  string `json:"note,omitempty"`
	}
	v, _ := value.ParseString(`{"id": "o-1", "totl": 7}`)
	fmt.Println(value.CheckFields(v, reflect.TypeFor[Order](), value.KnownFieldsOnly))
	fmt.Println(value.CheckFields(v, reflect.TypeFor[Order](), value.AllFieldsRequired))
	// Output:
	// value: Order has no field for the member "totl" (did you mean "total"?)
	// value: Order.Total: there is no member "total"
}

// A struct type without a name has none in messages.
func TestCheckFieldsOfUnnamedStructs(t *testing.T) {
	type unnamed = struct {
		ID    int
		Lines []struct{ SKU string }
	}
	for text, want := range map[string]string{
		`{"total": 5}`:             `value: it has no field for the member "total"`,
		`{"Lines": [{"skew": 1}]}`: `value: Lines[0] has no field for the member "skew"`,
		`{"Lines": []}`:            "value: ID: there is no member \"ID\"",
	} {
		v, err := value.ParseString(text)
		require.NoError(t, err)
		require.EqualError(t, value.CheckFields(v, reflect.TypeFor[unnamed](), value.KnownFieldsOnly|value.AllFieldsRequired), want)
	}
}
