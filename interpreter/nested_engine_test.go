package interpreter_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// An engine of one's own starts nested executions as StartExecution does: the histories
// are the same.
func TestNestedExecutionsOfAnEngineOfOnesOwn(t *testing.T) {
	for _, pattern := range []string{"", ".sync", ".sync:2"} {
		for name, child := range map[string]string{"success": passChild, "failure": failChild, "timeout": slowChild} {
			t.Run(name+pattern, func(t *testing.T) {
				_, e := nest(t, pattern, child)
				_ = e.Wait(background)
				var want []string
				for ev := range e.Events() {
					want = append(want, string(ev.AppendJSON(nil)))
				}
				require.Equal(t, strings.Join(want, "\n"), strings.Join(runNested(t, parent(pattern, "}"), child), "\n"))
			})
		}
	}
}

// runNested runs a parent over the pure core, which starts a child.
func runNested(t *testing.T, parent, child string) (events []string) {
	now := began
	p, q := compile(t, parent), compile(t, child, interpreter.Options{StateMachineArn: childArn})
	run := func(p *interpreter.Program, x *machine.Execution, ev machine.Event) []machine.Command {
		r := machine.Result{History: true}
		require.NoError(t, p.Step(x, ev, now, &r))
		if p != q {
			for i := range r.Events {
				events = append(events, string(r.Events[i].AppendJSON(nil)))
			}
		}
		return r.Commands
	}
	var x, y machine.Execution
	p.Init(&x, machine.Start{ID: "x", Input: parseInput(t, `{}`)})
	task := run(p, &x, machine.Event{Kind: machine.Started})[0]
	run(p, &x, machine.Event{Kind: machine.TaskStarted, Task: task.Task})

	arn, id, input, err := interpreter.NestedRequest(task.Input)
	require.NoError(t, err)
	require.Equal(t, childArn, arn)
	q.Init(&y, machine.Start{ID: id, Input: input})
	answer := machine.Event{Kind: machine.TaskSubmitted, Task: task.Task, Output: interpreter.StartAnswer(q.ExecutionArn(id), now)}
	if task.Resource.Pattern == machine.RequestResponse {
		answer.Kind = machine.TaskSucceeded
	}
	run(p, &x, answer)
	run(q, &y, machine.Event{Kind: machine.Started})
	for y.Status == machine.Running {
		now, _ = q.Wake(&y)
		run(q, &y, machine.Event{Kind: machine.Tick})
	}
	if x.Status == machine.Running {
		ended := interpreter.NestedEnded(&y, q.ExecutionArn(id), arn, task.Resource.Pattern)
		ended.Task = task.Task
		run(p, &x, ended)
	}
	return events
}

func TestNestedRequest(t *testing.T) {
	for parameters, want := range map[string]struct {
		arn, name string
		input     any
		err       string
	}{
		`{"StateMachineArn": "m", "Name": "n", "Input": "[1]"}`: {"m", "n", []any{int64(1)}, ""},
		`{"StateMachineArn": "m", "Input": {"a": {}}}`:          {"m", "", parseInput(t, `{"a": {}}`), ""},
		`{"Name": 1, "StateMachineArn": null, "Input": null}`:   {"", "", parseInput(t, `{}`), ""},
		`"text"`: {"", "", parseInput(t, `{}`), ""},
		`{"StateMachineArn": "m", "Name": "n", "Input": "x"}`: {"m", "n", nil, interpreter.StepFunctionsInvalidExecutionInputException},
	} {
		arn, name, input, err := interpreter.NestedRequest(parseInput(t, parameters))
		require.Equal(t, want.arn, arn)
		require.Equal(t, want.name, name)
		require.True(t, value.Equal(want.input, input), parameters)
		if want.err != "" {
			var failed *asl.Error
			require.ErrorAs(t, err, &failed)
			require.Equal(t, want.err, failed.Name)
			continue
		}
		require.NoError(t, err)
	}
}

func parseInput(t *testing.T, text string) any {
	t.Helper()
	v, err := value.ParseString(text)
	require.NoError(t, err)
	return v
}
