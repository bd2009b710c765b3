// Package history defines the history of executions: the events that AWS Step
// Functions reports.
//
// An [Event] is small and flat, and carries values instead of JSON. Its JSON is
// the one of AWS's GetExecutionHistory, member for member. [Event.Details]
// returns the same information in structs with AWS's names. Executions write
// their events to a [Sink]: a [Log] in memory, a [Writer] of JSON Lines, or an
// implementation of your own. A [Reader] reads them back, and also reads the
// output of GetExecutionHistory.
//
//	var log history.Log // a Sink; pass it to the interpreter
//	for e := range log.All() {
//		switch {
//		case e.Type.IsStateEntered():
//			fmt.Println(e.ID, "entered", e.Name)
//		case e.Type == history.TaskFailed:
//			_, details := e.Details()
//			fmt.Println(e.ID, *details.(history.TaskFailedEventDetails).Error)
//		}
//	}
//
// Encoding is deterministic: equal events have equal JSON. Data that is read
// and written again keeps its value, the order of keys and the difference
// between integers and floats. It is written compactly, with AWS's spelling of
// numbers.
//
// This package does not read a clock or start goroutines. Log and Writer are
// safe for concurrent use.
package history
