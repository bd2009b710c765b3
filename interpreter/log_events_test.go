package interpreter_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

func TestLogEvents(t *testing.T) {
	var b bytes.Buffer
	in := open(t, interpreter.Config{
		Clock:     interpreter.NewVirtualClock(began),
		LogEvents: true,
		Logger: slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey || a.Key == "at" {
				return slog.Attr{}
			}
			return a
		}})),
		Resolver: interpreter.Mux{"work": interpreter.Plain(func(any) (any, error) { return nil, asl.Errorf("Broken", "why") })},
	})
	e, err := in.Start(background, compile(t, oneTask), []byte(`{"secret": 1}`), interpreter.StartOptions{Name: "x"})
	require.NoError(t, err)
	require.Error(t, e.Wait(background))
	require.Equal(t, `level=DEBUG msg=ExecutionStarted machine=StateMachine execution=x id=1 previous=0
level=DEBUG msg=TaskStateEntered machine=StateMachine execution=x id=2 previous=0 state=Work
level=DEBUG msg=TaskScheduled machine=StateMachine execution=x id=3 previous=2 state=Work resource=work attempt=0
level=DEBUG msg=TaskStarted machine=StateMachine execution=x id=4 previous=3 state=Work resource=work attempt=0
level=WARN msg=TaskFailed machine=StateMachine execution=x id=5 previous=4 state=Work resource=work attempt=0 error=Broken
level=WARN msg=ExecutionFailed machine=StateMachine execution=x id=6 previous=5 state=Work resource=work attempt=0 error=Broken
`, b.String())
}

// An execution that another process goes on with is logged from where it stands: the
// retry of a task, and the end of a branch.
func TestLogEventsAfterARestart(t *testing.T) {
	p := compile(t, `{"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "End": true, "Branches": [
		{"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "work", "End": true,
			"Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 60, "MaxAttempts": 1}]}}},
		{"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "Resource": "ask", "End": true}}}]}}}`, interpreter.Options{StateMachineName: "Order"})
	s := memory.New()
	clock := interpreter.NewManualClock(began)
	tokens := make(chan string, 1)
	config := interpreter.Config{
		Clock: clock, Store: s, LogEvents: true, Logger: slog.New(slog.DiscardHandler),
		Resolver: interpreter.Mux{
			"work": interpreter.Plain(func(any) (any, error) { return nil, asl.Errorf("Broken", "why") }),
			"ask": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
				tokens <- task.Token()
				return nil, interpreter.ErrResultPending
			}),
		},
	}
	before := interpreter.New(config)
	e, err := before.Start(background, p, nil, interpreter.StartOptions{Name: "x"})
	require.NoError(t, err)
	token := <-tokens
	clock.Settle()
	require.NoError(t, before.Shutdown(background))

	var b bytes.Buffer
	config.Logger = slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		switch a.Key {
		case slog.MessageKey, "state", "resource", "attempt", "machine":
			return a
		}
		return slog.Attr{}
	}}))
	after := interpreter.New(config)
	require.NoError(t, after.SendTaskSuccess(background, token, "yes"))
	e, err = after.Execution(background, e.ID())
	require.NoError(t, err)
	clock.Advance(time.Minute)
	require.Error(t, e.Wait(background))
	require.NoError(t, after.Shutdown(background))
	require.Equal(t, `msg=TaskSucceeded machine=Order state=Ask resource=ask attempt=0
msg=TaskStateExited machine=Order state=Ask resource=ask attempt=0
msg=TaskScheduled machine=Order state=Work resource=work attempt=1
msg=TaskStarted machine=Order state=Work resource=work attempt=1
msg=TaskFailed machine=Order state=Work resource=work attempt=1
msg=TaskStateAborted machine=Order state=Work resource=work attempt=1
msg=ParallelStateFailed machine=Order state=Both
msg=ExecutionFailed machine=Order state=Both
`, b.String())
}

// The metrics of a task are counted where it ends, by its state and resource, though
// another process has started it: with a store, and with a snapshot.
func TestMetricsAfterARestart(t *testing.T) {
	p := compile(t, `{"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "Resource": "ask", "End": true}}}`, interpreter.Options{StateMachineName: "Order"})
	tokens := make(chan string, 1)
	open := func(s store.Store, history history.Sink) *interpreter.Interpreter {
		return interpreter.New(interpreter.Config{Clock: interpreter.NewManualClock(began), Store: s, History: history,
			Resolver: interpreter.Mux{"ask": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
				tokens <- task.Token()
				return nil, interpreter.ErrResultPending
			})}})
	}
	for name, s := range map[string]store.Store{"store": memory.New(), "snapshot": nil} {
		var got counted
		before := open(s, nil)
		e, err := before.Start(background, p, nil, interpreter.StartOptions{Name: "x"})
		require.NoError(t, err)
		token := <-tokens
		var snapshot []byte
		if s == nil {
			snapshot, err = e.Snapshot()
			require.NoError(t, err)
		}
		require.NoError(t, before.Shutdown(background))

		after := open(s, history.Measure(&got))
		if s == nil {
			_, err = after.Restore(p, snapshot, interpreter.StartOptions{})
			require.NoError(t, err)
			<-tokens
		}
		require.NoError(t, after.SendTaskSuccess(background, token, "yes"), name)
		require.NoError(t, after.Shutdown(background))
		require.Equal(t, counted{"TasksSucceeded Order Ask ask", "ExecutionsSucceeded Order"}, got, name)
	}
}

// counted is what a Metrics was told.
type counted []string

