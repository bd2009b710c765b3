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
// # Failed executions
//
// A test fails if its execution does not succeed and the test does not assert that.
// [Execution.WantFailed], [Execution.WantHistory] and [Execution.Status] count as
// such an assertion.
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
// under other orders, calls the functions of tasks at other times, and reports the
// [Seed] that makes it fail. The flag -asl.seed sets the seed for a whole package.
// [CrashAt], [CrashEverywhere], [DropHeartbeat] and [FailCall] inject faults.
//
// # Recordings
//
// [Replay] runs a machine against the history of an execution on AWS and reports
// the first event that differs. States.UUID and the times at which states were
// entered are different in each run: a machine that puts them into its data differs
// there.
//
// # Coverage
//
// With func TestMain(m *testing.M) { asltest.Main(m) } the tests of a package
// report how much of each machine they covered: states, transitions, Choice rules,
// Retriers and Catchers. The flags are -v, -asl.cover=out.html and
// -asl.threshold=90. Only test binaries that import this package have them.
//
// # Concurrency
//
// Runs are synchronous and start no goroutine. Run may be called from parallel
// tests. An [Execution] must be used by one goroutine at a time. Programs and
// Scripts may be shared.
package asltest
