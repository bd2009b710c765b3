package mock_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/mock"
)

// The invocations of a state count over the children of all Map Runs. One worker gives
// the responses in the order of the items, whatever the concurrency, also in a second
// state.
func TestInvocationsOfAllMapRuns(t *testing.T) {
	program, err := interpreter.Compile([]byte(`{"StartAt": "Each", "States": {
		"Each": {"Type": "Map", "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
			"StartAt": "First", "States": {
				"First": {"Type": "Task", "Resource": "first", "ResultPath": "$.first", "Next": "Second"},
				"Second": {"Type": "Task", "Resource": "second", "ResultPath": "$.second", "End": true}}},
			"ResultPath": "$.results", "ItemsPath": "$.items", "Next": "Again"},
		"Again": {"Type": "Choice", "Choices": [{"Variable": "$.results[0].first", "NumericEquals": 0, "Next": "Each"}], "Default": "Done"},
		"Done": {"Type": "Pass", "OutputPath": "$.results", "End": true}}}`), interpreter.Options{})
	require.NoError(t, err)
	const n = 100
	var first, second []mock.Response
	items, want := make([]any, n), make([]any, n)
	for i := range 2 * n {
		first, second = append(first, mock.Return(i)), append(second, mock.Return(fmt.Sprint(i)))
	}
	for i := range n {
		items[i] = map[string]any{"id": i}
		want[i] = map[string]any{"id": float64(i), "first": float64(n + i), "second": fmt.Sprint(n + i)}
	}
	in := interpreter.New(interpreter.Config{Resolver: mock.New(mock.Script{"First": first, "Second": second}), Workers: 1})
	defer in.Close()
	output, err := interpreter.Run[[]map[string]any](context.Background(), in, program, map[string]any{"items": items})
	require.NoError(t, err)
	require.Len(t, output, n)
	for i := range n {
		require.EqualValues(t, want[i], output[i])
	}
}
