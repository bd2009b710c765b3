package interpreter_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
)

// Compile refuses what AWS refuses when a machine is created, and no resource.
func TestCompileRefuses(t *testing.T) {
	for definition, want := range map[string]string{
		`{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "any", "End": true}}}`: "",
		`{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Succeed", "Output": "{% total * 2 %}"}}}`: "1:96: /States/A/Output: UNSUPPORTED_JSONATA_EXPRESSION: " +
			"Reference to 'total' at the top level is not supported. (did you mean '$states.input.total'?)",
		`{"StartAt": "A", "States": {"A": {"Type": "Succeed"}, "B": {"Type": "Succeed"}}}`:    `1:60: /States/B: MISSING_TRANSITION_TARGET: State "B" is not reachable.`,
		`{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "A"}}}`:                    "1:28: MISSING_END_STATE: Workflow has no terminal state",
		`{"StartAt": "A", "States": {"A": {"Type": "Pass", "InputPath": "$x", "End": true}}}`: "", // only a warning
	} {
		_, err := interpreter.Compile([]byte(definition), interpreter.Options{})
		if want == "" {
			require.NoError(t, err, definition)
			continue
		}
		require.EqualError(t, err, want)
		var list asl.ErrorList
		require.True(t, errors.As(err, &list))
	}
	waits := []byte(`{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
		"Parameters": {"MessageBody.$": "$$.Task.Token"}, "End": true}}}`)
	_, err := interpreter.Compile(waits, interpreter.Options{})
	require.NoError(t, err)
	_, err = interpreter.Compile(waits, interpreter.Options{Express: true})
	require.ErrorContains(t, err, "Express state machine does not support")
}
