package temporal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/itemreader"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/mapresult"
	"github.com/gostates/gostates/interpreter/objects"
	"github.com/gostates/gostates/interpreter/resultwriter"
	"github.com/gostates/gostates/value"
)

// distributedMap returns a machine of one distributed Map, with fields of its own, whose children
// do one task.
func distributedMap(kind, fields string) string {
	caught := ""
	if strings.Contains(fields, `"Caught"`) {
		caught = `, "Caught": {"Type": "Pass", "End": true}`
	}
	if fields != "" {
		fields += ","
	}
	return fmt.Sprintf(`{"StartAt": "M", "States": {"M": {"Type": "Map", "Label": "L", %s "Next": "Z", "ItemProcessor": {
		"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "%s"},
		"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "work", "End": true}}}},
		"Z": {"Type": "Pass", "End": true}%s}}`, fields, kind, caught)
}

// works returns its input, and fails for an item of -1 or one that has it.
func works() interpreter.Resolver {
	return interpreter.Mux{"work": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
		if strings.Contains(value.String(task.Input), "-1") {
			return nil, asl.Errorf("Odd", "on purpose")
		}
		return task.Input, nil
	})}
}

// files is what the readers of the tests read.
func files(t *testing.T) *objects.MemoryStore {
	m := objects.Memory("b")
	put := func(key, text string) {
		w, err := m.Put(context.Background(), "b", key)
		require.NoError(t, err)
		_, err = io.WriteString(w, text)
		require.NoError(t, err)
		require.NoError(t, w.Close())
	}
	put("rows.jsonl", "{\"a\": 1.0}\n{\"a\": 2}\n{\"a\": 3}\n")
	put("rows.csv", "a,b\n1,x\n2,y\n3,z\n")
	put("rows.json", `[1, 2, 12345678901234567890123]`)
	put("members.json", `{"x": 1, "y": 2}`)
	put("broken.json", `[1, 2, `)
	put("bad.jsonl", "1\n2\n-1\n4\n5\n")
	var many strings.Builder
	for i := range 450 { // the test environment cannot end with 1,000 child workflows
		fmt.Fprintf(&many, "{\"n\": %d}\n", i)
	}
	put("many.jsonl", many.String())
	return m
}

// mapRunInProcess runs a definition in an Interpreter.
func mapRunInProcess(t *testing.T, c interpreter.Config, definition, input string) *shown {
	t.Helper()
	c.Clock = interpreter.NewVirtualClock(began)
	in := interpreter.New(c)
	defer func() { require.NoError(t, in.Close()) }()
	e, err := in.Start(context.Background(), compile(t, definition), []byte(input), interpreter.StartOptions{Name: "x", Seed: [2]uint64{1, 2}, KeepHistory: true})
	require.NoError(t, err)
	s := new(shown)
	var ended *interpreter.ExecutionError
	err = e.Wait(context.Background())
	if errors.As(err, &ended) {
		s.status, s.outcome = ended.Status, &machine.Outcome{Error: sentText(ended.Name, machine.MaxError), Cause: sentText(ended.Cause, machine.MaxCause), State: ended.State}
	} else {
		require.NoError(t, err)
		output, err := e.Output()
		require.NoError(t, err)
		s.status, s.outcome = machine.Succeeded, &machine.Outcome{Output: output}
	}
	for ev := range e.Events() {
		s.events = append(s.events, ev.AppendJSON(nil))
	}
	return s
}

