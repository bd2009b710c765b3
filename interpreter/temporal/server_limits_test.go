package temporal

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
)

// computes is an expression that takes about so many steps.
func computes(steps int) string {
	return fmt.Sprintf(`{%% ($f := function($n){ $n = 0 ? 0 : $f($n - 1) }; $f(%d)) %%}`, steps/stepsOfACall)
}

const stepsOfACall = 4

// computing is a chain of n states that take 4,000,000 steps each.
func computing(prefix string, n int) string {
	var states []string
	for i := range n {
		states = append(states, fmt.Sprintf(`"%[1]s%[2]d": {"Type": "Pass", "Output": "%[4]s", "Next": "%[1]s%[3]d"}`, prefix, i, i+1, computes(4_000_000)))
	}
	return fmt.Sprintf(`{"StartAt": "%[1]s0", "States": {%[2]s, "%[1]s%[3]d": {"Type": "Succeed"}}}`, prefix, strings.Join(states, ","), n)
}

func jsonata(definition string) string { return `{"QueryLanguage": "JSONata", ` + definition[1:] }

// manyStates is a definition of n states, each 500th of which is a task.
func manyStates(n int) string {
	var states []string
	for i := range n {
		kind := `"Type": "Pass"`
		if i%500 == 499 {
			kind = `"Type": "Task", "Resource": "echo"`
		}
		states = append(states, fmt.Sprintf(`"S%d": {%s, "Next": "S%d"}`, i, kind, i+1))
	}
	return fmt.Sprintf(`{"StartAt": "S0", "States": {%s, "S%d": {"Type": "Succeed"}}}`, strings.Join(states, ","), n)
}

