package interpreter

import (
	"github.com/gostates/gostates/interpreter/machine"
)

// SendTaskHeartbeat restarts the heartbeat timeout of the task that waits under a
// token. It waits, and its errors are as of [Interpreter.SendTaskSuccess].
func (in *Interpreter) SendTaskHeartbeat(token string) error {
	return in.sendTaskEvent(token, machine.Event{Kind: machine.TaskHeartbeat})
}

// Heartbeat restarts the task's heartbeat timeout.
func (t *Task) Heartbeat() { t.sendEvent(machine.Event{Kind: machine.TaskHeartbeat}) }