// A Map Run on Temporal gives the state the same result, the same failure and the same
// history as in an Interpreter.
func TestMapRunsAsInAnInterpreter(t *testing.T) {
	const catches = `"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]`
	reader := func(key, config string) string {
		return fmt.Sprintf(`"ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": %q}, "ReaderConfig": {%s}}`, key, config)
	}
	for name, tt := range map[string]struct{ fields, input string }{
		"items of the input":      {``, `[1, 2, {"a": 1.0}]`},
		"one at a time":           {`"MaxConcurrency": 1`, `[1, 2, 3]`},
		"no items":                {``, `[]`},
		"ItemsPath, ItemSelector": {`"ItemsPath": "$.i", "ItemSelector": {"v.$": "$$.Map.Item.Value", "n.$": "$$.Map.Item.Index", "x.$": "$.x", "e.$": "$$.Execution.Name"}`, `{"i": [1, 2, 3], "x": 7}`},
		"an object":               {`"ItemsPath": "$.o"`, `{"o": {"a": 1, "b": 2}}`},
		"ItemSelector fails":      {`"ItemSelector": {"v.$": "$.none"}`, `[1]`},
		"not an array":            {``, `7`},
		"ItemBatcher":             {`"ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"a": 1}}`, `[1, 2, 3]`},
		"ItemBatcher by bytes":    {`"ItemBatcher": {"MaxInputBytesPerBatch": 20}`, `["aa", "b", "c", "dddddddddd", "e"]`},
		"a child fails":           {`"MaxConcurrency": 1`, `[1, -1, 3]`},
		"caught":                  {catches, `[1, -1, 3]`},
		"retried":                 {`"MaxConcurrency": 1, "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}]`, `[1, -1, 3]`},
		"tolerated by count":      {`"MaxConcurrency": 1, "ToleratedFailureCount": 1, "ResultSelector": {"n.$": "$[1].Cause"}`, `[1, -1, 3]`},
		"tolerated by percentage": {`"MaxConcurrency": 1, "ToleratedFailurePercentage": 40, "ResultSelector": {"n.$": "$[0]", "s.$": "$[1].Status"}`, `[1, -1, 3]`},
		"not tolerated":           {`"MaxConcurrency": 1, "ToleratedFailurePercentage": 30`, `[1, -1, 3]`},
		"batches tolerated":       {`"MaxConcurrency": 1, "ToleratedFailureCount": 1, "ItemBatcher": {"MaxItemsPerBatch": 2}`, `[1, -1, 3]`},
		"JSONL":                   {reader("rows.jsonl", `"InputType": "JSONL"`), `{}`},
		"CSV":                     {reader("rows.csv", `"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"`) + `, "ItemSelector": {"v.$": "$$.Map.Item.Value.b", "s.$": "$$.Map.Item.Source"}`, `{}`},
		"JSON, MaxItems":          {reader("rows.json", `"InputType": "JSON", "MaxItems": 2`), `{}`},
		"JSON":                    {reader("rows.json", `"InputType": "JSON"`), `{}`},
		"members of an object":    {reader("members.json", `"InputType": "JSON"`), `{}`},
		"more than one reading":   {reader("many.jsonl", `"InputType": "JSONL"`), `{}`},
		"and in batches":          {reader("many.jsonl", `"InputType": "JSONL"`) + `, "ItemBatcher": {"MaxItemsPerBatch": 7}, "MaxConcurrency": 3`, `{}`},
		"a listing":               {`"ItemReader": {"Resource": "arn:aws:states:::s3:listObjectsV2", "Parameters": {"Bucket": "b", "Prefix": "rows"}}, "ItemSelector": {"k.$": "$$.Map.Item.Value.Key"}`, `{}`},
		"no such object":          {reader("none.json", `"InputType": "JSON"`), `{}`},
		"a broken object":         {reader("broken.json", `"InputType": "JSON"`) + `, "MaxConcurrency": 1, ` + catches, `{}`},
		"a negative MaxItems":     {reader("rows.json", `"InputType": "JSON", "MaxItemsPath": "$.n"`), `{"n": -1}`},
		"a bad line is tolerated": {reader("bad.jsonl", `"InputType": "JSONL"`) + `, "ToleratedFailurePercentage": 20, "MaxConcurrency": 2, "ResultSelector": {"s.$": "$[2].Status", "e.$": "$[4]"}`, `{}`},
		"a result too large":      {`"ItemSelector": {"v.$": "$$.Execution.Input[0]"}, ` + catches, `["` + strings.Repeat("x", 100_000) + `", 2, 3]`},
	} {
		for _, kind := range []string{"EXPRESS", "STANDARD"} {
			t.Run(name+", "+kind, func(t *testing.T) {
				o := files(t)
				definition := distributedMap(kind, tt.fields)
				want := mapRunInProcess(t, interpreter.Config{Resolver: works(), Objects: o}, definition, tt.input)
				got := try(t, Config{Resolver: works(), Objects: o}, definition, tt.input)
				require.Equal(t, want.status, got.status, "%v", got.outcomeText())
				require.Equal(t, want.outcomeText(), got.outcomeText())
				require.Equal(t, bare(want.events), bare(got.events))
			})
		}
	}
}

