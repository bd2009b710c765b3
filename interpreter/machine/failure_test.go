package machine_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// An error has at most 256 characters and a cause at most 32,768, wherever they
// come from and wherever they are seen.
func TestErrorsAndCausesAreCut(t *testing.T) {
	name, cause := strings.Repeat("é", 300), strings.Repeat("世", 40_000)
	wantName, wantCause := strings.Repeat("é", 256), strings.Repeat("世", 32_768)
	input := value.ObjectOf(value.Member{Key: "n", Value: name}, value.Member{Key: "c", Value: cause})
	task := `{"StartAt": "S", "States": {"S": {"Type": "Task", "Resource": "t", "End": true}}}`
	answer := func(kind machine.EventKind) func(machine.Command) []machine.Event {
		return func(machine.Command) []machine.Event {
			return []machine.Event{{Kind: kind, Error: &name, Cause: &cause}}
		}
	}
	fail := `{"StartAt": "S", "States": {"S": {"Type": "Fail", "Error": "` + name + `", "Cause": "` + cause + `"}}}`
	for what, c := range map[string]struct {
		definition string
		answer     func(machine.Command) []machine.Event
	}{
		"Fail":               {definition: fail},
		"Fail with paths":    {definition: `{"StartAt": "S", "States": {"S": {"Type": "Fail", "ErrorPath": "$.n", "CausePath": "$.c"}}}`},
		"Fail in JSONata":    {definition: `{"QueryLanguage": "JSONata", "StartAt": "S", "States": {"S": {"Type": "Fail", "Error": "{% $states.input.n %}", "Cause": "{% $states.input.c %}"}}}`},
		"a branch":           {definition: `{"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [` + fail + `]}}}`},
		"a task":             {task, answer(machine.TaskFailed)},
		"a task, refused":    {task, answer(machine.TaskRefused)},
		"Stop":               {task, answer(machine.Stopped)},
		"a Catcher catches":  {`{"StartAt": "S", "States": {"S": {"Type": "Task", "Resource": "t", "End": true, "Catch": [{"ErrorEquals": ["` + wantName + `"], "Next": "F"}]}, "F": {"Type": "Fail", "ErrorPath": "$.Error", "CausePath": "$.Cause"}}}`, answer(machine.TaskFailed)},
		"a Retrier compares": {`{"StartAt": "S", "States": {"S": {"Type": "Task", "Resource": "t", "End": true, "Retry": [{"ErrorEquals": ["` + wantName + `"], "MaxAttempts": 2}]}}}`, answer(machine.TaskFailed)},
	} {
		t.Run(what, func(t *testing.T) {
			h := newHost(t, compile(t, c.definition, machine.Options{}), input)
			h.answer = c.answer
			o := h.run()
			require.Equal(t, wantName, *o.Error)
			require.Equal(t, wantCause, *o.Cause)
			for i := range h.history {
				if f, ok := h.history[i].Detail.(*history.Failure); ok {
					require.LessOrEqual(t, utf8.RuneCountInString(*f.Error), machine.MaxError)
					require.LessOrEqual(t, utf8.RuneCountInString(*f.Cause), machine.MaxCause)
				}
			}
		})
	}
	t.Run("a cause that quotes the input", func(t *testing.T) {
		o := newHost(t, compile(t, `{"StartAt": "S", "States": {"S": {"Type": "Pass", "Parameters": {"a.$": "$.x"}, "End": true}}}`, machine.Options{}), input).run()
		require.Equal(t, machine.MaxCause, utf8.RuneCountInString(*o.Cause))
	})
	t.Run("at the limit", func(t *testing.T) {
		h := newHost(t, compile(t, task, machine.Options{}), input)
		h.answer = func(machine.Command) []machine.Event {
			return []machine.Event{{Kind: machine.TaskFailed, Error: &wantName, Cause: &wantCause}}
		}
		o := h.run()
		require.Equal(t, wantName, *o.Error)
		require.Equal(t, wantCause, *o.Cause)
	})
}
