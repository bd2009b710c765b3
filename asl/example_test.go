package asl_test

import (
	"errors"
	"fmt"

	"github.com/gostates/gostates/asl"
)

func ExampleParse() {
	machine, err := asl.Parse([]byte(`{
  "StartAt": "Charge",
  "States": {
    "Charge": {"Type": "Task", "Resource": "charge", "Next": "Done"},
    "Done": {"Type": "Succeed"}
  }
}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for state := range machine.All() {
		if task, ok := state.(*asl.TaskState); ok {
			fmt.Println(task.Name, "calls", task.Resource.Value, "and goes on with", task.Next.Value)
		}
	}
	// Output:
	// Charge calls charge and goes on with Done
}

func ExampleValidate() {
	found := asl.Validate([]byte(`{
  "StartAt": "Pay",
  "States": {
    "Pay": {
      "Type": "Task", "Resource": "pay", "End": true,
      "Retry": [{"ErrorEquals": ["States.Timeout"], "BackoffRate": 0.5}],
      "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Failed"}]
    },
    "Failed": {"Type": "Fail", "CausePath": "$.error"}
  }
}`), asl.Options{})
	for _, d := range found {
		fmt.Println(d.Severity, d)
	}
	errors, warnings := found.Count()
	fmt.Println(errors, "error,", warnings, "warning")
	// Output:
	// ERROR 6:68: /States/Pay/Retry[0]/BackoffRate: SCHEMA_VALIDATION_FAILED: Minimum value is 1.0
	// WARNING 9:45: /States/Failed/CausePath: FIELD_NEVER_EXISTS: The field 'error' never exists (did you mean 'Error'? the state 'Pay' gives Error, Cause)
	// 1 error, 1 warning
}

func ExampleParseValid() {
	definition := []byte(`{
  "StartAt": "Done",
  "States": {
    "Done": {"Type": "Succeed"},
    "Undo": {"Type": "Fail"}
  }
}`)
	_, err := asl.Parse(definition)
	fmt.Println(err)
	_, err = asl.ParseValid(definition, asl.Options{})
	fmt.Println(err)
	// Output:
	// <nil>
	// 5:13: /States/Undo: MISSING_TRANSITION_TARGET: State "Undo" is not reachable.
}

func ExampleErrorList_InvalidDefinition() {
	found := asl.Validate([]byte(`{"StartAt": "Done", "States": {"Done": {"Type": "Succeed", "Nxet": "Done"}}}`), asl.Options{})
	fmt.Println(found.InvalidDefinition())
	// Output:
	// Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: Field 'Nxet' is not supported at /States/Done'
}

func ExampleVariableReferences() {
	machine, err := asl.Parse([]byte(`{
  "QueryLanguage": "JSONata",
  "StartAt": "Quote",
  "States": {
    "Quote": {"Type": "Task", "Resource": "quote", "Assign": {"price": "{% $states.result %}"}, "Next": "Check"},
    "Check": {"Type": "Choice", "Choices": [{"Condition": "{% $price > 100 %}", "Next": "Refuse"}], "Default": "Done"},
    "Refuse": {"Type": "Fail", "Cause": "{% 'too much: ' & $string($price) %}"},
    "Done": {"Type": "Succeed"}
  }
}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(asl.VariableReferences(machine))
	// Output: map[Check:[price] Refuse:[price]]
}

func ExampleErrorList() {
	_, err := asl.Parse([]byte(`{
  "StartAt": "Ship",
  "States": {
    "Ship": {
      "Type": "Task", "Resource": "ship", "Next": "Dnoe",
      "Retry": [{"ErrorEquals": ["States.ALL"], "BackoffRate": 0.5}]
    },
    "Done": {"Type": "Succeed"}
  }
}`))
	var list asl.ErrorList
	if errors.As(err, &list) {
		for _, d := range list {
			fmt.Println(d)
		}
	}
	// Output:
	// 5:51: /States/Ship/Next: MISSING_TRANSITION_TARGET: Missing 'Next' target: Dnoe (did you mean 'Done'?)
	// 6:64: /States/Ship/Retry[0]/BackoffRate: SCHEMA_VALIDATION_FAILED: Minimum value is 1.0
}

func ExampleErrorList_Err() {
	found := asl.Validate([]byte(`{"StartAt": "Done", "States": {"Done": {"Type": "Pass", "Result": "$.id", "End": true}}}`), asl.Options{})
	fmt.Println(found)
	fmt.Println(found.Err())
	// Output:
	// 1:67: /States/Done/Result: PASS_RESULT_IS_STATIC: Paths and calls in Result are not evaluated: use Parameters
	// <nil>
}

func ExampleErrorf() {
	charge := func(amount int) error {
		return asl.Errorf("CardDeclined", "limit is %d", amount)
	}
	err := charge(100)
	fmt.Println(err)
	fmt.Println(errors.Is(err, &asl.Error{Name: "CardDeclined"}))
	// Output:
	// CardDeclined: limit is 100
	// true
}