// exportsIn returns a Config whose results go to an object store.
func exportsIn(t *testing.T, o *objects.MemoryStore) Config {
	return Config{Resolver: works(), Objects: o, ResultWriter: &resultwriter.Files{Objects: o, Folder: t.TempDir()}}
}

// written returns the objects that a Map Run has written.
func writtenTo(t *testing.T, o *objects.MemoryStore) map[string]string {
	t.Helper()
	all := make(map[string]string)
	page, err := o.List(context.Background(), "b", objects.ListOptions{Prefix: "out/"})
	require.NoError(t, err)
	for _, info := range page.Objects {
		object, err := o.Get(context.Background(), "b", info.Key, objects.GetOptions{})
		require.NoError(t, err)
		text, err := io.ReadAll(object.Body)
		require.NoError(t, err)
		require.NoError(t, object.Body.Close())
		all[info.Key] = times.ReplaceAllString(string(text), "")
	}
	return all
}

// The results of a Map Run are the same files as of an Interpreter.
func TestMapRunsWriteTheSameResults(t *testing.T) {
	const (
		writer = `"ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b", "Prefix": "out"}}`
		many   = `"ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "many.jsonl"}, "ReaderConfig": {"InputType": "JSONL"}}, `
		bad    = `"ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "bad.jsonl"}, "ReaderConfig": {"InputType": "JSONL"}}, `
	)
	for name, tt := range map[string]struct{ fields, input string }{
		"items of the input":                 {writer, `[1, {"a": 1.0}, "x"]`},
		"many":                               {many + writer, `{}`},
		"tolerated":                          {bad + `"MaxConcurrency": 1, "ToleratedFailureCount": 1, ` + writer, `{}`},
		"not tolerated, the rest is pending": {bad + `"MaxConcurrency": 1, ` + writer, `{}`},
		"no items":                           {writer, `[]`},
		"no such bucket":                     {strings.Replace(writer, `"Bucket": "b"`, `"Bucket": "none"`, 1), `[1]`},
		"FLATTEN":                            {strings.Replace(writer, `"ResultWriter": {`, `"ResultWriter": {"WriterConfig": {"Transformation": "FLATTEN", "OutputType": "JSONL"}, `, 1), `[[1, 2], 3]`},
		"a negative MaxItems":                {strings.Replace(bad, `"InputType": "JSONL"`, `"InputType": "JSONL", "MaxItemsPath": "$.n"`, 1) + writer, `{"n": -1}`},
	} {
		for _, kind := range []string{"EXPRESS", "STANDARD"} {
			t.Run(name+", "+kind, func(t *testing.T) {
				definition := distributedMap(kind, tt.fields)
				o := files(t)
				want := mapRunInProcess(t, interpreter.Config{Resolver: works(), Objects: o}, definition, tt.input)
				expected := writtenTo(t, o)
				o = files(t)
				c := exportsIn(t, o)
				got := try(t, c, definition, tt.input)
				require.Equal(t, want.outcomeText(), got.outcomeText())
				require.Equal(t, bare(want.events), bare(got.events))
				require.Equal(t, expected, writtenTo(t, o))
				if !strings.Contains(tt.fields, "none") {
					require.NotEmpty(t, expected)
				}
				left, err := os.ReadDir(c.ResultWriter.(*resultwriter.Files).Folder)
				require.NoError(t, err)
				require.Empty(t, left, "the journal is removed")
			})
		}
	}
}

// A ResultWriter that keeps nothing for the next worker is refused, as is none.
func TestResultsNeedASharedFolder(t *testing.T) {
	definition := distributedMap("EXPRESS", `"ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b", "Prefix": "out"}}`)
	o := files(t)
	try(t, Config{Resolver: works(), Objects: o, ResultWriter: &resultwriter.Files{Objects: o}}, definition, `[1]`).
		requireError(t, machine.Failed, asl.StatesResultWriterFailed, "a Folder that they share")
	try(t, Config{Resolver: works(), Objects: o}, definition, `[1]`).requireError(t, machine.Failed, asl.StatesResultWriterFailed, "Config.ResultWriter")
	try(t, Config{Resolver: works()}, distributedMap("EXPRESS", `"ItemReader": {"Resource": "arn:aws:states:::s3:listObjectsV2", "Parameters": {"Bucket": "b"}}`), `[1]`).
		requireError(t, machine.Failed, asl.StatesItemReaderFailed, "Config.ItemReader")
}

