package temporal

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

func nesting(pattern, name string) string {
	if name != "" {
		name = `, "Name": "` + name + `"`
	}
	return `{"StartAt": "N", "States": {"N": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution` + pattern + `",
		"Parameters": {"StateMachineArn": "child", "Input.$": "$"` + name + `}, "End": true,
		"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]}, "Caught": {"Type": "Pass", "End": true}}}`
}

// withChild has a machine that works in a task.
func withChild(t *testing.T) Config {
	child := compile(t, `{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 5, "Next": "T"}, "T": {"Type": "Task", "Resource": "work", "End": true}}}`)
	return Config{
		Machines: map[string]*machine.Program{"child": child},
		Resolver: interpreter.Mux{"work": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
			if v, _ := task.Input.(*value.Object).Get("fail"); v != nil {
				return nil, asl.Errorf("Broken", "it is")
			}
			return task.Input, nil
		})},
	}
}

func TestNestedExecutions(t *testing.T) {
	for name, tt := range map[string]struct{ pattern, input, wants string }{
		".sync:2":         {".sync:2", `{"b": 1.0, "a": 2}`, `"Output":{"b":1.0,"a":2}`},
		".sync":           {".sync", `{"b": 1.0}`, `"Output":"{\"b\":1.0}"`},
		".sync, fails":    {".sync", `{"fail": 1}`, `"Error":"States.TaskFailed"`},
		"without":         {"", `{"a": 1}`, `"ExecutionArn":"`},
		"without, fails":  {"", `{"fail": 1}`, `"ExecutionArn":"`},
		"input not JSON":  {"", `"{"`, `"Error":"StepFunctions.InvalidExecutionInputException"`},
		".sync, not JSON": {".sync", `"{"`, `"Error":"StepFunctions.InvalidExecutionInputException"`},
	} {
		t.Run(name, func(t *testing.T) {
			s := try(t, withChild(t), nesting(tt.pattern, "c"), tt.input)
			require.Equal(t, machine.Succeeded, s.status)
			require.Contains(t, value.String(s.outcome.Output), tt.wants)
		})
	}
}

// The name of an execution is taken once, and a name that is too long is refused.
func TestNamesOfNestedExecutions(t *testing.T) {
	twice := `{"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [` + nesting("", "c") + `,` +
		strings.NewReplacer(`"N"`, `"N2"`, `"Caught"`, `"Caught2"`).Replace(nesting("", "c")) + `]}}}`
	s := try(t, withChild(t), twice, `{}`)
	require.Contains(t, value.String(s.outcome.Output), `"Error":"StepFunctions.ExecutionAlreadyExistsException"`)
	require.Contains(t, value.String(s.outcome.Output), `"ExecutionArn":"`)
	s = try(t, withChild(t), nesting("", strings.Repeat("x", machine.MaxTokenID+1)), `{}`)
	require.Contains(t, value.String(s.outcome.Output), `"Error":"StepFunctions.InvalidNameException"`)
}

// A machine that starts itself ends.
func TestNestingIsBounded(t *testing.T) {
	program := compile(t, nesting(".sync:2", ""))
	s := try(t, Config{Machines: map[string]*machine.Program{"child": program}}, nesting(".sync:2", ""), `{}`)
	require.Equal(t, machine.Succeeded, s.status)
	require.Equal(t, 16, strings.Count(value.String(s.outcome.Output), `"ExecutionArn"`))
	require.Contains(t, value.String(s.outcome.Output), "StepFunctions.ExecutionLimitExceededException")
}

func TestStopReachesNestedExecutions(t *testing.T) {
	c := withChild(t)
	s := try(t, c, `{"TimeoutSeconds": 2, `+nesting(".sync:2", "c")[1:], `{}`)
	s.requireError(t, machine.TimedOut, "", "")
}
