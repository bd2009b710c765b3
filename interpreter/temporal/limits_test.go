package temporal

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

func echo() interpreter.Resolver {
	return interpreter.Mux{"*": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) { return task.Input, nil })}
}

// loops has a task beside a loop that never waits.
const loops = `{"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [
	{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "A"}}},
	{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "act", "End": true}}}]}}}`

func compileUnlimited(t *testing.T, definition string) *machine.Program {
	t.Helper()
	p, err := Compile([]byte(definition), interpreter.Options{Limits: machine.Limits{HistoryEvents: -1}})
	require.NoError(t, err)
	return p
}

// A loop that never waits starts the tasks of other branches, and sees a stop and a
// cancellation.
func TestEndlessLoopsStop(t *testing.T) {
	for name, stop := range map[string]func(*testsuite.TestWorkflowEnvironment){
		"update": func(env *testsuite.TestWorkflowEnvironment) {
			env.UpdateWorkflowNoRejection(stopName, "1", nil, stopRequest{})
		},
		"cancel": func(env *testsuite.TestWorkflowEnvironment) { env.CancelWorkflow() },
	} {
		t.Run(name, func(t *testing.T) {
			var env *testsuite.TestWorkflowEnvironment
			var once sync.Once
			c := Config{Resolver: interpreter.Mux{"act": interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) {
				once.Do(func() { env.RegisterDelayedCallback(func() { stop(env) }, 0) })
				return nil, nil
			})}}
			x := &trial{program: compileUnlimited(t, loops), input: nil, noHistory: true}
			x.register = func(e *testsuite.TestWorkflowEnvironment) { env = e; Register(registry{e}, c) }
			s, err := x.run()
			require.NoError(t, err)
			s.requireError(t, machine.Aborted, "", "")
		})
	}
}

// A loop that never waits continues as new.
func TestEndlessLoopsContinueAsNew(t *testing.T) {
	x := &trial{program: compileUnlimited(t, `{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"},
		"B": {"Type": "Choice", "Choices": [{"Variable": "$", "IsString": true, "Next": "C"}], "Default": "A"}, "C": {"Type": "Succeed"}}}`), input: value.NewObject(0), noHistory: true, length: 1}
	x.args.ContinueAfter = 1
	runs := 0
	x.register = func(env *testsuite.TestWorkflowEnvironment) {
		Register(registry{env}, Config{})
		if runs++; runs == 5 {
			env.RegisterDelayedCallback(env.CancelWorkflow, 0)
		}
	}
	s, err := x.run()
	require.NoError(t, err)
	s.requireError(t, machine.Aborted, "", "")
	require.GreaterOrEqual(t, s.runs, 5)
}

// A loop that does much work continues as new before a worker could not replay it. It
// waits for the tasks that run beside it.
func TestMuchWorkContinuesAsNew(t *testing.T) {
	counts := `{"StartAt": "Init", "States": {"Init": {"Type": "Pass", "Result": {"n": 0}, "Next": "A"},
		"A": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "B"},
		"B": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericLessThan": 40000, "Next": "A"}], "Default": "Z"}, "Z": {"Type": "Succeed"}}}`
	unlimited := func(x *trial) { x.program, x.noHistory = compileUnlimited(t, counts), true }
	s := try(t, Config{}, counts, `{}`, unlimited)
	s.requireOutput(t, `{"n":40000}`)
	require.GreaterOrEqual(t, s.runs, 3)

	child := compile(t, `{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3600, "End": true}}}`)
	beside := `{"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [` + counts + `,` + startsMachine(".sync:2", "child", `1`, `, "ResultSelector": {"o.$": "$.Output"}`) + `]}}}`
	s = try(t, Config{Machines: map[string]*machine.Program{"child": child}}, beside, `{}`, func(x *trial) { x.program, x.noHistory = compileUnlimited(t, beside), true })
	s.requireOutput(t, `[{"n":40000},{"o":1}]`)
	require.GreaterOrEqual(t, s.runs, 2)
	require.GreaterOrEqual(t, s.took, time.Hour)
}

