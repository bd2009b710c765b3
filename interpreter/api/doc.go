// Package api serves the API of AWS Step Functions over an interpreter: an
// [http.Handler] that AWS's SDKs and its command line call instead of AWS.
//
//	srv, err := api.New(api.Config{Interpreter: interpreter.Config{Resolver: tasks}})
//	if err != nil {
//		return err
//	}
//	defer srv.Close()
//	// The program sees what clients make, and clients see this.
//	arn, err := srv.Create("order", definition)
//	http.ListenAndServe("127.0.0.1:8083", srv)
//
// The protocol is AWS JSON 1.0: POST /, X-Amz-Target: AWSStepFunctions.StartExecution.
// Requests are checked against AWS's service model. Errors have AWS's types and, where
// they were recorded, its messages. Signatures are not checked, and roles and keys are
// kept and shown without effect.
//
// StartSyncExecution and TestState are called under a host name with "sync-" before it,
// unless the client is told otherwise: disableHostPrefix in JavaScript,
// inject_host_prefix=False in Python, DisableEndpointHostPrefix in Go.
//
// # Differences from AWS
//
//   - DeleteStateMachine stops the executions that run, and removes all with their
//     histories before it returns. On AWS they end at their next transition. An execution
//     is kept while one of another machine runs that has started it, and the machine is
//     DELETING until it is deleted or created again after that.
//   - ListExecutions of a Map Run has the children that the store still has: those of
//     which the results are written are gone.
//   - TaskTimedOut has the same message for every token.
//   - Executions and their names are kept until [interpreter.Config].Retention deletes
//     them.
//   - Any Resource is accepted, unless Config.Resources says otherwise, and all log
//     groups exist.
//   - A log message is written as its event happens, to a function of the program.
//
// # Security
//
// The server answers requests for loopback names only, unless Config.Hosts has others,
// and refuses requests of other sites, so that a web page cannot call it. It does not
// know who calls: whoever reaches the port may do everything.
package api
