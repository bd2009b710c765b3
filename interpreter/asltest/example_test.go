package asltest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gostates/gostates/interpreter/asltest"
)

// A complete test: scripts answer the tasks, and assertions follow. In a test file,
// t is the *testing.T, Try is not needed, and tests can share the program.
func Example() {
	fmt.Println(asltest.Try(func(t testing.TB) {
		program := asltest.Compile(t, shipping)
		x := asltest.Run(t, program, `{"id": "o-1"}`,
			asltest.On("Charge").Throw("Timeout", "slow").Times(2).Then().Return(`{"ok": true}`),
			asltest.On("Ship").Return(`"shipped"`))
		x.WantPath("Validate", "Charge", "Ship")
		x.WantAttempts("Charge", 3)
		x.WantElapsed(3 * time.Second)
		x.WantOutput(`"shipped"`)
		fmt.Print(x.Trace())
	}))
	// Output:
	// Validate (Pass) at 0s
	// Charge (Task) at 0s, took 3s
	//   attempt 1: Timeout: slow
	//   attempt 2: Timeout: slow
	//   attempt 3: ok {"ok":true}
	// Ship (Task) at 3s
	//   attempt 1: ok "shipped"
	// SUCCEEDED "shipped"
}

// Run takes the input as JSON or as a Go value. Without an assertion about its end, an
// execution must succeed.
func ExampleRun() {
	fmt.Println(asltest.Try(func(t testing.TB) {
		program := asltest.Compile(t, shipping)
		pay := func(order struct{ ID string }) (map[string]any, error) {
			return map[string]any{"receipt": "r-" + order.ID}, nil
		}
		x := asltest.Run(t, program, map[string]any{"id": "o-1"},
			asltest.On("Charge").Call(pay), asltest.On("Ship").Return(`"shipped"`))
		x.WantInputOf("Ship", `{"id": "o-1", "paid": {"receipt": "r-o-1"}}`)
	}))
	// Output:
}

// TestMain makes the tests of a package report the coverage of their state machines.
func ExampleMain() {
	var m *testing.M // the parameter of func TestMain(m *testing.M)
	testMain := func() { asltest.Main(m) }
	_ = testMain
}

// A failed assertion prints a diff of the wanted and the actual value.
func Example_failure() {
	fmt.Println(asltest.Try(func(t testing.TB) {
		x := asltest.Run(t, asltest.Compile(t, polling), `{}`,
			asltest.On("Submit").Return(`7`),
			asltest.On("Poll").Return(`"busy"`).Times(2).Then().Return(`"done"`))
		x.WantOutput(`{"job": 7, "status": "late"}`)
	}))
	// Output:
	// asltest: the output differs
	//     {
	//       "job": 7,
	//   -   "status": "late"
	//   +   "status": "done"
	//     }
}

// A loop may be written as one step of a path.
func ExampleScope_WantPath() {
	fmt.Println(asltest.Try(func(t testing.TB) {
		x := asltest.Run(t, asltest.Compile(t, polling), `{}`,
			asltest.On("Submit").Return(`7`),
			asltest.On("Poll").Return(`"busy"`).Times(2).Then().Return(`"done"`))
		x.WantPath("Submit", "3×(Wait, Poll, Done?)", "End")
		x.Visit("Poll", 3).WantOutput(`{"job": 7, "status": "done"}`)
		x.WantElapsed(90 * time.Second)
	}))
	// Output:
}

// Branches and iterations have the same assertions as the machine.
func ExampleScope_Iteration() {
	fmt.Println(asltest.Try(func(t testing.TB) {
		x := asltest.Run(t, asltest.Compile(t, fanOut), `{"items": [1, 2, 3]}`,
			asltest.On("A1").Return(`"a"`),
			asltest.On("B1").Throw("Bad", "worse"),
			asltest.On("Pack").Item(1).Attempt(1).Throw("Busy", ""),
			asltest.On("Pack").Call(func(n int) int { return 10 * n }))
		x.Branch("Fork", 1).WantPath("B1", "B2")
		x.Iteration("Each", 1).WantAttempts("Pack", 2)
		x.WantOutput(`[10, 20, 30]`)
	}))
	// Output:
}

