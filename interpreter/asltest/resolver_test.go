package asltest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/asltest"
	"github.com/gostates/gostates/interpreter/itemreader"
)

type order struct {
	ID   string          `json:"id"`
	Paid map[string]bool `json:"paid,omitempty"`
}

func charge(_ context.Context, o order) (map[string]bool, error) {
	if o.ID == "" {
		return nil, asl.Errorf("CardDeclined", "no card")
	}
	return map[string]bool{"ok": true}, nil
}

// The program's own handlers do what no script answers.
func ExampleResolver() {
	handlers := interpreter.Mux{
		"charge": interpreter.Func(charge), // func(context.Context, order) (map[string]bool, error)
		"ship":   interpreter.Plain(func(o order) (string, error) { return "shipped " + o.ID, nil }),
	}
	fmt.Println(asltest.Try(func(t testing.TB) {
		x := asltest.Run(t, asltest.Compile(t, shipping), `{"id": "o-1"}`, asltest.Resolver(handlers),
			asltest.On("Charge").Throw("Timeout", "slow").Times(2)) // then the handler
		x.WantElapsed(3 * time.Second)
		fmt.Print(x.Trace())
	}))
	// Output:
	// Validate (Pass) at 0s
	// Charge (Task) at 0s, took 3s
	//   attempt 1: Timeout: slow
	//   attempt 2: Timeout: slow
	//   attempt 3: ok {"ok":true}
	// Ship (Task) at 3s
	//   attempt 1: ok "shipped o-1"
	// SUCCEEDED "shipped o-1"
}

// Handlers see the task as in an interpreter, also through middleware, and once a task, in
// any order and with crashes.
func TestHandlersSeeTheirTasks(t *testing.T) {
	p := asltest.Compile(t, shipping)
	for name, fault := range map[string]asltest.Option{"straight": nil, "crashes": asltest.CrashEverywhere()} {
		t.Run(name, func(t *testing.T) {
			asltest.Explore(t, 20, func(t testing.TB, schedule asltest.Option) {
				var log []string
				middleware := func(next interpreter.Handler) interpreter.Handler {
					return interpreter.HandlerFunc(func(ctx context.Context, task *interpreter.Task) (any, error) {
						require.Same(t, task, interpreter.TaskFrom(ctx))
						require.NotEmpty(t, task.Token())
						log = append(log, fmt.Sprint(task.State, " ", task.Attempt, " ", task.Execution(), " ", task.Timeout))
						return next.Handle(ctx, task)
					})
				}
				busy := true
				handlers := interpreter.WithMiddleware(interpreter.Mux{
					"charge": interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) {
						if busy {
							busy = false
							return nil, asl.Errorf("Timeout", "busy")
						}
						return 7, nil
					})}, middleware)
				x := asltest.Run(t, p, `{}`, fault, schedule, asltest.Resolver(handlers), asltest.Name("o-1"),
					asltest.Resolver(interpreter.Mux{"ship": interpreter.Plain(func(o any) (any, error) { return o, nil })}))
				x.WantOutput(`{"paid": 7}`)
				x.WantElapsed(time.Second)
				require.Equal(t, []string{"Charge 0 o-1 1m0s", "Charge 1 o-1 1m0s"}, log)
			})
		})
	}
}

// What a handler returns, or does to its host, becomes the end of its task.
func TestHostileHandlers(t *testing.T) {
	p := asltest.Compile(t, `{"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "work", "End": true}}}`)
	for _, c := range map[string]struct {
		handle     func(ctx context.Context, task *interpreter.Task) (any, error)
		err, cause string
	}{
		"panics":           {func(context.Context, *interpreter.Task) (any, error) { panic("oh") }, "States.TaskFailed", "panic: oh"},
		"exits":            {func(context.Context, *interpreter.Task) (any, error) { runtime.Goexit(); return 1, nil }, "States.TaskFailed", ""},
		"fails":            {func(context.Context, *interpreter.Task) (any, error) { return nil, errors.New("oh") }, "States.TaskFailed", "oh"},
		"names its error":  {func(context.Context, *interpreter.Task) (any, error) { return nil, asl.Errorf("Bad", "luck") }, "Bad", "luck"},
		"returns no value": {func(context.Context, *interpreter.Task) (any, error) { return make(chan int), nil }, "States.TaskFailed", ""},
	} {
		for _, seed := range []uint64{0, 1, 2} {
			x := asltest.Run(t, p, nil, asltest.Seed(seed), asltest.Resolver(interpreter.Mux{"work": interpreter.HandlerFunc(c.handle)}))
			if c.cause == "" {
				x.WantFailed(c.err)
			} else {
				x.WantFailed(c.err, c.cause)
			}
			x.WantAttempts("Work", 1)
		}
	}
	for _, seed := range []uint64{0, 3} {
		report := messages(t, func(t testing.TB) {
			asltest.Run(t, p, nil, asltest.Seed(seed), asltest.Resolver(interpreter.Mux{"other": interpreter.HandlerFunc(nil)}))
		})
		require.Contains(t, report, "the Resolver has no handler for it\nadd one: asltest.On(\"Work\")")
	}
	require.Contains(t, messages(t, func(t testing.TB) { asltest.Run(t, p, nil, asltest.Resolver(nil)) }), "the resolver is nil")
}

