package asl_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
)

// What an EXPRESS machine cannot have, a STANDARD one can.
func TestValidateExpress(t *testing.T) {
	for want, state := range map[string]string{
		"1:78: /States/S/Resource: SCHEMA_VALIDATION_FAILED: Express state machine does not support '.waitForTaskToken' service integration ": `"Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "Type": "Task", "Parameters": {"MessageBody.$": "$$.Task.Token"}`,
		"1:78: /States/S/Resource: SCHEMA_VALIDATION_FAILED: Express state machine does not support '.sync' service integration":              `"Resource": "arn:aws:states:::states:startExecution.sync:2", "Type": "Task"`,
		"1:78: /States/S/Resource: SCHEMA_VALIDATION_FAILED: Express state machine does not support Activity ARN":                             `"Resource": "arn:aws:states:us-east-1:123456789012:activity:a", "Type": "Task"`,
		"1:112: /States/S/ItemProcessor/ProcessorConfig/Mode: SCHEMA_VALIDATION_FAILED: The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines": `"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
			"StartAt": "I", "States": {"I": {"Type": "Succeed"}}}, "Type": "Map"`,
	} {
		text := []byte(`{"Comment": "c", "StartAt": "S", "States": {"S": {"End": true,   ` + state + `}}}`)
		require.Empty(t, asl.Validate(text, asl.Options{}))
		found := asl.Validate(text, asl.Options{Type: asl.Express})
		require.Len(t, found, 1)
		require.Equal(t, want, found[0].String())
	}
}

// The list is cut once, whoever found what is in it.
func TestValidateCountsWhatItLeavesOut(t *testing.T) {
	var states strings.Builder
	for i := range 150 {
		states.WriteString(strings.Repeat(" ", i%2) + `"S` + strings.Repeat("x", i%70) + strings.Repeat("y", i/70) +
			`": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "Next": "nowhere"},`)
	}
	text := []byte(`{"StartAt": "S", "States": {` + strings.TrimSuffix(states.String(), ",") + `}}`)
	found := asl.Validate(text, asl.Options{Type: asl.Express})
	require.Len(t, found, 101)
	require.Equal(t, "351 more errors and warnings from here on", found[100].Message)
}

func TestValidateTextThatIsNoJSON(t *testing.T) {
	found := asl.Validate([]byte("{\n  nope}"), asl.Options{Type: asl.Express})
	require.Len(t, found, 1)
	require.Equal(t, asl.CodeInvalidJSON, found[0].Code)
	require.Equal(t, 2, found[0].Pos.Line)
}
