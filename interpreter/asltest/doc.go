// Package asltest tests state machines. Scripts answer the tasks, time is virtual,
// and assertions print a diff.
//
//	func TestRetryThenShip(t *testing.T) {
//		x := asltest.Run(t, program, `{"id": "o-1"}`,
//			asltest.On("Charge").Throw("Timeout", "slow").Times(2).Then().Return(`{"ok": true}`),
//			asltest.On("Ship").Return(`"shipped"`))
//		x.WantPath("Validate", "Charge", "Ship") // retries are attempts, not steps
//		x.WantAttempts("Charge", 3)
//		x.WantElapsed(3 * time.Second) // virtual time: 1s and 2s of backoff
//		x.WantOutput(`"shipped"`)
//	}
//
// # Scripts
//
// [On], [OnResource] and [OnAny] choose the tasks that a [Script] answers. Attempt,
// Item, Input and Where narrow the choice. Return, Throw, Hang, Panic, Callback and
// Call give the answer; After and Heartbeat say when it comes. A task without a
// script ends the test. An answer that no task used fails the test, unless
// [AllowUnused] is given. [Mocks] takes the answers from a mock configuration file
// of Step Functions Local. [MockConfig] writes such a file for a definition,
// [Execution.MockConfig] for a run.
//
// # Values
//
// Inputs, answers and wanted values are JSON in a string or []byte, or any other Go
// value. Numbers are compared by value. The order of keys does not matter.
//
// # Handlers
//
// [Resolver] lets the program's own handlers do the tasks that no script answers, with
// their middleware and under the test's clock.
//
// # Time
//
// The virtual clock starts at 2024-01-01, or where [StartAt] says. [At] calls a function
// of the test at a virtual time: it looks at the execution, answers a task by its token,
// stops or redrives.
//
// # Failed executions
//
// A test fails if its execution does not succeed and the test does not assert that.
// [Execution.WantFailed], [Execution.WantStatus] and [Execution.WantHistory] count as
// such an assertion.
//
// # Distributed Map
//
// [Files] gives the ItemReaders and ResultWriters of a run objects in memory. The tasks
// of all children are answered by the same scripts, and Item is the number of the child.
// [Execution.MapRun] has the children, each an Execution of its own, the counts and the
// result files:
//
//	x := asltest.Run(t, program, input, asltest.On("Double").Call(double),
//		asltest.Files(map[string]string{"sales/rows.csv": "id\n1\n2\n", "results/": ""}))
//	run := x.MapRun("Each")
//	run.WantItemCounts(`{"total": 2, "succeeded": 2, "resultsWritten": 2}`)
//	run.WantFile("SUCCEEDED_0.json", `[2, 4]`)
//	run.Child(1).WantInput(`{"id": "2"}`)
//
// The states of children count in assertions about the whole, such as
// [Scope.WantAttempts], and in the coverage.
//
// # Redrive
//
// [Execution.Redrive] continues an execution that did not succeed, with other scripts,
// and runs it to its end.
//
// # Order
//
// Events that are due at the same virtual time happen in the order in which they
// were caused, and all of them happen before time advances. [Explore] runs a test
// under other orders, calls the functions of tasks at other times, interrupts them where
// they call [Pause], and reports the [Seed] that makes it fail, with the order in which
// tasks ran. The flag -asl.seed sets the seed for a whole package.
// [CrashAt], [CrashEverywhere], [DropHeartbeat] and [FailCall] inject faults.
//
// # Inputs
//
// [Inputs] runs a test with many inputs, made by a JSON Schema, like examples or by any
// [Generator], and shrinks one that fails.
//
// # Recordings
//
// [Replay] runs a machine against the history of an execution on AWS and reports
// the first event that differs. [ReplayFolder] replays a whole folder, and with [Before]
// says which changes of the definition made which executions differ. States.UUID and the times at which states were
// entered are different in each run: a machine that puts them into its data differs
// there. A history has no tasks of the children of Map Runs, so that they cannot be
// replayed.
//
// # Coverage
//
// With func TestMain(m *testing.M) { asltest.Main(m) } the tests of a package
// report how much of each machine they covered: states, transitions, Choice rules,
// Retriers and Catchers. The flags are -v, -asl.cover=out.html and -asl.threshold=90 or
// 90,NAME=100. An absolute path collects several packages on one page, and [MergeCoverage]
// and the command asl cover merge those of several pages. Only test binaries that import
// this package have the flags.
//
// # Concurrency
//
// Runs are synchronous. Only handlers, and with a [Seed] functions of [Script.Call], run on
// other goroutines: one at a time, while the run waits. The tests of [Explore], [Inputs] and
// [Try] have a goroutine of their own for each run. Run may be called from parallel
// tests. An [Execution] must be used by one goroutine at a time. Programs and
// Scripts may be shared.
package asltest
