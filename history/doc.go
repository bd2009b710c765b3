// Package history is the history of executions: what happened, as AWS Step
// Functions tells it.
//
// An [Event] is small and flat and carries values, not text. Its JSON is that
// of AWS's GetExecutionHistory, member for member; [Event.Details] gives the
// same in structs under AWS's names. Events go to a [Sink]: a [Log] in memory, a
// [Writer] of JSON Lines, or one's own; a [Reader] reads them back, and reads
// what AWS's GetExecutionHistory returned.
//
//	var log history.Log // is a Sink: hand it to whatever runs executions
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
// Events are written deterministically: equal events give equal bytes. Data that
// was read and is written again keeps its value, the order of its keys and
// whether a number is an integer, but not white space: it is written compactly
// and with AWS's spelling of numbers.
//
// Nothing here reads a clock or starts a goroutine. Log and Writer are safe for
// concurrent use.
package history
