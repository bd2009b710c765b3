package interpreter_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/value"
)

const childArn = "arn:aws:states:us-east-1:111111111111:stateMachine:child"

// parent starts the child with a pattern.
func parent(pattern, more string) string {
	return `{"StartAt": "Call", "States": {"Call": {"Type": "Task",
		"Resource": "arn:aws:states:::states:startExecution` + pattern + `",
		"Parameters": {"StateMachineArn": "` + childArn + `", "Input": {"n": 1}, "Name": "kid"` + more + `, "End": true}}}`
}

// nest runs a parent whose child is a machine, under a virtual clock.
func nest(t *testing.T, pattern, child string, more ...string) (*interpreter.Interpreter, *interpreter.Execution) {
	t.Helper()
	machines := &interpreter.StartExecution{Programs: map[string]*interpreter.Program{
		childArn: compile(t, child, interpreter.Options{StateMachineArn: childArn}),
	}}
	in := open(t, interpreter.Config{
		Clock: interpreter.NewVirtualClock(began),
		Resolver: interpreter.Resolvers{machines, interpreter.Mux{
			"hang": interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) {
				return nil, interpreter.ErrResultPending
			})}},
	})
	e, err := in.Start(background, compile(t, parent(pattern, "}"+strings.Join(more, ""))), nil, interpreter.StartOptions{KeepHistory: true})
	require.NoError(t, err)
	return in, e
}

const (
	passChild = `{"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": 5, "Next": "P"}, "P": {"Type": "Pass", "Result": {"a": 1}, "End": true}}}`
	failChild = `{"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "SomeFailure", "Cause": "why"}}}`
	slowChild = `{"StartAt": "W", "TimeoutSeconds": 3, "States": {"W": {"Type": "Wait", "Seconds": 5, "End": true}}}`
	hungChild = `{"StartAt": "H", "States": {"H": {"Type": "Task", "Resource": "hang", "End": true}}}`
	kid       = `"ExecutionArn":"arn:aws:states:us-east-1:111111111111:execution:child:kid"`
)

func TestNestedExecutionWithoutWaitingAnswersAtOnce(t *testing.T) {
	in, e := nest(t, "", passChild)
	require.NoError(t, e.Wait(background))
	out, err := e.Output()
	require.NoError(t, err)
	text := value.String(out)
	require.Contains(t, text, `{`+kid+`,"SdkHttpMetadata":{"AllHttpHeaders":{},"HttpHeaders":{},"HttpStatusCode":200},"SdkResponseMetadata":{"RequestId":"`)
	require.Contains(t, text, `"StartDate":1704164645000}`)
	require.NoError(t, in.Close())
}

func TestNestedExecutionThatSucceeds(t *testing.T) {
	for pattern, want := range map[string]string{
		".sync":   `"Input":"{\"n\":1}","InputDetails":{"Included":true},"Name":"kid","Output":"{\"a\":1}"`,
		".sync:2": `"Input":{"n":1},"InputDetails":{"Included":true},"Name":"kid","Output":{"a":1}`,
	} {
		t.Run(pattern, func(t *testing.T) {
			_, e := nest(t, pattern, passChild)
			require.NoError(t, e.Wait(background))
			out, err := e.Output()
			require.NoError(t, err)
			require.Equal(t, `{`+kid+`,`+want+`,"OutputDetails":{"Included":true},"RedriveCount":0,"RedriveStatus":"NOT_REDRIVABLE",`+
				`"RedriveStatusReason":"Execution is SUCCEEDED and cannot be redriven","StartDate":1704164645000,"StateMachineArn":"`+
				childArn+`","Status":"SUCCEEDED","StopDate":1704164650000}`, value.String(out))
			var types []string
			for ev := range e.Events() {
				types = append(types, ev.Type.String())
				if _, details := ev.Details(); ev.Type == history.TaskSubmitted {
					require.Regexp(t, `,"StartDate":1704164645000}$`, details.(history.TaskSubmittedEventDetails).Output)
				}
			}
			require.Equal(t, []string{"ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted",
				"TaskSubmitted", "TaskSucceeded", "TaskStateExited", "ExecutionSucceeded"}, types)
		})
	}
}

