package machine

// TaskID identifies a task within its execution: the id of the last history
// event when it was armed, and its scope's slot in the low bits. Every attempt
// is a task of its own, so a late answer to an earlier one is recognised.
type TaskID uint64

const slotBits = 24

func taskID(event uint32, slot int32) TaskID { return TaskID(uint64(event)<<slotBits | uint64(slot)) }

// Slot returns a small number that no other task has which is outstanding in the
// execution at the same time.
func (t TaskID) Slot() int { return int(t.slotIndex()) }

func (t TaskID) slotIndex() int64 { return int64(t & (1<<slotBits - 1)) }

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
