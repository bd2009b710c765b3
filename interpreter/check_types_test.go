package interpreter_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
)

type checkedOrder struct {
	ID    string         `json:"id"`
	Total int            `json:"total"`
	Lines []checkedLine  `json:"lines,omitempty"`
	Any   map[string]any `json:"any,omitempty"`
}

type checkedLine struct {
	SKU   string `json:"sku"`
	Count int    `json:"count"`
}

type checkedReceipt struct {
	Amount int                   `json:"amount"`
	Bank   struct{ Name string } `json:"bank"`
}

// strictColour refuses null, as a type may that has no zero value.
type strictColour struct{ name string }

func (c *strictColour) UnmarshalJSON(text []byte) error {
	if string(text) != `"red"` {
		return fmt.Errorf("%s is not a colour", text)
	}
	c.name = "red"
	return nil
}

type checkedPaint struct {
	Colour strictColour `json:"colour"`
}

func checkedCharge(context.Context, checkedOrder) (checkedReceipt, error) {
	return checkedReceipt{}, nil
}

func TestCheckTypes(t *testing.T) {
	charge := interpreter.Func(checkedCharge)
	all := interpreter.Mux{
		"charge":   charge,
		"strict":   interpreter.Func(checkedCharge, interpreter.AllFieldsRequired),
		"activity": interpreter.Worker("w", charge),
		"unknown":  interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) { return nil, nil }),
		"any":      interpreter.Plain(func(any) (any, error) { return nil, nil }),
		"paint":    interpreter.Plain(func(checkedPaint) (any, error) { return nil, nil }),
		"colour":   interpreter.Plain(func(strictColour) (any, error) { return nil, nil }),
	}
	task := func(fields string) string {
		return `{"StartAt": "T", "States": {"T": {"Type": "Task", "End": true, ` + fields + `}}}`
	}
	then := func(first, second string) string {
		return `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "charge", "Next": "U"` + first + `}, "U": {"End": true, ` + second + `}}}`
	}
	for name, c := range map[string]struct{ definition, want string }{
		"fits":                    {task(`"Resource": "charge", "Parameters": {"id.$": "$.id", "total": 5, "lines": [{"sku": "a", "count.$": "$.n"}], "any": {"x": [1]}}`), ""},
		"fits without Parameters": {task(`"Resource": "charge"`), ""},
		"fits, in another case":   {task(`"Resource": "charge", "Parameters": {"ID": "x"}`), ""},
		"a string for a number": {task(`"Resource": "charge", "Parameters": {"total": "5"}`),
			"interpreter: /States/T/Parameters: does not fit interpreter_test.checkedOrder: checkedOrder.Total: string \"5\" does not fit int"},
		"a type that refuses null":   {task(`"Resource": "paint", "Parameters": {"colour.$": "$.c"}`), ""},
		"an input that refuses null": {task(`"QueryLanguage": "JSONata", "Resource": "colour", "Arguments": "{% $states.input %}"`), ""},
		"a type that refuses a string": {task(`"Resource": "paint", "Parameters": {"colour": "blue"}`),
			"interpreter: /States/T/Parameters: does not fit interpreter_test.checkedPaint: checkedPaint.Colour: interpreter_test.strictColour.UnmarshalJSON: \"blue\" is not a colour"},
		"an unknown member": {task(`"Resource": "charge", "Parameters": {"totl.$": "$.total"}`),
			`interpreter: /States/T/Parameters: does not fit interpreter_test.checkedOrder: checkedOrder has no field for the member "totl" (did you mean "total"?)`},
		"an unknown member in a list": {task(`"Resource": "charge", "Parameters": {"lines": [{"sku.$": "$.s"}, {"skew.$": "$.s"}]}`),
			`interpreter: /States/T/Parameters: does not fit interpreter_test.checkedOrder: checkedOrder.Lines[1] has no field for the member "skew"`},
		"an object for a list": {task(`"Resource": "charge", "Parameters": {"lines": {}}`),
			"interpreter: /States/T/Parameters: does not fit interpreter_test.checkedOrder: checkedOrder.Lines: an object does not fit []interpreter_test.checkedLine"},
		"not required":    {task(`"Resource": "charge", "Parameters": {"id": "x"}`), ""},
		"required":        {task(`"Resource": "strict", "Parameters": {"id": "x"}`), `interpreter: /States/T/Parameters: does not fit interpreter_test.checkedOrder: checkedOrder.Total: there is no member "total"`},
		"a worker":        {task(`"Resource": "activity", "Parameters": {"id": 7}`), "interpreter: /States/T/Parameters: does not fit interpreter_test.checkedOrder: checkedOrder.ID: number 7 does not fit string"},
		"unknown handler": {task(`"Resource": "unknown", "Parameters": {"id": 7}`), ""},
		"any input":       {task(`"Resource": "any", "Parameters": {"id": 7}`), ""},
		"no handler":      {task(`"Resource": "nowhere", "Parameters": {"id": 7}`), ""},
		"JSONata": {task(`"QueryLanguage": "JSONata", "Resource": "charge", "Arguments": {"id": "{% $states.input.id %}", "total": "five"}`),
			"interpreter: /States/T/Arguments: does not fit interpreter_test.checkedOrder: checkedOrder.Total: string \"five\" does not fit int"},
		"JSONata, an expression": {task(`"QueryLanguage": "JSONata", "Resource": "charge", "Arguments": "{% $states.input %}"`), ""},

		"a result has the field": {then(``, `"Type": "Pass", "Parameters": {"a.$": "$.amount", "b.$": "$.bank.Name"}`), ""},
		"a result lacks the field": {then(``, `"Type": "Pass", "Parameters": {"a.$": "$.amont"}`),
			"interpreter: /States/U/Parameters: The field 'amont' never exists (did you mean 'amount'? the state 'T' gives amount, bank)"},
		"a result lacks a field below": {then(`, "ResultPath": "$.receipt"`, `"Type": "Pass", "InputPath": "$.receipt.bank.name"`),
			"interpreter: /States/U/InputPath: The field 'receipt.bank.name' never exists (did you mean 'Name'? the state 'T' gives Name)"},
		"a result beside the input": {then(`, "ResultPath": "$.receipt"`, `"Type": "Pass", "InputPath": "$.order.id"`), ""},
		"ResultSelector": {then(`, "ResultSelector": {"x.$": "$.amounts"}`, `"Type": "Pass"`),
			"interpreter: /States/T/ResultSelector: The field 'amounts' never exists (did you mean 'amount'? there are amount, bank)"},
		"a Choice": {`{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "charge", "Next": "C"},
			"C": {"Type": "Choice", "Choices": [{"Variable": "$.sum", "NumericGreaterThan": 1, "Next": "D"}], "Default": "D"}, "D": {"Type": "Succeed"}}}`,
			"interpreter: /States/C/Choices[0]/Variable: The field 'sum' never exists (the state 'T' gives amount, bank)"},
		"JSONata, the next input": {`{"QueryLanguage": "JSONata", "StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "charge", "Next": "U"},
			"U": {"Type": "Pass", "Output": "{% $states.input.amont %}", "End": true}}}`,
			"interpreter: /States/U/Output: The field 'amont' never exists (did you mean 'amount'? the state 'T' gives amount, bank)"},
		"JSONata, the result": {task(`"QueryLanguage": "JSONata", "Resource": "charge", "Arguments": {}, "Output": "{% $states.result.amont %}"`),
			"interpreter: /States/T/Output: The field 'amont' never exists (did you mean 'amount'? there are amount, bank)"},
		"JSONata, the result in the next input": {`{"QueryLanguage": "JSONata", "StartAt": "T", "States": {
			"T": {"Type": "Task", "Resource": "charge", "Output": {"receipt": "{% $states.result %}"}, "Next": "U"},
			"U": {"Type": "Pass", "Output": "{% $states.input.receipt.amont %}", "End": true}}}`,
			"interpreter: /States/U/Output: The field 'receipt.amont' never exists (did you mean 'amount'? the state 'T' gives amount, bank)"},
		"a variable": {then(`, "Assign": {"bank.$": "$.bank", "paid": 1}`, `"Type": "Pass", "Parameters": {"a.$": "$bank.name"}`),
			"interpreter: /States/U/Parameters: The field 'bank.name' never exists (did you mean 'Name'? the state 'T' gives Name)"},
		"a variable in JSONata": {`{"QueryLanguage": "JSONata", "StartAt": "T", "States": {
			"T": {"Type": "Task", "Resource": "charge", "Assign": {"receipt": "{% $states.result %}"}, "Next": "U"},
			"U": {"Type": "Pass", "Output": "{% $receipt.amont %}", "End": true}}}`,
			"interpreter: /States/U/Output: The field 'receipt.amont' never exists (did you mean 'amount'? the state 'T' gives amount, bank)"},
		"a variable of two states": {`{"QueryLanguage": "JSONata", "StartAt": "T", "States": {
			"T": {"Type": "Task", "Resource": "charge", "Assign": {"x": "{% $states.result %}"}, "Catch": [{"ErrorEquals": ["States.ALL"], "Assign": {"x": "{% $states.errorOutput %}"}, "Next": "U"}], "Next": "U"},
			"U": {"Type": "Pass", "Output": "{% [$x.amount, $x.Error, $x.amont] %}", "End": true}}}`,
			"interpreter: /States/U/Output: The field 'x.amont' never exists (did you mean 'amount'? there are amount, bank, Error, Cause)"},
		"a variable that a state assigns whose data is unknown": {`{"QueryLanguage": "JSONata", "StartAt": "T", "States": {
			"T": {"Type": "Task", "Resource": "charge", "Assign": {"x": "{% $states.result %}"}, "Next": "P"},
			"P": {"Type": "Pass", "Assign": {"x": "{% $states.context %}"}, "Next": "U"},
			"U": {"Type": "Pass", "Output": "{% $x.amont %}", "End": true}}}`, ""},
		"a task that another one answers": {`{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "arn:aws:states:::x:y.waitForTaskToken", "Next": "U"},
			"U": {"Type": "Pass", "InputPath": "$.amont", "End": true}}}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := interpreter.CheckTypes(compile(t, c.definition), interpreter.Resolvers{all, interpreter.Services{"x:y": charge}})
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, c.want)
		})
	}
	require.ErrorIs(t, interpreter.CheckTypes(nil, all), interpreter.ErrNoProgram)
	require.NoError(t, interpreter.CheckTypes(compile(t, oneTask), nil))
}

type panickingInput struct{}

func (*panickingInput) UnmarshalJSON([]byte) error { panic("broken") }

type panickingTypes struct{}

func (panickingTypes) Resolve(string, string) (interpreter.Handler, bool) { panic("no") }

// Resolvers and inputs are the host's code.
func TestCheckTypesOfHostileCode(t *testing.T) {
	p := compile(t, `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "work", "Parameters": {"a": 1}, "End": true}}}`)
	err := interpreter.CheckTypes(p, interpreter.Mux{"work": interpreter.Plain(func(panickingInput) (any, error) { return nil, nil })})
	require.ErrorContains(t, err, "/States/T/Parameters: does not fit interpreter_test.panickingInput: decoding panicked: broken")
	err = interpreter.CheckTypes(p, panickingTypes{})
	var hook *interpreter.HookError
	require.ErrorAs(t, err, &hook)
}

// A resource without a handler may be a misspelt one of a Mux, wherever that is.
func TestCheckSuggestsResources(t *testing.T) {
	none := interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) { return nil, nil })
	p, err := interpreter.Compile([]byte(`{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "chrage", "End": true}}}`), interpreter.Options{})
	require.NoError(t, err)
	const missing = `interpreter: no handler for the resource "chrage" of the state "T"`
	around := func(next interpreter.Handler) interpreter.Handler { return next }
	for _, c := range []struct {
		resolver interpreter.Resolver
		want     string
	}{
		{nil, missing},
		{interpreter.Mux{"ship": none, "charge*": none}, missing},
		{interpreter.Mux{"ship": none, "charge": none}, missing + ` (did you mean "charge"?)`},
		{interpreter.Resolvers{nil, interpreter.Mux{"ship": none}, interpreter.Resolvers{interpreter.Mux{"charge": none}}}, missing + ` (did you mean "charge"?)`},
		{interpreter.WithMiddleware(interpreter.Resolvers{interpreter.Mux{"charge": none}}, around), missing + ` (did you mean "charge"?)`},
	} {
		err := interpreter.Check(p, c.resolver)
		require.EqualError(t, err, c.want)
		require.ErrorIs(t, err, interpreter.ErrNoHandler)
	}
}
