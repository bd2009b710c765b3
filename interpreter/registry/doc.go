// Package registry keeps the records of the Step Functions API: state machines with
// their revisions, versions, aliases and tags, and activities. It knows neither HTTP
// nor executions; package api serves it.
//
// All records are in memory, and each change is written to a [Store] before it shows:
// what a call has returned is stored. Records are JSON with the number of their format.
//
//	r, err := registry.Open(ctx, registry.NewMemory())
//	m, _, err := r.CreateMachine(ctx, registry.NewMachine{Arn: arn, Name: "order", Revision: ...})
package registry
