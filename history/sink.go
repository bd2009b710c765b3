package history

// DefaultMaxEvents is how many events an execution may have unless a limit says
// otherwise: AWS's quota for Standard executions.
const DefaultMaxEvents = 25_000

// Sink receives the events of executions, in their order: those of one
// execution never at the same time, those of different ones possibly.
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
