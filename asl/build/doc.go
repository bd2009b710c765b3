// Package build makes definitions of state machines in Go: the same JSON and the same
// tree as those that are written by hand.
//
//	declined := build.Fail("Declined").ErrorPath("$.error.Error")
//	charge := build.Task("Charge").Resource("charge").
//		ResultPath("$.receipt").
//		Retry(build.RetryOn("BankBusy").IntervalSeconds(1).MaxAttempts(3)).
//		Catch(build.CatchOn("CardDeclined").ResultPath("$.error").Then(declined)).
//		Then(build.Succeed("Charged"))
//	definition, err := build.Machine(charge).JSON()
//
// A state without Then ends its machine or branch. Methods have the names of the fields
// that they set. A method whose name ends in From takes the number from data: by a path
// in a JSONPath state, by an expression in a JSONata state. Data, such as of Parameters,
// Arguments and Assign, is any Go value that [value.From] converts: structs keep the
// order of their fields, [value.ObjectOf] and json.RawMessage that of their members, and
// maps are sorted. [Null] is a path that is written as null.
//
// States refer to each other, so that loops need no names:
//
//	poll.Then(ready)
//	ready.When(build.Compare("$.done", build.BooleanEquals, false), poll)
//
// The machine has the states to which the start leads: a state, then those to which
// its Next leads, its Choices, Default and Catch. States that are given to [Machine] or
// [Branch] come first, in their order.
//
// Nothing is checked before [StateMachine.JSON] or [StateMachine.AST], which return all
// that is wrong as an [Error]: what AWS refuses too, by the line of Go that made the
// state. A machine that is being built is not safe for concurrent use.
package build
