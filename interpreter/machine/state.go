package machine

import (
	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/retry"
)

// state is a compiled state. An index of a state is its index in Program.states.
type state struct {
	name  string
	kind  stateKind
	next  int32 // none: the scope ends
	outer int32 // the Parallel or Map state that contains it; none: the machine

	entered, exited history.Type

	inputPath      field
	outputPath     field
	parameters     payload           // Parameters or Arguments; nil: none
	resultSelector *asl.TemplateNode // nil: no ResultSelector
	resultPath     field
	assign         *asl.TemplateNode
	retry          *retry.Policy
	catch          *retry.Catch
	catchers       []catcher

	// plain: a Pass state whose output is its input, or a Task state whose output
	// is its result. Nothing needs to be evaluated.
	plain bool

	query *query // nil in a JSONPath state

	pass     *asl.PassState
	task     *task
	wait     *wait
	choice   *choice
	fail     *asl.FailState
	parallel []int32 // first state of each branch
	iterate  *mapState
}

// StartsAt reports whether there is a state of a name that is not inside of another one,
// so that an execution can begin in it (Start.StartAt).
func (p *Program) StartsAt(name string) bool { return p.outerState(name) != none }

// outerState returns the index of the state of a name that is not inside of another one,
// or none.
func (p *Program) outerState(name string) int32 {
	for i := range p.states {
		if st := &p.states[i]; st.outer == none && st.name == name {
			return int32(i)
		}
	}
	return none
}

type stateKind uint8

const (
	kindPass stateKind = iota
	kindTask
	kindChoice
	kindWait
	kindSucceed
	kindFail
	kindParallel
	kindMap
)