func (c *counted) Count(metric string, l history.Labels) {
	*c = append(*c, strings.Join(slices.DeleteFunc([]string{metric, l.Machine, l.State, l.Resource}, func(s string) bool { return s == "" }), " "))
}

func (c *counted) Time(metric string, _ history.Labels, _ time.Duration) { *c = append(*c, metric) }

// A sink that panics in Resume ends the execution, or parks it, and no other one.
func TestSinksThatPanicInResume(t *testing.T) {
	p := compile(t, `{"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "Resource": "ask", "End": true}}}`, interpreter.Options{})
	pending := interpreter.Mux{"ask": interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) { return nil, interpreter.ErrResultPending })}
	before := interpreter.New(interpreter.Config{Clock: interpreter.NewManualClock(began), Resolver: pending})
	e, err := before.Start(background, p, nil, interpreter.StartOptions{Name: "x"})
	require.NoError(t, err)
	snapshot, err := e.Snapshot()
	require.NoError(t, err)
	require.NoError(t, before.Close())
	after := interpreter.New(interpreter.Config{Clock: interpreter.NewManualClock(began), Resolver: pending, History: panicsInResume{}, Logger: slog.New(slog.DiscardHandler)})
	defer after.Close()
	e, err = after.Restore(p, snapshot, interpreter.StartOptions{})
	require.NoError(t, err)
	var hook *interpreter.HookError
	require.ErrorAs(t, e.Wait(background), &hook)
	require.Equal(t, "Config.History", hook.Hook)
	_, err = after.Start(background, p, nil, interpreter.StartOptions{Name: "y"})
	require.NoError(t, err)
}

// panicsInResume is a sink that panics in Resume.
type panicsInResume struct{}

func (panicsInResume) Record(string, []history.Event) error { return nil }

func (panicsInResume) Resume(string, func(*history.Trail)) { panic("broken") }

// A sink that calls stand after Resume has returned, when the execution may go on
// elsewhere, learns nothing.
func TestSinksThatKeepStand(t *testing.T) {
	p := compile(t, `{"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "Resource": "ask", "End": true}}}`, interpreter.Options{})
	pending := interpreter.Mux{"ask": interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) { return nil, interpreter.ErrResultPending })}
	before := interpreter.New(interpreter.Config{Resolver: pending})
	e, err := before.Start(background, p, nil, interpreter.StartOptions{})
	require.NoError(t, err)
	snapshot, err := e.Snapshot()
	require.NoError(t, err)
	require.NoError(t, before.Close())
	var sink keepsStand
	after := interpreter.New(interpreter.Config{Resolver: pending, History: &sink})
	_, err = after.Restore(p, snapshot, interpreter.StartOptions{})
	require.NoError(t, err)
	require.NoError(t, after.Close())
	require.NotZero(t, sink.during)
	var trail history.Trail
	sink.stand(&trail)
	require.Zero(t, trail)
}

type keepsStand struct {
	stand  func(*history.Trail)
	during history.Trail
}

func (*keepsStand) Record(string, []history.Event) error { return nil }

func (s *keepsStand) Resume(_ string, stand func(*history.Trail)) {
	s.stand = stand
	stand(&s.during)
}

// Causes quote inputs, results and variables.
func TestLogEventsHoldsNoData(t *testing.T) {
	handlers := interpreter.Mux{
		"quotes":  interpreter.Plain(func(in any) (any, error) { return nil, asl.Errorf("Bad", "cannot take %v", in) }),
		"plain":   interpreter.Plain(func(in any) (any, error) { return nil, fmt.Errorf("cannot take %v", in) }),
		"answers": interpreter.Plain(func(any) (any, error) { return "hunter2", nil }),
	}
	for name, definition := range map[string]string{
		"a path that leads nowhere": `{"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":{"x.$":"$.nowhere"},"End":true}}}`,
		"an intrinsic function":     `{"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":{"x.$":"States.StringToJson($.password)"},"End":true}}}`,
		"an expression": `{"QueryLanguage":"JSONata","StartAt":"A","States":{
			"A":{"Type":"Pass","Output":"{% $number($states.input.password) %}","End":true}}}`,
		"an expression of a variable": `{"QueryLanguage":"JSONata","StartAt":"A","States":{
			"A":{"Type":"Pass","Assign":{"p":"{% $states.input.password %}"},"Next":"B"},
			"B":{"Type":"Wait","Seconds":"{% $p %}","End":true}}}`,
		"a Choice without a rule": `{"StartAt":"A","States":{"A":{"Type":"Choice","Choices":[
			{"Variable":"$.password","StringEquals":"x","Next":"B"}]},"B":{"Type":"Succeed"}}}`,
		"a Fail state":        `{"StartAt":"A","States":{"A":{"Type":"Fail","Error":"Bad","CausePath":"$.password"}}}`,
		"a handler's error":   `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"quotes","End":true}}}`,
		"a plain Go error":    `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"plain","End":true}}}`,
		"a result of no form": `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"answers","ResultSelector":{"x.$":"$.y"},"End":true}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			in := open(t, interpreter.Config{
				Clock: interpreter.NewVirtualClock(began), LogEvents: true, Resolver: handlers,
				Logger: slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug})),
			})
			_, err := interpreter.Run[any](background, in, compile(t, definition), map[string]any{"password": "hunter2"})
			require.Error(t, err)
			require.Contains(t, b.String(), "level=WARN")
			require.NotContains(t, b.String(), "hunter2")
		})
	}
}
