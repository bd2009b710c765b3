package machine

import "time"

// TaskID identifies a task within its execution: the id of the last history
// event when it was armed, and its scope's slot in the low bits. Every attempt
// is a task of its own, so a late answer to an earlier one is recognised.
type TaskID uint64

const slotBits = 24

func taskID(event uint32, slot int32) TaskID { return TaskID(uint64(event)<<slotBits | uint64(slot)) }

// Slot returns a small number that no other task has which is outstanding in the
// execution at the same time.
func (t TaskID) Slot() int { return int(t.slot()) }

func (t TaskID) slot() int64 { return int64(t & (1<<slotBits - 1)) }

// EventKind is what happened.
type EventKind uint8

const (
	// Tick says only that time has passed, whose deadlines fire before every
	// event. It also goes on after a Yield.
	Tick EventKind = iota
	// Started starts the execution.
	Started
	// TaskScheduled says that the host has taken a task. Only an activity
	// needs it, whose existence the host knows: until then TaskRefused leaves
	// no trace of the task in the history. TaskStarted says it too.
	TaskScheduled
	// TaskRefused says that the task cannot be: Error and Cause tell why.
	TaskRefused
	// TaskStarted says that the work has begun: timeouts run from here. A host
	// that cannot tell sends it at once. Worker is an activity's, if any.
	TaskStarted
	// TaskSubmitted says that a task has made its call, which answered Output, and
	// that its result comes later. It stands in the history of .sync and
	// .waitForTaskToken tasks; of others only Pending tells it.
	TaskSubmitted
	// TaskSucceeded ends a task with its result Output.
	TaskSucceeded
	// TaskFailed ends a task with Error and Cause.
	TaskFailed
	// TaskHeartbeat says that the task is alive.
	TaskHeartbeat
	// Stopped aborts the execution; Error and Cause may tell why.
	Stopped
)

var eventKindNames = [...]string{"Tick", "Started", "TaskScheduled", "TaskRefused", "TaskStarted",
	"TaskSubmitted", "TaskSucceeded", "TaskFailed", "TaskHeartbeat", "Stopped"}

// String returns the name of the constant.
func (k EventKind) String() string {
	if int(k) < len(eventKindNames) {
		return eventKindNames[k]
	}
	return "EventKind(?)"
}

// Event is what a host tells an execution. An event for a task that has already
// ended, or never was, changes nothing.
type Event struct {
	Kind         EventKind
	Task         TaskID
	Output       any     // of TaskSucceeded and TaskSubmitted: a value of package value, see ErrValue
	Error, Cause *string // nil where there is none
	Worker       string
}

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