// mapRunOf returns a trial of the Map Run with which a machine begins.
func mapRunOf(t *testing.T, c Config, definition, input string) *trial {
	t.Helper()
	program := compile(t, definition)
	p := program.DetachingMapRuns()
	x := p.New(machine.Start{ID: "x", Input: parse(input), Seed: [2]uint64{1, 2}, TokenID: "x"})
	var r machine.Result
	require.NoError(t, p.Step(x, machine.Event{Kind: machine.Started}, began, &r))
	require.Equal(t, machine.DetachMapRun, r.Commands[0].Kind)
	alone, err := p.DetachMapRun(x, r.Commands[0].Task, mostChildren)
	require.NoError(t, err)
	data, err := p.DetachedMapRun().Marshal(alone)
	require.NoError(t, err)
	data, err = new(mapRun).marshal(data)
	require.NoError(t, err)
	return &trial{program: program, id: "run", alone: compress(data), register: func(env *testsuite.TestWorkflowEnvironment) { Register(registry{env}, c) }}
}

// A Map Run that continues as a new run whenever it can, or that holds new tasks back
// for it, has the same result and the same files as in one run.
func TestMapRunsContinueAsNew(t *testing.T) {
	const (
		writer = `"ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b", "Prefix": "out"}}`
		many   = `"ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "many.jsonl"}, "ReaderConfig": {"InputType": "JSONL"}}`
		three  = `"MaxConcurrency": 3, `
	)
	// Children that wait, so that they are in snapshots.
	waits := func(definition string) string {
		return strings.Replace(definition, `"Resource": "work", "End": true}`, `"Resource": "work", "Next": "W"}, "W": {"Type": "Wait", "Seconds": 40, "Next": "U"}, "U": {"Type": "Task", "Resource": "work", "End": true}`, 1)
	}
	for name, tt := range map[string]struct{ definition, input string }{
		"items of the input": {distributedMap("EXPRESS", three+`"ItemBatcher": {"MaxItemsPerBatch": 2}`), `[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]`},
		"STANDARD":           {distributedMap("STANDARD", three+`"ItemBatcher": {"MaxItemsPerBatch": 2}`), `[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]`},
		"children that wait": {waits(distributedMap("EXPRESS", three+`"ToleratedFailureCount": 3`)), `[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]`},
		"a reader":           {waits(distributedMap("EXPRESS", many)), `{}`},
		"a writer":           {distributedMap("EXPRESS", many+", "+writer), `{}`},
		"a writer, STANDARD": {distributedMap("STANDARD", strings.Replace(many, "many.jsonl", "bad.jsonl", 1)+`, "ToleratedFailureCount": 1, `+three+writer), `{}`},
		"it fails":           {distributedMap("EXPRESS", strings.Replace(many, "many.jsonl", "bad.jsonl", 1)+`, "MaxConcurrency": 1, `+writer), `{}`},
	} {
		t.Run(name, func(t *testing.T) {
			var outcome string
			var written map[string]string
			for _, length := range []int{0, 1, 2} {
				o := files(t)
				x := mapRunOf(t, exportsIn(t, o), tt.definition, tt.input)
				x.args.ContinueAfter, x.length = 1, length
				s, err := x.run()
				require.NoError(t, err)
				if length == 0 {
					outcome, written = s.outcomeText(), writtenTo(t, o)
					require.Equal(t, 1, s.runs)
					continue
				}
				require.Equal(t, outcome, s.outcomeText())
				require.Equal(t, written, writtenTo(t, o))
				require.Greater(t, s.runs, 1)
				t.Logf("%d runs", s.runs)
			}
		})
	}
}

// waiting is a machine whose children wait, two at a time.
func waiting(kind, fields string) string {
	return strings.Replace(distributedMap(kind, `"MaxConcurrency": 2`+fields), `"Type": "Task", "Resource": "work"`, `"Type": "Wait", "Seconds": 1000`, 1)
}

