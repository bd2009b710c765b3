package machine

// TaskID identifies a task within its execution. Each attempt of a state is another
// task, so that a late answer to an earlier attempt is recognised. It consists of
// the ID of the last history event before the task and, in the low bits, of a slot.
type TaskID uint64

const slotBits = 24

func taskID(event uint32, slot int32) TaskID { return TaskID(uint64(event)<<slotBits | uint64(slot)) }

// Slot returns a small number that is unique among the outstanding tasks of the
// execution.
func (t TaskID) Slot() int { return int(t.slotIndex()) }

func (t TaskID) slotIndex() int64 { return int64(t & (1<<slotBits - 1)) }

// EventKind says what has happened.
type EventKind uint8

const (
	// Tick says that time has passed. It is needed to reach a deadline without
	// another event, and to continue after a Yield.
	Tick EventKind = iota
	// Started starts the execution.
	Started
	// TaskScheduled says that the host has accepted a task. Only activities need
	// it: the host knows whether they exist, and before TaskScheduled, TaskRefused
	// leaves no trace in the history. TaskStarted implies it.
	TaskScheduled
	// TaskRefused says that the host cannot run the task, with Error and Cause.
	TaskRefused
	// TaskStarted says that the work has begun. Timeouts are counted from here. A
	// host that does not know must send it at once. Worker may name an activity's
	// worker. With Watched the host watches over the timeouts of the task.
	TaskStarted
	// TaskSubmitted says that a task's call has returned Output, and that its
	// result comes later. The history has it for .sync and .waitForTaskToken tasks;
	// for others only Pending shows it.
	TaskSubmitted
	// TaskSucceeded ends a task with its result Output.
	TaskSucceeded
	// TaskFailed ends a task with Error and Cause.
	TaskFailed
	// TaskHeartbeat says that the task is alive. It implies TaskStarted. A watch of
	// the host ends with it.
	TaskHeartbeat
	// Stopped aborts the execution, with an optional Error and Cause.
	Stopped
	// Redriven continues an execution that failed, timed out or was aborted, from
	// the states that it was in: see [Program.CheckRedrive], whose error the Step
	// returns. With the ClientToken of an earlier redrive it changes nothing.
	Redriven
	// TaskTimedOut ends a task whose timeout the host watches over (Event.Watched). The
	// history and Retry and Catch see what they see when a deadline of the Execution
	// passes. Error is States.HeartbeatTimeout if a heartbeat was missing; any other
	// counts as States.Timeout.
	TaskTimedOut

	// The events of a Map Run. Task is that of the command, and Event.MapRun is set,
	// except where the description says nothing of it. An event that does not fit the
	// state of the Map Run, such as a second ChildEnded of a child, changes nothing.

	// ItemsRead answers ReadItems.
	ItemsRead
	// ItemsFailed says that the items cannot be read. Error may be nil, which means
	// States.ItemReaderFailed. MapRun may be nil.
	ItemsFailed
	// ResultsOpened answers OpenResults. MapRun may be nil.
	ResultsOpened
	// ResultsFailed says that the results cannot be written. It may come at any time,
	// since a child's result may fail to be written. Error may be nil, which means
	// States.ResultWriterFailed. MapRun may be nil. ChildEnded must follow all the same.
	ResultsFailed
	// ChildEnded says that a child execution has ended, and that its result is
	// written if there is a destination. Without one, the event needs Output if the
	// child has succeeded, and otherwise Error and Cause.
	ChildEnded
	// PendingWritten answers WritePending. MapRun may be nil.
	PendingWritten
	// ResultsWritten answers WriteResults. Output is the result of the state: an
	// object with MapRunArn and ResultWriterDetails. MapRun may be nil.
	ResultsWritten
	// MapRunUpdated changes limits of a Map Run that runs.
	MapRunUpdated
	// MapRunEnded answers DetachMapRun. MapRun.Status says how the Map Run has ended.
	// Output is the result of one that has succeeded. Error and Cause say why the state
	// fails: also after a Map Run that has succeeded, if its result is too large.
	MapRunEnded
)

var eventKindNames = [...]string{"Tick", "Started", "TaskScheduled", "TaskRefused", "TaskStarted",
	"TaskSubmitted", "TaskSucceeded", "TaskFailed", "TaskHeartbeat", "Stopped", "Redriven", "TaskTimedOut",
	"ItemsRead", "ItemsFailed", "ResultsOpened", "ResultsFailed", "ChildEnded", "PendingWritten", "ResultsWritten", "MapRunUpdated", "MapRunEnded"}

// String returns the name of the constant.
func (k EventKind) String() string {
	if int(k) < len(eventKindNames) {
		return eventKindNames[k]
	}
	return "EventKind(?)"
}

// Event tells an execution what has happened. An event for a task that has ended or
// never existed changes nothing.
type Event struct {
	Kind         EventKind    // what has happened
	Task         TaskID       // of Task events: from the StartTask command
	Output       any          // of TaskSucceeded, TaskSubmitted, ChildEnded, ResultsWritten and MapRunEnded: a value of package value, else ErrValue
	Error, Cause *string      // nil if missing
	Worker       string       // of TaskStarted: an activity's worker; may be empty
	Watched      bool         // of TaskStarted: the task has no deadline in Wake; it ends with TaskTimedOut or another event
	ClientToken  string       // of Redriven: names the request (see [Execution.RedrivenBy]); may be empty
	MapRun       *MapRunEvent // of the events of a Map Run; may be reused after the Step
}
