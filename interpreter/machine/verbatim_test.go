package machine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// A text that nothing computed on is kept byte for byte.
func TestTextsAreKeptUntilComputed(t *testing.T) {
	const input = `{"n": 1.00,  "greek": "\u03bb", "in": {"x": 1}}`
	const compact = `{"n":1.0,"greek":"λ","in":{"x":1}}`
	for _, c := range []struct{ name, state, want string }{
		{"Pass", `{"Type": "Pass", "End": true}`, input},
		{"Pass with Result null", `{"Type": "Pass", "Result": null, "End": true}`, input},
		{"Pass with Assign", `{"Type": "Pass", "Assign": {"a.$": "$.n"}, "End": true}`, input},
		{"Pass in JSONata", `{"Type": "Pass", "QueryLanguage": "JSONata", "Assign": {"a": "{% $states.input.n %}"}, "End": true}`, input},
		{"paths that select all", `{"Type": "Pass", "InputPath": "$", "OutputPath": "$", "End": true}`, input},
		{"Wait", `{"Type": "Wait", "Seconds": 0, "End": true}`, input},
		{"Choice", `{"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericEquals": 1, "Next": "E"}]}`, input},
		{"ResultPath null", `{"Type": "Pass", "Result": 1, "ResultPath": null, "End": true}`, input},
		{"Succeed", `{"Type": "Succeed"}`, input},
		{"a part", `{"Type": "Pass", "InputPath": "$.in", "End": true}`, `{"x":1}`},
		{"Output", `{"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input %}", "End": true}`, compact},
		{"the context's", `{"Type": "Pass", "InputPath": "$$.Execution.Input", "End": true}`, compact},
		{"Parameters", `{"Type": "Pass", "Parameters": {"all.$": "$"}, "End": true}`, `{"all":` + compact + `}`},
		{"ResultPath", `{"Type": "Pass", "Result": 1, "ResultPath": "$.r", "End": true}`, `{"n":1.0,"greek":"λ","in":{"x":1},"r":1}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := compile(t, `{"StartAt": "S", "States": {"S": `+c.state+`, "E": {"Type": "Pass", "End": true}}}`, machine.Options{})
			v, err := value.ParseVerbatim([]byte(input))
			require.NoError(t, err)
			h := newHost(t, p, v)
			h.run()
			require.Equal(t, machine.Succeeded, h.x.Status)
			require.Equal(t, input, inputOf(t, h.history[0]))
			require.Equal(t, input, inputOf(t, h.history[1]))
			_, details := h.history[len(h.history)-1].Details()
			require.Equal(t, c.want, details.(history.ExecutionSucceededEventDetails).Output)
		})
	}
}

// So is what a task answers, and what it is sent if it has no Parameters.
func TestTextsOfTasks(t *testing.T) {
	const input, result = `{"id": 7}`, `{"ok":  true}`
	p := compile(t, `{"StartAt": "S", "States": {"S": {"Type": "Task", "Resource": "f", "End": true}}}`, machine.Options{})
	v, err := value.ParseVerbatim([]byte(input))
	require.NoError(t, err)
	h := newHost(t, p, v)
	h.answer = func(machine.Command) []machine.Event {
		v, err := value.ParseVerbatim([]byte(result))
		require.NoError(t, err)
		return succeed(v)
	}
	h.run()
	texts := map[history.Type]string{}
	for i := range h.history {
		switch _, d := h.history[i].Details(); d := d.(type) {
		case history.LambdaFunctionScheduledEventDetails:
			texts[h.history[i].Type] = d.Input
		case history.LambdaFunctionSucceededEventDetails:
			texts[h.history[i].Type] = d.Output
		case history.StateExitedEventDetails:
			texts[h.history[i].Type] = d.Output
		}
	}
	require.Equal(t, map[history.Type]string{
		history.ExecutionSucceeded:      result,
		history.LambdaFunctionScheduled: input,
		history.LambdaFunctionSucceeded: result,
		history.TaskStateExited:         result,
	}, texts)
}

func inputOf(t *testing.T, ev history.Event) string {
	t.Helper()
	switch _, d := ev.Details(); d := d.(type) {
	case history.ExecutionStartedEventDetails:
		return d.Input
	case history.StateEnteredEventDetails:
		return d.Input
	}
	t.Fatalf("%s has no input", ev.Type)
	return ""
}
