package machine

import "time"

// CommandKind says what the host must do.
type CommandKind uint8

const (
	// StartTask starts a task. The host answers with task events. Because of
	// [Program.Pending], it may get the same task twice; the token identifies it.
	StartTask CommandKind = iota
	// CancelTask says that the result of a task is no longer needed.
	CancelTask
	// Complete says that the execution has ended: see [Execution.Outcome].
	Complete
	// Yield says that the Step has used up its budget. To continue, send Tick,
	// after saving the execution and after other executions had their turn.
	Yield
)

var commandKindNames = [...]string{"StartTask", "CancelTask", "Complete", "Yield"}

// String returns the name of the constant.
func (k CommandKind) String() string {
	if int(k) < len(commandKindNames) {
		return commandKindNames[k]
	}
	return "CommandKind(?)"
}

// Command tells the host what to do. The fields below Kind are set for StartTask;
// CancelTask has only Task, State, Resource and TimedOut.
type Command struct {
	Kind        CommandKind   // what to do
	Task        TaskID        // identifies the task in events
	State       string        // the name of the Task state
	Resource    *Resource     // must not be changed
	Input       any           // the evaluated Parameters or Arguments; must not be changed
	Credentials any           // nil if the state has none
	Timeout     time.Duration // counted from TaskStarted; 0: none
	Heartbeat   time.Duration // the longest time between TaskStarted and TaskHeartbeat events; 0: none
	Attempt     int           // 0 for the first, plus 1 for each retry
	Item        int           // index of the innermost Map iteration; -1 outside a Map state
	Started     bool          // set by Pending: TaskStarted was received before
	Submitted   bool          // set by Pending: TaskSubmitted was received before
	TimedOut    bool          // of CancelTask: the task's timeout or heartbeat timeout has passed
}

// startTaskCommand returns the command for the task of a scope.
func (s *step) startTaskCommand(slot int32) Command {
	sc := &s.x.scopes[slot]
	st, w := &s.p.states[sc.state], sc.work
	return Command{
		Kind:        StartTask,
		Task:        w.task,
		State:       st.name,
		Resource:    &st.task.resource,
		Input:       w.input,
		Credentials: w.credentials,
		Timeout:     time.Duration(w.timeout) * time.Second,
		Heartbeat:   time.Duration(w.heartbeat) * time.Second,
		Attempt:     int(w.retries),
		Item:        s.itemIndex(slot),
		Started:     w.started,
		Submitted:   w.submitted,
	}
}

// itemIndex returns the index of the innermost iteration around a scope, or none.
func (s *step) itemIndex(slot int32) int {
	for s.x.scopes[slot].parent >= 0 {
		parent := s.x.scopes[slot].parent
		if s.p.states[s.x.scopes[parent].state].kind == kindMap {
			return int(s.x.scopes[slot].index)
		}
		slot = parent
	}
	return none
}

// cancelTask adds the command to cancel the task of a scope, if it has one.
func (s *step) cancelTask(slot int32) {
	sc := &s.x.scopes[slot]
	if !sc.waitsForTask() {
		return
	}
	st := &s.p.states[sc.state]
	s.r.Commands = append(s.r.Commands, Command{
		Kind:     CancelTask,
		Task:     sc.work.task,
		State:    st.name,
		Resource: &st.task.resource,
		Item:     none,
	})
}
