package value_test

import (
	"fmt"
	"math"

	"github.com/gostates/gostates/value"
)

func ExampleParse() {
	v, err := value.Parse([]byte(`{"z": 1, "a": [1.0, 1e20, 12345678901234567890]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(value.String(v)) // order and the kind of a number stay
	_, err = value.Parse([]byte(`{"z": 01}`))
	fmt.Println(err)
	// Output:
	// {"z":1,"a":[1.0,1.0E20,12345678901234567890]}
	// value: offset 6: a number must not start with 0
}

func ExampleObject_With() {
	o := value.ObjectOf(value.Member{Key: "id", Value: int64(7)}, value.Member{Key: "state", Value: "new"})
	changed := o.With("state", "paid").With("total", 9.5).Without("id")
	fmt.Println(value.String(o))
	fmt.Println(value.String(changed))
	// Output:
	// {"id":7,"state":"new"}
	// {"state":"paid","total":9.5}
}

func ExampleObject_String() {
	v, _ := value.ParseString(`{"id": 7, "tags": ["a", 1.0]}`)
	fmt.Println(v)
	fmt.Printf("%v\n", []any{v, "b"})
	// Output:
	// {"id":7,"tags":["a",1.0]}
	// [{"id":7,"tags":["a",1.0]} b]
}

func ExampleFrom() {
	type Line struct {
		SKU   string  `json:"sku"`
		Price float64 `json:"price"`
		Note  string  `json:"note,omitempty"`
	}
	v, err := value.From(map[string]any{"lines": []Line{{SKU: "A-1", Price: 5}}, "count": 1})
	fmt.Println(value.String(v), err)
	_, err = value.From([]Line{{}, {Price: math.NaN()}})
	fmt.Println(err)
	// Output:
	// {"count":1,"lines":[{"sku":"A-1","price":5.0}]} <nil>
	// value: [1].Price: NaN has no JSON form
}

func ExampleDecode() {
	type Order struct {
		ID    int8
		Items []struct{ SKU string }
		Extra *value.Object
	}
	v, _ := value.ParseString(`{"id": 7, "items": [{"sku": "A-1"}], "extra": {"z": 1.0, "a": 2}}`)
	var o Order
	err := value.Decode(v, &o)
	fmt.Println(o.ID, o.Items[0].SKU, value.String(o.Extra), err)

	v, _ = value.ParseString(`{"id": 300}`)
	fmt.Println(value.Decode(v, &o))
	// Output:
	// 7 A-1 {"z":1.0,"a":2} <nil>
	// value: Order.ID: number 300 does not fit int8
}

func ExampleReadNode() {
	text := []byte("{\n  \"a\": [true, 1]\n}")
	n, _ := value.ReadNode(text, value.ReadOptions{})
	one := n.Children[0].Children[1]
	line, column := value.Position(text, one.Offset)
	fmt.Printf("%v at %d:%d\n", one.Value, line, column)
	// Output:
	// 1 at 2:15
}
