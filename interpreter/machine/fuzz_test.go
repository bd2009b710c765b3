package machine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// everything is a machine with all state types, nested, with retries, catchers,
// timeouts and variables.
const everything = `{"StartAt": "Pass", "TimeoutSeconds": 1000, "States": {
  "Pass": {"Type": "Pass", "Parameters": {"items.$": "$.items", "id.$": "States.UUID()"}, "ResultPath": "$.p", "Assign": {"n.$": "$.items"}, "Next": "Par"},
  "Par": {"Type": "Parallel", "ResultPath": "$.par", "Next": "Choose",
    "Retry": [{"ErrorEquals": ["Again"], "MaxAttempts": 2, "JitterStrategy": "FULL"}],
    "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Choose"}],
    "Branches": [
      {"StartAt": "Task", "States": {
        "Task": {"Type": "Task", "Resource": "f", "TimeoutSeconds": 9, "Retry": [{"ErrorEquals": ["States.TaskFailed"]}], "Next": "Wait"},
        "Wait": {"Type": "Wait", "Seconds": 3, "End": true}}},
      {"StartAt": "Map", "States": {
        "Map": {"Type": "Map", "ItemsPath": "$n", "MaxConcurrency": 2, "ItemSelector": {"v.$": "$$.Map.Item.Value"}, "End": true,
          "ItemProcessor": {"StartAt": "Ask", "States": {
            "Ask": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "HeartbeatSeconds": 5,
              "Parameters": {"token.$": "$$.Task.Token"}, "End": true}}}}}},
      {"StartAt": "Act", "States": {
        "Act": {"Type": "Task", "Resource": "arn:aws:states:us-east-1:123456789012:activity:a", "End": true}}}]},
  "Choose": {"Type": "Choice", "Choices": [{"Variable": "$.error", "IsPresent": true, "Next": "Fail"}], "Default": "Succeed"},
  "Fail": {"Type": "Fail", "ErrorPath": "$.error.Error"},
  "Succeed": {"Type": "Succeed"}}}`

// drive feeds an execution with events chosen by data: answers to tasks that
// run, to tasks that do not, ticks, and stops.
func drive(t *testing.T, p *machine.Program, x *machine.Execution, data []byte) {
	var r machine.Result
	r.History = true
	tasks := []machine.TaskID{0, 12345}
	now := began
	for len(data) > 1 && x.Status == machine.Running {
		op, arg := data[0], data[1]
		data = data[2:]
		now = now.Add(time.Duration(arg) * 100 * time.Millisecond)
		ev := machine.Event{Kind: machine.EventKind(op % 10), Task: tasks[int(arg)%len(tasks)]}
		if x.Seq == 0 {
			ev = machine.Event{Kind: machine.Started}
		} else if ev.Kind == machine.Started || ev.Kind == machine.Stopped && arg%8 != 0 {
			ev.Kind = machine.Tick
		}
		if name := [...]string{"Again", "States.ALL", "States.Runtime", "Other"}[arg%4]; arg%5 != 0 {
			ev.Error = &name
		}
		ev.Output = int64(arg)
		seq := x.Seq
		require.NoError(t, p.Step(x, ev, now, &r))
		for i := range r.Events {
			require.Equal(t, seq+uint32(i)+1, r.Events[i].ID, "ids have no gaps")
			require.Less(t, r.Events[i].Previous, r.Events[i].ID)
		}
		for _, c := range r.Commands {
			if c.Kind == machine.StartTask {
				tasks = append(tasks, c.Task)
			}
		}
		checkRestore(t, p, x)
	}
	if x.Status != machine.Running {
		require.NotNil(t, x.Outcome)
	}
}

// checkRestore checks that an execution survives its snapshot, and that what is
// outstanding is the same afterwards.
func checkRestore(t *testing.T, p *machine.Program, x *machine.Execution) {
	data, err := p.Marshal(x)
	require.NoError(t, err)
	y, err := p.Restore(data)
	require.NoError(t, err)
	again, err := p.Marshal(y)
	require.NoError(t, err)
	require.Equal(t, data, again)
	var before, after machine.Result
	require.NoError(t, p.Pending(x, &before))
	require.NoError(t, p.Pending(y, &after))
	require.Equal(t, len(before.Commands), len(after.Commands))
	for i := range before.Commands {
		require.Equal(t, before.Commands[i].Task, after.Commands[i].Task)
		require.True(t, value.Identical(before.Commands[i].Input, after.Commands[i].Input))
	}
}

// FuzzStep: events in any order never break an execution.
func FuzzStep(f *testing.F) {
	f.Add([]byte{1, 0, 3, 2, 6, 2, 6, 3, 6, 4, 0, 200})
	f.Add([]byte{1, 0, 4, 5, 5, 3, 7, 3, 0, 99, 0, 99, 6, 6})
	f.Add([]byte{1, 0, 9, 8})
	p := compile(f, everything, machine.Options{})
	input := parse(f, `{"items": [1, 2.5, "x", {"a": null}]}`)
	f.Fuzz(func(t *testing.T, data []byte) {
		x := p.New(machine.Start{ID: "fuzz", Input: input, Seed: [2]uint64{3, 4}})
		drive(t, p, x, data)
	})
}

// FuzzRestore: bytes that are not a snapshot are refused, though their checksum
// be right, and what is not refused can be run.
func FuzzRestore(f *testing.F) {
	p, all := snapshots(f)
	for _, data := range all {
		f.Add(unsealed(data), []byte{0, 1, 6, 2, 7, 3, 0, 255})
	}
	f.Fuzz(func(t *testing.T, body, events []byte) {
		_, err := p.Restore(body)
		require.ErrorIs(t, err, machine.ErrSnapshot)
		refused := 0
		runHostile(t, p, sealed(body), events, &refused)
	})
}

func runRestored(t *testing.T, p *machine.Program, x *machine.Execution, data []byte) {
	var r machine.Result
	if p.CheckRedrive(x) == nil {
		require.NoError(t, p.Step(x, machine.Event{Kind: machine.Redriven}, x.Time(), &r))
	}
	require.NoError(t, p.Pending(x, &r))
	tasks := []machine.TaskID{1}
	for _, c := range r.Commands {
		tasks = append(tasks, c.Task)
	}
	r.MaxTransitions = 100
	for i, op := range data {
		ev := machine.Event{Kind: machine.EventKind(op % 9), Task: tasks[i%len(tasks)], Output: "x"}
		if ev.Kind == machine.Started {
			ev.Kind = machine.Tick
		}
		require.NoError(t, p.Step(x, ev, x.Time().Add(time.Duration(op)*time.Second), &r))
		for _, c := range r.Commands {
			tasks = append(tasks, c.Task)
		}
	}
}