func TestNestedExecutionThatFailsIsATaskThatFailed(t *testing.T) {
	for name, c := range map[string]struct{ child, want string }{
		"failed":    {failChild, `{"Cause":"why","Error":"SomeFailure",` + kid + `,"Input":"{\"n\":1}","InputDetails":{"Included":true},"Name":"kid","RedriveCount":0,"RedriveStatus":"REDRIVABLE","StartDate":`},
		"timed out": {slowChild, `{` + kid + `,"Input":"{\"n\":1}","InputDetails":{"Included":true},"Name":"kid","RedriveCount":0,"RedriveStatus":"REDRIVABLE","StartDate":`},
	} {
		t.Run(name, func(t *testing.T) {
			_, e := nest(t, ".sync", c.child)
			err := e.Wait(background)
			var failed *interpreter.ExecutionError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, asl.StatesTaskFailed, failed.Name)
			require.True(t, strings.HasPrefix(failed.Cause, c.want), failed.Cause)
		})
	}
}

func TestStopOfAParentStopsTheChildThatItWaitsFor(t *testing.T) {
	var child *interpreter.Execution
	for name, stop := range map[string]func(e *interpreter.Execution){
		"stopped":   func(e *interpreter.Execution) { require.NoError(t, e.Stop(background, "", "")) },
		"timed out": func(*interpreter.Execution) {}, // the clock moves while the test waits
	} {
		t.Run(name, func(t *testing.T) {
			in, e := nest(t, ".sync", hungChild, `, "TimeoutSeconds": 60`)
			program := e.Program()
			require.NotNil(t, program)
			child = running(t, in)
			stop(e)
			require.Error(t, e.Wait(background))
			require.Error(t, child.Wait(background))
			require.Equal(t, interpreter.Aborted, child.Status())
		})
	}
}

// running returns the execution of the name kid, once it runs.
func running(t *testing.T, in *interpreter.Interpreter) *interpreter.Execution {
	var e *interpreter.Execution
	require.True(t, soon(func() bool { e = interpreter.Named(in, "kid"); return e != nil }))
	return e
}

func TestNestedExecutionErrors(t *testing.T) {
	call := func(parameters string) string {
		return `{"StartAt": "Call", "States": {"Call": {"Type": "Task",
			"Resource": "arn:aws:states:::states:startExecution.sync", "Parameters": ` + parameters + `, "End": true}}}`
	}
	again := compile(t, call(`{"StateMachineArn": "again"}`))
	hung := compile(t, hungChild)
	machines := &interpreter.StartExecution{Programs: map[string]*interpreter.Program{"again": again, "hung": hung}, MaxDepth: 3}
	in := open(t, interpreter.Config{Resolver: interpreter.Resolvers{machines, interpreter.Mux{
		"hang": interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) {
			return nil, interpreter.ErrResultPending
		})}}})
	_, err := in.Start(background, hung, []byte(`{"other": 1}`), interpreter.StartOptions{Name: "taken"})
	require.NoError(t, err)
	for name, c := range map[string]struct{ parameters, want, cause string }{
		"no such machine": {`{"StateMachineArn": "arn:aws:states:us-east-1:1:stateMachine:no"}`, interpreter.StepFunctionsStateMachineDoesNotExistException, "State Machine Does Not Exist"},
		"no machine":      {`{}`, interpreter.StepFunctionsStateMachineDoesNotExistException, ""},
		"name taken":      {`{"StateMachineArn": "hung", "Name": "taken"}`, interpreter.StepFunctionsExecutionAlreadyExistsException, "Execution Already Exists"},
		"input":           {`{"StateMachineArn": "hung", "Input": "{"}`, interpreter.StepFunctionsInvalidExecutionInputException, "Invalid State Machine Execution Input"},
		"recursion":       {`{"StateMachineArn": "again"}`, asl.StatesTaskFailed, "More than 3 nested executions wait for each other."},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := interpreter.Run[any](background, in, compile(t, call(c.parameters)), nil)
			require.ErrorIs(t, err, &asl.Error{Name: c.want})
			require.ErrorContains(t, err, c.cause)
		})
	}
}

