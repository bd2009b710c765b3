package machine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
)

// A path applied to null fails, wherever it is written.
func TestPathOnNullDocument(t *testing.T) {
	const (
		failed = "An error occurred while executing the state 'S' (entered at the event id #2). " +
			"Unable to apply Path transformation to null or empty input."
		task     = `"Type": "Task", "Resource": "f", "End": true, `
		iterator = `"Type": "Map", "ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Succeed"}}}, "End": true, `
		choice   = `"Type": "Choice", "Default": "E", "Choices": [{"Next": "E", `
	)
	for _, state := range []string{
		choice + `"Variable": "$", "IsString": true}]`,
		choice + `"Variable": "$", "IsNull": true}]`,
		choice + `"Variable": "$.a", "IsPresent": true}]`,
		choice + `"Variable": "$$.Execution.Name", "StringEqualsPath": "$.a"}]`,
		`"Type": "Pass", "End": true, "Parameters": {"Input.$": "$"}`,
		`"Type": "Pass", "End": true, "Parameters": {"deep": [{"a.$": "$.a"}]}`,
		`"Type": "Pass", "End": true, "Parameters": {"a.$": "States.Format('{}', $.a)"}`,
		`"Type": "Pass", "End": true, "InputPath": "$.a"`,
		`"Type": "Pass", "End": true, "OutputPath": "$[*]"`,
		`"Type": "Pass", "End": true, "Assign": {"a.$": "$"}`,
		`"Type": "Succeed", "OutputPath": "$.a"`,
		`"Type": "Wait", "End": true, "SecondsPath": "$.a"`,
		`"Type": "Wait", "End": true, "TimestampPath": "$.a"`,
		`"Type": "Fail", "CausePath": "$.a"`,
		task + `"Parameters": {"a.$": "$..a"}`,
		task + `"TimeoutSecondsPath": "$.a"`,
		iterator + `"ItemsPath": "$.a"`,
		`"Type": "Parallel", "Branches": [{"StartAt": "B", "States": {"B": {"Type": "Succeed"}}}], "End": true, "Parameters": {"a.$": "$"}`,
	} {
		p := compile(t, `{"StartAt": "S", "States": {"S": {`+state+`}, "E": {"Type": "Succeed"}}}`, machine.Options{})
		outcome := newHost(t, p, nil).run()
		require.NotNil(t, outcome.Cause, state)
		require.Equal(t, asl.StatesRuntime, *outcome.Error, state)
		require.Equal(t, failed, *outcome.Cause, state)
	}
}

// So does a path on a result that is null.
func TestPathOnNullResult(t *testing.T) {
	for _, field := range []string{`"ResultSelector": {"a.$": "$.a"}`, `"Assign": {"a.$": "$"}`, `"OutputPath": "$.a"`} {
		p := compile(t, `{"StartAt": "S", "States": {"S": {"Type": "Task", "Resource": "f", "End": true, `+field+`}}}`, machine.Options{})
		h := newHost(t, p, parse(t, `{}`))
		h.answer = func(machine.Command) []machine.Event { return succeed(nil) }
		require.Contains(t, *h.run().Cause, "Unable to apply Path transformation to null or empty input.", field)
	}
}

// Null passes where no path is written, where the path is "$" itself, and where
// it starts elsewhere.
func TestNullDocumentPasses(t *testing.T) {
	for _, state := range []string{
		`"Type": "Pass", "End": true`,
		`"Type": "Pass", "End": true, "InputPath": "$", "OutputPath": "$", "ResultPath": "$"`,
		`"Type": "Succeed"`,
		`"Type": "Wait", "Seconds": 0, "End": true`,
		`"Type": "Task", "Resource": "f", "End": true`,
		`"Type": "Pass", "End": true, "InputPath": "$$.Execution.Input"`,
		`"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input %}", "End": true`,
	} {
		p := compile(t, `{"StartAt": "S", "States": {"S": {`+state+`}}}`, machine.Options{})
		h := newHost(t, p, nil)
		h.answer = func(c machine.Command) []machine.Event { return succeed(c.Input) }
		outcome := h.run()
		require.Nil(t, outcome.Cause, state)
		require.Nil(t, outcome.Output, state)
	}
}
