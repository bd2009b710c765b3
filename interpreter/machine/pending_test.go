package machine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// Whatever a host has said of a task so far, a restored execution knows its token
// and what was said, before anything else happens: an answer by the token ends it.
func TestPendingKnowsEveryTokenAfterRestore(t *testing.T) {
	said := [][]machine.EventKind{
		{}, {machine.TaskScheduled}, {machine.TaskStarted}, {machine.TaskStarted, machine.TaskHeartbeat},
		{machine.TaskSubmitted}, {machine.TaskStarted, machine.TaskSubmitted, machine.TaskHeartbeat},
	}
	for _, resource := range []string{"f", "arn:aws:states:us-east-1:123456789012:activity:a", "arn:aws:states:::sqs:sendMessage",
		"arn:aws:states:::sqs:sendMessage.waitForTaskToken", "arn:aws:states:::ecs:runTask.sync"} {
		p := compile(t, `{"StartAt": "M", "States": {"M": {"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "T", "States": {
			"T": {"Type": "Task", "Resource": "`+resource+`", "TimeoutSeconds": 60, "HeartbeatSeconds": 9, "End": true}}}}}}`, machine.Options{})
		x := p.New(machine.Start{ID: "x", Input: make([]any, len(said)), TokenKey: [16]byte{7}})
		var r machine.Result
		require.NoError(t, p.Step(x, machine.Event{Kind: machine.Started}, began, &r))
		started := append([]machine.Command(nil), r.Commands...)
		require.Len(t, started, len(said))
		var tokens []string
		for i, c := range started {
			tokens = append(tokens, x.Token(c.Task))
			for _, kind := range said[i] {
				require.NoError(t, p.Step(x, machine.Event{Kind: kind, Task: c.Task}, began, &r))
			}
		}

		x = restore(t, p, x)
		require.NoError(t, p.Pending(x, &r))
		require.Len(t, r.Commands, len(said))
		for i, c := range r.Commands {
			require.Equal(t, tokens[i], x.Token(c.Task), resource)
			last := len(said[i]) - 1
			require.Equal(t, last >= 0 && said[i][last] != machine.TaskScheduled, c.Started, "%s %v", resource, said[i])
			submitted := false
			for _, kind := range said[i] {
				submitted = submitted || kind == machine.TaskSubmitted
			}
			require.Equal(t, submitted, c.Submitted, "%s %v", resource, said[i])
			activity := c.Resource.Kind == machine.Activity
			require.Equal(t, !activity || last >= 0, c.Scheduled, "%s %v", resource, said[i])
			c.Scheduled, c.Started, c.Submitted = !activity, false, false
			require.Equal(t, started[i], c, "but for what was said it is the command of before")
		}
		for i, token := range tokens {
			task, ok := x.TaskOf(token)
			require.True(t, ok)
			require.NoError(t, p.Step(x, machine.Event{Kind: machine.TaskSucceeded, Task: task, Output: int64(i)}, began, &r))
		}
		require.Equal(t, "[0,1,2,3,4,5]", value.String(x.Outcome.Output), resource)
	}
}
