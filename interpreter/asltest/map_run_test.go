package asltest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/graph"
	"github.com/gostates/gostates/interpreter/asltest"
	"github.com/gostates/gostates/interpreter/machine"
)

// distributed doubles the amounts of a CSV file, two at a time.
const distributed = `{"StartAt": "Each", "States": {
	"Each": {"Type": "Map", "Label": "Each", "MaxConcurrency": 2, "ToleratedFailureCount": 1, "Next": "Done",
		"ItemReader": {"Resource": "arn:aws:states:::s3:getObject",
			"ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
			"Parameters": {"Bucket": "sales", "Key.$": "$.key"}},
		"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
			"StartAt": "Double", "States": {
				"Double": {"Type": "Task", "Resource": "double", "Next": "Pause",
					"Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 5, "MaxAttempts": 1}]},
				"Pause": {"Type": "Wait", "Seconds": 60, "End": true}}},
		"ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "results", "Prefix": "p"},
			"WriterConfig": {"Transformation": "COMPACT", "OutputType": "JSONL"}},
		"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Lost"}]},
	"Done": {"Type": "Succeed"}, "Lost": {"Type": "Pass", "End": true}}}`

func salesFiles(rows int) asltest.Option {
	var b strings.Builder
	b.WriteString("id,amount\n")
	for i := range rows {
		fmt.Fprintf(&b, "%d,%d\n", i, 10*i)
	}
	return asltest.Files(map[string]string{"s3://sales/rows.csv": b.String(), "results/": ""})
}

type sale struct{ ID, Amount string }

func double(s sale) map[string]string { return map[string]string{"doubled": s.Amount + s.Amount} }

func TestMapRun(t *testing.T) {
	x := asltest.Run(t, asltest.Compile(t, distributed), `{"key": "rows.csv"}`, salesFiles(3),
		asltest.On("Double").Item(1).Throw("Busy", "").Times(1),
		asltest.On("Double").Call(double))
	x.WantPath("Each", "Done")
	x.WantAttempts("Double", 4)
	x.Visit("Double", 3).WantArguments(`{"id": "2", "amount": "20"}`)
	x.Iteration("Each", 1).WantPath("Double", "Pause")
	x.WantElapsed(2 * time.Minute)

	run := x.MapRun("Each")
	run.WantSucceeded()
	run.WantItemCounts(`{"total": 3, "succeeded": 3, "failed": 0, "resultsWritten": 3}`)
	run.WantExecutionCounts(`{"total": 3, "succeeded": 3, "resultsWritten": 3}`)
	run.WantInputs(`[{"id": "0", "amount": "0"}, {"id": "1", "amount": "10"}, {"id": "2", "amount": "20"}]`)
	run.WantFile("SUCCEEDED_0.jsonl", `[{"doubled": "00"}, {"doubled": "1010"}, {"doubled": "2020"}]`)
	require.Equal(t, "{\"doubled\":\"00\"}\n{\"doubled\":\"1010\"}\n{\"doubled\":\"2020\"}\n", string(run.File("SUCCEEDED_0.jsonl")))
	require.Equal(t, []string{"SUCCEEDED_0.jsonl", "manifest.json"}, run.FileNames())
	require.Len(t, x.Files(), 3)
	require.EqualValues(t, 2, run.Describe().MaxConcurrency)

	child := run.Child(1)
	child.WantInput(`{"id": "1", "amount": "10"}`)
	child.WantPath("Double", "Pause")
	child.WantAttempts("Double", 2)
	child.WantOutput(`{"doubled": "1010"}`)
	child.WantElapsed(65 * time.Second)
	require.Equal(t, machine.Succeeded, child.Status())
	require.Len(t, child.Events(), 12)
	require.Len(t, run.Children(), 3)
}

func TestMapRunThatFails(t *testing.T) {
	x := asltest.Run(t, asltest.Compile(t, distributed), `{"key": "rows.csv"}`, salesFiles(6),
		asltest.On("Double").Item(0).Throw("Broken", "no 0"),
		asltest.On("Double").Item(2).Throw("Broken", "no 2"),
		asltest.On("Double").Call(double))
	x.WantPath("Each", "Lost")
	run := x.MapRun("Each")
	run.WantFailed("States.ExceedToleratedFailureThreshold")
	run.WantItemCounts(`{"total": 6, "failed": 2, "aborted": 1, "pending": 3, "resultsWritten": 6}`)
	run.Child(0).WantFailed("Broken", "no 0")
	require.Equal(t, machine.Aborted, run.Child(1).Status())
	require.Equal(t, []string{"FAILED_0.jsonl", "PENDING_0.jsonl", "manifest.json"}, run.FileNames())
}

