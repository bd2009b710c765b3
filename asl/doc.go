// Package asl is the Amazon States Language: it reads definitions of state
// machines into a typed tree, checks them, and writes them again. It evaluates
// nothing.
//
//	machine, err := asl.Parse(definition)
//	var list asl.ErrorList
//	if errors.As(err, &list) {
//		for _, d := range list {
//			// 12:7: /States/Ship/Next: MISSING_TRANSITION_TARGET: Missing 'Next' target: Shp
//			fmt.Println(d)
//		}
//	}
//	for state := range machine.All() {
//		if task, ok := state.(*asl.TaskState); ok {
//			fmt.Println(task.Name, task.Resource.Value, task.Pos.Line)
//		}
//	}
//
// # The tree
//
// A [StateMachine] has its [States] in the order of the text. A [State] is one
// of eight structs, one per type, whose fields have the names of the
// specification. [Opt] tells a field that is absent from one that is null, and
// every [Node] knows its line, its column and AWS's name for its location.
// Paths, payload templates and intrinsic function calls are parsed once, here;
// expressions in JSONata are kept as text.
//
// # Errors
//
// [Parse] finds all errors at once. They have AWS's codes and words, as far as
// these are known, and come sorted by place; [Diagnostic].Detail says more where
// AWS says little. It refuses what a machine could not run, and takes what AWS
// only advises against: a state that nothing leads to, a machine without an end,
// a Resource that is no ARN.
//
// A handler of a Task returns an [Error] to fail with a name that Retry and
// Catch can match.
//
// # Guarantees
//
// Parse never panics, takes time and memory in proportion to the text, and takes
// at most [MaxDefinitionBytes] that nest [MaxDefinitionDepth] deep. A tree may
// be read from many goroutines; nobody may change it while it is shared.
package asl