// What a handler returns may be larger than Temporal takes.
func TestLargeResultsAndErrors(t *testing.T) {
	c := Config{Resolver: interpreter.Mux{
		"large": interpreter.Plain(func(any) (string, error) { return strings.Repeat("x", 5_000_000), nil }),
		"loud": interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) {
			return nil, asl.Errorf("Loud", "%s", strings.Repeat("\u00e9", 5_000_000))
		}),
	}}
	unlimited := func(resource string) func(*trial) {
		return func(x *trial) {
			p, err := Compile([]byte(`{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "`+resource+`", "End": true}}}`), interpreter.Options{Limits: machine.NoLimits})
			require.NoError(t, err)
			x.program = p
		}
	}
	try(t, c, pays, `{}`, unlimited("large")).requireError(t, machine.Failed, "States.DataLimitExceeded", "The state/task 'T' returned a result with a size exceeding")
	s := try(t, c, pays, `{}`, unlimited("loud"))
	s.requireError(t, machine.Failed, "Loud", "\u00e9\u00e9")
	require.Less(t, len(*s.outcome.Cause), 1_000_000)
}

// What is not UTF-8 does not come into a message to Temporal, which could not be sent.
func TestTextsThatAreNotUTF8(t *testing.T) {
	fails := func(err error) interpreter.Handler {
		return interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) { return nil, err })
	}
	sent := func(err error) {
		var failed *temporal.ApplicationError
		require.ErrorAs(t, err, &failed)
		_, err = temporal.GetDefaultFailureConverter().ErrorToFailure(failed).Marshal()
		require.NoError(t, err)
	}
	c := Config{
		Machines: map[string]*machine.Program{"child": compile(t, pays)},
		Resolver: interpreter.Mux{
			"pay":   interpreter.Plain(func(any) (string, error) { return "paid", nil }),
			"cause": fails(asl.Errorf("Bad", "a\xff")),
			"name":  fails(&asl.Error{Name: "Bad\xff", Cause: "a"}),
			"plain": fails(errors.New("a\xff")),
			"panic": interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) { panic("a\xff") }),
		},
	}
	task := func(name, resource string) string {
		return strings.NewReplacer("NAME", name, "RESOURCE", resource).Replace(`{"StartAt": "NAME", "States": {"NAME": {"Type": "Task", "Resource": "RESOURCE", "End": true}}}`)
	}
	for name, tt := range map[string]struct{ definition, err, cause string }{
		"cause":     {task("T", "cause"), "Bad", "a\uFFFD"},
		"name":      {task("T", "name"), "Bad\uFFFD", "a"},
		"plain":     {task("T", "plain"), "States.TaskFailed", "a\uFFFD"},
		"panic":     {task("T", "panic"), "States.TaskFailed", "a\uFFFD"},
		"Fail":      {`{"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "a\ud800", "Cause": "b\ud800"}}}`, "a\uFFFD", "b\uFFFD"},
		"execution": {strings.Replace(nesting(".sync:2", `a\ud800`), `"Next": "Caught"`, `"Next": "F"`, 1), "StepFunctions.InvalidNameException", "a\uFFFD"},
		"state":     {task(`a\ud800`, "pay"), "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var env *testsuite.TestWorkflowEnvironment
			definition := strings.Replace(tt.definition, `"Caught": {"Type": "Pass", "End": true}`, `"F": {"Type": "Fail", "ErrorPath": "$.Error", "CausePath": "$.Cause"}`, 1)
			s := try(t, c, definition, `{}`, func(x *trial) {
				x.register = func(e *testsuite.TestWorkflowEnvironment) {
					env = e
					Register(registry{e}, c)
					e.SetOnActivityCompletedListener(func(info *activity.Info, _ converter.EncodedValue, err error) {
						require.True(t, utf8.ValidString(info.ActivityID), "%q", info.ActivityID)
						if err != nil {
							sent(err)
						}
					})
				}
			})
			if tt.err == "" {
				s.requireOutput(t, `"paid"`)
				return
			}
			sent(env.GetWorkflowError())
			require.Equal(t, machine.Failed, s.status)
			require.Contains(t, *s.outcome.Error, tt.err)
			require.Contains(t, *s.outcome.Cause, tt.cause)
		})
	}
}

// A search attribute has a limit.
func TestLongSearchAttributes(t *testing.T) {
	for _, text := range []string{strings.Repeat("x", 5_000), strings.Repeat("<\u00e9", 1_000), strings.Repeat("\x01", 5_000), strings.Repeat("a\xff", 5_000)} {
		got := keyword(text)
		data, err := json.Marshal(got)
		require.NoError(t, err)
		require.LessOrEqual(t, len(data), 2_048)
		require.Greater(t, len(data), 1_000)
		require.True(t, strings.HasPrefix(strings.ToValidUTF8(text, ""), got))
	}
	require.Equal(t, "A, B", keyword("A, B"))
}