// The outcome of a run does not depend on crashes, and its files are the same.
func TestMapRunSurvivesCrashes(t *testing.T) {
	p := asltest.Compile(t, distributed)
	for name, scripts := range map[string]asltest.Option{
		"succeeds": asltest.On("Double").Call(double),
		"fails": asltest.Options(asltest.On("Double").Item(0).Throw("Broken", ""), asltest.On("Double").Item(3).Throw("Broken", ""),
			asltest.On("Double").Call(double)),
	} {
		t.Run(name, func(t *testing.T) {
			want := asltest.Run(t, p, `{"key": "rows.csv"}`, salesFiles(6), scripts)
			for _, faults := range []asltest.Option{asltest.CrashEverywhere(), asltest.CrashAt(2, 3, 4, 5, 6)} {
				got := asltest.Run(t, p, `{"key": "rows.csv"}`, salesFiles(6), scripts, faults, asltest.AllowUnused())
				require.Equal(t, want.Files(), got.Files())
				require.Equal(t, string(want.HistoryJSON()), string(got.HistoryJSON()))
				require.Equal(t, want.Trace(), got.Trace())
				require.Equal(t, want.MapRun("Each").Describe(), got.MapRun("Each").Describe())
			}
		})
	}
}

// Any order of events gives the same results, also after crashes.
func TestMapRunInEveryOrder(t *testing.T) {
	p := asltest.Compile(t, strings.Replace(distributed, `"MaxConcurrency": 2`, `"MaxConcurrency": 4`, 1))
	orders := make(map[string]bool)
	run := func(t testing.TB, schedule asltest.Option) {
		order := ""
		x := asltest.Run(t, p, `{"key": "rows.csv"}`, salesFiles(7), schedule, asltest.On("Double").Call(func(s sale) map[string]string {
			order += s.ID
			return double(s)
		}))
		x.MapRun("Each").WantItemCounts(`{"total": 7, "succeeded": 7, "resultsWritten": 7}`)
		x.MapRun("Each").WantFile("SUCCEEDED_0.jsonl", `[{"doubled": "00"}, {"doubled": "1010"}, {"doubled": "2020"}, {"doubled": "3030"},
			{"doubled": "4040"}, {"doubled": "5050"}, {"doubled": "6060"}]`)
		orders[order] = true
	}
	asltest.Explore(t, 40, run)
	require.Greater(t, len(orders), 10)
	asltest.Explore(t, 6, func(t testing.TB, schedule asltest.Option) {
		run(t, asltest.Options(schedule, asltest.CrashEverywhere()))
	})
}

// nested is a distributed Map in a distributed Map, in JSONata, with batches.
const nested = `{"QueryLanguage": "JSONata", "StartAt": "Outer", "States": {
	"Outer": {"Type": "Map", "End": true, "Items": "{% $states.input.groups %}",
		"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
			"StartAt": "Inner", "States": {"Inner": {"Type": "Map", "End": true, "Items": "{% $states.input %}",
				"ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"group": "{% $states.context.Execution.Input[0] %}"}},
				"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
					"StartAt": "Sum", "States": {"Sum": {"Type": "Pass", "Output": "{% $sum($states.input.Items) %}", "End": true}}}}}}}}}`

func TestNestedMapRuns(t *testing.T) {
	for _, faults := range []asltest.Option{nil, asltest.CrashEverywhere()} {
		x := asltest.Run(t, asltest.Compile(t, nested), `{"groups": [[1, 2, 3], [10, 20]]}`, faults)
		x.WantOutput(`[[3, 3], [30]]`)
		x.WantAttempts("Sum", 3)
		inner := x.MapRun("Outer").Child(0).MapRun("Inner")
		inner.WantInputs(`[{"BatchInput": {"group": 1}, "Items": [1, 2]}, {"BatchInput": {"group": 1}, "Items": [3]}]`)
		inner.WantItemCounts(`{"total": 3, "succeeded": 3, "resultsWritten": 3}`)
		inner.WantExecutionCounts(`{"total": 2, "succeeded": 2, "resultsWritten": 2}`)
		x.Iteration("Outer", 1).Iteration("Inner", 0).WantOutputOf("Sum", `30`)
	}
}

