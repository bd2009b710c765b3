// Package asl parses and validates Amazon States Language definitions. It runs
// nothing: package interpreter does.
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
// A [StateMachine] has its [States] in the order of the source. A [State] is
// one of eight structs, one per state type, whose fields have the names of the
// specification. [Opt] tells a field that is absent from a field that is null.
// Each [Node] has its line and column, and its location as AWS spells it.
// Paths, payload templates, intrinsic function calls and JSONata expressions
// are compiled once, by Parse.
//
// [StateMachine.All] and [Walk] visit all states, nested states included.
// [Marshal] writes a tree as a definition.
//
// # Errors
//
// [Parse] returns all structural errors at once, sorted by position, with AWS's
// codes and messages as far as they are known. [Diagnostic].Detail has more
// where AWS says little. Parse accepts definitions that can run though AWS
// refuses them: with an unreachable state, without an end, or with a Resource
// that is not an ARN.
//
// [Validate] also returns what AWS refuses when a machine is created: errors in
// expressions, variables that must not be assigned, unreachable states, a
// machine without an end, features that an EXPRESS machine must not have and,
// if the options ask for it, unknown resources and parameters. [ParseValid]
// returns a machine that has none of these errors, and [ParseAndValidate] any
// machine with its findings. Validate also warns:
//
//	NO_DOLLAR                    a value looks like a path or a call, but its key does not end in .$
//	NO_PATH                      a value looks like a path, but only the field with Path takes one
//	PASS_RESULT_IS_STATIC        a Result contains a path, a call, or a key that ends in .$
//	POSSIBLY_UNDEFINED_VARIABLE  no path to a state assigns a variable that it reads
//	FIELD_NEVER_EXISTS           no earlier state gives the field, such as a Pass with a constant Result,
//	                             or the context object does not have it
//	NOT_EVALUATED                an expression lacks {% %}, or is in a JSONPath state
//	FUNCTION_UNKNOWN             an expression calls an unknown function
//	CALL_ALWAYS_FAILS            an intrinsic function has the wrong number of arguments
//	ERROR_NAME_UNKNOWN           ErrorEquals has a misspelt predefined error
//	ERROR_NEVER_OCCURS           no state fails with the error in ErrorEquals
//	RETRIER_NEVER_MATCHES        earlier Retriers match all its errors, or nothing retries them
//	CATCHER_NEVER_MATCHES        earlier Catchers match all its errors, or nothing catches them
//	CHOICE_RULE_NEVER_REACHED    an earlier rule is always true or has the same condition
//	ENDLESS_LOOP                 no path leads from the state to an end
//	HEARTBEAT_TOO_LONG           HeartbeatSeconds is not less than TimeoutSeconds
//	TASK_TOKEN_NOT_PASSED        the Task waits for a token that it passes to nobody
//	TASK_TOKEN_NEVER_EXISTS      a state reads its task token, but is not a Task that gets one
//	RETRY_OUTLASTS_TIMEOUT       the execution times out before the last retry
//	INLINE_MAP_IGNORES           only a Map in DISTRIBUTED mode uses the field
//	FIELD_REPEATED               an object has a field or state twice; the last one counts
//
// The codes of the first four are AWS's, and so are the messages of NO_DOLLAR
// and POSSIBLY_UNDEFINED_VARIABLE. The others are this package's. Nothing is
// reported for a variable or field that the state tests with $exists or
// IsPresent.
//
// # Placeholders
//
// Definitions in a repository often have placeholders that are filled in when
// the definition is deployed: "Resource": "${Function.Arn}", "TimeoutSeconds":
// ${Timeout}. [Options].Substitutions sets their values. Validate needs values
// only for placeholders outside of strings. A string with a placeholder is
// unknown, which is not an error. Positions are those of the definition with
// placeholders.
//
// # Errors of handlers
//
// The handler of a Task returns an [Error] to fail with a name that Retry and
// Catch match.
//
// # Guarantees
//
// Parse and Validate never panic, take time and memory in proportion to the
// definition, and accept at most [MaxDefinitionBytes] of JSON nested
// [MaxDefinitionDepth] deep. All functions are safe for concurrent use. A tree
// may be read concurrently, but must not be changed while it is shared.
package asl