func TestNestedExecutionIsFoundAgainAfterARestart(t *testing.T) {
	child := compile(t, hungChild)
	machines := &interpreter.StartExecution{Programs: map[string]*interpreter.Program{"child": child}}
	names, again := make(chan string, 2), make(chan struct{})
	var restarted atomic.Bool
	config := interpreter.Config{Resolver: interpreter.Resolvers{machines, interpreter.Mux{
		"hang": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
			names <- task.Execution()
			if restarted.Load() {
				<-again
				return nil, nil
			}
			return nil, interpreter.ErrResultPending
		})}}}
	p := compile(t, `{"StartAt": "Call", "States": {"Call": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2",
		"Parameters": {"StateMachineArn": "child"}, "OutputPath": "$.Name", "End": true}}}`)
	before := open(t, config)
	e, err := before.Start(background, p, nil, interpreter.StartOptions{})
	require.NoError(t, err)
	name := <-names
	snapshot, err := e.Snapshot()
	require.NoError(t, err)
	kid, err := interpreter.Named(before, name).Snapshot()
	require.NoError(t, err)
	require.NoError(t, before.Close())

	restarted.Store(true)
	after := open(t, config)
	_, err = after.Restore(child, kid, interpreter.StartOptions{})
	require.NoError(t, err)
	e, err = after.Restore(p, snapshot, interpreter.StartOptions{})
	require.NoError(t, err)
	require.True(t, soon(func() bool { return interpreter.Awaited(after, name) }))
	close(again)
	require.NoError(t, e.Wait(background))
	out, err := e.Output()
	require.NoError(t, err)
	require.Equal(t, name, out)
	require.Equal(t, name, <-names)
}

func machines(programs map[string]*interpreter.Program, handlers interpreter.Mux) interpreter.Config {
	return interpreter.Config{Resolver: interpreter.Resolvers{&interpreter.StartExecution{Programs: programs}, handlers}}
}

func sync2(machine string) string {
	return `{"StartAt": "Call", "States": {"Call": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2",
		"Parameters": {"StateMachineArn": "` + machine + `"}, "OutputPath": "$.Output", "End": true}}}`
}

func TestDepthIsOfExecutionsThatWait(t *testing.T) {
	chain := func(pattern string) string {
		return `{"StartAt": "More?", "States": {"End": {"Type": "Task", "Resource": "end", "End": true},
			"More?": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericEquals": 0, "Next": "End"}], "Default": "Call"},
			"Call": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution` + pattern + `", "End": true,
				"Parameters": {"StateMachineArn": "chain", "Input": {"n.$": "States.MathAdd($.n, -1)"}}}}}`
	}
	for name, c := range map[string]struct {
		pattern string
		deep    int
		ends    bool
	}{
		"nobody waits":            {"", 60, true},
		"as deep as the limit":    {".sync:2", 16, true},
		"deeper than the limit":   {".sync", 17, false},
		"deeper, the new version": {".sync:2", 17, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := compile(t, chain(c.pattern))
			ended := make(chan bool, 1)
			in := open(t, machines(map[string]*interpreter.Program{"chain": p}, interpreter.Mux{
				"end": interpreter.Func(func(context.Context, any) (any, error) { ended <- true; return nil, nil })}))
			_, err := interpreter.Run[any](background, in, p, map[string]int{"n": c.deep})
			if !c.ends {
				require.ErrorContains(t, err, "More than 16 nested executions wait for each other.")
				return
			}
			require.NoError(t, err)
			<-ended
		})
	}
}

