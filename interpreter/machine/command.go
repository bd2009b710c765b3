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

	// The commands of a Map Run, which has a TaskID like a task. Command.MapRun is set
	// in all, and Child in StartChild, RedriveChild and StopChild. Because of [Program.Pending], the
	// host may get each of them twice.

	// OpenResults prepares the destination of the results and tests that it can be
	// written to. The answer is ResultsOpened or ResultsFailed. It is the first command
	// of a Map Run, if its ResultWriter has a Resource.
	OpenResults
	// ReadItems asks for the next items. The answer is ItemsRead, with at least one
	// item or with End, or ItemsFailed. A Map Run has at most one such command
	// outstanding, and asks only for items that it can start at once: a host with too
	// many children may wait with the answer. A Map Run whose items are in the state's
	// input has no such command.
	ReadItems
	// StartChild starts a child execution of Program with Child.Input. When it has
	// ended, the host writes its result, if there is a destination, and sends
	// ChildEnded.
	StartChild
	// StopChild aborts a child execution that runs, with Cause. The host answers with
	// ChildEnded, also if the child was lost in a crash before it began: then its
	// Status is Aborted. If the child ends by itself meanwhile, that counts.
	StopChild
	// WritePending writes the items of a failed Map Run that were never started. The
	// answer is PendingWritten or ResultsFailed.
	WritePending
	// WriteResults completes the results, after all children have ended. The answer is
	// ResultsWritten, with the result of the state, or ResultsFailed. It is also sent
	// for a Map Run that has failed.
	WriteResults
	// EndMapRun is the last command of an attempt of a Map Run. The host closes its
	// reader and its results. If Run.Status is Aborted, because the execution has ended or another
	// state has failed, the host stops all children that still run, with Cause, and
	// then completes the results. There is no answer. If MapRun.Kept is set, a redrive of
	// the execution goes on with the Map Run: until then the host must keep what
	// RedriveChild needs, as it must while the Map Run runs.
	EndMapRun
	// RedriveChild continues a child execution that an earlier attempt of the Map Run has
	// started and that did not succeed, with a Redriven event: a STANDARD child from the
	// state that failed, an EXPRESS one from its first. ChildEnded answers as for
	// StartChild. If the child has succeeded after all, that is the answer. If it is lost,
	// the host starts it again with Child.Input. If it cannot be redriven, or is lost and
	// Child.Forgotten is set, ChildEnded tells the outcome that it had, with NotRedrivable.
	// The host needs to keep a child only until ChildEnded says that it has succeeded, and
	// its result is written, and until EndMapRun without Kept.
	RedriveChild
	// DetachMapRun asks for the whole Map Run to be run as another execution, in a Program
	// of [Program.DetachingMapRuns]: see [Program.DetachMapRun]. The answer is MapRunEnded.
	// EndMapRun follows as for any Map Run; if its Run.Status is Aborted, the host stops
	// the other execution with a Stopped event.
	DetachMapRun
)

var commandKindNames = [...]string{"StartTask", "CancelTask", "Complete", "Yield",
	"OpenResults", "ReadItems", "StartChild", "StopChild", "WritePending", "WriteResults", "EndMapRun", "RedriveChild", "DetachMapRun"}

// String returns the name of the constant.
func (k CommandKind) String() string {
	if int(k) < len(commandKindNames) {
		return commandKindNames[k]
	}
	return "CommandKind(?)"
}

// Command tells the host what to do. The fields below Kind are set for StartTask;
// CancelTask has only Task, State, Resource and TimedOut. The commands of a Map Run
// have Task, State and the last three.
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
	Scheduled   bool          // the history has the task's Scheduled event: see TaskScheduled
	Started     bool          // set by Pending: TaskStarted was received before
	Submitted   bool          // set by Pending: TaskSubmitted was received before
	TimedOut    bool          // of CancelTask: the task's timeout or heartbeat timeout has passed

	// Of a Map Run.
	MapRun *MapRunCommand
	Child  *Child
	Cause  string // of StopChild and EndMapRun: the cause of the children's ExecutionAborted event; they have no error
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
		Scheduled:   sc.phase == phaseTask,
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

// cancelTask adds the command to cancel the task of a scope, or to abort its Map Run, if
// it has one.
func (s *step) cancelTask(slot int32) {
	sc := &s.x.scopes[slot]
	if !sc.waitsForTask() {
		if sc.runsMap() {
			s.endMapRun(slot, Aborted)
		}
		return
	}
	st := &s.p.states[sc.state]
	s.r.growCommands()
	s.r.Commands = append(s.r.Commands, Command{
		Kind:     CancelTask,
		Task:     sc.work.task,
		State:    st.name,
		Resource: &st.task.resource,
		Item:     none,
	})
}
