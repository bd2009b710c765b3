package temporal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"

	"github.com/gostates/gostates/interpreter/resultwriter"
	"github.com/gostates/gostates/value"
)

// Map Runs on a server: the events of the execution, those of all workflows below it, and
// a replay of each of them.
func TestMapRunsOnAServer(t *testing.T) {
	c := newServer(t).client
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	o := files(t)
	var text strings.Builder
	for i := range 1_000 {
		fmt.Fprintf(&text, "%d\n", i)
	}
	object, err := o.Put(ctx, "b", "1000.jsonl")
	require.NoError(t, err)
	_, err = io.WriteString(object, text.String())
	require.NoError(t, err)
	require.NoError(t, object.Close())
	config := Config{Liveness: 3 * time.Second, Resolver: works(), Objects: o, ResultWriter: &resultwriter.Files{Objects: o, Folder: t.TempDir()}}
	queue := "map-" + time.Now().Format("150405.000")
	w := worker.New(c, queue, worker.Options{})
	Register(w, config)
	require.NoError(t, w.Start())
	defer w.Stop()

	items := func(n int) string { return "[" + strings.TrimSuffix(strings.Repeat("7,", n), ",") + "]" }
	reader := func(key string) string {
		return fmt.Sprintf(`"ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": %q}, "ReaderConfig": {"InputType": "JSONL"}}, `, key)
	}
	const (
		length = `"ResultSelector": {"n.$": "States.ArrayLength($)"}`
		writer = `"ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b", "Prefix": "out"}}`
	)
	for _, f := range []struct {
		name, definition, input string
		continueAfter           int
		during                  func(*Execution)
		output                  string // a part of it; empty: it is stopped
	}{
		{"EXPRESS, 300 items", distributedMap("EXPRESS", length), items(300), 500, nil, `{"n":300}`},
		{"STANDARD, 50 items", distributedMap("STANDARD", `"MaxConcurrency": 10, `+length), items(50), 60, nil, `{"n":50}`},
		{"a reader and a writer", distributedMap("EXPRESS", reader("many.jsonl")+writer), `{}`, 500, nil, `manifest.json`},
		{"1,000 items", distributedMap("EXPRESS", reader("1000.jsonl")+length), `{}`, 0, nil, `{"n":1000}`},
		{"stopped", waiting("STANDARD", ", "+writer), `[1, 2, 3]`, 0, func(e *Execution) {
			pending := func(id string) (ids []string) {
				d, err := c.DescribeWorkflowExecution(ctx, id, "")
				require.NoError(t, err)
				for _, child := range d.GetPendingChildren() {
					ids = append(ids, child.GetWorkflowId())
				}
				return ids
			}
			for len(pending(e.Name())) == 0 || len(pending(pending(e.Name())[0])) < 2 {
				require.NoError(t, ctx.Err())
			}
			mapRun := pending(e.Name())[0]
			children := pending(mapRun)
			require.NoError(t, e.Stop(ctx, "Enough", "is enough"))
			for _, id := range append(children, mapRun) {
				require.True(t, temporal.IsCanceledError(errors.Unwrap(c.GetWorkflow(ctx, id, "").Get(ctx, nil))), id)
			}
			require.Contains(t, fmt.Sprint(writtenTo(t, o)), "was aborted")
		}, ""},
	} {
		began := time.Now()
		k := NewClient(c, ClientOptions{TaskQueue: queue, ContinueAfter: f.continueAfter, KeepHistory: true})
		e, err := k.Start(ctx, compile(t, f.definition), []byte(f.input), StartOptions{})
		require.NoError(t, err, f.name)
		if f.during != nil {
			f.during(e)
		}
		output, err := e.output(ctx)
		if f.output == "" {
			require.ErrorContains(t, err, "ABORTED")
		} else {
			require.NoError(t, err, f.name)
			require.Contains(t, value.String(output), f.output)
		}
		took := time.Since(began).Round(10 * time.Millisecond)
		_, events, _ := replayRuns(t, ctx, c, config, e.Name())
		require.Less(t, events, 20, f.name)
		workflows, all := 0, 0
		for _, child := range childrenOf(t, ctx, c, e.Name()) {
			n, m, _ := replayTree(t, ctx, c, config, child)
			workflows, all = workflows+n, all+m
		}
		require.Positive(t, workflows, f.name)
		t.Logf("| %s | %s | %d events | %d workflows below, %d events |", f.name, took, events, workflows, all)
	}
}

// replayRuns replays all runs of a workflow.
func replayRuns(t *testing.T, ctx context.Context, c client.Client, config Config, id string) (runs, events, size int) {
	t.Helper()
	all, err := NewClient(c, ClientOptions{}).Execution(id).runs(ctx)
	require.NoError(t, err)
	for _, run := range all {
		hist := historyOf(t, ctx, c, id, run)
		for _, ev := range hist.Events {
			size += ev.Size()
		}
		events += len(hist.Events)
		if err := Replay(hist, config); err != nil {
			t.Errorf("%s: replay: %v", id, err)
		}
	}
	return len(all), events, size
}

func historyOf(t *testing.T, ctx context.Context, c client.Client, id, run string) *historypb.History {
	t.Helper()
	hist := new(historypb.History)
	for it := c.GetWorkflowHistory(ctx, id, run, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); it.HasNext(); {
		ev, err := it.Next()
		require.NoError(t, err)
		hist.Events = append(hist.Events, ev)
	}
	return hist
}

// childrenOf returns the child workflows that any run of a workflow has started.
func childrenOf(t *testing.T, ctx context.Context, c client.Client, id string) (ids []string) {
	t.Helper()
	runs, err := NewClient(c, ClientOptions{}).Execution(id).runs(ctx)
	require.NoError(t, err)
	for _, run := range runs {
		for _, ev := range historyOf(t, ctx, c, id, run).Events {
			if started := ev.GetChildWorkflowExecutionStartedEventAttributes(); started != nil {
				ids = append(ids, started.GetWorkflowExecution().GetWorkflowId())
			}
		}
	}
	return ids
}

// replayTree replays a workflow and all below it.
func replayTree(t *testing.T, ctx context.Context, c client.Client, config Config, id string) (workflows, events, most int) {
	t.Helper()
	_, events, _ = replayRuns(t, ctx, c, config, id)
	workflows, most = 1, events
	for _, child := range childrenOf(t, ctx, c, id) {
		n, m, of := replayTree(t, ctx, c, config, child)
		workflows, events, most = workflows+n, events+m, max(most, of)
	}
	return workflows, events, most
}
