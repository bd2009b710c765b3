package jsonata_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"
	"time"

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

func ExampleCompile() {
	_, err := jsonata.Compile(`items[price > ]`, jsonata.Options{})
	fmt.Println(err)
	var e *jsonata.Error
	if errors.As(err, &e) {
		fmt.Println(e.Code, e.Pos, e.Token)
	}
	// Output:
	// jsonata: S0211: The symbol "]" cannot be used as a unary operator
	// S0211 15 ]
}

// Options add functions, and take standard ones away.
func ExampleOptions() {
	e, err := jsonata.Compile(`$eval("1 + 1")`, jsonata.Options{Without: []string{"eval"}})
	if err != nil {
		log.Fatal(err)
	}
	_, err = e.Eval(nil, nil, nil)
	fmt.Println(err)
	// Output: jsonata: T1006: Attempted to invoke a non-function
}

// Any Go value can be an input or a variable. Undefined is no result.
func ExampleExpr_Eval() {
	e := jsonata.MustCompile(`items[qty > $least].name`)
	input := map[string]any{"items": []map[string]any{{"name": "pen", "qty": 3}, {"name": "cup", "qty": 1}}}
	v, err := e.Eval(input, jsonata.Vars{"least": 2}, nil)
	fmt.Println(v, err)
	v, err = e.Eval(input, jsonata.Vars{"least": 5}, nil)
	fmt.Println(v == jsonata.Undefined, err)
	// Output:
	// pen <nil>
	// true <nil>
}

func ExampleExpr_EvalContext() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := jsonata.MustCompile(`$sum([1..1000])`).EvalContext(ctx, nil, nil, nil)
	fmt.Println(errors.Is(err, context.Canceled))
	// Output: true
}

// A budget for several evaluations together.
func ExampleExpr_EvalUsage() {
	left := int64(1000)
	for _, src := range []string{`$sum([1..200])`, `$sum([1..2000])`} {
		_, used, err := jsonata.MustCompile(src).EvalUsage(nil, nil, &jsonata.Limits{Steps: left})
		left -= used.Steps
		fmt.Println(left > 0, err)
	}
	// Output:
	// true <nil>
	// false jsonata: U1001: Expression evaluation timeout: Check for infinite loop
}

// Time and randomness come from the bindings, so that a test can fix them.
func ExampleEnv() {
	env := jsonata.Env{
		Vars:  jsonata.Vars{"name": "Ada"},
		Clock: func() time.Time { return time.Unix(0, 0) },
		Rand:  func() float64 { return 0.5 },
	}
	v, err := jsonata.MustCompile(`$name & " at " & $now() & ", " & $random()`).Eval(nil, env, nil)
	fmt.Println(v, err)
	// Output: Ada at 1970-01-01T00:00:00.000Z, 0.5 <nil>
}

func ExampleReferences() {
	references, err := jsonata.References(`$price * $tax(country)`)
	for _, r := range references {
		fmt.Printf("%q %v call %v\n", r.Name, r.Path, r.Call)
	}
	fmt.Println(err)
	// Output:
	// "price" [] call false
	// "tax" [] call true
	// "" [country] call false
	// <nil>
}

func ExampleCompileReferences() {
	e, references, err := jsonata.CompileReferences(`$price * 2`, jsonata.Options{})
	fmt.Println(e, references[0].Name, err)
	// Output: $price * 2 price <nil>
}

// A function that calls a function, and charges for what it builds.
func ExampleCall_Apply() {
	times := jsonata.MustFunction("<nf:a>", func(c *jsonata.Call, args []any) (any, error) {
		n := args[0].(int64)
		if err := c.Charge(8 * int(n)); err != nil {
			return nil, err
		}
		list := make([]any, 0, n)
		for i := range n {
			v, err := c.Apply(args[1].(*jsonata.Lambda), i)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	})
	v, err := jsonata.MustCompile(`$times(3, function($i) { $i * $i })`).Eval(nil, jsonata.Vars{"times": times}, nil)
	fmt.Println(v, err)
	// Output: [0 1 4] <nil>
}
