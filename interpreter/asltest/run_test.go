package asltest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/asltest"
	"github.com/gostates/gostates/interpreter/machine"
)

// polling submits a job and polls until it is done.
const polling = `{"StartAt": "Submit", "States": {
	"Submit": {"Type": "Task", "Resource": "submit", "ResultPath": "$.job", "Next": "Wait"},
	"Wait": {"Type": "Wait", "Seconds": 30, "Next": "Poll"},
	"Poll": {"Type": "Task", "Resource": "poll", "ResultPath": "$.status", "Next": "Done?"},
	"Done?": {"Type": "Choice", "Choices": [
		{"Variable": "$.status", "StringEquals": "done", "Next": "End"},
		{"Variable": "$.status", "StringEquals": "failed", "Next": "Lost"}], "Default": "Wait"},
	"End": {"Type": "Succeed"},
	"Lost": {"Type": "Fail", "Error": "JobLost"}}}`

// fanOut packs each item while two branches run.
const fanOut = `{"StartAt": "Fork", "States": {
	"Fork": {"Type": "Parallel", "Next": "Each", "ResultPath": "$.fork",
		"Retry": [{"ErrorEquals": ["Again"], "MaxAttempts": 1}],
		"Branches": [
			{"StartAt": "A1", "States": {
				"A1": {"Type": "Task", "Resource": "a", "Next": "A2"},
				"A2": {"Type": "Pass", "End": true}}},
			{"StartAt": "B1", "States": {
				"B1": {"Type": "Task", "Resource": "b", "End": true,
					"Catch": [{"ErrorEquals": ["Bad"], "Next": "B2"}]},
				"B2": {"Type": "Pass", "Result": "b2", "End": true}}}]},
	"Each": {"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 2, "End": true,
		"ItemProcessor": {"StartAt": "Pack", "States": {
			"Pack": {"Type": "Task", "Resource": "pack", "End": true, "TimeoutSeconds": 10, "HeartbeatSeconds": 3,
				"Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "MaxAttempts": 2}]}}}}}}`

func TestLoop(t *testing.T) {
	x := asltest.Run(t, asltest.Compile(t, polling), `{}`,
		asltest.On("Submit").Return(`7`),
		asltest.On("Poll").Return(`"busy"`).Times(3).Then().Return(`"done"`))
	x.WantPath("Submit", "4×(Wait, Poll, Done?)", "End")
	x.WantPath("Submit, 4x(Wait, Poll, Done?), End")
	x.WantElapsed(2 * time.Minute)
	x.WantAttempts("Poll", 4)
	x.Visit("Poll", 1).WantOutput(`{"job": 7, "status": "busy"}`)
	x.Visit("Poll", 4).WantOutput(map[string]any{"status": "done", "job": 7})
	x.Visit("Poll", 4).WantInput(`{"job": 7, "status": "busy"}`)
	x.Visit("Poll", 2).WantArguments(`{"job": 7, "status": "busy"}`)
	x.Visit("Poll", 2).WantAttempts(1)
	x.WantVisited("Wait", "End")
	x.WantNotVisited("Lost")
}

func TestBranchesAndIterations(t *testing.T) {
	x := asltest.Run(t, asltest.Compile(t, fanOut), `{"items": [1, 2, 3]}`,
		asltest.On("A1").Return(`"a"`),
		asltest.On("B1").Throw("Again", "").Then().Throw("Bad", "worse"),
		asltest.On("Pack").Item(1).Attempt(1).Throw("Busy", ""),
		asltest.On("Pack").Call(func(n int) int { return n * 10 }))
	x.WantPath("Fork", "Each")
	x.WantAttempts("Fork", 2)
	x.Branch("Fork", 0).WantPath("A1", "A2")
	x.Branch("Fork", 1).WantPath("B1", "B2")
	x.Branch("Fork", 1).WantOutputOf("B2", `"b2"`)
	x.Iteration("Each", 1).WantPath("Pack")
	x.Iteration("Each", 1).WantAttempts("Pack", 2)
	x.Iteration("Each", 2).WantArguments("Pack", `3`)
	x.WantAttempts("Pack", 4)
	x.WantOutput(`[10, 20, 30]`)
	x.WantElapsed(6 * time.Second)
	require.Contains(t, x.Trace(), "  branch 1\n    B1 (Task) at 1s\n      attempt 1: Bad: worse\n    B2 (Pass) at 1s\n")
}

