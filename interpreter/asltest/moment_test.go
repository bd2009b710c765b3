package asltest_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/asltest"
	"github.com/gostates/gostates/interpreter/machine"
)

// approval waits for a human until a date, and then reminds.
const approval = `{"StartAt": "Order", "States": {
	"Order": {"Type": "Pass", "Assign": {"tries": 1}, "Next": "Approve"},
	"Approve": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "TimeoutSeconds": 259200,
		"Parameters": {"token.$": "$$.Task.Token"},
		"Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "Remind"}], "End": true},
	"Remind": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": true,
		"Parameters": {"token.$": "$$.Task.Token"}}}}`

// The clock starts where the test says.
func ExampleStartAt() {
	fmt.Println(asltest.Try(func(t testing.TB) {
		program := asltest.Compile(t, `{"QueryLanguage": "JSONata", "StartAt": "Wait", "States": {
			"Wait": {"Type": "Wait", "Timestamp": "2026-12-24T18:00:00Z", "Output": "{% $now() %}", "End": true}}}`)
		x := asltest.Run(t, program, `{}`, asltest.StartAt(time.Date(2026, 12, 24, 17, 0, 0, 0, time.UTC)))
		x.WantElapsed(time.Hour)
		x.WantOutput(`"2026-12-24T18:00:00.000Z"`)
	}))
	// Output:
}

// A human answers after two days, by the token.
func ExampleAt() {
	fmt.Println(asltest.Try(func(t testing.TB) {
		x := asltest.Run(t, asltest.Compile(t, approval), `{}`, asltest.On("Approve").Hang(),
			asltest.At(48*time.Hour, func(m *asltest.Moment) {
				m.WantPath("Order", "Approve")
				m.WantVariable("tries", 1)
				fmt.Println(m.SendTaskSuccess(m.Token("Approve"), `"yes"`))
				fmt.Println(m.SendTaskSuccess(m.Token("Approve"), `"no"`)) // a stray token
			}))
		x.WantElapsed(48 * time.Hour)
		x.WantOutput(`"yes"`)
	}))
	// Output:
	// <nil>
	// interpreter: no task waits under this token
}

func TestStartAt(t *testing.T) {
	p := asltest.Compile(t, `{"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {"at.$": "$$.Execution.StartTime"}, "Next": "B"},
		"B": {"Type": "Fail", "Error": "E"}}}`)
	start := time.Date(2031, 2, 3, 4, 5, 6, 7e6, time.UTC)
	x := asltest.Run(t, p, nil, asltest.StartAt(start.In(time.FixedZone("", 3600))))
	x.WantFailed("E")
	x.WantInputOf("B", `{"at": "2031-02-03T04:05:06.007Z"}`)
	x.Redrive(asltest.StartAt(start.AddDate(1, 0, 0)))
	x.WantFailed("E")
	for _, e := range x.Events() {
		require.Equal(t, start, e.Time().UTC())
	}
	y := asltest.Replay(t, p, x.HistoryJSON(), asltest.StartAt(start.AddDate(1, 0, 0)))
	require.Equal(t, start, y.Events()[0].Time().UTC(), "a replay starts when the recording did")
}

// The functions of At come in the order of their times, everything else at the same time
// before them, also if it caused more, and all of them are called.
func TestAtInOrder(t *testing.T) {
	p := asltest.Compile(t, `{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 5, "Next": "A"},
		"A": {"Type": "Task", "Resource": "a", "Next": "B"}, "B": {"Type": "Pass", "End": true}}}`)
	for name, option := range map[string]asltest.Option{"straight": nil, "crashes": asltest.CrashEverywhere()} {
		t.Run(name, func(t *testing.T) {
			var log []string
			look := func(m *asltest.Moment) { log = append(log, fmt.Sprint(m.Elapsed(), " ", m.Status())) }
			x := asltest.Run(t, p, nil, option, asltest.On("A").Return(1),
				asltest.At(time.Hour, look),
				asltest.At(5*time.Second, func(m *asltest.Moment) {
					look(m)
					m.WantPath("W", "A", "B")
				}),
				asltest.At(0, func(m *asltest.Moment) {
					look(m)
					m.WantPath("W")
					m.WantNotVisited("A")
				}),
				asltest.At(5*time.Second, look))
			x.WantElapsed(5 * time.Second)
			require.Equal(t, []string{"0s RUNNING", "5s SUCCEEDED", "5s SUCCEEDED", "1h0m0s SUCCEEDED"}, log)
		})
	}
}

