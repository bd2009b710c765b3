package asltest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/asltest"
	"github.com/gostates/gostates/interpreter/machine"
)

// A failure, the repair, and the redrive: what has succeeded is not called again.
func ExampleExecution_Redrive() {
	fmt.Println(asltest.Try(func(t testing.TB) {
		program := asltest.Compile(t, shipping)
		x := asltest.Run(t, program, `{"id": "o-1"}`,
			asltest.On("Charge").Return(`{"ok": true}`),
			asltest.On("Ship").Throw("Down", "no truck"))
		x.WantFailed("Down")
		x.Redrive(asltest.On("Ship").Return(`"shipped"`))
		x.WantPath("Validate", "Charge", "Ship")
		x.WantAttempts("Charge", 1)
		x.WantAttempts("Ship", 2)
		x.WantOutput(`"shipped"`)
		fmt.Print(x.Trace())
	}))
	// Output:
	// Validate (Pass) at 0s
	// Charge (Task) at 0s
	//   attempt 1: ok {"ok":true}
	// Ship (Task) at 0s
	//   attempt 1: Down: no truck
	//   attempt 2: ok "shipped"
	// SUCCEEDED "shipped"
}

func TestRedriveInBranchesAndIterations(t *testing.T) {
	for name, faults := range map[string]asltest.Option{"straight": nil, "crashes": asltest.CrashEverywhere()} {
		asltest.Explore(t, 50, func(t testing.TB, schedule asltest.Option) {
			x := asltest.Run(t, asltest.Compile(t, fanOut), `{"items": [1, 2, 3]}`, faults, schedule, asltest.Name(name),
				asltest.On("A1").After(time.Second).Return(`"a"`),
				asltest.On("B1").After(2*time.Second).Throw("Worse", ""))
			x.WantFailed("Worse")
			x.Branch("Fork", 0).WantPath("A1", "A2")
			x.Redrive(asltest.On("B1").Return(`"b"`), asltest.On("Pack").Item(1).Throw("Odd", ""), asltest.On("Pack").Return(`9`))
			x.WantFailed("Odd")
			x.WantAttempts("A1", 1)
			x.WantAttempts("B1", 2)
			x.WantAttempts("Fork", 1)
			x.Redrive(asltest.On("Pack").Item(1).Return(`1`))
			x.WantPath("Fork", "Each")
			x.Branch("Fork", 1).WantPath("B1")
			x.Iteration("Each", 1).WantPath("Pack")
			x.Iteration("Each", 1).WantAttempts("Pack", 4)
			x.Iteration("Each", 0).WantAttempts("Pack", 1)
			x.Iteration("Each", 2).WantOutputOf("Pack", `9`)
			x.WantOutput(`[9, 1, 9]`)
			require.Equal(t, 2, strings.Count(string(x.HistoryJSON()), `"ExecutionRedriven"`))
		})
	}
}

// Time goes on from the end, and timeouts, retries and Wait states count anew.
func TestRedriveOnTheVirtualClock(t *testing.T) {
	const timed = `{"StartAt": "W", "TimeoutSeconds": 15, "States": {
		"W": {"Type": "Wait", "Seconds": 10, "Next": "A"},
		"A": {"Type": "Task", "Resource": "a", "End": true, "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "MaxAttempts": 1}]}}}`
	x := asltest.Run(t, asltest.Compile(t, timed), `{}`, asltest.On("A").Throw("Busy", "").Then().Hang())
	x.WantFailed("States.Timeout")
	x.WantElapsed(15 * time.Second)
	x.Redrive(asltest.On("A").Throw("Busy", "").Then().After(5 * time.Second).Return(`1`))
	x.WantElapsed(21 * time.Second)
	x.WantAttempts("A", 4)
	x.WantAttempts("W", 1)
	x.WantOutput(`1`)
}

func TestMistakesWithRedrive(t *testing.T) {
	p := asltest.Compile(t, shipping)
	fails := func(t testing.TB) *asltest.Execution {
		return asltest.Run(t, p, `{"id": "o-1"}`, asltest.On("Charge").Return(`{}`), asltest.On("Ship").Throw("Down", ""))
	}
	for want, test := range map[string]func(t testing.TB){
		"": func(t testing.TB) { fails(t).Redrive(asltest.On("Ship").Return(`1`)) },
		"cannot be redriven: machine: ExecutionNotRedrivable": func(t testing.TB) {
			x := fails(t)
			x.Redrive(asltest.On("Ship").Return(`1`))
			x.Redrive()
		},
		"Resource type not valid in this context: express": func(t testing.TB) {
			express := asltest.Compile(t, shipping, machine.Options{Express: true})
			asltest.Run(t, express, `{}`, asltest.On("Charge").Throw("Odd", "")).Redrive()
		},
		"the execution did not succeed, and the test does not assert that": func(t testing.TB) { fails(t).Redrive() },
		"was never used": func(t testing.TB) {
			x := fails(t)
			x.Redrive(asltest.On("Charge").Return(`1`), asltest.On("Ship").Return(`1`))
		},
		"has no answer": func(t testing.TB) { fails(t).Redrive(asltest.On("Ship")) },
	} {
		got := asltest.Try(test)
		if want == "" {
			require.Empty(t, got)
		}
		require.Contains(t, got, want)
	}
}

// A recording goes on after a redrive, at the recorded time.
func TestReplayOfARedrivenExecution(t *testing.T) {
	p := asltest.Compile(t, fanOut)
	x := asltest.Run(t, p, `{"items": [1]}`, asltest.On("A1").Return(`"a"`), asltest.On("B1").After(time.Second).Throw("Worse", ""))
	x.Redrive(asltest.On("B1").Return(`"b"`), asltest.On("Pack").After(2*time.Second).Return(`2`))
	x.WantOutput(`[2]`)
	again := asltest.Replay(t, p, x.HistoryJSON())
	again.WantOutput(`[2]`)
	require.Equal(t, string(x.HistoryJSON()), string(again.HistoryJSON()))
	require.Contains(t, asltest.Try(func(t testing.TB) {
		y := asltest.Run(t, p, `{"items": [1]}`, asltest.On("A1").Return(`"a"`), asltest.On("B1").Throw("Worse", ""))
		y.WantFailed("Worse")
		asltest.Replay(t, p, y.HistoryJSON()).Redrive()
	}), "a replayed execution cannot be redriven")
}
