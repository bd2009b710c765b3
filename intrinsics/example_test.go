package intrinsics_test

import (
	"errors"
	"fmt"

	"github.com/gostates/gostates/intrinsics"
	"github.com/gostates/gostates/jsonpath"
	"github.com/gostates/gostates/value"
)

// document is the simplest Env: one value that all paths are read from, and no
// randomness.
type document struct{ value any }

func (d document) Get(p *jsonpath.Path) (any, error) { return p.Get(d.value) }
func (document) Uint64() uint64                      { return 0 }
func (document) Meter() *value.Meter                 { return nil }

func Example() {
	input, _ := value.ParseString(`{"item": "tea", "price": 3}`)
	call, err := intrinsics.Parse("States.Format('{} costs {}', $.item, States.MathAdd($.price, 1))")
	if err != nil {
		fmt.Println(err)
		return
	}
	v, err := call.Eval(document{input})
	fmt.Println(v, err)
	// Output: tea costs 4 <nil>
}

func ExampleParse() {
	_, err := intrinsics.Parse("States.Format({}, $.item)")
	fmt.Println(err)
	// Output: intrinsics: an array or object cannot be written as an argument: use a path, States.Array or States.StringToJson (at offset 14 of "States.Format({}, $.item)")
}

func ExampleCall_Paths() {
	call, _ := intrinsics.Parse("States.Array($.a, States.Format('{}', $$.Execution.Id))")
	for path := range call.Paths() {
		fmt.Println(path)
	}
	// Output:
	// $.a
	// $$.Execution.Id
}

func ExampleCall_Eval_errors() {
	call, _ := intrinsics.Parse("States.MathAdd($.n, 1)")

	text, _ := value.ParseString(`{"n": "one"}`)
	_, err := call.Eval(document{text})
	fmt.Println(err)

	empty, _ := value.ParseString(`{}`)
	_, err = call.Eval(document{empty})
	var missing *intrinsics.ArgumentError
	if errors.As(err, &missing) {
		fmt.Println("there is nothing at", missing.Path)
	}
	// Output:
	// Invalid arguments in States.MathAdd: argument 1 is a string, not a number
	// there is nothing at $.n
}