// Answers to tasks that wait, have ended or never were.
func TestAnswersByToken(t *testing.T) {
	p := asltest.Compile(t, approval)
	for name, option := range map[string]asltest.Option{"straight": nil, "crashes": asltest.CrashEverywhere()} {
		t.Run(name, func(t *testing.T) {
			x := asltest.Run(t, p, nil, option, asltest.OnAny().Hang(),
				asltest.At(100*time.Hour, func(m *asltest.Moment) {
					stray := m.Token("Approve")
					require.ErrorIs(t, m.SendTaskSuccess(stray, `1`), interpreter.ErrTaskTimedOut)
					require.ErrorIs(t, m.SendTaskFailure(stray, "E", ""), interpreter.ErrTaskTimedOut)
					require.ErrorIs(t, m.SendTaskHeartbeat(stray), interpreter.ErrTaskTimedOut)
					require.ErrorIs(t, m.SendTaskHeartbeat("bogus"), interpreter.ErrInvalidToken)
					require.ErrorIs(t, m.SendTaskSuccess(m.Token("Remind"), `yes`), interpreter.ErrInvalidOutput)
					m.WantPath("Order", "Approve", "Remind")
					require.NoError(t, m.SendTaskHeartbeat(m.Token("Remind")))
					require.NoError(t, m.SendTaskFailure(m.Token("Remind"), "Refused", "too late"))
					require.Equal(t, machine.Failed, m.Status())
				}))
			x.WantFailed("Refused", "too late")
			x.WantElapsed(100 * time.Hour)
		})
	}
}

// An answer at the moment of the timeout is late, in any order, and its error says so.
func TestAnswerAtTheDeadline(t *testing.T) {
	p := asltest.Compile(t, approval)
	asltest.Explore(t, 50, func(t testing.TB, schedule asltest.Option) {
		err := interpreter.ErrEnded
		x := asltest.Run(t, p, nil, schedule, asltest.On("Approve").Hang(), asltest.On("Remind").Return(`"reminded"`),
			asltest.At(72*time.Hour, func(m *asltest.Moment) { err = m.SendTaskSuccess(m.Token("Approve"), `"yes"`) }))
		require.ErrorIs(t, err, interpreter.ErrTaskTimedOut)
		x.WantOutput(`"reminded"`)
	})
}

// With a seed, an answer of the test and one of a script race.
func TestSeedsOrderMoments(t *testing.T) {
	p := asltest.Compile(t, approval)
	outputs := map[string]bool{}
	asltest.Explore(t, 50, func(t testing.TB, schedule asltest.Option) {
		x := asltest.Run(t, p, nil, schedule, asltest.On("Approve").After(time.Hour).Return(`"script"`),
			asltest.At(time.Hour, func(m *asltest.Moment) { _ = m.SendTaskSuccess(m.Token("Approve"), `"test"`) }))
		x.WantSucceeded()
		outputs[x.Trace()] = true
	})
	require.Len(t, outputs, 2)
}

