package interpreter_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
)

func TestMiddlewareStandsAroundHandlersInOrder(t *testing.T) {
	var calls []string
	note := func(name string) interpreter.Middleware {
		return func(next interpreter.Handler) interpreter.Handler {
			return interpreter.HandlerFunc(func(ctx context.Context, task *interpreter.Task) (any, error) {
				calls = append(calls, name+" "+task.State)
				return next.Handle(ctx, task)
			})
		}
	}
	mux := interpreter.Mux{"work": interpreter.Plain(func(any) (string, error) { return "done", nil })}
	for name, r := range map[string]interpreter.Resolver{"mux": mux, "others": interpreter.Resolvers{mux}} {
		t.Run(name, func(t *testing.T) {
			calls = nil
			in := open(t, interpreter.Config{Resolver: interpreter.WithMiddleware(r, note("outer"), note("inner"))})
			out, err := interpreter.Run[string](background, in, compile(t, oneTask), nil)
			require.NoError(t, err)
			require.Equal(t, "done", out)
			require.Equal(t, []string{"outer Work", "inner Work"}, calls)
		})
	}
}

func TestMiddlewareKeepsTheNameOfAWorker(t *testing.T) {
	const arn = "arn:aws:states:us-east-1:111111111111:activity:a"
	same := func(next interpreter.Handler) interpreter.Handler { return next }
	in := open(t, interpreter.Config{Resolver: interpreter.WithMiddleware(interpreter.Mux{
		arn: interpreter.Worker("ada", interpreter.Plain(func(any) (any, error) { return nil, nil })),
	}, same)})
	p := compile(t, `{"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "`+arn+`", "End": true}}}`)
	e, err := in.Start(background, p, nil, interpreter.StartOptions{KeepHistory: true})
	require.NoError(t, err)
	require.NoError(t, e.Wait(background))
	worker := ""
	for ev := range e.Events() {
		if ev.Type == history.ActivityStarted {
			worker = ev.Name
		}
	}
	require.Equal(t, "ada", worker)
}

type address struct {
	Street string `json:"street"`
	Floor  int    `json:"floor,omitempty"`
}

type parcel struct {
	ID string `json:"id"`
	address
	To    *address           `json:"to"`
	Stops []address          `json:"stops"`
	Named map[string]address `json:"named,omitempty"`
	At    time.Time          `json:"at,omitzero"`
}

func TestFuncOptionsNameTheFieldAndTheState(t *testing.T) {
	const known, all = interpreter.KnownFieldsOnly, interpreter.AllFieldsRequired
	const whole = `"id": "1", "street": "x", "to": {"street": "y"}, "stops": []`
	for _, c := range []struct {
		name, input string
		options     []interpreter.FuncOption
		problem     string
	}{
		{"all there", `{` + whole + `}`, []interpreter.FuncOption{known, all}, ""},
		{"another case", `{"ID": "1"}`, []interpreter.FuncOption{known}, ""},
		{"unknown, ignored", `{"no": 1}`, nil, ""},
		{"unknown, allowed with all fields", `{` + whole + `, "no": 1}`, []interpreter.FuncOption{all}, ""},
		{"unknown", `{"no": 1}`, []interpreter.FuncOption{known}, `parcel has no field for the member "no"`},
		{"unknown inside", `{"to": {"no": 1}}`, []interpreter.FuncOption{known}, `parcel.To has no field for the member "no"`},
		{"unknown in a list", `{"stops": [{}, {"no": 1}]}`, []interpreter.FuncOption{known}, `parcel.Stops[1] has no field for the member "no"`},
		{"unknown in a map", `{"named": {"a": {"no": 1}}}`, []interpreter.FuncOption{known}, `parcel.Named["a"] has no field for the member "no"`},
		{"missing", `{"street": "x", "to": {}, "stops": []}`, []interpreter.FuncOption{all}, `parcel.To.Street: there is no member "street"`},
		{"missing, embedded", `{"id": "1", "to": null, "stops": []}`, []interpreter.FuncOption{all}, `parcel.address.Street: there is no member "street"`},
		{"wrong type", `{"id": 7}`, nil, "number 7 does not fit string"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := open(t, interpreter.Config{Resolver: interpreter.Mux{
				"work": interpreter.Func(func(context.Context, parcel) (any, error) { return nil, nil }, c.options...)}})
			_, err := interpreter.Run[any](background, in, compile(t, oneTask), []byte(c.input))
			if c.problem == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, &asl.Error{Name: asl.StatesTaskFailed})
			require.ErrorContains(t, err, c.problem)
			require.ErrorContains(t, err, "The input of the state 'Work' does not fit its function")
		})
	}
}

func TestCheckNamesResourcesThatAResolverDoesNotKnow(t *testing.T) {
	p := compile(t, oneTask)
	require.NoError(t, interpreter.Check(p, interpreter.Mux{"w*": interpreter.Plain(func(any) (any, error) { return nil, nil })}))
	err := interpreter.Check(p, interpreter.Mux{})
	require.ErrorIs(t, err, interpreter.ErrNoHandler)
	require.EqualError(t, err, `interpreter: no handler for the resource "work" of the state "Work"`)
	require.ErrorIs(t, interpreter.Check(p, nil), interpreter.ErrNoHandler)
}

// Who runs a machine without Check finds out by errors.Is, and does not take another
// failure for it.
func TestRunTellsThatATaskHasNoHandler(t *testing.T) {
	_, err := interpreter.Run[any](background, open(t, interpreter.Config{}), compile(t, oneTask), nil)
	require.ErrorIs(t, err, interpreter.ErrNoHandler)
	require.ErrorContains(t, err, "No resolver has a handler for the resource work.")

	in := open(t, interpreter.Config{Resolver: interpreter.Mux{
		"work": interpreter.Plain(func(any) (any, error) { return nil, asl.Errorf(asl.StatesRuntime, "no luck") })}})
	_, err = interpreter.Run[any](background, in, compile(t, oneTask), nil)
	require.Error(t, err)
	require.NotErrorIs(t, err, interpreter.ErrNoHandler)
}

func TestTheContextOfATaskTellsItsDeadline(t *testing.T) {
	p := compile(t, `{"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "work", "TimeoutSeconds": 60, "End": true}}}`)
	ask := func(ctx context.Context, _ any) (bool, error) {
		task := interpreter.TaskFrom(ctx)
		at, ok := ctx.Deadline()
		if ok && time.Until(at) > time.Minute {
			return false, errBroken
		}
		return ok && task.Timeout == time.Minute, nil
	}
	for name, c := range map[string]struct {
		clock interpreter.Clock
		want  bool
	}{"system": {nil, true}, "virtual": {interpreter.NewVirtualClock(began), false}} {
		t.Run(name, func(t *testing.T) {
			in := open(t, interpreter.Config{Clock: c.clock, Resolver: interpreter.Mux{"work": interpreter.Func(ask)}})
			got, err := interpreter.Run[bool](background, in, p, nil)
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}
