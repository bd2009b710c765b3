// Package machine is the pure core that runs a state machine: a compiled
// [Program], an [Execution] that is plain data, and Step, which takes what
// happened and gives what is to be done.
//
// It starts no goroutine, reads no clock, holds no lock and does no I/O. The
// host does: it carries out the commands, owns time, and stores the execution.
// Package interpreter is such a host; this is a whole one of one's own:
//
//	x := program.New(machine.Start{ID: "order-1", Input: input, Seed: seed, TokenKey: key})
//	events := []machine.Event{{Kind: machine.Started}}
//	for x.Status == machine.Running && len(events) > 0 {
//		if err := program.Step(x, events[0], clock.Now(), &result); err != nil {
//			return err
//		}
//		events = events[1:]
//		save(x) // persist, then act
//		for _, c := range result.Commands {
//			if c.Kind == machine.StartTask {
//				events = append(events, machine.Event{Kind: machine.TaskSucceeded, Task: c.Task, Output: do(c)})
//			}
//		}
//	}
//
// # Guarantees
//
// Two executions with the same seeds, events and times are identical, byte for
// byte. States are entered exactly once; tasks are delivered at least once: after
// a crash [Program.Pending] gives the commands that may be lost, and the token
// ([Execution.Token]) is the idempotency key. Late, repeated and stale answers
// change nothing, and an answer is late once its deadline has passed, Tick or not.
// Time never runs backwards: an earlier time counts as the latest one seen. It is
// counted in nanoseconds since 1970, from the year 1678 to 2261; a deadline beyond
// that is at its end. A field is bounded by the bytes that it makes, the fields of a
// state by their work, a Step by its transitions and by the work of the expressions
// in them, and an execution by what it holds.
//
// A Program is safe for concurrent use. An Execution and a Result belong to one
// goroutine at a time. Values are shared and never changed.
package machine
