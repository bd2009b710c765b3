package interpreter

import (
	"errors"
	"fmt"

	"github.com/gostates/gostates/asl"
)

// Check reports each Resource of a program that r has no handler for, with its
// state. The error is nil if there is none. Call it at the start of a program:
// without a handler an execution fails with States.Runtime, which nothing catches.
func Check(p *Program, r Resolver) error {
	if p == nil {
		return ErrNoProgram
	}
	r = prepareResolver(r)
	var missing []error
	for state := range p.Machine().All() {
		task, ok := state.(*asl.TaskState)
		if !ok {
			continue
		}
		if _, ok := resolveTask(r, task.Name, task.Resource.Value); !ok {
			missing = append(missing, fmt.Errorf("interpreter: no handler for the resource %q of the state %q",
				task.Resource.Value, task.Name))
		}
	}
	return errors.Join(missing...)
}

// Check is the function [Check] with the interpreter's resolver.
func (in *Interpreter) Check(p *Program) error { return Check(p, in.resolver) }