func TestAnswers(t *testing.T) {
	const one = `{"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "work", "End": true,
		"TimeoutSeconds": 60, "HeartbeatSeconds": 10}}}`
	p := asltest.Compile(t, one)
	for name, c := range map[string]struct {
		script             *asltest.Script
		output, err, cause string
		elapsed            time.Duration
	}{
		"a Go function":       {asltest.On("Work").Call(func(_ context.Context, i asltest.Invocation) (int, error) { return i.Attempt, nil }), `1`, "", "", 0},
		"a Go function fails": {asltest.On("Work").Call(func() error { return asl.Errorf("Bad", "luck") }), "", "Bad", "luck", 0},
		"any Go error":        {asltest.On("Work").Call(func() error { return errors.New("oh") }), "", "States.TaskFailed", "oh", 0},
		"a function panics":   {asltest.On("Work").Call(func() { panic("oh") }), "", "States.TaskFailed", "panic: oh", 0},
		"a panic":             {asltest.On("Work").Panic("oh"), "", "States.TaskFailed", "panic: oh", 0},
		"no answer":           {asltest.On("Work").Hang(), "", "States.Timeout", "", 10 * time.Second},
		"only heartbeats":     {asltest.On("Work").Heartbeat(9 * time.Second).Hang(), "", "States.Timeout", "", 60 * time.Second},
		"late":                {asltest.On("Work").Heartbeat(9*time.Second).Callback(50*time.Second, `"ok"`), `"ok"`, "", "", 50 * time.Second},
		"too late":            {asltest.On("Work").After(11 * time.Second).Return(`"ok"`), "", "States.Timeout", "", 10 * time.Second},
		"by input":            {asltest.On("Work").Input(`{}`).Return(`1`), `1`, "", "", 0},
		"where":               {asltest.OnAny().Where(func(i asltest.Invocation) bool { return i.Item < 0 }).Return(`1`), `1`, "", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := asltest.Run(t, p, `{}`, c.script)
			if c.err == "" {
				x.WantOutput(c.output)
			} else if c.cause == "" {
				x.WantFailed(c.err)
			} else {
				x.WantFailed(c.err, c.cause)
			}
			x.WantElapsed(c.elapsed)
		})
	}
}

func TestTokens(t *testing.T) {
	p := asltest.Compile(t, `{"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "End": true,
		"Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
		"Parameters": {"Token.$": "$$.Task.Token"}}}}`)
	x := asltest.Run(t, p, nil, asltest.On("Ask").Submit(`{"MessageId": "m"}`).Callback(time.Hour, `"yes"`))
	x.WantOutput(`"yes"`)
	x.WantElapsed(time.Hour)
	x.WantHistory("ExecutionStarted", "TaskStateEntered Ask", "TaskScheduled", "TaskStarted", "TaskSubmitted",
		"TaskSucceeded", "TaskStateExited", "ExecutionSucceeded")
}

func TestVariables(t *testing.T) {
	p := asltest.Compile(t, `{"StartAt": "A", "States": {
		"A": {"Type": "Pass", "Assign": {"n": 1, "s": "a"}, "Next": "B"},
		"B": {"Type": "Pass", "Assign": {"n": 2}, "End": true}}}`)
	x := asltest.Run(t, p, nil)
	x.WantVariables(`{"s": "a", "n": 2}`)
	x.WantVariable("n", 2)
	x.WantSucceeded()
}