func TestDepthSurvivesSnapshots(t *testing.T) {
	p := compile(t, `{"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 1, "Next": "Call"},
		"Call": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync", "Parameters": {"StateMachineArn": "again"}, "End": true}}}`)
	config := machines(map[string]*interpreter.Program{"again": p}, nil)
	clock := interpreter.NewManualClock(began)
	config.Clock = clock
	in := open(t, config)
	_, err := in.Start(background, p, nil, interpreter.StartOptions{Name: "first"})
	require.NoError(t, err)
	for range 40 { // restarted before each state
		next := open(t, config)
		for _, e := range in.Executions() {
			snapshot, err := e.Snapshot()
			require.NoError(t, err)
			_, err = next.Restore(p, snapshot, interpreter.StartOptions{})
			require.NoError(t, err)
		}
		require.NoError(t, in.Close())
		in = next
		clock.AdvanceToNext()
		clock.Settle()
	}
	require.Empty(t, in.Executions(), "the seventeenth failed, and all who waited")
}

func TestCauseOfNestedFailuresIsBoundedAndTold(t *testing.T) {
	var in *interpreter.Interpreter
	failure := func(t *testing.T, p *interpreter.Program, input any) string {
		_, err := interpreter.Run[any](background, in, p, input)
		var failed *interpreter.ExecutionError
		require.ErrorAs(t, err, &failed)
		require.LessOrEqual(t, utf8.RuneCountInString(failed.Cause), 32_768)
		v, err := value.ParseString(failed.Cause)
		require.NoError(t, err, "the cause is JSON")
		cause, _ := v.(*value.Object).Get("Cause")
		return cause.(string)
	}
	call := func(machine, input string) *interpreter.Program {
		return compile(t, `{"StartAt": "Call", "States": {"Call": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync",
			"Parameters": {"StateMachineArn": "`+machine+`", "Input.$": "`+input+`"}, "End": true}}}`)
	}
	ping, pong := call("pong", "$"), call("ping", "$")
	fails := compile(t, `{"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E", "CausePath": "$.cause"}}}`)
	in = open(t, machines(map[string]*interpreter.Program{"ping": ping, "pong": pong, "fails": fails}, nil))
	t.Run("two that call each other", func(t *testing.T) {
		cause := failure(t, ping, nil)
		require.Contains(t, cause, "More than 16 nested executions wait for each other.")
	})
	t.Run("a long input", func(t *testing.T) {
		cause := failure(t, call("fails", "$"), map[string]string{"cause": "why", "x": strings.Repeat("x", 100_000)})
		require.Equal(t, "why", cause)
	})
	t.Run("a long cause", func(t *testing.T) {
		for _, long := range []string{"x", "\"", "世", "\x01"} {
			cause := failure(t, call("fails", "$"), map[string]string{"cause": strings.Repeat(long, 32_768)})
			require.Greater(t, len(cause), 5000)
			require.True(t, strings.HasPrefix(strings.Repeat(long, 32_768), cause))
		}
	})
}

