package machine

import (
	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/retry"
)

// state is one state of the machine, with all that can be found out before it
// runs. Indexes of states are places in Program.states.
type state struct {
	name  string
	kind  stateKind
	next  int32 // none: its scope ends with it
	outer int32 // the Parallel or Map state that it is in; none: the machine

	entered, exited history.Type

	inputPath      field
	outputPath     field
	parameters     *asl.TemplateNode // nil: the input as it is
	resultSelector *asl.TemplateNode // nil: the result as it is
	resultPath     field
	assign         *asl.TemplateNode
	retry          *retry.Policy
	catch          *retry.Catch
	catchers       []catcher

	// plain is set of a Pass whose output is its input, and of a Task whose output
	// is its result: there is nothing to evaluate on the way.
	plain bool

	query *query // of a JSONata state; nil of the others

	pass     *asl.PassState
	task     *task
	wait     *wait
	choice   *choice
	fail     *asl.FailState
	parallel []int32 // the first state of each branch
	iterate  *mapState
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