// The counts can be drawn.
func TestCountsOfMapRunsInAGraph(t *testing.T) {
	x := runDistributed(t)
	g := graph.New(asltest.Compile(t, distributed).Machine())
	g.AddHistory(slices.Values(x.Events()))
	run := x.MapRun("Each")
	g.AddMapRun("Each", graph.MapRunCounts(run.Describe().Items))
	for _, child := range run.Children() {
		g.AddHistory(slices.Values(child.Events()))
	}
	require.Contains(t, string(g.Mermaid()), "Each · Distributed Map · succeeded, 1 of 1 item, 1 min")
	require.Equal(t, 1, g.Node("Double").Run.Entered)
}

// A Map Run that its execution gives up aborts its children, and completes its files.
func TestMapRunThatIsAborted(t *testing.T) {
	p := asltest.Compile(t, `{"StartAt": "Fork", "States": {"Fork": {"Type": "Parallel", "End": true, "Branches": [`+distributed+`,
		{"StartAt": "Doom", "States": {"Doom": {"Type": "Task", "Resource": "doom", "End": true}}}]}}}`)
	for _, faults := range []asltest.Option{nil, asltest.CrashEverywhere()} {
		x := asltest.Run(t, p, `{"key": "rows.csv"}`, salesFiles(3), faults,
			asltest.On("Double").Call(double), asltest.On("Doom").After(time.Second).Throw("Doomed", ""))
		x.WantFailed("Doomed")
		run := x.MapRun("Each")
		require.Equal(t, machine.Aborted, run.Describe().Status)
		for _, child := range run.Children() {
			require.Equal(t, machine.Aborted, child.Status())
		}
		require.Equal(t, []string{"FAILED_0.jsonl", "manifest.json"}, run.FileNames())
	}
}

func TestMistakesAboutMapRuns(t *testing.T) {
	for _, c := range []struct {
		name, want string
		test       func(t testing.TB)
	}{
		{"no files", `the ResultWriter of state "Each" needs files: add asltest.Files`, func(t testing.TB) {
			asltest.Run(t, asltest.Compile(t, distributed), `{"key": "rows.csv"}`, asltest.OnAny().Return(`1`))
		}},
		{"no bucket for results", `the bucket of the results of state "Each" does not exist: asltest.Files needs an entry "BUCKET/": ""`, func(t testing.TB) {
			x := asltest.Run(t, asltest.Compile(t, distributed), `{"key": "k"}`, asltest.Files(map[string]string{"sales/k": "id\n1\n"}),
				asltest.OnAny().Return(`1`), asltest.AllowUnused())
			t.Log(x.Trace())
		}},
		{"a name without bucket", `"rows.csv" is not of the form bucket/key; an empty bucket is "rows.csv/"`, func(t testing.TB) {
			asltest.Run(t, asltest.Compile(t, distributed), `{}`, asltest.Files(map[string]string{"rows.csv": ""}))
		}},
		{"a missing file", `States.ItemReaderFailed`, func(t testing.TB) {
			x := asltest.Run(t, asltest.Compile(t, distributed), `{"key": "lines.csv"}`, salesFiles(1), asltest.OnAny().Return(`1`), asltest.AllowUnused())
			x.MapRun("Each").WantSucceeded()
		}},
		{"no such Map Run", `is not a Map in DISTRIBUTED mode`, func(t testing.TB) {
			runDistributed(t).MapRun("Done")
		}},
		{"no such state", `the machine has no state "Eahc"; did you mean "Each"?`, func(t testing.TB) {
			runDistributed(t).MapRun("Eahc")
		}},
		{"no such child", `Map Run of "Each": there is no child 7: 1 child execution started; the first is 0`, func(t testing.TB) {
			runDistributed(t).MapRun("Each").Child(7)
		}},
		{"no such result", `there is no result file "SUCCEEDED_0.json"; the files are: SUCCEEDED_0.jsonl, manifest.json`, func(t testing.TB) {
			runDistributed(t).MapRun("Each").WantFile("SUCCEEDED_0.json", `[]`)
		}},
		{"another child", `child 0 of "Each": the output differs`, func(t testing.TB) {
			runDistributed(t).MapRun("Each").Child(0).WantOutput(`2`)
		}},
		{"another count", `Map Run of "Each": itemCounts differs`, func(t testing.TB) {
			runDistributed(t).MapRun("Each").WantItemCounts(`{"total": 2}`)
		}},
		{"another file", `the file SUCCEEDED_0.jsonl differs`, func(t testing.TB) {
			runDistributed(t).MapRun("Each").WantFile("SUCCEEDED_0.jsonl", `[2]`)
		}},
		{"other inputs", `the array of the children's inputs differs`, func(t testing.TB) {
			runDistributed(t).MapRun("Each").WantInputs(`[]`)
		}},
		{"no failure", `it did not fail with Broken: SUCCEEDED`, func(t testing.TB) {
			runDistributed(t).MapRun("Each").WantFailed("Broken")
		}},
	} {
		t.Run(c.name, func(t *testing.T) { require.Contains(t, asltest.Try(c.test), c.want) })
	}
}

