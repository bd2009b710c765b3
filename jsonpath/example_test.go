package jsonpath_test

import (
	"errors"
	"fmt"

	"github.com/gostates/gostates/jsonpath"
	"github.com/gostates/gostates/value"
)

func input() any {
	v, err := value.ParseString(`{
		"id": 7,
		"orders": [{"id": "a", "total": 150}, {"id": "b", "total": 80}]
	}`)
	if err != nil {
		panic(err)
	}
	return v
}

func ExampleParse() {
	p, err := jsonpath.Parse("$.orders[?(@.total > 100)].id")
	if err != nil {
		fmt.Println(err)
		return
	}
	ids, err := p.Get(input())
	fmt.Println(value.String(ids), p.Definite(), err)
	// Output: ["a"] false <nil>
}

func ExampleParse_error() {
	_, err := jsonpath.Parse("$.orders[?(@.total is 100)]")
	fmt.Println(err)
	// Output: jsonpath: Space not allowed in path (at offset 18 of "$.orders[?(@.total is 100)]")
}

func ExampleParseReference() {
	_, err := jsonpath.ParseReference("orders")
	var parse *jsonpath.ParseError
	fmt.Println(errors.As(err, &parse), parse.Msg)
	// Output: true Reference path didn't start with '$'
}

func ExamplePath_Get() {
	p, _ := jsonpath.Parse("$.orders[0].customer.name")
	_, err := p.Get(input())
	var miss *jsonpath.Error
	fmt.Println(errors.As(err, &miss) && miss.Kind == jsonpath.NotFound)
	fmt.Println(err)
	// Output:
	// true
	// Missing property in path $['orders'][0]['customer']
}

func ExamplePath_Lookup() {
	p, _ := jsonpath.Parse("$.orders[1].total")
	v, ok := p.Lookup(input())
	fmt.Println(v, ok)
	// Output: 80 true
}

func ExamplePath_Set() {
	p, _ := jsonpath.ParseReference("$.orders[0].shipping.label")
	output, err := p.Set(input(), "L-1")
	fmt.Println(value.String(output), err)
	// Output: {"id":7,"orders":[{"id":"a","total":150,"shipping":{"label":"L-1"}},{"id":"b","total":80}]} <nil>
}

func ExamplePath_GetFrom() {
	p, _ := jsonpath.Parse("$$.Execution.Input.orders[0].id")
	// The caller knows where $$.Execution.Input is without a context object.
	fmt.Println(p.Root() == jsonpath.Context, p.Names())
	id, err := p.GetFrom(input(), 2)
	fmt.Println(id, err)
	// Output:
	// true [Execution Input orders]
	// a <nil>
}
