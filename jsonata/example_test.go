package jsonata_test

import (
	"fmt"
	"log"
	"strings"

	"github.com/gostates/gostates/jsonata"
	"github.com/gostates/gostates/value"
)

func Example() {
	e, err := jsonata.Compile(`{"customer": customer.name, "total": $sum(items.(price * qty))}`, jsonata.Options{})
	if err != nil {
		log.Fatal(err)
	}
	order, err := value.ParseString(`{
		"customer": {"name": "Ada"},
		"items": [{"price": 2.5, "qty": 2}, {"price": 10, "qty": 1}]
	}`)
	if err != nil {
		log.Fatal(err)
	}
	v, err := e.Eval(order, nil, nil)
	fmt.Println(value.String(v), err)
	// Output: {"customer":"Ada","total":15} <nil>
}

// An error has the code and the message of jsonata-js.
func ExampleError() {
	_, err := jsonata.MustCompile(`"one" + 1`).Eval(nil, nil, nil)
	fmt.Println(err)
	// Output: jsonata: T2001: The left side of the "+" operator must evaluate to a number
}

func ExampleNewFunction() {
	shout, err := jsonata.NewFunction("<s-:s>", func(_ *jsonata.Call, args []any) (any, error) {
		s, ok := args[0].(string)
		if !ok {
			return jsonata.Undefined, nil
		}
		return strings.ToUpper(s) + "!", nil
	})
	if err != nil {
		log.Fatal(err)
	}
	e, err := jsonata.Compile(`names.$shout()`, jsonata.Options{
		Functions: map[string]*jsonata.Function{"shout": shout},
	})
	if err != nil {
		log.Fatal(err)
	}
	v, err := e.Eval(map[string]any{"names": []string{"ada", "bob"}}, nil, nil)
	fmt.Println(value.String(v), err)
	// Output: ["ADA!","BOB!"] <nil>
}

func ExampleExpr_References() {
	for _, r := range jsonata.MustCompile(`$rates.eur * total`).References() {
		fmt.Printf("%q %v %v\n", r.Name, r.Path, r.TopLevel)
	}
	// Output:
	// "rates" [eur] true
	// "" [total] true
}

// Limits count: the same evaluation ends the same way everywhere.
func ExampleLimits() {
	endless := jsonata.MustCompile(`($f := function() { $f() }; $f())`)
	_, err := endless.Eval(nil, nil, &jsonata.Limits{Steps: 100_000})
	fmt.Println(err)
	// Output: jsonata: U1001: Expression evaluation timeout: Check for infinite loop
}
