// Package machine executes state machines as a pure function of events. A compiled
// [Program] advances an [Execution], which is plain data: [Program.Step] takes an
// event and returns commands for the host.
//
// The package starts no goroutine, reads no clock, takes no lock and does no I/O.
// The host executes the commands, keeps time and stores the execution. Package
// interpreter is such a host. A minimal one:
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
//				done := machine.Event{Kind: machine.TaskSucceeded, Task: c.Task, Output: do(c)}
//				events = append(events, done)
//			}
//		}
//	}
//
// A host that keeps executions in a store adds a record after each Step
// ([RecordWriter]) and a snapshot now and then, and continues an execution from its
// latest snapshot and the records after it ([Program.Fold]).
//
// # Map Runs
//
// A Map state in DISTRIBUTED mode is a Map Run, whose child executions the host runs
// as executions of their own ([Program.Children]). All that decides is in the
// parent's Steps: what is read next, the inputs of children, how many run, how many
// may fail, what the state returns. The host reads items, runs children and writes
// results, and answers each command with an event: see [OpenResults] and those after
// it. With a destination for the results, an execution does not grow with the items.
//
// A host that crashed opens the results again with the latest receipt and executes
// what [Program.Pending] returns. A child has the same ID again.
//
// # Guarantees
//
// Two executions with the same seeds, events and times are identical, byte for
// byte. Each state is entered exactly once. Tasks are delivered at least once:
// after a crash, [Program.Pending] returns the commands that may be lost, and the
// token ([Execution.Token]) is the idempotency key. Late, repeated and stale
// answers change nothing. An answer is late once its deadline has passed, even
// without a Tick.
//
// Time never runs backwards: an earlier time counts as the latest one seen. It is
// counted in nanoseconds since 1970 and covers the years 1678 to 2261; a later
// deadline is at the end of that range.
//
// Limits bound the bytes that a field builds, the work of a state's expressions,
// the transitions and the work of a Step, and the memory that an execution holds.
//
// A Program is safe for concurrent use. An Execution and a Result must be used by
// one goroutine at a time. Values are shared and must not be changed.
package machine
