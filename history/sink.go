package history

// DefaultMaxEvents is the default limit for the events of an execution: AWS's
// quota for STANDARD executions.
const DefaultMaxEvents = 25_000

// Sink receives the events of executions. Events of one execution arrive in
// order and one call at a time. Calls for different executions may be
// concurrent.
//
// The execution waits for Record, which is called after a step and before its
// effects. If Record returns an error, panics or calls runtime.Goexit, the
// execution ends with that error. It then has no Snapshot any more, because its
// history lacks these events. A Record that blocks holds up only this execution
// and one of the goroutines that Config.Workers allows.
//
// Record may be called on a goroutine that calls the interpreter, such as one
// in Start or Run. runtime.Goexit, which testing.T.FailNow calls, then also
// ends that goroutine: Start and Run do not return. While Record blocks there, they
// do not return either, even if their context ends.
//
// Like the other hooks of an interpreter (resolvers, loggers, clocks), Record
// may call the interpreter that calls it:
//
//	Start, Restore                      work
//	Status, Output, Decode, Events      work, in the state before the step
//	Snapshot                            works, in the state after these events
//	Stop, SendTask..., Task.Heartbeat   work, and take effect after Record, unless
//	                                    the interpreter is closed
//	Close                               works
//	Run, Wait, Shutdown                 return ErrReentry at once; Wait works for
//	                                    an execution that has ended
//	VirtualClock.Advance, Settle        panic, which ends the execution
//
// Record must not wait for another goroutine that calls Run, Wait, Stop, Shutdown,
// Snapshot, SendTask... or Task.Submitted, because that goroutine waits for Record.
// A Snapshot taken in Record must not be restored if Record then returns an error.
type Sink interface {
	// Record receives the next events of an execution. The slice and the events
	// are valid only during the call and must be copied to be kept. Their
	// values are immutable and may be kept.
	Record(execution string, events []Event) error
}

// SinkFunc is a function that implements [Sink].
type SinkFunc func(execution string, events []Event) error

// Record calls f.
func (f SinkFunc) Record(execution string, events []Event) error { return f(execution, events) }
