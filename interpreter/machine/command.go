package machine

import "time"

// CommandKind is what the host is to do.
type CommandKind uint8

const (
	// StartTask asks for work. The host answers with Task events. It may come
	// twice for the same task (see [Program.Pending]): the token tells.
	StartTask CommandKind = iota
	// CancelTask says that nobody waits for a task any more.
	CancelTask
	// Complete says that the execution has ended: see [Execution.Outcome].
	Complete
	// Yield says that the Step used up its budget and the execution can go on:
	// send Tick, after saving and after others had their turn.
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

// Command is what an execution asks of its host. The fields below Kind are set
// for StartTask; CancelTask has Task, State, Resource and TimedOut.
type Command struct {
	Kind        CommandKind
	Task        TaskID
	State       string // the name of the Task state
	Resource    *Resource
	Input       any           // Parameters, evaluated; shared, not to be changed
	Credentials any           // nil: none
	Timeout     time.Duration // from TaskStarted on; 0: none
	Heartbeat   time.Duration // between TaskStarted and TaskHeartbeats; 0: none
	Attempt     int           // 0, then 1 more for each retry
	Item        int           // index of the innermost Map iteration; -1 outside
	Started     bool          // from Pending: TaskStarted was received before
	Submitted   bool          // from Pending: TaskSubmitted was received before
	TimedOut    bool          // of CancelTask: the task's own timeout or heartbeat timeout has passed
}

// startTaskCommand is the command for the task that a scope waits for.
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

// itemIndex is the index of the innermost iteration around a scope.
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

// cancelTask tells the host that nobody waits for a scope's task any more.
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
