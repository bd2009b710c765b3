package interpreter_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
)

// SendTaskSuccess judges the token's form, then the output, then the task.
func TestSendTaskSuccessJudgesInOrder(t *testing.T) {
	in := interpreter.New(interpreter.Config{})
	defer in.Close()
	stale := strings.Repeat("A", 32)
	for _, c := range []struct {
		token  string
		output any
		want   error
	}{
		{"x", []byte("not-json"), interpreter.ErrInvalidToken},
		{"", make(chan int), interpreter.ErrInvalidToken},
		{stale, []byte("not-json"), interpreter.ErrInvalidOutput},
		{stale, json.RawMessage("{"), interpreter.ErrInvalidOutput},
		{stale, make(chan int), interpreter.ErrInvalidOutput},
		{stale, "text", interpreter.ErrTaskTimedOut},
	} {
		require.ErrorIs(t, in.SendTaskSuccess(c.token, c.output), c.want)
	}
	require.EqualError(t, in.SendTaskSuccess(stale, []byte("not-json")),
		"interpreter: invalid output: Invalid Output: 'not-json' is not valid JSON.")
	require.Less(t, len(in.SendTaskSuccess(stale, []byte(strings.Repeat("x", 1<<20))).Error()), 400)
}
