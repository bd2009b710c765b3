package mock_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/mock"
	"github.com/gostates/gostates/value"
)

const retried = `{"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "work", "End": true,
	"TimeoutSeconds": 60, "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 5}]}}}`

func run(t *testing.T, definition string, tasks interpreter.Resolver) (any, error) {
	t.Helper()
	p, err := interpreter.Compile([]byte(definition), interpreter.Options{})
	require.NoError(t, err)
	clock := interpreter.NewVirtualClock(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC))
	in := interpreter.New(interpreter.Config{Clock: clock, Resolver: tasks})
	defer in.Close()
	require.NoError(t, in.Check(p))
	return interpreter.Run[any](context.Background(), in, p, nil)
}

func TestScript(t *testing.T) {
	for name, c := range map[string]struct {
		script    []mock.Response
		want, err string
	}{
		"by invocation":    {[]mock.Response{mock.Throw("A", "b"), mock.Hang(), mock.Return("ok")}, "ok", ""},
		"several times":    {[]mock.Response{mock.Times(3, mock.Throw("A", "b")), mock.Always(mock.Return("ok"))}, "ok", ""},
		"without response": {[]mock.Response{mock.Throw("A", "b")}, "", "no response to invocation 1"},
		"always":           {[]mock.Response{mock.Always(mock.Throw("A", "b"))}, "", "A: b"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := run(t, retried, mock.New(mock.Script{"Work": c.script}))
			if c.err != "" {
				require.ErrorContains(t, err, c.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}

const file = `{
	"StateMachines": {"M": {"TestCases": {
		"Good": {"Work": "ok"}, "Late": {"Work": "late"}, "Bad": {"Work": "nothing"}}}},
	"MockedResponses": {
		"ok": {"0": {"Return": {"n": 1}}},
		"late": {"0-1": {"Throw": {"Error": "Busy", "Cause": "try again"}}, "2": {"Return": "done"}}
	}
}`

func TestFile(t *testing.T) {
	f, err := mock.ParseFile([]byte(file))
	require.NoError(t, err)
	tasks, err := f.Case("M", "Late")
	require.NoError(t, err)
	got, err := run(t, retried, tasks)
	require.NoError(t, err)
	require.Equal(t, "done", got)

	require.Equal(t, []string{"Good", "Late", "Bad"}, f.Cases("M"))
	require.Empty(t, f.Cases("N"))
	for _, c := range []struct{ machine, name, want string }{
		{"N", "Good", `mock: no state machine "N" in the file; its state machines are: M`},
		{"M", "Nope", `mock: no test case "Nope" of state machine "M"; its test cases are: Good, Late, Bad`},
		{"M", "Bad", `mock: StateMachines.M.TestCases.Bad.Work: MockedResponses has no member "nothing"`},
	} {
		_, err := f.Case(c.machine, c.name)
		require.EqualError(t, err, c.want)
	}
}

func TestFileErrors(t *testing.T) {
	for text, want := range map[string]string{
		`[`:                     "mock:",
		`{}`:                    "mock: StateMachines: must be an object",
		`{"StateMachines": {}}`: "mock: MockedResponses: must be an object",
		`{"StateMachines": {}, "MockedResponses": {"a": 1}}`:                                 "mock: MockedResponses.a: must be an object",
		`{"StateMachines": {}, "MockedResponses": {"a": {"2-1": {"Return": 1}}}}`:            `mock: MockedResponses.a: "2-1" must be the number`,
		`{"StateMachines": {}, "MockedResponses": {"a": {"0": {"Give": 1}}}}`:                "mock: MockedResponses.a.0.Throw: must be an object",
		`{"StateMachines": {}, "MockedResponses": {"a": {"0": {"Throw": {"Error": 1}}}}}`:    "mock: MockedResponses.a.0.Throw: Error must be a string",
		`{"StateMachines": {}, "MockedResponses": {"a": {"0": {"Return": 1, "Throw": {}}}}}`: "must be an object with either Return or Throw",
	} {
		_, err := mock.ParseFile([]byte(text))
		require.ErrorContains(t, err, want, text)
	}
}

// The mock files of recorded cases produce the recorded outcome.
func TestRecordedFiles(t *testing.T) {
	paths, err := filepath.Glob("../../../shared/conformance/history/local_mocking_*.json")
	require.NoError(t, err)
	if len(paths) == 0 {
		t.Skip("the recorded cases are not beside the repository")
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		var c struct {
			Definition   json.RawMessage
			LocalMocking struct {
				MockConfig                        json.RawMessage
				TestCase, StateMachineName, Input string
			}
			Result struct{ Status, Error string }
		}
		require.NoError(t, json.Unmarshal(text, &c))
		if c.LocalMocking.TestCase == "" {
			continue
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			f, err := mock.ParseFile(c.LocalMocking.MockConfig)
			require.NoError(t, err)
			tasks, err := f.Case(c.LocalMocking.StateMachineName, c.LocalMocking.TestCase)
			require.NoError(t, err)
			p, err := interpreter.Compile(c.Definition, interpreter.Options{})
			var unsupported asl.ErrorList
			if errors.As(err, &unsupported) {
				t.Skip(err)
			}
			in := interpreter.New(interpreter.Config{Resolver: tasks})
			defer in.Close()
			_, err = interpreter.Run[*value.Object](context.Background(), in, p, []byte(c.LocalMocking.Input))
			if c.Result.Status == "SUCCEEDED" && err != nil {
				var failed *interpreter.ExecutionError
				require.NotErrorAs(t, err, &failed) // the output may be no object
			}
			if c.Result.Status != "SUCCEEDED" {
				require.ErrorIs(t, err, &asl.Error{Name: c.Result.Error})
			}
		})
	}
}
