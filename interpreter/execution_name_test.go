package interpreter_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
)

// Names of executions are those that StartExecution takes.
func TestExecutionNamesAreChecked(t *testing.T) {
	in := open(t, interpreter.Config{})
	p := compile(t, `{"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}`)
	start := func(name string) error {
		_, err := in.Start(background, p, nil, interpreter.StartOptions{Name: name})
		return err
	}
	for _, name := range []string{"order-1", "a.b_c+d=e@f!'(g)", "Größe", "日本", strings.Repeat("é", 80), p.ExecutionArn("order-2")} {
		require.NoError(t, start(name), name)
	}
	for _, r := range "<>{}[]?*\"#%\\^|~`$&,;:/ \t\n\u00a0\u2003\x00\x1f\x7f\u0085\u009f\ufffe\uffff" {
		err := start("order" + string(r) + "1")
		require.ErrorIs(t, err, interpreter.ErrInvalidName, "%q", r)
		require.ErrorContains(t, err, "must not have the character")
	}
	require.ErrorIs(t, start("\xff"), interpreter.ErrInvalidName)
	require.EqualError(t, start("a b"), `interpreter: invalid execution name: it must not have the character ' ': "a b"`)
	require.EqualError(t, start(strings.Repeat("é", 81)),
		`interpreter: invalid execution name: it has 81 characters, must have from 1 to 80: "`+strings.Repeat("é", 81)+`"`)
	require.Less(t, len(start(strings.Repeat("x", 1<<20)).Error()), 300)
}

// A task that starts an execution under such a name fails, and can catch that.
func TestNestedExecutionNamesAreChecked(t *testing.T) {
	in := open(t, interpreter.Config{Resolver: &interpreter.StartExecution{Programs: map[string]*interpreter.Program{
		"child": compile(t, `{"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}`)}}})
	p := compile(t, `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution",
		"Parameters": {"StateMachineArn": "child", "Name": "a b"}, "End": true}}}`)
	_, err := interpreter.Run[any](background, in, p, nil)
	require.ErrorIs(t, err, &asl.Error{Name: interpreter.StepFunctionsInvalidNameException})
	require.ErrorContains(t, err, "Invalid Name: 'a b' (Service: AWSStepFunctions")
}