// A child is saved and restored like any other execution, before its parent or
// after it, whether it runs or has ended: its parent finds it, and nothing that
// was done is done again.
func TestChildIsRestoredBeforeOrAfterItsParent(t *testing.T) {
	const definition = `{"StartAt": "Once", "States": {"Once": {"Type": "Task", "Resource": "once", "Next": "Ask"},
		"Ask": {"Type": "Task", "Resource": "ask", "End": true}}}`
	child := compile(t, definition)
	parent := compile(t, sync2("child"))
	programs := map[string]*interpreter.Program{"child": child}
	var once atomic.Int32
	tokens := make(chan string, 4)
	handlers := interpreter.Mux{
		"once": interpreter.Func(func(context.Context, any) (any, error) { once.Add(1); return nil, nil }),
		"ask": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
			tokens <- task.Token()
			return nil, interpreter.ErrResultPending
		})}
	before := open(t, machines(programs, handlers))
	e, err := before.Start(background, parent, nil, interpreter.StartOptions{Name: "parent"})
	require.NoError(t, err)
	token := <-tokens
	require.Equal(t, []*interpreter.Execution{e, before.Executions()[1]}, before.Executions())
	kid := before.Executions()[1]
	require.Same(t, kid, before.Find(child, kid.Name()))
	require.Same(t, kid, before.Find(child, kid.Arn()))
	require.Nil(t, before.Find(parent, kid.Name()))
	saved, err := e.Snapshot()
	require.NoError(t, err)
	running, err := kid.Snapshot()
	require.NoError(t, err)
	require.NoError(t, before.Close())

	other := open(t, machines(programs, handlers))
	kid, err = other.Restore(child, running, interpreter.StartOptions{})
	require.NoError(t, err)
	require.Equal(t, token, <-tokens)
	require.NoError(t, other.SendTaskSuccess(background, token, "answer"))
	require.NoError(t, kid.Wait(background))
	ended, err := kid.Snapshot()
	require.NoError(t, err)

	for name, c := range map[string]struct {
		snapshot    []byte
		parentFirst bool
		early       bool // the child ends before the parent is there
	}{
		"running, before":         {running, false, false},
		"running, after":          {running, true, false},
		"ends before its parent":  {running, false, true},
		"has ended, before":       {ended, false, false},
		"has ended, after":        {ended, true, false},
		"has ended long ago":      {ended, false, true},
		"with another Program":    {running, true, false},
		"before, another Program": {running, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := child
			if strings.Contains(name, "another Program") {
				p = compile(t, definition)
			}
			in := open(t, machines(programs, handlers))
			var e, kid *interpreter.Execution
			restoreParent := func() {
				var err error
				e, err = in.Restore(parent, saved, interpreter.StartOptions{})
				require.NoError(t, err)
			}
			if c.parentFirst {
				restoreParent()
				require.True(t, soon(func() bool { return interpreter.Expected(in) == 1 }))
			}
			kid, err := in.Restore(p, c.snapshot, interpreter.StartOptions{})
			require.NoError(t, err)
			answer := func() {
				if kid.Status() == interpreter.Running {
					require.NoError(t, in.SendTaskSuccess(background, <-tokens, "answer"))
				}
				require.NoError(t, kid.Wait(background))
			}
			if c.early {
				answer()
			}
			if !c.parentFirst {
				require.Same(t, kid, in.Find(child, kid.Name()))
				restoreParent()
			}
			answer()
			require.NoError(t, e.Wait(background))
			out, err := e.Output()
			require.NoError(t, err)
			require.Equal(t, "answer", out)
			require.Equal(t, int32(1), once.Load(), "done again")
			require.Empty(t, in.Executions(), "the answer was taken")
		})
	}
}

// A child that nobody saved is started anew when all is restored: under the same
// name, and its tasks have the same tokens.
func TestLostChildStartsAnewWithTheSameTokens(t *testing.T) {
	for name, o := range map[string]interpreter.Options{"STANDARD": {}, "EXPRESS": {Express: true}} {
		for _, early := range []bool{true, false} {
			t.Run(fmt.Sprint(name, ", AllRestored before the task is delivered: ", early), func(t *testing.T) {
				child, parent := compile(t, hungChild, o), compile(t, sync2("child"))
				tokens := make(chan string, 2)
				config := machines(map[string]*interpreter.Program{"child": child}, interpreter.Mux{
					"hang": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
						tokens <- task.ExecutionArn() + " " + task.Token()
						return nil, interpreter.ErrResultPending
					})})
				before := open(t, config)
				e, err := before.Start(background, parent, nil, interpreter.StartOptions{})
				require.NoError(t, err)
				first := <-tokens
				saved, err := e.Snapshot()
				require.NoError(t, err)
				require.NoError(t, before.Close())

				in := open(t, config)
				if early {
					in.AllRestored()
				}
				e, err = in.Restore(parent, saved, interpreter.StartOptions{})
				require.NoError(t, err)
				if !early {
					require.True(t, soon(func() bool { return interpreter.Expected(in) == 1 }))
					in.AllRestored()
				}
				second := <-tokens
				require.Equal(t, first, second)
				_, token, _ := strings.Cut(second, " ")
				require.NoError(t, in.SendTaskSuccess(background, token, 1))
				require.NoError(t, e.Wait(background))
			})
		}
	}
}