func ExampleMarshal() {
	machine, err := asl.Parse([]byte(`{"States": {"Done": {"Type": "Succeed"}}, "StartAt": "Done"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	machine.Comment = asl.Opt[string]{Value: "by a program", Presence: asl.Present}
	text, err := asl.Marshal(machine)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s\n", text)
	// Output:
	// {"Comment":"by a program","StartAt":"Done","States":{"Done":{"Type":"Succeed"}}}
}

func ExampleChildren() {
	machine, err := asl.Parse([]byte(`{"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "End": true, "Branches": [
  {"StartAt": "Left", "States": {"Left": {"Type": "Succeed"}}},
  {"StartAt": "Right", "States": {"Right": {"Type": "Succeed"}}}]}}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, states := range asl.Children(machine.States.Get("Both")) {
		fmt.Println(states.Location, states.List[0].Base().Name)
	}
	// Output:
	// /States/Both/Branches[0]/States Left
	// /States/Both/Branches[1]/States Right
}

func ExampleWalk() {
	machine, err := asl.Parse([]byte(`{"StartAt": "Both", "States": {
  "Both": {"Type": "Parallel", "Next": "Each", "Branches": [{"StartAt": "Left", "States": {"Left": {"Type": "Succeed"}}}]},
  "Each": {"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "One", "States": {"One": {"Type": "Succeed"}}}}}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	asl.Walk(machine, func(st asl.State) bool {
		fmt.Println(st.Base().Type, st.Base().Name)
		_, isMap := st.(*asl.MapState)
		return !isMap // skip the states in a Map
	})
	// Output:
	// Parallel Both
	// Succeed Left
	// Map Each
}

func ExampleStateMachine_All() {
	machine, err := asl.Parse([]byte(`{"StartAt": "Each", "QueryLanguage": "JSONata", "States": {
  "Each": {"Type": "Map", "Items": "{% $states.input.orders %}", "End": true, "ItemProcessor": {
    "StartAt": "Ship", "States": {"Ship": {"Type": "Task", "Resource": "ship", "Arguments": {"id": "{% $states.input.id %}"}, "End": true}}}}}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for st := range machine.All() {
		if task, ok := st.(*asl.TaskState); ok {
			for _, e := range task.Arguments.Value.Expressions {
				fmt.Println(task.Location, "evaluates", e.Text)
			}
		}
	}
	// Output:
	// /States/Each/ItemProcessor/States/Ship evaluates {% $states.input.id %}
}

// Placeholders that a tool fills in when it deploys the definition.
func ExampleOptions() {
	definition := []byte(`{
  "StartAt": "Charge",
  "States": {
    "Charge": {"Type": "Task", "Resource": "${Charge.Arn}", "TimeoutSeconds": ${Timeout}, "End": true}
  }
}`)
	found := asl.Validate(definition, asl.Options{Substitutions: map[string]string{}})
	fmt.Println(found)
	machine, err := asl.ParseValid(definition, asl.Options{Substitutions: map[string]string{
		"Charge.Arn": "arn:aws:lambda:eu-west-1:123456789012:function:charge",
		"Timeout":    "30",
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	task := machine.States.Get("Charge").(*asl.TaskState)
	fmt.Println(task.Resource.Value, task.TimeoutSeconds.Value.Value)
	// Output:
	// 4:79: PLACEHOLDER_WITHOUT_VALUE: no value for ${Timeout}
	// arn:aws:lambda:eu-west-1:123456789012:function:charge 30
}

func ExampleErrorList_Count() {
	found := asl.Validate([]byte(`{"StartAt": "Done", "States": {
  "Done": {"Type": "Pass", "Nxet": "Done", "Result": "$.id", "End": true}}}`), asl.Options{})
	errors, warnings := found.Count()
	fmt.Println(errors, warnings, found.Truncated())
	// Output: 1 1 false
}

func ExampleCheckType() {
	machine, err := asl.Parse([]byte(`{"StartAt": "Ask", "States": {
  "Ask": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": true}}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(asl.CheckType(machine, asl.Express))
	// Output:
	// 2:39: /States/Ask/Resource: SCHEMA_VALIDATION_FAILED: Express state machine does not support '.waitForTaskToken' service integration
}

func ExampleParseTimestamp() {
	at, ok := asl.ParseTimestamp("2026-01-02T03:04:05.5+01:00")
	fmt.Println(at.UTC(), ok)
	_, ok = asl.ParseTimestamp("2026-01-02 03:04:05Z")
	fmt.Println(ok)
	// Output:
	// 2026-01-02 02:04:05.5 +0000 UTC true
	// false
}

func ExampleExpressionSource() {
	fmt.Println(asl.ExpressionSource("{% $states.input.id %}"))
	fmt.Println(asl.ExpressionSource("$.id"))
	// Output:
	//  $states.input.id  true
	//  false
}
