package interpreter

import (
	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
)

// Program is a compiled state machine. It is immutable: any number of
// executions of any number of interpreters share it.
type Program = machine.Program

// Options are what a Program may be told besides its definition: its ARN, its
// type, its limits. The zero value works.
type Options = machine.Options

// Limits bound an execution; see [machine.Limits].
type Limits = machine.Limits

// NoLimits lifts the limits on sizes and on the number of events.
var NoLimits = machine.NoLimits

// Status is where an execution stands.
type Status = machine.Status

// What an execution's Status can be.
const (
	Running   = machine.Running
	Succeeded = machine.Succeeded
	Failed    = machine.Failed
	TimedOut  = machine.TimedOut
	Aborted   = machine.Aborted
)

// Compile makes a Program of a definition in ASL. Of the options the last one
// counts. The error is an [asl.ErrorList] of all that is wrong.
func Compile(definition []byte, options ...Options) (*Program, error) {
	m, err := asl.Parse(definition)
	if err != nil {
		return nil, err
	}
	var o Options
	for _, last := range options {
		o = last
	}
	return machine.Compile(m, o)
}