// A Map Run that is stopped aborts its children, and completes its results as in an
// Interpreter.
func TestAbortedMapRunsCompleteTheirResults(t *testing.T) {
	for _, kind := range []string{"EXPRESS", "STANDARD"} {
		t.Run(kind, func(t *testing.T) {
			definition := waiting(kind, `, "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b", "Prefix": "out"}}`)
			o := files(t)
			in := interpreter.New(interpreter.Config{Objects: o, Clock: interpreter.NewManualClock(began)})
			e, err := in.Start(context.Background(), compile(t, definition), []byte(`[1, 2, 3]`), interpreter.StartOptions{Name: "x", Seed: [2]uint64{1, 2}})
			require.NoError(t, err)
			for len(e.Children()) < 2 {
				runtime.Gosched()
			}
			require.NoError(t, e.Stop(context.Background(), "", ""))
			require.NoError(t, in.Shutdown(context.Background()))
			want := writtenTo(t, o)
			require.Contains(t, fmt.Sprint(want), "was aborted")

			o = files(t)
			x := mapRunOf(t, exportsIn(t, o), definition, `[1, 2, 3]`)
			register := x.register
			x.register = func(env *testsuite.TestWorkflowEnvironment) {
				register(env)
				env.RegisterDelayedCallback(env.CancelWorkflow, time.Second)
			}
			s, err := x.run()
			require.NoError(t, err)
			require.Equal(t, machine.Aborted, s.status)
			require.Equal(t, want, writtenTo(t, o))
		})
	}
}

// The end of an execution, or of the state, ends its Map Run.
func TestMapRunsEndWithTheirExecution(t *testing.T) {
	for _, kind := range []string{"EXPRESS", "STANDARD"} {
		t.Run(kind, func(t *testing.T) {
			var ended []string
			watch := func(x *trial) {
				register := x.register
				x.register = func(env *testsuite.TestWorkflowEnvironment) {
					register(env)
					env.SetOnChildWorkflowCompletedListener(func(info *workflow.Info, _ converter.EncodedValue, err error) {
						ended = append(ended, fmt.Sprint(info.WorkflowType.Name, " ", temporal.IsCanceledError(errors.Unwrap(err))))
					})
				}
			}
			try(t, Config{}, strings.Replace(waiting(kind, ""), `{`, `{"TimeoutSeconds": 100, `, 1), `[1, 2, 3]`, watch).
				requireError(t, machine.TimedOut, "", "")
			ended = nil
			branch := strings.Replace(waiting(kind, ""), `"Next": "Z"`, `"End": true`, 1)
			branch = strings.Replace(branch, `,
		"Z": {"Type": "Pass", "End": true}`, "", 1)
			s := try(t, Config{}, `{"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": [`+branch+`,
				{"StartAt": "V", "States": {"V": {"Type": "Wait", "Seconds": 9, "Next": "F"}, "F": {"Type": "Fail", "Error": "Enough"}}}],
				"Catch": [{"ErrorEquals": ["Enough"], "Next": "C"}], "End": true}, "C": {"Type": "Wait", "Seconds": 5, "End": true}}}`, `[1, 2, 3]`, watch)
			s.requireOutput(t, `{"Error":"Enough","Cause":null}`)
			want := []string{"asl.MapRun true"}
			if kind == "STANDARD" {
				want = append(want, "asl.Execution true", "asl.Execution true")
			}
			require.ElementsMatch(t, want, ended)
		})
	}
}

// A child's time passes: its waits, its retries, its timeouts, and its own machine's.
func TestTimePassesInChildren(t *testing.T) {
	var calls atomic.Int32
	busy := interpreter.Mux{"work": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
		calls.Add(1)
		if task.Attempt < 2 {
			return nil, asl.Errorf("Busy", "attempt %d", task.Attempt)
		}
		return task.Attempt, nil
	})}
	for _, kind := range []string{"EXPRESS", "STANDARD"} {
		calls.Store(0)
		definition := strings.Replace(distributedMap(kind, `"ResultSelector": {"n.$": "$[0]", "all.$": "States.ArrayLength($)"}`), `"Resource": "work"`,
			`"Resource": "work", "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 60}]`, 1)
		s := try(t, Config{Resolver: busy}, definition, `[1, 2, 3]`)
		s.requireOutput(t, `{"all":3,"n":2}`)
		require.Equal(t, int32(9), calls.Load())
		require.GreaterOrEqual(t, s.took, 3*time.Minute)
		require.Less(t, s.took, 4*time.Minute)
	}
	long := waiting("EXPRESS", `, "ToleratedFailureCount": 3, "ResultSelector": {"s.$": "$[2].Status"}`)
	try(t, Config{}, long, `[1, 2, 3]`).requireOutput(t, `{"s":"TIMED_OUT"}`) // after five minutes
}