// A handler that waits for its context fails the test instead of hanging it.
func TestBlockedHandler(t *testing.T) {
	for _, seed := range []uint64{0, 1} {
		synctest.Test(t, func(t *testing.T) {
			p := asltest.Compile(t, `{"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "work", "End": true}}}`)
			report := messages(t, func(t testing.TB) {
				asltest.Run(t, p, nil, asltest.Seed(seed), asltest.Resolver(interpreter.Mux{
					"work": interpreter.HandlerFunc(func(ctx context.Context, _ *interpreter.Task) (any, error) {
						<-ctx.Done()
						return nil, ctx.Err()
					})}))
			})
			require.Contains(t, report, `the handler of state "Work" blocks`)
		})
	}
}

// Tasks that end by their token, or say when they have made their call.
func TestHandlersOfCallbacks(t *testing.T) {
	p := asltest.Compile(t, approval)
	pending := interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) { return map[string]any{"id": 1}, nil })
	direct := interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
		return "yes", task.Submitted(map[string]any{"id": 1})
	})
	for _, seed := range []uint64{0, 1, 2} {
		x := asltest.Run(t, p, nil, asltest.Seed(seed), asltest.Resolver(interpreter.Mux{"*": pending}),
			asltest.At(time.Hour, func(m *asltest.Moment) { require.NoError(t, m.SendTaskSuccess(m.Token("Approve"), `"yes"`)) }))
		x.WantOutput(`"yes"`)
		y := asltest.Run(t, p, nil, asltest.Seed(seed), asltest.Resolver(interpreter.Mux{"*": direct}))
		y.WantOutput(`"yes"`)
		want := []string{"ExecutionStarted", "PassStateEntered Order", "PassStateExited Order", "TaskStateEntered Approve", "TaskScheduled",
			"TaskStarted", "TaskSubmitted", "TaskSucceeded", "TaskStateExited", "ExecutionSucceeded"}
		x.WantHistory(want...)
		y.WantHistory(want...)
	}
	later := asltest.Compile(t, `{"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "work", "TimeoutSeconds": 5, "End": true}}}`)
	asltest.Run(t, later, nil, asltest.Resolver(interpreter.Mux{"work": interpreter.HandlerFunc(
		func(context.Context, *interpreter.Task) (any, error) { return nil, interpreter.ErrResultPending })})).WantFailed("States.Timeout")
}

// An activity is done by the worker of the Resolver.
func TestHandlersAreWorkers(t *testing.T) {
	p := asltest.Compile(t, `{"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "arn:aws:states:us-east-1:123456789012:activity:a", "End": true}}}`)
	x := asltest.Run(t, p, nil, asltest.Resolver(interpreter.Mux{"*": interpreter.Worker("joe", interpreter.Plain(func(any) (int, error) { return 1, nil }))}))
	require.Contains(t, string(x.HistoryJSON()), `"workerName":"joe"`)
}

// rowsFormat is a format of the host: a byte is a row.
type rowsFormat struct{ panics bool }

type rows struct {
	io.Reader
	panics bool
}

func (f rowsFormat) Open(_ context.Context, data io.ReaderAt, size, first int64) (itemreader.Rows, error) {
	return &rows{io.NewSectionReader(data, first, size-first), f.panics}, nil
}

func (r *rows) Next() (any, int, error) {
	if r.panics {
		panic("rows")
	}
	b := make([]byte, 1)
	if _, err := r.Read(b); err != nil {
		return nil, 0, err
	}
	return string(b), 3, nil
}

func (r *rows) Close() error { return nil }

func TestFormatOfTheHost(t *testing.T) {
	p := asltest.Compile(t, `{"StartAt": "Each", "States": {"Each": {"Type": "Map", "End": true,
		"ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"}, "ReaderConfig": {"InputType": "PARQUET"}},
		"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
			"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}}}}`)
	files := asltest.Files(map[string]string{"b/k": "xyz"})
	asltest.Run(t, p, nil, files, asltest.Format("PARQUET", rowsFormat{})).WantOutput(`["x", "y", "z"]`)
	asltest.Run(t, p, nil, files, asltest.CrashEverywhere(), asltest.Format("PARQUET", rowsFormat{})).WantOutput(`["x", "y", "z"]`)
	asltest.Run(t, p, nil, files, asltest.Format("PARQUET", rowsFormat{panics: true})).WantFailed("States.ItemReaderFailed")
	asltest.Run(t, p, nil, files).WantFailed("States.ItemReaderFailed")
	require.Contains(t, messages(t, func(t testing.TB) { asltest.Run(t, p, nil, asltest.Format("PARQUET", nil)) }), "the format is nil")
}
