package value_test

import (
	"fmt"
	"reflect"

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
	// value: Order has no field for the member "totl"
	// value: Order.Total: there is no member "total"
}
