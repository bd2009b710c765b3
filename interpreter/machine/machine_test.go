package machine_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

func errorIsOf(err error, targets ...error) bool {
	for _, target := range targets {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

const waitForever = `{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 100, "End": true}}}`

func TestMisuseIsAGoError(t *testing.T) {
	p := compile(t, waitForever, machine.Options{})
	other := compile(t, `{"StartAt": "S", "States": {"S": {"Type": "Succeed"}}}`, machine.Options{})
	var r machine.Result
	x := p.New(machine.Start{ID: "x"})
	require.ErrorIs(t, p.Step(x, machine.Event{Kind: machine.Tick}, began, &r), machine.ErrNotStarted)
	require.NoError(t, p.Step(x, machine.Event{Kind: machine.Started}, began, &r))
	require.ErrorIs(t, p.Step(x, machine.Event{Kind: machine.Started}, began, &r), machine.ErrStarted)
	require.ErrorIs(t, other.Step(x, machine.Event{Kind: machine.Tick}, began, &r), machine.ErrDigest)
	require.ErrorIs(t, other.Pending(x, &r), machine.ErrDigest)
	_, err := other.Marshal(x)
	require.ErrorIs(t, err, machine.ErrDigest)
	data, err := p.Marshal(x)
	require.NoError(t, err)
	_, err = other.Restore(data)
	require.ErrorIs(t, err, machine.ErrDigest)
	for i := range data {
		_, err := p.Restore(data[:i])
		require.True(t, errorIsOf(err, machine.ErrSnapshot, machine.ErrDigest), "cut at %d: %v", i, err)
	}
	_, err = p.Restore(append(data, 0))
	require.ErrorIs(t, err, machine.ErrSnapshot)
}

func TestStopAbortsAndCancels(t *testing.T) {
	p := compile(t, `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "End": true}}}`, machine.Options{Limits: machine.NoLimits})
	h := newHost(t, p, nil)
	h.run()
	name, cause := "Enough", "the user left"
	h.step(machine.Event{Kind: machine.Stopped, Error: &name, Cause: &cause})
	require.Equal(t, machine.Aborted, h.x.Status)
	require.Len(t, h.cancelled, 1)
	last := h.history[len(h.history)-1]
	require.Equal(t, history.ExecutionAborted, last.Type)
	require.Zero(t, last.Previous, "recorded: ExecutionAborted points to no event")
	require.Equal(t, name, *h.x.Outcome.Error)
	require.NoError(t, p.Step(h.x, machine.Event{Kind: machine.Tick}, began, &h.r), "an event after the end changes nothing")
	require.Empty(t, h.r.Commands)
}

// An answer to a task that has timed out, been retried or never was does
// nothing.
func TestStaleAnswersAreDropped(t *testing.T) {
	p := compile(t, `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "TimeoutSeconds": 1,
		"Retry": [{"ErrorEquals": ["States.Timeout"], "MaxAttempts": 1}], "End": true}}}`, machine.Options{Limits: machine.NoLimits})
	h := newHost(t, p, nil)
	var tasks []machine.TaskID
	h.answer = func(c machine.Command) []machine.Event {
		tasks = append(tasks, c.Task)
		if c.Attempt == 0 {
			return []machine.Event{{Kind: machine.TaskStarted}}
		}
		return nil
	}
	h.run()
	require.Len(t, tasks, 2)
	require.NotEqual(t, tasks[0], tasks[1])
	require.Equal(t, tasks[:1], h.cancelled)
	seq := h.x.Seq
	for _, task := range []machine.TaskID{tasks[0], 0, 1 << 60} {
		h.step(machine.Event{Kind: machine.TaskSucceeded, Task: task, Output: "late"})
	}
	require.Equal(t, seq, h.x.Seq)
	h.step(machine.Event{Kind: machine.TaskSucceeded, Task: tasks[1], Output: "right"})
	require.Equal(t, "right", h.x.Outcome.Output)
}

// A heartbeat puts off the next one, not the timeout.
func TestHeartbeats(t *testing.T) {
	p := compile(t, `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "TimeoutSeconds": 30, "HeartbeatSeconds": 10, "End": true}}}`, machine.Options{Limits: machine.NoLimits})
	h := newHost(t, p, nil)
	var task machine.TaskID
	h.answer = func(c machine.Command) []machine.Event { task = c.Task; return nil }
	h.step(h.queue[0])
	_, ok := p.Wake(h.x)
	require.False(t, ok, "timeouts run from TaskStarted")
	wake := func() time.Duration {
		at, ok := p.Wake(h.x)
		require.True(t, ok)
		return at.Sub(began)
	}
	h.step(machine.Event{Kind: machine.TaskStarted, Task: task})
	require.Equal(t, 10*time.Second, wake())
	for range 3 {
		h.now = h.now.Add(8 * time.Second)
		h.step(machine.Event{Kind: machine.TaskHeartbeat, Task: task})
	}
	require.Equal(t, 30*time.Second, wake())
	h.now = h.now.Add(time.Hour)
	h.step(machine.Event{Kind: machine.Tick})
	require.Equal(t, machine.Failed, h.x.Status)
	require.Equal(t, asl.StatesTimeout, *h.x.Outcome.Error)
	require.Nil(t, h.x.Outcome.Cause)
}

func TestTokens(t *testing.T) {
	p := compile(t, waitForever, machine.Options{})
	x := p.New(machine.Start{TokenKey: [16]byte{1}})
	y := p.New(machine.Start{TokenKey: [16]byte{2}})
	token := x.Token(42)
	task, ok := x.TaskOf(token)
	require.True(t, ok)
	require.Equal(t, machine.TaskID(42), task)
	_, ok = y.TaskOf(token)
	require.False(t, ok, "another execution's")
	require.NotEqual(t, token, y.Token(42))
	for _, bad := range []string{"", "x", token[1:], token + "A", strings.Repeat("A", len(token))} {
		_, ok := x.TaskOf(bad)
		require.False(t, ok, bad)
	}
}

// The token in Parameters is the one that the host is given.
func TestTokenInParameters(t *testing.T) {
	p := compile(t, `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish.waitForTaskToken",
		"Parameters": {"token.$": "$$.Task.Token", "try.$": "$$.State.RetryCount"},
		"Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}], "End": true}}}`, machine.Options{})
	h := newHost(t, p, nil)
	attempt := 0
	h.answer = func(c machine.Command) []machine.Event {
		o := c.Input.(*value.Object)
		token, _ := o.Get("token")
		require.Equal(t, h.x.Token(c.Task), token)
		try, _ := o.Get("try")
		require.EqualValues(t, attempt, try, "a retry evaluates Parameters again")
		attempt++
		return failWith("No", "")
	}
	h.run()
	require.Equal(t, 2, attempt)
}

func TestHistoryLimit(t *testing.T) {
	const loop = `{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "A"}}}`
	for _, limit := range []int{0, 10, 11} {
		p := compile(t, loop, machine.Options{Limits: machine.Limits{HistoryEvents: limit}})
		h := newHost(t, p, nil)
		h.run()
		if limit == 0 {
			limit = history.DefaultMaxEvents
		}
		require.Equal(t, machine.Failed, h.x.Status)
		require.Len(t, h.history, limit)
		require.Equal(t, history.ExecutionFailed, h.history[limit-1].Type)
		require.Equal(t, asl.StatesRuntime, *h.x.Outcome.Error)
		require.Contains(t, *h.x.Outcome.Cause, "maximum number of history events")
	}
}

// A loop without exit ends each Step in a Yield.
func TestLoopYields(t *testing.T) {
	p := compile(t, `{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "A"}}}`, machine.Options{Limits: machine.NoLimits})
	x := p.New(machine.Start{})
	var r machine.Result
	require.NoError(t, p.Step(x, machine.Event{Kind: machine.Started}, began, &r))
	for range 5 {
		require.Len(t, r.Commands, 1)
		require.Equal(t, machine.Yield, r.Commands[0].Kind)
		require.NoError(t, p.Step(x, machine.Event{Kind: machine.Tick}, began, &r))
	}
	require.EqualValues(t, 6*10_000*2+1, x.Seq)
}

func TestPayloadLimit(t *testing.T) {
	big := strings.Repeat("x", 262_144)
	t.Run("the result of a Pass", func(t *testing.T) {
		p := compile(t, `{"StartAt": "P", "States": {"P": {"Type": "Pass", "Parameters": {"a.$": "$", "b.$": "$"}, "End": true}}}`, machine.Options{})
		h := newHost(t, p, big[:200_000])
		h.run()
		require.Equal(t, asl.StatesDataLimitExceeded, *h.x.Outcome.Error)
		require.Equal(t, "The state/task 'P' returned a result with a size exceeding the maximum number of bytes service limit.", *h.x.Outcome.Cause)
	})
	t.Run("the result of a task, which can be caught", func(t *testing.T) {
		p := compile(t, `{"StartAt": "T", "States": {
			"T": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {}, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "E"}], "End": true},
			"E": {"Type": "Succeed"}}}`, machine.Options{})
		h := newHost(t, p, nil)
		h.answer = func(machine.Command) []machine.Event { return succeed(big) }
		h.run()
		require.Equal(t, machine.Succeeded, h.x.Status)
		cause, _ := h.x.Outcome.Output.(*value.Object).Get("Cause")
		require.Contains(t, cause, "The state/task 'lambda' returned a result")
	})
	t.Run("lifted", func(t *testing.T) {
		p := compile(t, `{"StartAt": "S", "States": {"S": {"Type": "Succeed"}}}`, machine.Options{Limits: machine.NoLimits})
		h := newHost(t, p, big)
		require.Equal(t, big, h.run().Output)
	})
}

// A value cannot be nested deeper than a reader would take, even without limits.
func TestNestingIsBounded(t *testing.T) {
	p := compile(t, `{"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {"a.$": "$"}, "Next": "A"}}}`,
		machine.Options{Limits: machine.NoLimits})
	h := newHost(t, p, "deep")
	h.run()
	require.Equal(t, asl.StatesDataLimitExceeded, *h.x.Outcome.Error)
}

// Variables: limits of one, of one Assign, and of all.
func TestVariableLimits(t *testing.T) {
	const definition = `{"StartAt": "A", "States": {
		"A": {"Type": "Pass", "Assign": {"a.$": "$"}, "Next": "B"},
		"B": {"Type": "Pass", "Assign": {"b.$": "$"}, "End": true}}}`
	for _, c := range []struct {
		limits machine.Limits
		fails  bool
	}{
		{machine.Limits{}, false},
		{machine.Limits{VariableBytes: 99}, true},
		{machine.Limits{VariablesSize: 150}, true},
	} {
		h := newHost(t, compile(t, definition, machine.Options{Limits: c.limits}), strings.Repeat("x", 98))
		h.run()
		require.Equal(t, c.fails, h.x.Status == machine.Failed, "%+v", c.limits)
	}
}

// The same events at the same times give the same execution, and a clone goes
// its own way.
func TestDeterminismAndClone(t *testing.T) {
	p := compile(t, everything, machine.Options{})
	run := func() (*host, string) {
		h := newHost(t, p, parse(t, `{"items": [1, 2, 3]}`))
		h.answer = func(c machine.Command) []machine.Event {
			if c.State == "Task" && c.Attempt < 2 {
				return failWith("Again", "x")
			}
			return succeed(c.Input)
		}
		h.run()
		return h, lines(h.history)
	}
	h, first := run()
	require.Equal(t, machine.Succeeded, h.x.Status)
	for range 20 {
		_, again := run()
		require.Equal(t, first, again)
	}

	x := p.New(machine.Start{Input: parse(t, `{"items": [1]}`)})
	var r machine.Result
	require.NoError(t, p.Step(x, machine.Event{Kind: machine.Started}, began, &r))
	tasks := append([]machine.Command(nil), r.Commands...)
	before, err := p.Marshal(x)
	require.NoError(t, err)
	y := x.Clone()
	for _, c := range tasks {
		require.NoError(t, p.Step(y, machine.Event{Kind: machine.TaskSucceeded, Task: c.Task}, began, &r))
	}
	after, err := p.Marshal(x)
	require.NoError(t, err)
	require.Equal(t, before, after, "the clone's Steps leave the original alone")
}

// Scopes of branches and iterations are used again: a loop around a Parallel
// does not grow.
func TestScopesAreReused(t *testing.T) {
	p := compile(t, `{"StartAt": "P", "States": {
		"P": {"Type": "Parallel", "ResultPath": null, "Next": "P", "Branches": [
			{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}},
			{"StartAt": "B", "States": {"B": {"Type": "Pass", "End": true}}}]}}}`, machine.Options{Limits: machine.NoLimits})
	x := p.New(machine.Start{})
	var r machine.Result
	require.NoError(t, p.Step(x, machine.Event{Kind: machine.Started}, began, &r))
	require.Greater(t, x.Seq, uint32(10_000))
	require.Equal(t, 3, machine.ScopeCount(x))
}

func TestCompileNamesTheField(t *testing.T) {
	for want, definition := range map[string]string{
		"end of expression": `{"StartAt": "S", "QueryLanguage": "JSONata", "States": {"S": {"Type": "Succeed", "Output": "{% 1 + %}"}}}`,
	} {
		m, err := asl.Parse([]byte(definition))
		require.NoError(t, err)
		_, err = machine.Compile(m, machine.Options{})
		var list asl.ErrorList
		require.ErrorAs(t, err, &list)
		require.Contains(t, list[0].Message, want)
		require.NotEmpty(t, list[0].Location)
	}
}

// All names of events and commands are there.
func TestNames(t *testing.T) {
	for k := machine.Tick; k <= machine.MapRunEnded; k++ {
		require.NotContains(t, k.String(), "?")
	}
	for k := machine.StartTask; k <= machine.DetachMapRun; k++ {
		require.NotContains(t, k.String(), "?")
	}
	for s := machine.Running; s <= machine.Aborted; s++ {
		require.NotEqual(t, "UNKNOWN", s.String())
	}
}

func TestResources(t *testing.T) {
	for _, c := range []struct {
		name            string
		kind            machine.ResourceKind
		service, action string
		pattern         machine.IntegrationPattern
		token           bool
	}{
		{"charge", machine.Function, "", "", machine.RequestResponse, false},
		{"https://example.com/a", machine.Function, "", "", machine.RequestResponse, false},
		{"arn:aws:lambda:us-east-1:123456789012:function:f:1", machine.Function, "", "", machine.RequestResponse, false},
		{"arn:aws:states:us-east-1:123456789012:activity:a", machine.Activity, "", "", machine.RequestResponse, true},
		{"arn:aws:states:::lambda:invoke", machine.Service, "lambda", "invoke", machine.RequestResponse, false},
		{"arn:aws:states:::aws-sdk:dynamodb:putItem", machine.Service, "aws-sdk:dynamodb", "putItem", machine.RequestResponse, false},
		{"arn:aws:states:::sqs:sendMessage.waitForTaskToken", machine.Service, "sqs", "sendMessage", machine.WaitForTaskToken, true},
		{"arn:aws:states:::states:startExecution.sync", machine.Service, "states", "startExecution", machine.Sync, true},
		{"arn:aws:states:::states:startExecution.sync:2", machine.Service, "states", "startExecution", machine.Sync2, true},
	} {
		r := machine.ParseResource(c.name)
		got := fmt.Sprint(r.Kind, r.Service, r.Action, r.Pattern, r.Token())
		require.Equal(t, fmt.Sprint(c.kind, c.service, c.action, c.pattern, c.token), got, c.name)
	}
}

func TestExecutionNames(t *testing.T) {
	p := compile(t, waitForever, machine.Options{StateMachineArn: "arn:aws:states:eu-west-1:123456789012:stateMachine:m"})
	require.Equal(t, "arn:aws:states:eu-west-1:123456789012:execution:m:x", p.ExecutionArn("x"))
	require.Equal(t, "x", machine.ExecutionName("x"))
	require.Equal(t, "x", machine.ExecutionName("arn:aws:states:eu-west-1:123456789012:execution:m:x"))
	require.Equal(t, "x", machine.ExecutionName("arn:aws:states:eu-west-1:123456789012:express:m:x:5f0c"))
	require.Equal(t, "x:y", machine.ExecutionName("arn:aws:states:eu-west-1:123456789012:execution:m:x:y"))
	require.Equal(t, "x:y", machine.ExecutionName("arn:aws:states:eu-west-1:123456789012:express:m:x:y:5f0c"))
	require.Equal(t, "x", machine.ExecutionName("arn:x"))
}

// What waits for others is not for EXPRESS machines.
func TestExpressRefusesWhatWaits(t *testing.T) {
	for resource, want := range map[string]string{
		"arn:aws:lambda:us-east-1:123456789012:function:f":    "",
		"arn:aws:states:::sqs:sendMessage.waitForTaskToken":   "does not support '.waitForTaskToken' service integration",
		"arn:aws:states:::ecs:runTask.sync":                   "does not support '.sync' service integration",
		"arn:aws:states:us-east-1:123456789012:activity:pack": "does not support Activity ARN",
	} {
		m, err := asl.Parse([]byte(`{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "` + resource + `", "End": true}}}`))
		require.NoError(t, err)
		_, err = machine.Compile(m, machine.Options{})
		require.NoError(t, err)
		_, err = machine.Compile(m, machine.Options{Express: true})
		if want == "" {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, want)
		}
	}
}

// An execution does not run for ever, whatever its TimeoutSeconds.
func TestDurationLimit(t *testing.T) {
	const forever = `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "End": true}}}`
	for _, c := range []struct {
		options machine.Options
		want    time.Duration
	}{
		{machine.Options{}, 365 * 24 * time.Hour},
		{machine.Options{Express: true}, 5 * time.Minute},
		{machine.Options{Limits: machine.Limits{Duration: time.Second}}, time.Second},
		{machine.Options{Limits: machine.NoLimits}, 0},
	} {
		h := newHost(t, compile(t, forever, c.options), nil)
		h.run()
		require.Equal(t, c.want, h.now.Sub(began))
		require.Equal(t, c.want > 0, h.x.Status == machine.TimedOut)
	}
}

// What is wrong with the data of a state after its work is done neither tries
// the work again nor is caught.
func TestDataFailuresAreFinal(t *testing.T) {
	for _, c := range []struct{ want, field string }{
		{asl.StatesReferencePathConflict, `"ResultPath": "$.x"`},
		{asl.StatesRuntime, `"ResultSelector": {"a.$": "States.ArrayGetItem($, 9)"}`},
		{asl.StatesRuntime, `"OutputPath": "$.no"`},
	} {
		p := compile(t, `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", `+c.field+`,
			"Retry": [{"ErrorEquals": ["States.ALL"]}], "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "E"}], "End": true},
			"E": {"Type": "Succeed"}}}`, machine.Options{})
		h := newHost(t, p, "text")
		calls := 0
		h.answer = func(machine.Command) []machine.Event { calls++; return succeed([]any{int64(1)}) }
		h.run()
		require.Equal(t, 1, calls)
		require.Equal(t, c.want, *h.x.Outcome.Error)
		require.Equal(t, history.LambdaFunctionSucceeded, h.history[len(h.history)-2].Type)
	}
}

// Recorded: what a call of an intrinsic function fails with. The text names the
// whole call, with those within it.
func TestIntrinsicFailures(t *testing.T) {
	for _, c := range []struct{ call, want string }{
		{`States.MathAdd($.n, 'one')`,
			"There was an error while evaluating the intrinsic function: States.MathAdd($.n, 'one'). Invalid arguments in States.MathAdd"},
		{`States.Array( States.ArrayLength($.n) )`,
			"There was an error while evaluating the intrinsic function: States.Array( States.ArrayLength($.n) ). Invalid arguments in States.ArrayLength"},
		{`States.Array($.n, $.gone)`,
			`The function 'States.Array($.n, $.gone)' had the following error: The JsonPath argument for the field '$.gone' could not be found in the input '{"n":7}'`},
	} {
		p := compile(t, `{"StartAt": "P", "States": {"P": {"Type": "Pass", "Parameters": {"v.$": "`+c.call+`"}, "End": true}}}`, machine.Options{})
		outcome := newHost(t, p, parse(t, `{"n": 7}`)).run()
		require.Equal(t, asl.StatesRuntime, *outcome.Error)
		require.Equal(t, "An error occurred while executing the state 'P' (entered at the event id #2). "+c.want, *outcome.Cause)
	}
}

// Variables do not grow for ever by nesting, and their sizes are counted as
// scopes come and go.
func TestVariablesAreBounded(t *testing.T) {
	p := compile(t, `{"StartAt": "A", "States": {
		"A": {"Type": "Pass", "Assign": {"x": {}}, "Next": "B"},
		"B": {"Type": "Pass", "Assign": {"x": {"y.$": "$x"}}, "Next": "B"}}}`, machine.Options{Limits: machine.NoLimits})
	h := newHost(t, p, nil)
	h.afterStep = restored
	h.r.MaxTransitions = 400
	h.run()
	require.Equal(t, asl.StatesDataLimitExceeded, *h.x.Outcome.Error)

	p = compile(t, `{"StartAt": "M", "States": {"M": {"Type": "Map", "ResultPath": null, "Next": "M", "MaxConcurrency": 1,
		"ItemProcessor": {"StartAt": "A", "States": {
			"A": {"Type": "Pass", "Assign": {"v.$": "$"}, "Next": "B"},
			"B": {"Type": "Pass", "Assign": {"v": 1, "w.$": "$"}, "End": true}}}}}}`,
		machine.Options{Limits: machine.Limits{VariablesSize: 200}})
	h = newHost(t, p, []any{strings.Repeat("x", 100), strings.Repeat("y", 100)})
	h.run()
	require.Contains(t, *h.x.Outcome.Cause, "maximum number of history events", "what ended scopes held is forgotten")
}

// The input that ItemSelector makes is bounded as any other.
func TestItemSelectorPayloadLimit(t *testing.T) {
	p := compile(t, `{"StartAt": "M", "States": {"M": {"Type": "Map", "ItemsPath": "$.items", "ItemSelector": {"a.$": "$", "b.$": "$"}, "End": true,
		"ItemProcessor": {"StartAt": "S", "States": {"S": {"Type": "Succeed"}}}}}}`, machine.Options{})
	h := newHost(t, p, parse(t, `{"items": [1], "big": "`+strings.Repeat("x", 200_000)+`"}`))
	h.run()
	require.Equal(t, asl.StatesDataLimitExceeded, *h.x.Outcome.Error)
	require.Contains(t, *h.x.Outcome.Cause, "'M'")
}

// What a Catcher hands on is bounded, in JSONata without an Output too.
func TestErrorOutputPayloadLimit(t *testing.T) {
	for _, language := range []string{"JSONPath", "JSONata"} {
		p := compile(t, `{"QueryLanguage": "`+language+`", "StartAt": "T", "States": {
			"T": {"Type": "Task", "Resource": "f", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "S"}], "End": true},
			"S": {"Type": "Succeed"}}}`, machine.Options{Limits: machine.Limits{PayloadBytes: 100}})
		h := newHost(t, p, nil)
		h.answer = func(machine.Command) []machine.Event { return failWith("E", strings.Repeat("x", 100)) }
		h.run()
		require.NotNil(t, h.x.Outcome.Error, language)
		require.Equal(t, asl.StatesDataLimitExceeded, *h.x.Outcome.Error)
		require.Contains(t, *h.x.Outcome.Cause, "'T'")
	}
}

// A task is cancelled only while somebody waits for it, and once.
func TestCancelIsForTasksThatRun(t *testing.T) {
	for name, c := range map[string]struct {
		answer    []machine.Event
		cancelled int
	}{
		"failed":    {failWith("X", ""), 0},
		"succeeded": {succeed(nil), 0},
		"timed out": {[]machine.Event{{Kind: machine.TaskStarted}}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			p := compile(t, `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "TimeoutSeconds": 5, "End": true}}}`, machine.Options{})
			h := newHost(t, p, nil)
			h.answer = func(machine.Command) []machine.Event { return c.answer }
			h.run()
			require.Len(t, h.cancelled, c.cancelled)
		})
	}
}

