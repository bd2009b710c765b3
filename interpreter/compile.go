package interpreter

import (
	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
)

// Program is a compiled state machine. It is immutable and may be shared by any
// number of executions and interpreters.
type Program = machine.Program

// Options of a Program are its ARN, type and limits. The zero value works.
type Options = machine.Options

// Limits bound an execution; see [machine.Limits].
type Limits = machine.Limits

// NoLimits lifts the limits on sizes and on the number of events.
var NoLimits = machine.NoLimits

// Status is the status of an execution.
type Status = machine.Status

// The statuses of an execution.
const (
	Running   = machine.Running
	Succeeded = machine.Succeeded
	Failed    = machine.Failed
	TimedOut  = machine.TimedOut
	Aborted   = machine.Aborted
)

// Compile parses, validates and compiles a definition. The error is an
// [asl.ErrorList] of everything that AWS refuses, except for unknown resources,
// which the [Resolver] decides. Use [machine.Compile] for definitions that AWS
// refuses but that can run.
func Compile(definition []byte, o Options) (*Program, error) {
	check := asl.Options{Type: asl.Standard}
	if o.Express && !o.EveryResource {
		check.Type = asl.Express
	}
	m, err := asl.ParseValid(definition, check)
	if err != nil {
		return nil, err
	}
	return machine.Compile(m, o)
}
