// Package interpreter runs state machines inside a Go program. It executes the
// commands of the pure core in package machine, with Go functions as tasks, a
// clock, and a limited number of handlers at the same time.
//
//	program, err := interpreter.Compile(definition, interpreter.Options{})
//	if err != nil {
//		return err // an asl.ErrorList: all that is wrong, by line and column
//	}
//	// func charge(ctx context.Context, o Order) (Receipt, error)
//	in := interpreter.New(interpreter.Config{
//		Resolver: interpreter.Mux{"charge": interpreter.Func(charge)},
//	})
//	defer in.Close()
//	receipt, err := interpreter.Run[Receipt](ctx, in, program, order)
//
// [Run] waits for the end of the execution. [Interpreter.Start] returns a handle at
// once: [Execution.Wait], [Execution.Stop], [Execution.Snapshot]. The result of a
// task may also come from outside, by its token: [Interpreter.SendTaskSuccess].
//
// # Tasks
//
// A [Resolver] finds the handler of a Task's Resource. [Mux] finds it by name;
// [Func] makes a handler from a Go function. [StartExecution] starts executions of
// other programs, and [Services] passes calls of AWS services to functions. Package
// lambdatask calls Lambda functions, and package httptask makes HTTP requests.
// [Resolvers] combines resolvers, [WithMiddleware] wraps handlers, and [Check]
// reports resources without a handler. [CheckTypes] compares the types of functions with
// the definition.
//
// A handler's error that is an [ErrorNamer] has a name that Retry and Catch match, and
// with Config.Errors the caller of Run gets an error of the same Go type: see [Func].
//
// Workers may poll the tasks of activities instead: see Config.Activities and
// [Interpreter.GetActivityTask].
//
// # Guarantees
//
// A waiting execution has no goroutine: it is plain data, an entry in one timer
// heap, or a token. At most Config.Workers handlers run at the same time. Each
// event of an execution goes to its [history.Sink] before the interpreter acts on
// it.
//
// Hooks (sinks, resolvers, clocks, loggers, Config.Rand) and the code of tasks may
// panic, call runtime.Goexit, block, or call the interpreter. That ends one task,
// or one execution with a [HookError], and does not affect others. See
// [history.Sink].
//
// Tasks are delivered at least once. An execution that was restored from a snapshot
// delivers its outstanding tasks again. [Task.Token] is the same as before, and so
// an idempotency key. Nested executions ([StartExecution]) have snapshots of their
// own: [Interpreter.Executions] lists them, and they may be restored in any order.
//
// # Durability
//
// With Config.Store, executions outlive the process: a program that is killed at any
// moment and started again continues all of them. Every change is on disk before the
// interpreter acts on it: before a task starts, before [Interpreter.Start],
// [Execution.Stop] and [Interpreter.SendTaskSuccess] return, before sinks are called,
// and before [Execution.Wait] and [Execution.Status] show it. [New] starts to recover
// what an earlier process has left unfinished. Tasks whose handlers ran are delivered
// again: see [Task.Delivery].
//
// An execution that only waits for time or for a call is not in memory. The call may
// be the answer of a worker; a task that no worker has polled yet keeps its execution
// in memory. An execution that cannot continue, for example because it needs a handler
// that this process does not have, is parked: it stays Running, [Interpreter.List]
// shows why, and it is tried again later. It does not affect others.
//
// A caller that does not know whether its call arrived repeats it. Start with the same
// Name and input returns the same execution. A second answer to a token is
// [ErrTaskTimedOut], and changes nothing.
//
// Executions continue under the program that they were started with. The store keeps
// its definition, so that a later version of the program need not be compatible.
// [Interpreter.CheckStored] reports the executions that this process cannot continue.
//
// [Interpreter.Describe], [Interpreter.List] and [Interpreter.History] show what is
// stored. Executions are kept for ever, unless Config.Retention or
// [Interpreter.Delete] deletes them after their end.
//
// # Order
//
// Handlers run concurrently, and their results are applied in the order in which
// they arrive. With Config.Workers 1 and a [VirtualClock], equal seeds make equal
// runs.
//
// The types of this package are safe for concurrent use unless they say otherwise.
package interpreter
