package asltest

import (
	"fmt"
	"slices"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/internal/spelling"
)

// stateProblem describes why name is not a state of the machine, or not a Task if
// task is set, and suggests a similar name. It returns "" if there is nothing
// wrong.
func stateProblem(p *Program, name string, task bool) string {
	var names []string
	for st := range p.Machine().All() {
		_, isTask := st.(*asl.TaskState)
		if st.Base().Name == name {
			if task && !isTask {
				return fmt.Sprintf("state %q is a %s: only Task states are scripted", name, st.Base().Type)
			}
			return ""
		}
		if !task || isTask {
			names = append(names, st.Base().Name)
		}
	}
	problem := fmt.Sprintf("the machine has no state %q", name)
	if similar, ok := spelling.Similar(name, slices.Values(names)); ok {
		return problem + fmt.Sprintf("; did you mean %q?", similar)
	}
	return problem + "; its states are: " + joinNames(names)
}

func stateNamed(p *Program, name string) asl.State {
	for st := range p.Machine().All() {
		if st.Base().Name == name {
			return st
		}
	}
	return nil
}
