// Package mock gives the results of tasks from a script instead of from
// handlers: by state, and by how often the state was invoked.
//
//	script := mock.Script{
//		"Charge": {mock.Throw("CardDeclined", "limit"), mock.Return(receipt)},
//		"Notify": {mock.Always(mock.Return(nil))},
//	}
//	in := interpreter.New(interpreter.Config{Resolver: mock.New(script)})
//
// [ParseFile] reads the mock configuration file of Step Functions Local:
//
//	file, err := mock.ParseFile(text)
//	tasks, err := file.Case("OrderMachine", "CardDeclined")
//	in := interpreter.New(interpreter.Config{Resolver: tasks})
//
// Invocations of a state are counted across retries, iterations and re-entries,
// as Step Functions Local does, and over all executions that share the [Tasks]:
// make one for each test. It is safe for concurrent use.
package mock
