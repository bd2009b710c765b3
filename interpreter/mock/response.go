package mock

import (
	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
)

// Response is the response to one or more invocations of a state. Make it with
// [Return], [Throw] or [Hang].
type Response struct {
	output any
	err    error

	first, last int // invocations from 0; in a Script, relative to the response before it
}

const forever = int(^uint(0) >> 1)

// Return makes the task succeed with output, which may be any value that value.From
// accepts.
func Return(output any) Response { return Response{output: output} }

// Throw makes the task fail with an ASL error.
func Throw(name, cause string) Response {
	return Response{err: &asl.Error{Name: name, Cause: cause}}
}

// Hang makes the task never answer. Its timeout, or an answer to its token, ends
// it.
func Hang() Response { return Response{err: interpreter.ErrResultPending} }

// Times returns r as the response to the next n invocations.
func Times(n int, r Response) Response {
	r.first, r.last = 0, n-1
	return r
}

// Always returns r as the response to all further invocations.
func Always(r Response) Response { return Times(forever, r) }
