package machine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/machine"
)

// A Step first lets happen what is due at its time, also if no Tick came: an
// answer is late once its deadline has passed.
func TestDueFiresBeforeEvent(t *testing.T) {
	const (
		caught = `"Catch": [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "Silent"}, {"ErrorEquals": ["States.Timeout"], "Next": "Late"}]`
		ends   = `, "Silent": {"Type": "Pass", "Result": "silent", "End": true}, "Late": {"Type": "Pass", "Result": "late", "End": true}`
		task   = `"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "TimeoutSeconds": 10, "End": true, ` + caught + `}` + ends + `}`
		beats  = `"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "TimeoutSeconds": 100, "HeartbeatSeconds": 10, "End": true, ` + caught + `}` + ends + `}`
		token  = `"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "Parameters": {"FunctionName": "f"}, "TimeoutSeconds": 10, "End": true, ` + caught + `}` + ends + `}`
		plain  = `"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "End": true}}`
	)
	name := "E"
	for _, tt := range []struct {
		name, machine string
		ev            machine.Event
		after         time.Duration // from TaskStarted to the event
		status        machine.Status
		output        any
		last          history.Type // of the Step
	}{
		{"success in time", task, machine.Event{Kind: machine.TaskSucceeded, Output: "ok"}, 10*time.Second - 1, machine.Succeeded, "ok", history.ExecutionSucceeded},
		{"success at the deadline", task, machine.Event{Kind: machine.TaskSucceeded, Output: "ok"}, 10 * time.Second, machine.Succeeded, "late", history.ExecutionSucceeded},
		{"success long after it", task, machine.Event{Kind: machine.TaskSucceeded, Output: "ok"}, 65 * time.Second, machine.Succeeded, "late", history.ExecutionSucceeded},
		{"failure after it", task, machine.Event{Kind: machine.TaskFailed, Error: &name}, 65 * time.Second, machine.Succeeded, "late", history.ExecutionSucceeded},
		{"refusal after it", task, machine.Event{Kind: machine.TaskRefused, Error: &name}, 65 * time.Second, machine.Succeeded, "late", history.ExecutionSucceeded},
		{"heartbeat after the timeout", beats, machine.Event{Kind: machine.TaskHeartbeat}, 110 * time.Second, machine.Succeeded, "silent", history.ExecutionSucceeded},
		{"heartbeat in time", beats, machine.Event{Kind: machine.TaskHeartbeat}, 9 * time.Second, machine.Running, nil, history.LambdaFunctionStarted},
		{"heartbeat that is late", beats, machine.Event{Kind: machine.TaskHeartbeat}, 11 * time.Second, machine.Succeeded, "silent", history.ExecutionSucceeded},
		{"success of a silent task", beats, machine.Event{Kind: machine.TaskSucceeded, Output: "ok"}, 11 * time.Second, machine.Succeeded, "silent", history.ExecutionSucceeded},
		{"submission after it", token, machine.Event{Kind: machine.TaskSubmitted, Output: "ok"}, 11 * time.Second, machine.Succeeded, "late", history.ExecutionSucceeded},
		{"success after the machine's timeout", `"TimeoutSeconds": 20, ` + plain, machine.Event{Kind: machine.TaskSucceeded, Output: "ok"}, 20 * time.Second, machine.TimedOut, nil, history.ExecutionTimedOut},
		{"failure after the machine's timeout", `"TimeoutSeconds": 20, ` + plain, machine.Event{Kind: machine.TaskFailed, Error: &name}, 21 * time.Second, machine.TimedOut, nil, history.ExecutionTimedOut},
		{"success after a year", plain, machine.Event{Kind: machine.TaskSucceeded, Output: "ok"}, 366 * 24 * time.Hour, machine.TimedOut, nil, history.ExecutionTimedOut},
		{"stop before the machine's timeout", `"TimeoutSeconds": 20, ` + plain, machine.Event{Kind: machine.Stopped}, 20*time.Second - 1, machine.Aborted, nil, history.ExecutionAborted},
		{"stop after the machine's timeout", `"TimeoutSeconds": 20, ` + plain, machine.Event{Kind: machine.Stopped}, 20 * time.Second, machine.TimedOut, nil, history.ExecutionTimedOut},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := compile(t, `{`+tt.machine+`}`, machine.Options{})
			h := newHost(t, p, nil)
			var id machine.TaskID
			h.answer = func(c machine.Command) []machine.Event {
				id = c.Task
				return []machine.Event{{Kind: machine.TaskStarted}}
			}
			for len(h.queue) > 0 {
				ev := h.queue[0]
				h.queue = h.queue[1:]
				h.step(ev)
			}
			h.now = h.now.Add(tt.after)
			ev := tt.ev
			ev.Task = id
			h.step(ev)
			require.Equal(t, tt.status, h.x.Status)
			if tt.output != nil {
				require.Equal(t, tt.output, h.x.Outcome.Output)
			}
			require.Equal(t, tt.last, h.history[len(h.history)-1].Type)
			again := len(h.history)
			h.step(ev) // a late one changes nothing
			require.Len(t, h.history, again)
		})
	}
}

// What is due elsewhere in the machine also happens before the event.
func TestDueElsewhereFiresBeforeEvent(t *testing.T) {
	p := compile(t, `{"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [
		{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "End": true}}},
		{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 5, "End": true}}},
		{"StartAt": "R", "States": {"R": {"Type": "Task", "Resource": "g", "Retry": [{"ErrorEquals": ["E"], "IntervalSeconds": 5}], "End": true}}}]}}}`, machine.Options{})
	h := newHost(t, p, nil)
	var id machine.TaskID
	asked := 0
	h.answer = func(c machine.Command) []machine.Event {
		switch {
		case c.Resource.Name == "f":
			id = c.Task
			return nil
		case c.Attempt == 0:
			return failWith("E", "")
		}
		asked++
		return nil
	}
	for len(h.queue) > 0 {
		ev := h.queue[0]
		h.queue = h.queue[1:]
		h.step(ev)
	}
	h.now = h.now.Add(7 * time.Second)
	h.step(machine.Event{Kind: machine.TaskSucceeded, Task: id, Output: "ok"})
	var types []history.Type
	for i := range h.r.Events {
		types = append(types, h.r.Events[i].Type)
		require.Equal(t, h.now.UnixNano(), h.r.Events[i].Nanos)
	}
	require.Equal(t, []history.Type{history.WaitStateExited,
		history.LambdaFunctionStarted, history.LambdaFunctionSucceeded, history.TaskStateExited,
		history.LambdaFunctionScheduled}, types)
	require.Equal(t, 1, asked, "the retry whose delay is over")
}