// Every attempt at an activity is a task of its own, those that are refused too.
func TestRefusedActivityIsRetriedAsANewTask(t *testing.T) {
	p := compile(t, `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "arn:aws:states:us-east-1:123456789012:activity:a",
		"Retry": [{"ErrorEquals": ["Busy"], "MaxAttempts": 1}], "End": true}}}`, machine.Options{})
	h := newHost(t, p, nil)
	name, cause := "Busy", "no worker"
	var tasks []machine.TaskID
	h.answer = func(c machine.Command) []machine.Event {
		tasks = append(tasks, c.Task)
		return []machine.Event{{Kind: machine.TaskRefused, Error: &name, Cause: &cause}}
	}
	h.run()
	require.Len(t, tasks, 2)
	require.NotEqual(t, tasks[0], tasks[1])
	require.Equal(t, history.ActivityScheduleFailed, h.history[len(h.history)-2].Type)
}

// A path that selects more than there was is bounded in every state.
func TestIndefinitePathsAreBounded(t *testing.T) {
	p := compile(t, `{"StartAt": "A", "States": {
		"A": {"Type": "Choice", "OutputPath": "$..*", "Choices": [{"Variable": "$", "IsString": true, "Next": "E"}], "Default": "A"},
		"E": {"Type": "Succeed"}}}`, machine.Options{})
	h := newHost(t, p, parse(t, `{"a": {"b": {"c": {"d": [1, 2, 3]}}}}`))
	h.run()
	require.Equal(t, asl.StatesDataLimitExceeded, *h.x.Outcome.Error)
}

// An array of itself twice, again and again: small in memory, endless as text.
func TestSharedArraysAreBounded(t *testing.T) {
	p := compile(t, `{"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {"l.$": "States.Array($.l, $.l)"}, "Next": "A"}}}`,
		machine.Options{Limits: machine.Limits{PayloadBytes: 1 << 20, HistoryEvents: -1}})
	h := newHost(t, p, parse(t, `{"l": 1}`))
	h.run()
	require.Equal(t, asl.StatesDataLimitExceeded, *h.x.Outcome.Error)
}
