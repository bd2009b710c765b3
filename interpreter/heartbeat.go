package interpreter

import (
	"context"

	"github.com/gostates/gostates/interpreter/machine"
)

// SendTaskHeartbeat restarts the heartbeat timeout of the task that waits under a
// token. It waits, and its errors are as of [Interpreter.SendTaskSuccess].
func (in *Interpreter) SendTaskHeartbeat(ctx context.Context, token string) error {
	return in.sendTaskEvent(ctx, token, machine.Event{Kind: machine.TaskHeartbeat})
}

// Heartbeat restarts the task's heartbeat timeout.
func (t *Task) Heartbeat() { t.sendEvent(machine.Event{Kind: machine.TaskHeartbeat}) }