// The expressions of a state may work for half a second, and fail then.
func TestLongExpressions(t *testing.T) {
	counts := func(n int) string {
		return fmt.Sprintf(`{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Pass", "End": true,
			"Output": "{%% ($f := function($n){ $n = 0 ? 0 : $f($n - 1) }; $f(%d)) %%}"}}}`, n)
	}
	try(t, Config{}, counts(100_000), `{}`).requireOutput(t, `0`)
	try(t, Config{}, counts(100_000_000), `{}`).requireError(t, machine.Failed, "States.QueryEvaluationError", "")
}

// noise is a string that cannot be compressed much.
func noise(n int) string {
	r := rand.New(rand.NewPCG(1, 2))
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	return base64.StdEncoding.EncodeToString(data)[:n]
}

func TestLargeDataThroughTasks(t *testing.T) {
	var states []string
	for i := range 10 {
		states = append(states, fmt.Sprintf(`"T%d": {"Type": "Task", "Resource": "r", "Next": "T%d"}`, i, i+1))
	}
	chain := `{"StartAt": "T0", "States": {` + strings.Join(states, ",") + `, "T10": {"Type": "Succeed"}}}`
	large := `"` + noise(250_000) + `"`
	s := try(t, Config{Resolver: echo()}, chain, large, func(x *trial) { x.args.ContinueAfter, x.length = 1, 1 })
	s.requireOutput(t, large)
	require.Equal(t, 11, s.runs)

	var branches []string
	for i := range 10 {
		branches = append(branches, fmt.Sprintf(`{"StartAt": "B%d", "States": {"B%d": {"Type": "Task", "Resource": "r", "ResultPath": null, "OutputPath": "$.none", "End": true}}}`, i, i))
	}
	parallel := `{"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [` + strings.Join(branches, ",") + `]}}}`
	s = try(t, Config{Resolver: echo()}, parallel, `{"none": 1, "large": `+large+`}`)
	s.requireOutput(t, `[1,1,1,1,1,1,1,1,1,1]`)
	s = try(t, Config{Resolver: echo()}, strings.ReplaceAll(parallel, `, "OutputPath": "$.none"`, ""), `{"large": `+large+`}`)
	s.requireError(t, machine.Failed, "States.DataLimitExceeded", "")
}

// variables puts much into variables, and then does three tasks.
func variables(n int) string {
	var assign []string
	for i := range n {
		assign = append(assign, fmt.Sprintf(`"S%d": {"Type": "Task", "Resource": "r", "Assign": {"v%d.$": "$.large"}, "Next": "S%d"}`, i, i, i+1))
	}
	return `{"StartAt": "S0", "States": {` + strings.Join(assign, ",") + fmt.Sprintf(`, "S%d": {"Type": "Task", "Resource": "r", "OutputPath": "$.small", "End": true}}}`, n)
}

// A snapshot that is too large for a payload is not continued, and the execution ends
// with a clear error when Temporal's limit is near.
func TestLargeSnapshots(t *testing.T) {
	input := `{"small": 1, "large": "` + noise(250_000) + `"}`
	s := try(t, Config{Resolver: echo()}, variables(11), input, func(x *trial) { x.args.ContinueAfter, x.length = 1, 2 })
	s.requireOutput(t, `1`)
	require.Greater(t, s.runs, 3)
	require.Less(t, s.runs, 10)
	s = try(t, Config{Resolver: echo()}, variables(11), input, func(x *trial) { x.args.ContinueAfter, x.length = 1, mostEvents })
	s.requireError(t, machine.Failed, "States.DataLimitExceeded", "too large to continue")
}

