package interpreter_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/itemreader"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/mapresult"
	"github.com/gostates/gostates/interpreter/objects"
	"github.com/gostates/gostates/interpreter/resultwriter"
	"github.com/gostates/gostates/value"
)

const passProcessor = `"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}`

// nextFunc is a reader whose items come from a function.
type nextFunc func(call, maxItems int) (*itemreader.Chunk, error)

func (f nextFunc) Open(context.Context, *itemreader.Request) (itemreader.Items, error) {
	return &nextItems{next: f}, nil
}

type nextItems struct {
	next   nextFunc
	calls  int
	closed atomic.Int64
}

func (i *nextItems) Next(maxItems, _ int) (*itemreader.Chunk, error) {
	i.calls++
	return i.next(i.calls, maxItems)
}

func (i *nextItems) Close() error {
	i.closed.Add(1)
	return nil
}

// A reader that answers what it was not asked fails its Map Run, not more.
func TestReadersThatLie(t *testing.T) {
	cursor := []byte("same")
	for name, c := range map[string]struct {
		next nextFunc
		want string // empty: it succeeds
	}{
		"more items than asked": {func(_, n int) (*itemreader.Chunk, error) {
			return &itemreader.Chunk{Items: make([]any, n+1), Cursor: cursor}, nil
		}, "more items than it was asked for"},
		"no items and no end": {func(int, int) (*itemreader.Chunk, error) { return &itemreader.Chunk{}, nil }, "neither items nor the end"},
		"no chunk":            {func(int, int) (*itemreader.Chunk, error) { return nil, nil }, "neither items nor the end"},
		"keys of other items": {func(int, int) (*itemreader.Chunk, error) {
			return &itemreader.Chunk{Items: []any{"a"}, Keys: []string{"k", "l"}}, nil
		}, "another number of keys"},
		"a cursor without end": {func(int, int) (*itemreader.Chunk, error) {
			return &itemreader.Chunk{Items: []any{"a"}, Cursor: make([]byte, machine.MaxCursor+1)}, nil
		}, "cursor that is too long"},
		"items that are no values": {func(int, int) (*itemreader.Chunk, error) {
			return &itemreader.Chunk{Items: []any{struct{ A chan int }{}}, End: true}, nil
		}, "an item that is not a value"},
		"the same cursor again": {func(call, _ int) (*itemreader.Chunk, error) {
			return &itemreader.Chunk{Items: []any{int64(call)}, Cursor: cursor, End: call == 3}, nil
		}, ""},
		"an error after items": {func(call, _ int) (*itemreader.Chunk, error) {
			if call > 1 {
				return &itemreader.Chunk{Items: []any{"b"}}, errors.New("torn")
			}
			return &itemreader.Chunk{Items: []any{"a"}, Cursor: cursor}, nil
		}, "torn"},
	} {
		t.Run(name, func(t *testing.T) {
			in := interpreter.New(interpreter.Config{ItemReader: c.next})
			e, err := in.Start(background, mapOf(t, `"MaxConcurrency":2,`+csvReader, passProcessor), nil, interpreter.StartOptions{})
			require.NoError(t, err)
			err = e.Wait(background)
			if c.want == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, "States.ItemReaderFailed")
				require.ErrorContains(t, err, c.want)
			}
			require.NoError(t, in.Shutdown(background))
		})
	}
}

// lyingWriter is a writer with this receipt and this result.
type lyingWriter struct {
	receipt []byte
	output  any
}

func (w lyingWriter) Open(context.Context, *resultwriter.Request) (resultwriter.Results, error) {
	return w, nil
}
func (lyingWriter) Remove(context.Context, string, int64) error { return nil }
func (w lyingWriter) Put(context.Context, []mapresult.Record) ([]byte, error) {
	return w.receipt, nil
}
func (w lyingWriter) Close(context.Context, resultwriter.Summary) (any, error) { return w.output, nil }
func (lyingWriter) Abandon(context.Context)                                    {}

func TestWritersThatLie(t *testing.T) {
	for want, w := range map[string]lyingWriter{
		"receipt that is too long":     {receipt: make([]byte, machine.MaxCursor+1)},
		"a result that is not a value": {output: map[string]any{}},
		"States.DataLimitExceeded":     {output: strings.Repeat("x", 300_000)},
	} {
		in := interpreter.New(interpreter.Config{Objects: objectsWithRows(t, 3), ResultWriter: w, Logger: slog.New(slog.DiscardHandler)})
		e, err := in.Start(background, mapOf(t, csvReader+linesWriter, passProcessor), nil, interpreter.StartOptions{})
		require.NoError(t, err)
		err = e.Wait(background)
		var failed *interpreter.ExecutionError
		require.ErrorAs(t, err, &failed)
		require.ErrorContains(t, err, want)
		require.NoError(t, in.Shutdown(background))
	}
}