// The report of a task without a script contains the script to add.
func ExampleOn_missing() {
	fmt.Println(asltest.Try(func(t testing.TB) {
		asltest.Run(t, asltest.Compile(t, shipping), `{"id": "o-1"}`, asltest.On("Charge").Return(`{"ok": true}`))
	}))
	// Output:
	// asltest: no script answers the task of state "Ship"
	//   resource  ship
	//   attempt   1
	//   input     {"id":"o-1","paid":{"ok":true}}
	// add one: asltest.On("Ship").Return(`{}`)
	// what happened so far:
	//   Validate (Pass) at 0s
	//   Charge (Task) at 0s
	//     attempt 1: ok {"ok":true}
	//   Ship (Task) at 0s, not left
	//     attempt 1: no answer
}

// Timeouts, heartbeats and late answers take virtual time only.
func ExampleScript_Heartbeat() {
	fmt.Println(asltest.Try(func(t testing.TB) {
		x := asltest.Run(t, asltest.Compile(t, fanOut), `{"items": [1]}`,
			asltest.On("A1").Return(`"a"`), asltest.On("B1").Return(`"b"`),
			asltest.On("Pack").Attempt(1).Heartbeat(2*time.Second).Hang(),
			asltest.On("Pack").Heartbeat(2*time.Second).Callback(9*time.Second, `"ok"`))
		x.WantAttempts("Pack", 2)
		x.WantElapsed(24 * time.Second) // a timeout of 10s, a backoff of 5s, and 9s
		x.WantOutput(`["ok"]`)
	}))
	// Output:
}

// Two branches may fail in either order. Explore finds the order that breaks the test.
func ExampleExplore() {
	fmt.Println(asltest.Try(func(t testing.TB) {
		program := asltest.Compile(t, fanOut)
		asltest.Explore(t, 100, func(t testing.TB, schedule asltest.Option) {
			x := asltest.Run(t, program, `{"items": []}`, schedule, asltest.AllowUnused(),
				asltest.On("A1").Throw("First", ""), asltest.On("B1").Throw("Second", ""))
			x.WantFailed("First")
		})
	}))
	// Output:
	// asltest: schedule 5 of 100 fails: run it alone with asltest.Seed(4)
	//   asltest: the execution failed with another error
	//     want  First
	//     got   FAILED with Second (in state "B1")
	// the order:
	//   at 0s
	//     branch 0 of "Fork"
	//       A1 started
	//     branch 1 of "Fork"
	//       B1 started
	//       B1 failed with Second
}

// The host may crash after any event; the output must stay the same.
func ExampleCrashAt() {
	fmt.Println(asltest.Try(func(t testing.TB) {
		program := asltest.Compile(t, shipping)
		scripts := asltest.Options(asltest.On("Charge").Return(`1`), asltest.On("Ship").Return(`2`))
		straight := asltest.Run(t, program, `{}`, scripts)
		for n := range straight.Events() {
			asltest.Run(t, program, `{}`, scripts, asltest.CrashAt(n+1)).WantOutput(`2`)
		}
		asltest.Run(t, program, `{}`, scripts, asltest.FailCall(1, "States.Timeout", "")).WantAttempts("Charge", 2)
	}))
	// Output:
}