// A child may have a Map Run of its own.
func TestMapRunsWithinChildren(t *testing.T) {
	inner := distributedMap("EXPRESS", "")
	inner = inner[:len(inner)-1] + `, "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}`
	definition := `{"StartAt": "O", "States": {"O": {"Type": "Map", "End": true, "ItemProcessor": ` + inner + `}}}`
	want := mapRunInProcess(t, interpreter.Config{Resolver: works()}, definition, `[[1, 2], [3]]`)
	s := try(t, Config{Resolver: works()}, definition, `[[1, 2], [3]]`)
	s.requireOutput(t, `[[1,2],[3]]`)
	require.Equal(t, bare(want.events), bare(s.events))
}

// A child's task is answered by its token, with the Map Run's workflow as its address or
// the child's own.
func TestCallbacksOfChildren(t *testing.T) {
	for _, kind := range []string{"EXPRESS", "STANDARD"} {
		t.Run(kind, func(t *testing.T) {
			var env *testsuite.TestWorkflowEnvironment
			tokens := make(chan string, 3)
			var answers sync.Map
			c := Config{}
			c.Resolver = interpreter.Mux{"work": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
				answers.Store(task.Token(), task.Input)
				tokens <- task.Token()
				return nil, interpreter.ErrResultPending
			})}
			x := func(x *trial) {
				x.register = func(e *testsuite.TestWorkflowEnvironment) {
					env = e
					Register(registry{env}, c)
					env.RegisterDelayedCallback(func() {
						for range 3 {
							token := <-tokens
							id, ok := machine.TokenExecution(token)
							require.True(t, ok)
							input, _ := answers.Load(token)
							require.NoError(t, env.SignalWorkflowByID(id, answerName, signal{answer{Token: token, Kind: "success"}, []byte(`"answer to ` + value.String(input) + `"`)}))
							require.NoError(t, env.SignalWorkflowByID(id, answerName, signal{answer{Token: token, Kind: "success"}, []byte(`"again"`)}))
						}
					}, time.Minute)
				}
			}
			s := try(t, c, distributedMap(kind, ""), `[1, 2, 3]`, x)
			s.requireOutput(t, `["answer to 1","answer to 2","answer to 3"]`)
		})
	}
}

// hostile reads and writes as nobody should.
type hostile struct{ act func(where string) }

func (h hostile) Open(context.Context, *itemreader.Request) (itemreader.Items, error) {
	h.act("open")
	return hostileItems(h), nil
}

type hostileItems hostile

func (h hostileItems) Next(n, _ int) (*itemreader.Chunk, error) {
	h.act("next")
	return &itemreader.Chunk{Items: make([]any, n+1)}, nil
}

func (h hostileItems) Close() error { h.act("close"); return nil }

type hostileWriter hostile

func (h hostileWriter) Open(context.Context, *resultwriter.Request) (resultwriter.Results, error) {
	h.act("open")
	return hostileResults(h), nil
}

func (h hostileWriter) Remove(context.Context, string, int64) error { h.act("remove"); return nil }

type hostileResults hostile

func (h hostileResults) Put(context.Context, []mapresult.Record) ([]byte, error) {
	h.act("put")
	return make([]byte, machine.MaxCursor+1), nil
}

func (h hostileResults) Close(context.Context, resultwriter.Summary) (any, error) {
	h.act("finish")
	return make(chan int), nil
}

func (h hostileResults) Abandon(context.Context) { h.act("abandon") }

// A reader or a writer that panics, ends its goroutine, or returns what it must not
// fails the Map state, and neither the worker nor the workflow.
func TestHostileReadersAndWriters(t *testing.T) {
	read := distributedMap("EXPRESS", `"ItemReader": {"Resource": "arn:aws:states:::s3:listObjectsV2", "Parameters": {"Bucket": "b"}}`)
	write := distributedMap("EXPRESS", `"ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b", "Prefix": "out"}}`)
	for name, act := range map[string]func(){"panic": func() { panic("in the hook") }, "Goexit": runtime.Goexit, "nothing": func() {}} {
		for _, where := range []string{"open", "next", "put"} {
			t.Run(name+" in "+where, func(t *testing.T) {
				h := hostile{func(at string) {
					if at == where {
						act()
					}
				}}
				c := Config{Resolver: works(), ItemReader: h, ResultWriter: hostileWriter(h)}
				s := try(t, c, read, `{}`)
				s.requireError(t, machine.Failed, asl.StatesItemReaderFailed, "")
				require.NotEmpty(t, orEmpty(s.outcome.Cause))
				s = try(t, c, write, `[1, 2]`)
				s.requireError(t, machine.Failed, asl.StatesResultWriterFailed, "")
				require.NotEmpty(t, orEmpty(s.outcome.Cause))
			})
		}
	}
}