func runDistributed(t testing.TB) *asltest.Execution {
	return asltest.Run(t, asltest.Compile(t, distributed), `{"key": "rows.csv"}`, salesFiles(1), asltest.On("Double").Return(`1`))
}

func TestMocksCountInvocationsOfAllChildren(t *testing.T) {
	p := asltest.Compile(t, strings.Replace(distributed, `"ToleratedFailureCount": 1`, `"ToleratedFailureCount": 3`, 1))
	mocks := []byte(`{"StateMachines": {"m": {"TestCases": {"c": {"Double": "answers"}}}}, "MockedResponses": {"answers": {
		"0": {"Return": "a"}, "1": {"Throw": {"Error": "Broken", "Cause": ""}}, "2-4": {"Return": "b"}}}}`)
	x := asltest.Run(t, p, `{"key": "rows.csv"}`, salesFiles(5), asltest.Mocks(mocks, "m", "c"))
	x.MapRun("Each").WantFile("SUCCEEDED_0.jsonl", `["a", "b", "b", "b"]`)
	x.MapRun("Each").Child(1).WantFailed("Broken")
	require.Contains(t, string(x.MockConfig("again")), `"2-4"`)
}

func TestCallsOfChildrenCount(t *testing.T) {
	x := asltest.Run(t, asltest.Compile(t, distributed), `{"key": "rows.csv"}`, salesFiles(3),
		asltest.On("Double").Call(double), asltest.FailCall(3, "Broken", ""))
	x.MapRun("Each").Child(2).WantFailed("Broken")
}

func TestChildrenThatWaitForever(t *testing.T) {
	require.Contains(t, asltest.Try(func(t testing.TB) {
		asltest.Run(t, asltest.Compile(t, distributed), `{"key": "rows.csv"}`, salesFiles(1), asltest.On("Double").Hang())
	}), `the execution waits forever: the task of "Double" gets no answer`)
}

func TestTraceOfMapRun(t *testing.T) {
	require.Equal(t, `Each (Map) at 0s, took 1m0s
  child 0
    Double (Task) at 0s
      attempt 1: ok 1
    Pause (Wait) at 0s, took 1m0s
Done (Succeed) at 1m0s
`, strings.SplitAfter(runDistributed(t).Trace(), "at 1m0s\n")[0])
}

// A trace has the children that did not succeed, also if there are many others.
func TestTraceOfManyChildren(t *testing.T) {
	x := asltest.Run(t, asltest.Compile(t, distributed), `{"key": "rows.csv"}`, salesFiles(50),
		asltest.On("Double").Item(42).Throw("Broken", "no 42"), asltest.On("Double").Return(`1`))
	trace := x.Trace()
	require.Contains(t, trace, "child 42\n    Double (Task) at 21m0s, not left\n      attempt 1: Broken: no 42\n")
	require.Contains(t, trace, "  and 30 more\n")
	require.Equal(t, 20, strings.Count(trace, "  child "))
}