// Fifty at a time.
func TestManyTasksAtOnce(t *testing.T) {
	items := make([]string, 50)
	want := make([]string, 50)
	for i := range items {
		items[i] = fmt.Sprint(i)
		want[i] = fmt.Sprintf(`{"i":%d}`, i)
	}
	item := `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "r", "Parameters": {"i.$": "$"}, "Next": "W"}, "W": {"Type": "Wait", "Seconds": 5, "Next": "U"}, "U": {"Type": "Task", "Resource": "r", "End": true}}}`
	for _, width := range []string{"", `"MaxConcurrency": 7, `} {
		for _, length := range []int{0, 1, 2} {
			s := try(t, Config{Resolver: echo()}, `{"StartAt": "M", "States": {"M": {"Type": "Map", `+width+`"End": true, "ItemProcessor": `+item+`}}}`,
				`[`+strings.Join(items, ",")+`]`, func(x *trial) { x.args.ContinueAfter, x.length = 1, length })
			s.requireOutput(t, `[`+strings.Join(want, ",")+`]`)
			if length > 0 {
				require.Greater(t, s.runs, 1, width)
			}
		}
	}
	var branches []string
	for i := range 50 {
		branches = append(branches, fmt.Sprintf(`{"StartAt": "B%d", "States": {"B%d": {"Type": "Task", "Resource": "r", "End": true}}}`, i, i))
	}
	s := try(t, Config{Resolver: echo()}, `{"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [`+strings.Join(branches, ",")+`]}}}`, `7`)
	s.requireOutput(t, `[`+strings.TrimSuffix(strings.Repeat("7,", 50), ",")+`]`)
}

// Pages of the history are below the limit of a query, and an event without data is small.
func TestHistoryComesInPages(t *testing.T) {
	l := eventLog{first: 1}
	s := try(t, Config{Resolver: echo()}, variables(10), `{"small": 1, "large": "`+noise(250_000)+`"}`)
	for _, e := range s.events {
		l.events = append(l.events, e)
	}
	pages, next := 0, uint32(1)
	for more := true; more; pages++ {
		p, err := l.page(pageRequest{From: next})
		require.NoError(t, err)
		size := 0
		for _, e := range p.Events {
			size += len(e)
		}
		require.LessOrEqual(t, size, mostPageBytes)
		more, next = p.More, next+uint32(len(p.Events))
	}
	require.Equal(t, len(s.events), int(next)-1)
	require.Greater(t, pages, 5)
	p, err := l.page(pageRequest{From: 3, WithoutData: true})
	require.NoError(t, err)
	require.False(t, p.More)
	require.Len(t, p.Events, len(s.events)-2)
	require.NotContains(t, string(p.Events[0]), "large")
	require.Contains(t, string(p.Events[0]), `"id":3,`)
}

func TestWhere(t *testing.T) {
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	Register(registry{env}, Config{})
	var names []string
	env.RegisterDelayedCallback(func() {
		v, err := env.QueryWorkflow(whereName)
		require.NoError(t, err)
		require.NoError(t, v.Get(&names))
	}, time.Second)
	options, definition, err := splitDefinition(compile(t, `{"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [
		{"StartAt": "V", "States": {"V": {"Type": "Wait", "Seconds": 5, "End": true}}}, {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 5, "End": true}}}]}}}`))
	require.NoError(t, err)
	env.ExecuteWorkflow(WorkflowType, arguments{Options: options}, converter.NewRawValue(definition)) // by hand: no rules, no key, no input
	require.NoError(t, env.GetWorkflowError())
	require.Equal(t, []string{"V", "W"}, names)
}

// An execution of other rules waits for a worker that knows them, and the worker says so.
func TestOtherRules(t *testing.T) {
	defer func() {
		require.Contains(t, fmt.Sprint(recover()), fmt.Sprintf("version %d of the rules", machine.RulesVersion+1))
	}()
	options, definition, err := splitDefinition(compile(t, pays))
	require.NoError(t, err)
	r := &run{engine: newEngine(Config{}), definition: converter.NewRawValue(definition)}
	r.args = arguments{Options: options, Rules: machine.RulesVersion + 1, TokenKey: make([]byte, 16)}
	_ = r.begin(rawValue(nil), nil)
}

func TestPayloads(t *testing.T) {
	for _, text := range []string{`null`, `{"b":1.0,"a":[]}`, `12345678901234567890123`, `"\uD800"`} {
		v, err := value.ParseString(text)
		require.NoError(t, err)
		got, err := parsePayload(payloadOf(v))
		require.NoError(t, err)
		require.Equal(t, text, value.String(got))
	}
	data := []byte(strings.Repeat("some text ", 10_000))
	back, err := decompress(compress(data))
	require.NoError(t, err)
	require.Equal(t, data, back)
	require.Less(t, len(compress(data)), 10_000)
}