func TestFaults(t *testing.T) {
	p := asltest.Compile(t, fanOut)
	scripts := asltest.Options(
		asltest.On("A1").After(time.Second).Return(`"a"`),
		asltest.On("B1").Return(`"b"`),
		asltest.On("Pack").Heartbeat(2*time.Second).After(5*time.Second).Call(func(n int) int { return n * 10 }))
	want := asltest.Run(t, p, `{"items": [1, 2, 3]}`, scripts)
	want.WantElapsed(11 * time.Second)
	for n := 1; n <= len(want.Events()); n++ {
		x := asltest.Run(t, p, `{"items": [1, 2, 3]}`, scripts, asltest.CrashAt(n))
		require.Equal(t, string(want.HistoryJSON()), string(x.HistoryJSON()), "crash at %d", n)
	}
	x := asltest.Run(t, p, `{"items": [1, 2, 3]}`, scripts, asltest.CrashEverywhere())
	require.Equal(t, string(want.HistoryJSON()), string(x.HistoryJSON()))

	x = asltest.Run(t, p, `{"items": [1]}`, scripts, asltest.DropHeartbeat("Pack", 1))
	x.WantAttempts("Pack", 3)
	x.WantFailed("States.Timeout")

	x = asltest.Run(t, p, `{"items": [1]}`, scripts, asltest.FailCall(3, "Busy", ""))
	x.WantAttempts("Pack", 2)
	x.WantOutput(`[10]`)
}

func TestMockFiles(t *testing.T) {
	p := asltest.Compile(t, polling, asltestOptions("Jobs"))
	x := asltest.Run(t, p, `{}`,
		asltest.On("Submit").Return(`7`),
		asltest.On("Poll").Return(`"busy"`).Times(2).Then().Throw("Gone", "why"))
	x.WantFailed("Gone", "why")
	text := x.MockConfig("Gone")
	again := asltest.Run(t, p, `{}`, asltest.Mocks(text, "Jobs", "Gone"))
	again.WantFailed("Gone", "why")
	require.Equal(t, string(x.HistoryJSON()), string(again.HistoryJSON()))

	empty := asltest.MockConfig(p, "Happy")
	require.Contains(t, string(empty), `"Poll": "Happy Poll"`)
	asltest.Run(t, p, `{}`, asltest.Mocks(empty, "Jobs", "Happy")).WantFailed("States.Runtime")
}

func TestReplay(t *testing.T) {
	for name, c := range map[string]struct {
		definition, input string
		scripts           asltest.Option
	}{
		"loop": {polling, `{}`, asltest.Options(asltest.On("Submit").After(time.Second).Return(`7`),
			asltest.On("Poll").Return(`"busy"`).Then().Return(`"failed"`))},
		"timeout": {shipping, `{}`, asltest.Options(
			asltest.On("Charge").Hang().Then().After(time.Second).Return(`1`), asltest.On("Ship").Throw("X", "y"))},
		"side by side": {fanOut, `{"items": [3, 1, 2]}`, asltest.Options(asltest.On("A1").After(2*time.Second).Return(`1`),
			asltest.On("B1").Throw("Again", "").Then().Throw("Bad", ""),
			asltest.On("Pack").Input(`1`).Attempt(1).Throw("Busy", ""), asltest.On("Pack").After(time.Second).Return(`0`))},
	} {
		t.Run(name, func(t *testing.T) {
			p := asltest.Compile(t, c.definition)
			x := asltest.Run(t, p, c.input, c.scripts, asltest.Name("replay"), asltest.Seed(5), asltest.AllowUnused())
			y := asltest.Replay(t, p, x.HistoryJSON())
			x.WantStatus(y.Status())
			require.Equal(t, x.Trace(), y.Trace())
			if name == "loop" {
				require.Equal(t, string(x.MockConfig("c")), string(y.MockConfig("c")))
			}
		})
	}
}

