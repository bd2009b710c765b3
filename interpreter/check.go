package interpreter

import (
	"errors"
	"fmt"

	"github.com/gostates/gostates/asl"
)

// Check names every Resource of a program that a resolver has no handler for,
// with the state that needs it. The error is nil when there is none. It is for
// the start of a program: a Resource without a handler fails an execution as
// States.Runtime, which nothing catches.
func Check(p *Program, r Resolver) error {
	if p == nil {
		return ErrNoProgram
	}
	r = prepared(r)
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

// Check is [Check] with the interpreter's own resolver.
func (in *Interpreter) Check(p *Program) error { return Check(p, in.resolver) }
