package interpreter

import (
	"errors"
	"fmt"

	"github.com/gostates/gostates/asl"
)

// Check reports each Resource of a program that r has no handler for, with its
// state: the error is [ErrNoHandler], or nil if there is none. Call it at the start of a program:
// without a handler an execution fails with States.Runtime, which nothing catches.
func Check(p *Program, r Resolver) error { return checkResources(p, r, nil) }

func checkResources(p *Program, r Resolver, a *activities) error {
	if p == nil {
		return ErrNoProgram
	}
	r = prepareResolver(r)
	polled := make(map[string]bool)
	for _, resource := range p.Resources() {
		polled[resource.Name] = a.arePolled(resource)
	}
	var missing []error
	for state := range p.Machine().All() {
		task, ok := state.(*asl.TaskState)
		if !ok || polled[task.Resource.Value] {
			continue
		}
		if _, ok := resolveTask(r, task.Name, task.Resource.Value); !ok {
			missing = append(missing, noHandlerError(task.Resource.Value, task.Name))
		}
	}
	return errors.Join(missing...)
}

func noHandlerError(resource, state string) error {
	return fmt.Errorf("%w for the resource %q of the state %q", ErrNoHandler, resource, state)
}

// Check is the function [Check] with the interpreter's resolver. Resources of
// Config.Activities need no handler.
func (in *Interpreter) Check(p *Program) error { return checkResources(p, in.resolver, in.activities) }
