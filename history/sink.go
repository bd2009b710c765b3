package history

// DefaultMaxEvents is how many events an execution may have unless a limit says
// otherwise: AWS's quota for Standard executions.
const DefaultMaxEvents = 25_000

// Sink receives the events of executions, in their order: those of one
// execution never at the same time, those of different ones possibly.
//
// The execution waits for Record, which is called after a step was taken and before
// what follows from it is done. An error, a panic or runtime.Goexit in it ends the
// execution with that error, and the execution has no Snapshot any more, because its
// history lacks these events. One that blocks holds up this execution only, and one
// of the goroutines that Config.Workers allows.
//
// Record may run on a goroutine that calls the interpreter, such as one in Start or
// Run. runtime.Goexit, which testing.T.FailNow calls, then ends that goroutine too:
// Start and Run do not return.
//
// Record, like the other hooks of an interpreter (resolvers, loggers, clocks), may
// call the interpreter that calls it:
//
//	Start, Restore                      work
//	Status, Output, Decode, Events      work; the step has not happened for them
//	Snapshot                            works: the state after these events
//	Stop, SendTask..., Task.Heartbeat   work, and take effect after Record, unless
//	                                    the interpreter is closed
//	Close                               works
//	Run, Wait, Shutdown                 return ErrReentry at once; Wait works for
//	                                    an execution that has ended
//	VirtualClock.Advance, Settle        panic, which ends the execution
//
// It must not wait for another goroutine that calls Run, Wait, Stop, Shutdown,
// Snapshot, SendTask... or Task.Submitted: that goroutine waits for Record. A Snapshot that was taken in Record must
// not be restored if Record then returns an error.
type Sink interface {
	// Record takes the next events of an execution. The slice and the events
	// are valid during the call only and must be copied to be kept; the values
	// in them are immutable and may be kept.
	Record(execution string, events []Event) error
}

// SinkFunc is a function as a [Sink].
type SinkFunc func(execution string, events []Event) error

// Record calls the function.
func (f SinkFunc) Record(execution string, events []Event) error { return f(execution, events) }
