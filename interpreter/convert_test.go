package interpreter_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
)

// outputText returns the text of the output in the history's last event.
func outputText(t *testing.T, e *interpreter.Execution) string {
	t.Helper()
	var last *history.Event
	for ev := range e.Events() {
		last = ev
	}
	_, details := last.Details()
	require.IsType(t, history.ExecutionSucceededEventDetails{}, details)
	return details.(history.ExecutionSucceededEventDetails).Output
}

// A text that comes in goes out byte for byte, unless something was computed
// from it.
func TestFormattingOfInputsAndResultsIsKept(t *testing.T) {
	const spaced = `{"a": "\u03bb",  "n": 1.00}`
	program, err := interpreter.Compile([]byte(`{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "End": true}}}`), interpreter.Options{})
	require.NoError(t, err)
	for name, c := range map[string]struct {
		handler interpreter.Handler
		want    string
	}{
		"JSON of a handler": {interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) {
			return json.RawMessage(spaced), nil
		}), spaced},
		"the input given back": {interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
			return task.Input, nil
		}), `{"a":"λ","n":1.0}`},
		"the output of a callback": {interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) {
			return nil, interpreter.ErrResultPending
		}), spaced},
	} {
		t.Run(name, func(t *testing.T) {
			tokens := make(chan string, 1)
			in := interpreter.New(interpreter.Config{Resolver: interpreter.Mux{"f": interpreter.HandlerFunc(
				func(ctx context.Context, task *interpreter.Task) (any, error) {
					tokens <- task.Token()
					return c.handler.Handle(ctx, task)
				})}})
			defer in.Close()
			e, err := in.Start(background, program, []byte(spaced), interpreter.StartOptions{KeepHistory: true})
			require.NoError(t, err)
			if token := <-tokens; name == "the output of a callback" {
				require.NoError(t, in.SendTaskSuccess(background, token, []byte(spaced)))
			}
			require.NoError(t, e.Wait(background))
			require.Equal(t, c.want, outputText(t, e))
		})
	}
}
