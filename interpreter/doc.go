// Package interpreter runs state machines inside a Go program: it carries out
// what the pure core in package machine asks for, with functions of one's own as
// the tasks, a clock, and a bounded number of handlers at a time.
//
//	program, err := interpreter.Compile(definition, interpreter.Options{})
//	if err != nil {
//		return err // an asl.ErrorList: all that is wrong, by line and column
//	}
//	in := interpreter.New(interpreter.Config{
//		Resolver: interpreter.Mux{"charge": interpreter.Func(charge)}, // func(context.Context, Order) (Receipt, error)
//	})
//	defer in.Close()
//	receipt, err := interpreter.Run[Receipt](ctx, in, program, order)
//
// [Run] waits for the end. [Interpreter.Start] returns a handle at once:
// [Execution.Wait], [Execution.Stop], [Execution.Snapshot]. What an execution
// waits for may also come from outside, by its token:
// [Interpreter.SendTaskSuccess].
//
// # Tasks
//
// A [Resolver] finds the handler of a Task's Resource. [Mux] is one by name, for Go
// functions as [Func] makes handlers of them; package lambdatask calls Lambda
// functions; [StartExecution] starts executions of other programs; [Services] hands
// service calls over with their parts; package httptask makes requests. [Resolvers]
// asks several, [WithMiddleware] puts middleware around handlers, [Check] says what none
// answers.
//
// # Guarantees
//
// A waiting execution has no goroutine: it is plain data, an entry in one timer
// heap, or a token. At most Config.Workers handlers run at a time. Each event of
// an execution goes to its [history.Sink] before what follows from it is done.
//
// Hooks (sinks, resolvers, clocks, loggers, Config.Rand) and the code of tasks may
// panic, call runtime.Goexit, block, or call the interpreter: that ends one task, or
// one execution with a [HookError], and touches nothing else. See [history.Sink].
//
// Tasks are delivered at least once: an execution that was restored from a
// snapshot gives the tasks that were outstanding to their handlers again. The
// token, [Task.Token], is the same again and so an idempotency key. Executions that
// others wait for ([StartExecution]) have snapshots of their own: [Interpreter.Executions]
// lists them, and they are restored in any order.
//
// Handlers run concurrently, and their answers count in the order in which they
// come. With Config.Workers 1 and a [VirtualClock], equal seeds make equal runs.
//
// The types of this package are safe for concurrent use unless they say
// otherwise.
package interpreter