// Stop and redrive at a time; the scripts of the redrive answer.
func TestStopAndRedriveAtATime(t *testing.T) {
	p := asltest.Compile(t, approval)
	x := asltest.Run(t, p, nil, asltest.On("Approve").Hang(),
		asltest.At(time.Hour, func(m *asltest.Moment) {
			m.Stop("Operator", "stopped by hand")
			require.Equal(t, machine.Aborted, m.Status())
			m.Stop("Again", "")
		}),
		asltest.At(3*time.Hour, func(m *asltest.Moment) {
			m.Redrive(asltest.On("Approve").After(time.Minute).Return(`"yes"`))
			require.Equal(t, machine.Running, m.Status())
			m.WantAttempts("Approve", 2)
		}))
	x.WantOutput(`"yes"`)
	x.WantElapsed(3*time.Hour + time.Minute)

	x = asltest.Run(t, p, nil, asltest.On("Approve").Hang(), asltest.At(time.Hour, func(m *asltest.Moment) { m.Stop("Operator", "") }))
	x.WantFailed("Operator", "")
	x.Redrive(asltest.On("Approve").Hang(), asltest.At(2*time.Hour, func(m *asltest.Moment) {
		require.NoError(t, m.SendTaskSuccess(m.Token("Approve"), 7))
	}))
	x.WantOutput(7)
}

// Tasks of the children of a Map Run have tokens too, and Stop stops the children.
func TestMomentsOfMapRuns(t *testing.T) {
	p := asltest.Compile(t, `{"StartAt": "Each", "States": {"Each": {"Type": "Map", "End": true,
		"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
			"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "Resource": "ask", "End": true}}}}}}`)
	tokens := map[int]string{}
	ask := asltest.On("Ask").Where(func(i asltest.Invocation) bool { tokens[i.Item] = i.Token; return true }).Hang()
	x := asltest.Run(t, p, []int{1, 2}, ask, asltest.At(time.Minute, func(m *asltest.Moment) {
		require.NoError(t, m.SendTaskSuccess(tokens[1], `"b"`))
		require.NoError(t, m.SendTaskSuccess(tokens[0], `"a"`))
	}))
	x.WantOutput(`["a", "b"]`)

	x = asltest.Run(t, p, []int{1, 2}, ask, asltest.At(time.Minute, func(m *asltest.Moment) { m.Stop("", "") }))
	x.WantFailed("")
	for _, child := range x.MapRun("Each").Children() {
		require.Equal(t, machine.Aborted, child.Status())
	}
}

func TestMistakesOfMoments(t *testing.T) {
	p := asltest.Compile(t, approval)
	for want, option := range map[string]asltest.Option{
		"At(-1s): the time since the start is from 0 to 876000h0m0s":  asltest.At(-time.Second, func(*asltest.Moment) {}),
		"At(2562047h47m16.854775807s): the time since the start":      asltest.At(math.MaxInt64, func(*asltest.Moment) {}),
		"At(1s): the function is nil":                                 asltest.At(time.Second, nil),
		"StartAt(0001-01-01 00:00:00 +0000 UTC): executions run from": asltest.StartAt(time.Time{}),
		`Token("Order"): state "Order" is a Pass`:                     asltest.At(0, func(m *asltest.Moment) { m.Token("Order") }),
		`Token("Aprove"): the machine has no state "Aprove"; did you`: asltest.At(0, func(m *asltest.Moment) { m.Token("Aprove") }),
		`Token("Remind"): the state has had no task`:                  asltest.At(0, func(m *asltest.Moment) { m.Token("Remind") }),
		"the execution cannot be redriven":                            asltest.At(0, func(m *asltest.Moment) { m.Redrive() }),
		"the path differs\n  want  Order\n  got   Order, Approve":     asltest.At(0, func(m *asltest.Moment) { m.WantPath("Order") }),
		"the execution waits forever":                                 asltest.At(0, func(m *asltest.Moment) { m.Stop("", ""); m.Redrive(asltest.On("Approve").Throw("States.Timeout", "")) }),
	} {
		got := messages(t, func(t testing.TB) {
			asltest.Run(t, p, nil, asltest.AllowUnused(), asltest.OnAny().Hang(), option).WantHistory()
		})
		require.Contains(t, got, want)
	}
	x := asltest.Run(t, p, nil, asltest.On("Approve").Return(1))
	require.Contains(t, messages(t, func(t testing.TB) { asltest.Replay(t, p, x.HistoryJSON(), asltest.At(-1, nil)) }), "At(-1ns)")
}