// Limits that cannot be are refused while the Map Run goes on.
func TestUpdatesOfAMapRunAreChecked(t *testing.T) {
	goOn, began := make(chan struct{}), make(chan struct{}, 9)
	wait := interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) {
		began <- struct{}{}
		<-goOn
		return nil, errors.New("no")
	})
	in := open(t, interpreter.Config{Resolver: interpreter.Mux{"double": wait}})
	e, err := in.Start(background, mapOf(t, `"MaxConcurrency":1,"ToleratedFailureCount":1,`, doubleTask), []int{1, 2, 3, 4}, interpreter.StartOptions{})
	require.NoError(t, err)
	<-began
	runs, err := e.MapRuns(background)
	require.NoError(t, err)
	number, percent := func(n int64) *int64 { return &n }, func(f float64) *float64 { return &f }
	for _, u := range []interpreter.MapRunUpdate{
		{MaxConcurrency: number(-1)}, {MaxConcurrency: number(math.MinInt64)}, {ToleratedFailureCount: number(-1)},
		{ToleratedFailurePercentage: percent(-0.1)}, {ToleratedFailurePercentage: percent(100.1)},
		{ToleratedFailurePercentage: percent(math.NaN())}, {ToleratedFailurePercentage: percent(math.Inf(1))},
		{MaxConcurrency: number(2), ToleratedFailureCount: number(-1)},
	} {
		require.Error(t, e.UpdateMapRun(background, runs[0].Arn, u))
	}
	after, err := e.MapRuns(background)
	require.NoError(t, err)
	require.Equal(t, runs, after, "a part of an update is not applied")
	require.ErrorIs(t, e.UpdateMapRun(background, "arn:other", interpreter.MapRunUpdate{}), interpreter.ErrNoMapRun)
	require.NoError(t, e.UpdateMapRun(background, runs[0].Arn, interpreter.MapRunUpdate{
		MaxConcurrency: number(math.MaxInt64), ToleratedFailureCount: number(math.MaxInt64), ToleratedFailurePercentage: percent(100)}))
	for range 3 {
		<-began
	}
	close(goOn)
	require.NoError(t, e.Wait(background))
}

func TestAHundredMapRunsAtOnce(t *testing.T) {
	files := objectsWithRows(t, 50)
	in := open(t, interpreter.Config{Objects: files, Resolver: interpreter.Mux{"double": double}})
	p := mapOf(t, `"MaxConcurrency":7,`+csvReader+linesWriter, doubleTask)
	var all []*interpreter.Execution
	for range 100 {
		e, err := in.Start(background, p, nil, interpreter.StartOptions{})
		require.NoError(t, err)
		all = append(all, e)
	}
	for _, e := range all {
		require.NoError(t, e.Wait(background))
		runs, err := e.MapRuns(background)
		require.NoError(t, err)
		require.EqualValues(t, 50, runs[0].Items.Succeeded)
		_, uuid, _ := strings.Cut(runs[0].Arn, "/")
		uuid = uuid[strings.LastIndexByte(uuid, ':')+1:]
		o, err := files.Get(background, "out", "p/"+uuid+"/SUCCEEDED_0.jsonl", objects.GetOptions{})
		require.NoError(t, err)
		results, err := io.ReadAll(o.Body)
		require.NoError(t, err)
		require.Equal(t, doubles(50), string(results))
	}
}