// A run can be saved as a mock configuration file of Step Functions Local, and such a
// file can answer the tasks of a run.
func ExampleMocks() {
	fmt.Println(asltest.Try(func(t testing.TB) {
		program := asltest.Compile(t, shipping)
		x := asltest.Run(t, program, `{}`,
			asltest.On("Charge").Throw("Timeout", "slow").Times(2).Then().Return(`1`), asltest.On("Ship").Return(`2`))
		file := x.MockConfig("SlowBank")
		asltest.Run(t, program, `{}`, asltest.Mocks(file, "StateMachine", "SlowBank")).WantAttempts("Charge", 3)
		fmt.Print(string(file))
	}))
	// Output:
	// {
	//   "StateMachines": {
	//     "StateMachine": {
	//       "TestCases": {
	//         "SlowBank": {
	//           "Charge": "SlowBank Charge",
	//           "Ship": "SlowBank Ship"
	//         }
	//       }
	//     }
	//   },
	//   "MockedResponses": {
	//     "SlowBank Charge": {
	//       "0-1": {
	//         "Throw": {
	//           "Error": "Timeout",
	//           "Cause": "slow"
	//         }
	//       },
	//       "2": {
	//         "Return": 1
	//       }
	//     },
	//     "SlowBank Ship": {
	//       "0": {
	//         "Return": 2
	//       }
	//     }
	//   }
	// }
}

// A recorded history is a regression test: Replay reports the first event that
// differs.
func ExampleReplay() {
	recorded := ""
	asltest.Try(func(t testing.TB) { // instead of aws stepfunctions get-execution-history
		x := asltest.Run(t, asltest.Compile(t, shipping), `{}`, asltest.On("Charge").Return(`1`), asltest.On("Ship").Return(`2`))
		recorded = string(x.HistoryJSON())
	})
	fmt.Println(asltest.Try(func(t testing.TB) {
		asltest.Replay(t, asltest.Compile(t, shipping), []byte(recorded)).WantOutput(`2`)

		changed := strings.ReplaceAll(shipping, `"Validate"`, `"Check"`)
		asltest.Replay(t, asltest.Compile(t, changed), []byte(recorded))
	}))
	// Output:
	// asltest: event 2 differs from the recording
	//   recorded  { "id": 2, "previousEventId": 0, "stateEnteredEventDetails": { "input": {}, "name": "Validate" }, "type": "PassStateEntered" }
	//   got       { "id": 2, "previousEventId": 0, "stateEnteredEventDetails": { "input": {}, "name": "Check" }, "type": "PassStateEntered" }
	//     {
	//       "id": 2,
	//       "previousEventId": 0,
	//       "stateEnteredEventDetails": {
	//         "input": {},
	//   -     "name": "Validate"
	//   +     "name": "Check"
	//       },
	//       "type": "PassStateEntered"
	//     }
}

// Files are in memory, and a Map Run has its children, counts and results.
func ExampleFiles() {
	fmt.Println(asltest.Try(func(t testing.TB) {
		program := asltest.Compile(t, `{"StartAt": "Each", "States": {"Each": {"Type": "Map", "End": true, "ToleratedFailureCount": 1,
			"ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "orders", "Key": "today.csv"},
				"ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}},
			"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
				"StartAt": "Charge", "States": {"Charge": {"Type": "Task", "Resource": "charge", "End": true}}},
			"ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "done"},
				"WriterConfig": {"Transformation": "COMPACT", "OutputType": "JSON"}}}}}`)
		x := asltest.Run(t, program, `{}`,
			asltest.Files(map[string]string{"orders/today.csv": "id,total\n7,20\n8,30\n9,40\n", "done/": ""}),
			asltest.On("Charge").Item(1).Throw("CardDeclined", "limit"),
			asltest.On("Charge").Return(`"paid"`))
		run := x.MapRun("Each")
		run.WantItemCounts(`{"total": 3, "succeeded": 2, "failed": 1, "resultsWritten": 3}`)
		run.WantFile("SUCCEEDED_0.json", `["paid", "paid"]`)
		run.Child(1).WantInput(`{"id": "8", "total": "30"}`)
		run.Child(1).WantFailed("CardDeclined")
		fmt.Print(run.FileNames())
	}))
	// Output: [FAILED_0.json SUCCEEDED_0.json manifest.json]
}
