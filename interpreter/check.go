package interpreter

import (
	"errors"
	"fmt"

	"github.com/gostates/gostates/asl"
)

// Check names every Resource of a program that no handler answers, with the
// state that needs it. The error is nil when there is none.
func (in *Interpreter) Check(p *Program) error {
	var missing []error
	for state := range p.Machine().All() {
		task, ok := state.(*asl.TaskState)
		if !ok {
			continue
		}
		if _, ok := resolve(in.resolver, task.Name, task.Resource.Value); !ok {
			missing = append(missing, fmt.Errorf("interpreter: no handler for the resource %q of the state %q",
				task.Resource.Value, task.Name))
		}
	}
	return errors.Join(missing...)
}