// What does not fit into a payload fails the state, and leaves no workflow whose task
// fails for ever. Children with large inputs are read a few at a time.
func TestLargeItems(t *testing.T) {
	o := files(t)
	put := func(key string, lines ...int) string {
		w, err := o.Put(context.Background(), "b", key)
		require.NoError(t, err)
		for _, n := range lines {
			_, err = io.WriteString(w, `"`+noise(n)+`"`+"\n")
			require.NoError(t, err)
		}
		require.NoError(t, w.Close())
		return fmt.Sprintf(`"ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": %q}, "ReaderConfig": {"InputType": "JSONL"}}`, key)
	}
	writer := `, "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b", "Prefix": "out"}}`
	for _, kind := range []string{"EXPRESS", "STANDARD"} {
		c := exportsIn(t, o)
		try(t, c, distributedMap(kind, put("item", 1_600_000)), `{}`).requireError(t, machine.Failed, asl.StatesItemReaderFailed, "may have 1500000")
		s := try(t, c, distributedMap(kind, put("input", 1_400_000)+`, "ToleratedFailureCount": 1, "ResultSelector": {"e.$": "$[0].Error"}`), `{}`)
		s.requireError(t, machine.Failed, "States.DataLimitExceeded", "") // by the record of the child
		s = try(t, c, distributedMap(kind, put("twice", 900_000)+`, "ItemSelector": {"a.$": "$$.Map.Item.Value", "b.$": "$$.Map.Item.Value"}, "ToleratedFailureCount": 1`+writer), `{}`)
		s.requireError(t, machine.Failed, asl.StatesResultWriterFailed, "limit on Temporal")
		var lines []int
		for range 30 {
			lines = append(lines, 200_000)
		}
		x := mapRunOf(t, c, distributedMap(kind, put("large", lines...)+writer), `{}`)
		x.args.ContinueAfter, x.length = 1, 2
		s, err := x.run()
		require.NoError(t, err)
		require.Equal(t, machine.Succeeded, s.status, "%s", s.outcomeText())
		require.Greater(t, s.runs, 4)
	}
}

// The execution of a Map of 10,000 items has no more commands than one of few: the Map
// Run's workflow has them, over several runs.
func TestManyItemsLeaveTheExecutionSmall(t *testing.T) {
	const items = 10_000
	var text strings.Builder
	for i := range items {
		fmt.Fprintf(&text, "%d\n", i)
	}
	o := files(t)
	w, err := o.Put(context.Background(), "b", "10000.jsonl")
	require.NoError(t, err)
	_, err = io.WriteString(w, text.String())
	require.NoError(t, err)
	require.NoError(t, w.Close())
	definition := distributedMap("EXPRESS", `"ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "10000.jsonl"}, "ReaderConfig": {"InputType": "JSONL"}},
		"ResultSelector": {"last.$": "$[9999]", "n.$": "States.ArrayLength($)"}`)
	var tasks, reads atomic.Int32
	children := make(map[string]int) // runs by workflow
	s := try(t, Config{Resolver: works(), Objects: o}, definition, `{}`, func(x *trial) {
		register := x.register
		x.register = func(env *testsuite.TestWorkflowEnvironment) {
			register(env)
			env.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) {
				switch {
				case info.WorkflowExecution.ID == "x":
					t.Error("an activity of the execution itself: " + info.ActivityType.Name)
				case info.ActivityType.Name == ReadItemsType:
					reads.Add(1)
				default:
					tasks.Add(1)
				}
			})
			env.SetOnChildWorkflowStartedListener(func(info *workflow.Info, _ workflow.Context, _ converter.EncodedValues) {
				children[info.WorkflowExecution.ID]++
			})
		}
	})
	s.requireOutput(t, `{"last":9999,"n":10000}`)
	require.Equal(t, int32(items), tasks.Load())
	require.Len(t, children, 1)
	require.Less(t, reads.Load(), int32(200))
	t.Logf("%d tasks, %d readings, one child workflow (runs: %v), %d events of AWS", tasks.Load(), reads.Load(), children, len(s.events))
}