// A Map Run in a child of a Map Run in a child of a Map Run.
func TestMapRunsThreeDeep(t *testing.T) {
	processor := doubleTask
	for depth := range 2 {
		processor = fmt.Sprintf(`"StartAt":"Inner%d","States":{"Inner%d":{"Type":"Map","End":true,"ItemProcessor":{
			"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},%s}}}`, depth, depth, processor)
	}
	twice := interpreter.Func(func(_ context.Context, n int) (int, error) { return 2 * n, nil })
	for _, stops := range []bool{false, true} {
		began, goOn := make(chan struct{}, 8), make(chan struct{})
		waits := interpreter.HandlerFunc(func(ctx context.Context, task *interpreter.Task) (any, error) {
			began <- struct{}{}
			select {
			case <-goOn:
				return twice.Handle(ctx, task)
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		})
		in := open(t, interpreter.Config{Resolver: interpreter.Mux{"double": waits}})
		e, err := in.Start(background, mapOf(t, ``, processor), []byte(`[[[1,2],[3]],[[4]],[]]`), interpreter.StartOptions{})
		require.NoError(t, err)
		for range 4 {
			<-began
		}
		require.Equal(t, 2, len(e.Children())) // the third has ended
		if stops {
			require.NoError(t, e.Stop(background, "", ""))
			require.Error(t, e.Wait(background))
			require.True(t, soon(func() bool { return len(in.Executions()) == 0 }), "children are left")
			continue
		}
		close(goOn)
		require.NoError(t, e.Wait(background))
		output, err := e.Output()
		require.NoError(t, err)
		require.Equal(t, `[[[2,4],[6]],[[8]],[]]`, value.String(output))
	}
}

// Children of large items are started as long as they hold no more than HeldBytes.
func TestLargeItemsOfAMapRunTakeBoundedMemory(t *testing.T) {
	const size, items, most = 1 << 20, 20, 4
	synctest.Test(t, func(t *testing.T) {
		large := strings.Repeat("x", size)
		reader := nextFunc(func(call, _ int) (*itemreader.Chunk, error) {
			return &itemreader.Chunk{Items: []any{large}, Cursor: fmt.Append(nil, call), End: call == items}, nil
		})
		goOn := make(chan struct{})
		var running, ended atomic.Int64
		wait := interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) {
			running.Add(1)
			<-goOn
			running.Add(-1)
			ended.Add(1)
			return nil, nil
		})
		p := compile(t, `{"StartAt":"Each","States":{"Each":{"Type":"Map","End":true,"ResultPath":null,`+csvReader+`
			"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},`+doubleTask+`}}}}`,
			interpreter.Options{Limits: interpreter.Limits{PayloadBytes: 2 * size, HeldBytes: most * size}})
		in := interpreter.New(interpreter.Config{ItemReader: reader, Resolver: interpreter.Mux{"double": wait}})
		e, err := in.Start(background, p, nil, interpreter.StartOptions{})
		require.NoError(t, err)
		for ended.Load() < items {
			synctest.Wait()
			n := running.Load()
			require.Positive(t, n)
			require.LessOrEqual(t, n, int64(most+1))
			goOn <- struct{}{}
			synctest.Wait()
		}
		require.NoError(t, e.Wait(background))
		require.NoError(t, in.Shutdown(background))
	})
}

// A timeout of the parent aborts its children. One within a child's task is an error of that
// child alone.
func TestTimeoutsAroundAMapRun(t *testing.T) {
	const sleep = `"StartAt":"Sleep","States":{"Sleep":{"Type":"Wait","Seconds":3600,"End":true}}`
	writer := strings.Replace(linesWriter, "COMPACT", "NONE", 1)
	for name, c := range map[string]struct {
		fields, processor, machine string
		status                     interpreter.Status
		records                    string // of FAILED_0.jsonl
	}{
		"of the parent": {``, sleep, `"TimeoutSeconds":60,`, interpreter.TimedOut, `"Status":"ABORTED"`},
		"of a task":     {`"ToleratedFailurePercentage":100,`, `"StartAt":"Double","States":{"Double":{"Type":"Task","Resource":"double","TimeoutSeconds":60,"End":true}}`, ``, interpreter.Succeeded, `"Error":"States.Timeout"`},
	} {
		t.Run(name, func(t *testing.T) {
			files := objectsWithRows(t, 7)
			in := open(t, interpreter.Config{Objects: files, Clock: interpreter.NewVirtualClock(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)),
				Resolver: interpreter.Mux{"double": interpreter.HandlerFunc(func(ctx context.Context, _ *interpreter.Task) (any, error) { return nil, interpreter.ErrResultPending })}})
			p := compile(t, `{"StartAt":"Each",`+c.machine+`"States":{"Each":{"Type":"Map","End":true,"MaxConcurrency":3,`+c.fields+csvReader+writer+`
				"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},`+c.processor+`}}}}`)
			e, err := in.Start(background, p, nil, interpreter.StartOptions{})
			require.NoError(t, err)
			_ = e.Wait(background)
			require.Equal(t, c.status, e.Status())
			require.True(t, soon(func() bool { return len(in.Executions()) == 0 }), "children are left")
			require.NoError(t, in.Shutdown(background)) // the files are written
			failed := resultFiles(t, files)["FAILED_0.jsonl"]
			want := 7
			if c.status == interpreter.TimedOut {
				want = 3 // those that ran
			}
			require.Equal(t, want, strings.Count(failed, c.records), failed)
		})
	}
}
