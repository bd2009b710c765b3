// Package asltest tests state machines: what their tasks answer is a script,
// time is virtual, and what happened is asserted, with a diff where it differs.
//
//	func TestRetryThenShip(t *testing.T) {
//		x := asltest.Run(t, program, `{"id": "o-1"}`,
//			asltest.On("Charge").Throw("Timeout", "slow").Times(2).Then().Return(`{"ok": true}`),
//			asltest.On("Ship").Return(`"shipped"`))
//		x.WantPath("Validate", "Charge", "Ship") // retries are attempts, not steps
//		x.WantAttempts("Charge", 3)
//		x.WantElapsed(3 * time.Second) // of virtual time: 1s and 2s of backoff
//		x.WantOutput(`"shipped"`)
//	}
//
// # Scripts
//
// [On], [OnResource] and [OnAny] say which tasks, narrowed down by attempt, Map
// item or input; Return, Throw, Hang, Panic, Callback and Call what they answer,
// After and Heartbeat when. A task without a script ends the test; an answer
// that nothing asked for fails it, unless [AllowUnused] is given. [Mocks] takes
// the answers from a mock configuration file of Step Functions Local, which
// [MockConfig] makes for a definition and [Execution.MockConfig] from a run.
//
// # Values
//
// Inputs, answers and wanted values are JSON text (a string or []byte), or any
// other Go value. Numbers are equal by value; the order of keys does not count.
//
// # Ends
//
// An execution that does not succeed fails its test, unless the test says so:
// with [Execution.WantFailed], or by a look at [Execution.Status] or
// [Execution.WantHistory].
//
// # Order
//
// What happens at the same time happens in the order in which it came, and all
// that is due before time goes on. [Explore] runs a test in other orders, calls
// the functions of tasks at other times, and says by which [Seed] one fails; the
// flag -asl.seed runs a whole package with one. [CrashAt], [CrashEverywhere], [DropHeartbeat] and [FailCall] break things.
//
// # Recordings
//
// [Replay] runs a machine against the history of an execution on AWS, and shows
// the first event that differs. A machine that shows when its states were entered,
// or a States.UUID, differs in that.
//
// # Coverage
//
// With func TestMain(m *testing.M) { asltest.Main(m) } a package's tests tell
// how much of each machine they ran: states, transitions, Choice rules,
// Retriers, Catchers. The flags are -v, -asl.cover=out.html and
// -asl.threshold=90: flags of this package, so of test binaries that import it.
//
// Runs are synchronous and start no goroutine. Run may be called from parallel
// tests; an [Execution] belongs to one of them. Programs and Scripts are shared.
package asltest