// A history does not contain the heartbeats that kept a task alive.
func TestReplayAssumesHeartbeats(t *testing.T) {
	task := func(more string) string {
		return `{"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "arn:aws:states:us-east-1:123456789012:activity:a",
			"HeartbeatSeconds": 10, "TimeoutSeconds": 60, ` + more + ` "End": true}}}`
	}
	callback := `{"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
		"HeartbeatSecondsPath": "$.beat", "Parameters": {"t.$": "$$.Task.Token"}, "End": true}}}`
	branches := `{"StartAt": "Fork", "States": {"Fork": {"Type": "Parallel", "End": true, "Branches": [
		{"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "work", "HeartbeatSeconds": 3, "End": true}}},
		{"StartAt": "Fail", "States": {"Fail": {"Type": "Task", "Resource": "fail", "End": true}}}]}}}`
	again := `"Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 1}],`
	beating := func() *asltest.Script { return asltest.On("Work").Heartbeat(7 * time.Second) }
	for name, c := range map[string]struct {
		definition string
		scripts    asltest.Option
		elapsed    time.Duration
	}{
		"until its answer":           {task(""), beating().After(35 * time.Second).Return(`1`), 35 * time.Second},
		"until its error":            {task(""), beating().After(31*time.Second).Throw("Bad", ""), 31 * time.Second},
		"until its timeout":          {task(""), beating().Hang(), 60 * time.Second},
		"until a beat was missed":    {task(""), asltest.Options(beating().Hang(), asltest.DropHeartbeat("Work", 4)), 31 * time.Second},
		"until none came":            {task(""), asltest.On("Work").Hang(), 10 * time.Second},
		"and then another attempt":   {task(again), asltest.Options(beating().Hang().Then().After(9 * time.Second).Return(`1`)), 71 * time.Second},
		"but not a whole interval":   {task(""), asltest.On("Work").After(4 * time.Second).Return(`1`), 4 * time.Second},
		"until an answer by token":   {callback, beating().Callback(25*time.Second, `1`), 25 * time.Second},
		"until it was canceled":      {branches, asltest.Options(asltest.On("Work").Heartbeat(time.Second).Hang(), asltest.On("Fail").After(9*time.Second).Throw("Bad", "")), 9 * time.Second},
		"at the moment of its beat":  {task(""), asltest.On("Work").Heartbeat(5 * time.Second).After(20 * time.Second).Return(`1`), 20 * time.Second},
		"one second past a deadline": {task(""), beating().After(11 * time.Second).Return(`1`), 11 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			p := asltest.Compile(t, c.definition)
			x := asltest.Run(t, p, `{"beat": 8}`, c.scripts, asltest.Name("replay"))
			x.WantElapsed(c.elapsed)
			y := asltest.Replay(t, p, x.HistoryJSON())
			x.WantStatus(y.Status())
			require.Equal(t, x.Trace(), y.Trace())
			y.WantElapsed(c.elapsed)
		})
	}
}

func TestExplore(t *testing.T) {
	p := asltest.Compile(t, fanOut)
	orders := make(map[string]bool)
	asltest.Explore(t, 50, func(t testing.TB, schedule asltest.Option) {
		x := asltest.Run(t, p, `{"items": [1, 2]}`, schedule,
			asltest.On("A1").Return(`"a"`), asltest.On("B1").Return(`"b"`), asltest.On("Pack").Return(`0`))
		x.WantOutput(`[0, 0]`)
		orders[string(x.HistoryJSON())] = true
	})
	require.Greater(t, len(orders), 5)
}

// The duration limit ends an execution that waits for a later time.
func TestDurationLimitBeforeALaterDeadline(t *testing.T) {
	wait := `{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 600, "End": true}}}`
	for name, definition := range map[string]string{
		"a Wait":                   wait,
		"a Wait beside a task":     `{"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": [` + wait + `, {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "t", "End": true}}}], "End": true}}}`,
		"the timeout of a task":    `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "t", "TimeoutSeconds": 400, "End": true}}}`,
		"a timeout of the machine": `{"TimeoutSeconds": 300, "StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "t", "End": true}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			x := asltest.Run(t, asltest.Compile(t, definition, machine.Options{Express: true}), nil,
				asltest.OnAny().Hang(), asltest.AllowUnused())
			x.WantFailed("States.Timeout")
			x.WantElapsed(5 * time.Minute)
		})
	}
}

func TestCompileTakesOneOptions(t *testing.T) {
	report := asltest.Try(func(t testing.TB) {
		asltest.Compile(t, `{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}`, machine.Options{}, machine.Options{Express: true})
	})
	require.Equal(t, "asltest: Compile takes at most one machine.Options, not 2", report)
}