// An execution at a limit ends, and none of its workflow tasks fails.
func TestServerLimits(t *testing.T) {
	s := newServer(t)
	w := &workerProcess{Addr: s.addr, Queue: "limits", Calls: filepath.Join(t.TempDir(), "calls"), CacheSize: 0}
	w.start(t)
	defer w.kill()
	large := noise(250_000)
	input := `{"small":1,"large":"` + large + `"}`
	drops := `"Parameters": {"large.$": "$.large"}, "ResultPath": null, "OutputPath": "$.small"`
	rows := table{{"limit", "outcome", "wall time", "runs", "events", "bytes", "workflow tasks timed out"}}
	for _, f := range []feature{
		{name: "an expression of 4,900,000 steps", definition: jsonata(`{"StartAt": "A", "States": {"A": {"Type": "Pass", "Output": "` + computes(4_900_000) + `", "End": true}}}`), input: `{}`, output: `0`},
		{name: "an expression of 5,100,000 steps", definition: jsonata(`{"StartAt": "A", "States": {"A": {"Type": "Pass", "Output": "` + computes(5_100_000) + `", "End": true}}}`), input: `{}`, err: "FAILED States.QueryEvaluationError"},
		{name: "12 states of 4,000,000 steps", definition: jsonata(computing("A", 12)), input: `{}`, output: `0`, runs: 2},
		{name: "a Parallel of 8 states of 4,000,000 steps", definition: jsonata(parallel(8, computing("A#x", 1))), input: `{}`, output: `[0,0,0,0,0,0,0,0]`},
		{name: "a loop without limits, stopped", definition: `{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"},
			"B": {"Type": "Choice", "Choices": [{"Variable": "$", "IsString": true, "Next": "C"}], "Default": "A"}, "C": {"Type": "Succeed"}}}`, input: `{}`, err: "ABORTED Enough: is enough", runs: 3, during: func(t *testing.T, r *featureRun) {
			require.Eventually(t, func() bool {
				runs, err := r.execution.runs(context.Background())
				return err == nil && len(runs) >= 3
			}, time.Minute, 100*time.Millisecond)
			require.NoError(t, r.execution.Stop(context.Background(), "Enough", "is enough"))
		}},
		{name: "5,000 states", definition: manyStates(5_000), input: `{"b":1.0}`, output: `{"b":1.0}`},
		{name: "250 KB through ten tasks", definition: chain(10, `"Resource": "echo"`), input: `"` + large + `"`, output: `"` + large + `"`},
		{name: "a Parallel of ten tasks of 250 KB", definition: parallel(10, `{"StartAt": "T#", "States": {"T#": {"Type": "Task", "Resource": "pay", `+drops+`, "End": true}}}`), input: input, output: `[1,1,1,1,1,1,1,1,1,1]`},
		{name: "a Parallel of forty tasks of 250 KB", definition: parallel(40, `{"StartAt": "T#", "States": {"T#": {"Type": "Task", "Resource": "pay", `+drops+`, "End": true}}}`), input: input,
			output: strings.ReplaceAll(numbers(40), "0", "1")},
		{name: "ten nested executions of 900 KB", definition: parallel(10, `{"StartAt": "N#", "States": {"N#": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2",
			"Parameters": {"StateMachineArn": "large", "Input": 1}, "OutputPath": "$.Output", "End": true}}}`), input: `{}`, output: `[1,1,1,1,1,1,1,1,1,1]`},
		{name: "a snapshot of 3 MB", options: ClientOptions{ContinueAfter: 12}, definition: variables(12), input: input, output: `1`},
		{name: "a definition of 900 KB and a snapshot of 1.4 MB", options: ClientOptions{ContinueAfter: 12}, definition: strings.Replace(variables(6), `"StartAt": "S0", "States": {`, `"StartAt": "A", "States": {`+largeState+`"Next": "S0"}, `, 1), input: input, output: `1`},
		{name: "a state name and an error that are not UTF-8", definition: strings.ReplaceAll(chain(1, `"Resource": "garbled"`), "T0", `\ud800`), input: `{}`, err: "FAILED a\uFFFD: b\uFFFD"},
		{name: "3 KB of states in a search attribute", options: ClientOptions{SearchState: true}, definition: parallel(40, strings.ReplaceAll(`{"StartAt": "N", "States": {"N": {"Type": "Wait", "Seconds": 1, "End": true}}}`, "N", "#"+strings.Repeat("x", 75))), input: `0`, output: numbers(40)},
		{name: "a local task that times out", definition: chain(1, `"Resource": "local-silent", "TimeoutSeconds": 1`), input: `{}`, err: "FAILED States.Timeout"},
		{name: "a result of 5 MB", definition: chain(1, `"Resource": "large"`), input: `{}`, err: "FAILED States.DataLimitExceeded: The state/task 'T0' returned a result with a size exceeding the maximum number of bytes service limit."},
		{name: "a cause of 5 MB", definition: chain(1, `"Resource": "loud"`), input: `{}`, err: "FAILED Loud: xxx"},
	} {
		t.Run(f.name, func(t *testing.T) {
			f.definition = strings.ReplaceAll(f.definition, `"Resource": "r"`, `"Resource": "echo"`)
			rows = append(rows, runLimit(t, s, w, &f))
		})
	}
	t.Logf("\n%s", rows)
}

func runLimit(t *testing.T, s *server, w *workerProcess, f *feature) []string {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	f.options.TaskQueue = w.Queue
	k := NewClient(s.client, f.options)
	p, err := Compile([]byte(f.definition), interpreter.Options{Limits: machine.Limits{HistoryEvents: -1}})
	require.NoError(t, err)
	began := time.Now()
	e, err := k.Start(ctx, p, []byte(f.input), StartOptions{})
	require.NoError(t, err)
	if f.during != nil {
		f.during(t, &featureRun{server: s, worker: w, client: k, execution: e})
	}
	outcome, took := requireOutcome(t, e, f), time.Since(began)
	runs := s.downloadRuns(t, e, serverConfig(w.Queue, nil, nil))
	require.GreaterOrEqual(t, len(runs.histories), f.runs)
	late := 0
	for _, h := range runs.histories {
		for _, ev := range h.GetEvents() {
			failed := ev.GetWorkflowTaskFailedEventAttributes()
			require.Nil(t, failed, "%s", failed.GetFailure().GetMessage())
			if ev.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT {
				late++
			}
		}
	}
	return []string{f.name, shorten(outcome), fmt.Sprintf("%.2f s", took.Seconds()), fmt.Sprint(len(runs.histories)), fmt.Sprint(runs.events), fmt.Sprint(runs.bytes), fmt.Sprint(late)}
}
