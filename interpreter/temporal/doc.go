// Package temporal runs state machines as Temporal workflows. The pure core (package
// machine) steps inside the workflow, and the handlers of an [interpreter.Resolver] do
// the tasks as activities: neither a definition nor a handler knows the difference.
//
// A worker:
//
//	w := worker.New(c, "orders", worker.Options{})
//	temporal.Register(w, temporal.Config{Resolver: handlers})
//	err := w.Run(worker.InterruptCh())
//
// A starter:
//
//	orders := temporal.NewClient(c, temporal.ClientOptions{TaskQueue: "orders"})
//	e, err := orders.Start(ctx, program, input, temporal.StartOptions{Name: "order-1"})
//	err = e.Wait(ctx)
//
// A Map Run of a Map state in DISTRIBUTED mode is a child workflow ([MapRunType]), so that
// an execution does not grow with the items. Its EXPRESS children are data of that
// workflow, its STANDARD children are child workflows of it.
//
// The name of an execution is its WorkflowID.
package temporal
