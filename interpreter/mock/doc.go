// Package mock answers tasks from a script instead of handlers. A script gives the
// responses of each state, by the number of its invocation.
//
//	script := mock.Script{
//		"Charge": {mock.Throw("CardDeclined", "limit"), mock.Return(receipt)},
//		"Notify": {mock.Always(mock.Return(nil))},
//	}
//	in := interpreter.New(interpreter.Config{Resolver: mock.New(script)})
//
// [ParseFile] reads a mock configuration file of Step Functions Local:
//
//	file, err := mock.ParseFile(data)
//	tasks, err := file.Case("OrderMachine", "CardDeclined")
//	in := interpreter.New(interpreter.Config{Resolver: tasks})
//
// As in Step Functions Local, the invocations of a state are counted across
// retries, iterations and re-entries, and across the children of all Map Runs of the
// state. They are also counted across all executions that share a [Tasks]: make one
// for each test. Tasks and Files are safe for concurrent use.
//
// Iterations and children start in the order of their items, but concurrent handlers
// may be called in any order. With [interpreter.Config].Workers of 1 they are called one
// after another, in the order in which their tasks started: if each item has one
// invocation of a state, that is the order of the items.
package mock
