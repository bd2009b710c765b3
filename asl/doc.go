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
// AWS says little. It refuses what a machine could not run, and takes what can
// run though AWS refuses it: a state that nothing leads to, a machine without an
// end, a Resource that is no ARN.
//
// [Validate] finds besides what AWS refuses when a machine is created: what is
// wrong with expressions, variables that may not be assigned, states that
// nothing leads to, a machine without an end, what an EXPRESS machine cannot
// have, and if it is asked to, resources that AWS does not know. [ParseValid]
// gives a machine that has none of these errors. Validate also warns:
//
//	NO_DOLLAR                    a value looks like a path or a call, but its key does not end in .$
//	NO_PATH                      a value looks like a path, but only the field with Path takes one
//	PASS_RESULT_IS_STATIC        a Result has a path or a call in it, or a key that ends in .$
//	POSSIBLY_UNDEFINED_VARIABLE  no way to a state assigns a variable that it reads
//	FIELD_NEVER_EXISTS           what comes before, as a Pass with a constant Result, gives no such field,
//	                             nor has the context object
//	NOT_EVALUATED                a value looks like an expression without {% %}, or has them in a JSONPath state
//	FUNCTION_UNKNOWN             an expression calls a function that there is not
//	CALL_ALWAYS_FAILS            an intrinsic function has a wrong number of arguments
//	ERROR_NAME_UNKNOWN           no error has the name in ErrorEquals, but one nearly
//	ERROR_NEVER_OCCURS           no state fails with the error in ErrorEquals
//	RETRIER_NEVER_MATCHES        earlier Retriers take all its errors, or none can
//	CATCHER_NEVER_MATCHES        earlier Catchers take all its errors, or none can
//	CHOICE_RULE_NEVER_REACHED    an earlier rule is always true, or asks the same
//	ENDLESS_LOOP                 no way leads from the state to an end
//	HEARTBEAT_TOO_LONG           HeartbeatSeconds is not below TimeoutSeconds
//	TASK_TOKEN_NOT_PASSED        nobody learns the token that the Task waits for
//	TASK_TOKEN_NEVER_EXISTS      a state reads its task token, but is not a Task that gets one
//	RETRY_OUTLASTS_TIMEOUT       the execution times out before the last retry
//	INLINE_MAP_IGNORES           only a Map in DISTRIBUTED mode uses the field
//	FIELD_REPEATED               an object has a field, or a state, twice: the last one counts
//
// The first four are AWS's codes, and so are the words of NO_DOLLAR and
// POSSIBLY_UNDEFINED_VARIABLE; the others are our own. A
// variable or field that the state asks for, with $exists or IsPresent, may be
// missing.
//
// # Placeholders
//
// In a repository a definition often has placeholders, which a tool fills in when
// it is deployed: "Resource": "${Function.Arn}", "TimeoutSeconds": ${Timeout}.
// [Options].Substitutions gives them values. Validate asks for none but those
// outside of strings: a string that has a placeholder is unknown, and no error.
// Places are those of the text with placeholders.
//
// A handler of a Task returns an [Error] to fail with a name that Retry and
// Catch can match.
//
// # Guarantees
//
// Parse and Validate never panic on a text, take time and memory in proportion to
// it, and take at most [MaxDefinitionBytes] that nest [MaxDefinitionDepth] deep.
// All functions may be called from many goroutines. A tree may be read from many;
// nobody may change it while it is shared.
package asl
