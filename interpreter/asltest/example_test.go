package asltest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gostates/gostates/interpreter/asltest"
)

// The whole of a test: what the tasks answer, and what is to have happened. In a
// test file t is the test's, and the program is made once for all of them.
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

// What differs is shown with both sides.
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

// A loop is one step of a path.
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

// Branches and iterations are asked like the machine itself.
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

// A task that nobody scripted is reported with all that is needed to script it.
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

// Tasks that hang, beat and come late take no time.
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

// Branches fail in any order; Explore finds the one that the machine does not
// stand.
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
}

// A machine must get through whatever the host dies of.
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

// A run is a mock configuration file for Step Functions Local, and such a file
// is a script.
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

// A recorded history is a test: what differs now is shown.
func ExampleReplay() {
	recorded := ""
	asltest.Try(func(t testing.TB) { // in the place of aws stepfunctions get-execution-history
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