// A child that comes back when its parent needs it no more is stopped.
func TestChildThatIsRestoredTooLateIsStopped(t *testing.T) {
	child, parent := compile(t, hungChild), compile(t, sync2("child"))
	began := make(chan bool, 2)
	config := machines(map[string]*interpreter.Program{"child": child}, interpreter.Mux{
		"hang": interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) {
			began <- true
			return nil, interpreter.ErrResultPending
		})})
	before := open(t, config)
	e, err := before.Start(background, parent, nil, interpreter.StartOptions{})
	require.NoError(t, err)
	<-began
	saved, err := e.Snapshot()
	require.NoError(t, err)
	kid, err := before.Executions()[0].Snapshot()
	require.NoError(t, err)
	require.NoError(t, before.Close())

	in := open(t, config)
	e, err = in.Restore(parent, saved, interpreter.StartOptions{})
	require.NoError(t, err)
	require.True(t, soon(func() bool { return interpreter.Expected(in) == 1 }))
	require.NoError(t, e.Stop(background, "", ""))
	restored, err := in.Restore(child, kid, interpreter.StartOptions{})
	require.NoError(t, err)
	require.Error(t, restored.Wait(background))
	require.Equal(t, interpreter.Aborted, restored.Status())
	require.Empty(t, in.Executions())
}

// brokenResolver panics when it is asked for the resource "broken".
type brokenResolver struct{ interpreter.Resolver }

func (r brokenResolver) Resolve(state, resource string) (interpreter.Handler, bool) {
	if resource == "broken" {
		panic("no")
	}
	return r.Resolver.Resolve(state, resource)
}

// An execution that is halted, because of a hook that failed, does not stop the one
// that it waits for: both can go on elsewhere.
func TestHaltedParentLeavesItsChildAlone(t *testing.T) {
	child := compile(t, hungChild)
	parent := compile(t, `{"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [`+sync2("child")+`,
		{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 1, "Next": "T"}, "T": {"Type": "Task", "Resource": "broken", "End": true}}}]}}}`)
	tokens := make(chan string, 2)
	config := machines(map[string]*interpreter.Program{"child": child}, interpreter.Mux{
		"broken": interpreter.Func(func(context.Context, any) (any, error) { return nil, nil }),
		"hang": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
			tokens <- task.Token()
			return nil, interpreter.ErrResultPending
		})})
	clock := interpreter.NewManualClock(began)
	in := open(t, interpreter.Config{Clock: clock, Resolver: brokenResolver{config.Resolver}})
	e, err := in.Start(background, parent, nil, interpreter.StartOptions{})
	require.NoError(t, err)
	token := <-tokens
	clock.Settle()
	clock.Advance(time.Second)
	require.ErrorContains(t, e.Wait(background), "Config.Resolver panicked")
	kid := in.Executions()[0]
	require.Equal(t, interpreter.Running, kid.Status())
	saved, err := e.Snapshot()
	require.NoError(t, err)
	savedKid, err := kid.Snapshot()
	require.NoError(t, err)

	config.Clock = clock
	other := open(t, config)
	e, err = other.Restore(parent, saved, interpreter.StartOptions{})
	require.NoError(t, err)
	_, err = other.Restore(child, savedKid, interpreter.StartOptions{})
	require.NoError(t, err)
	require.Equal(t, token, <-tokens)
	require.NoError(t, other.SendTaskSuccess(background, token, "answer"))
	require.NoError(t, e.Wait(background))
}
