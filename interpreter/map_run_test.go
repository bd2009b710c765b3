package interpreter_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/itemreader"
	"github.com/gostates/gostates/interpreter/mapresult"
	"github.com/gostates/gostates/interpreter/objects"
	"github.com/gostates/gostates/interpreter/resultwriter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
	"github.com/gostates/gostates/value"
)

// mapOf is a machine with a distributed Map and the fields given.
func mapOf(t *testing.T, fields, processor string) *interpreter.Program {
	t.Helper()
	p, err := interpreter.Compile([]byte(`{"StartAt":"Each","States":{"Each":{"Type":"Map","End":true,`+fields+`
		"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},`+processor+`}}}}`), interpreter.Options{})
	require.NoError(t, err)
	return p
}

const (
	csvReader = `"ItemReader":{"Resource":"arn:aws:states:::s3:getObject",
		"ReaderConfig":{"InputType":"CSV","CSVHeaderLocation":"FIRST_ROW"},"Parameters":{"Bucket":"in","Key":"rows.csv"}},`
	linesWriter = `"ResultWriter":{"Resource":"arn:aws:states:::s3:putObject","Parameters":{"Bucket":"out","Prefix":"p"},
		"WriterConfig":{"Transformation":"COMPACT","OutputType":"JSONL"}},`
	doubleTask = `"StartAt":"Double","States":{"Double":{"Type":"Task","Resource":"double","End":true}}`
)

type row struct{ ID string }

var double = interpreter.Func(func(_ context.Context, r row) (string, error) { return r.ID + r.ID, nil })

// objectsWithRows has n rows of CSV, and a bucket for results.
func objectsWithRows(t *testing.T, n int) *objects.MemoryStore {
	t.Helper()
	var b strings.Builder
	b.WriteString("id,name\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,n%d\n", i, i)
	}
	store := objects.Memory("in", "out")
	w, err := store.Put(context.Background(), "in", "rows.csv")
	require.NoError(t, err)
	_, err = w.Write([]byte(b.String()))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return store
}

// resultFiles returns the files of the only Map Run by their names.
func resultFiles(t *testing.T, store *objects.MemoryStore) map[string]string {
	t.Helper()
	page, err := store.List(context.Background(), "out", objects.ListOptions{})
	require.NoError(t, err)
	files := make(map[string]string)
	for _, info := range page.Objects {
		o, err := store.Get(context.Background(), "out", info.Key, objects.GetOptions{})
		require.NoError(t, err)
		data, err := io.ReadAll(o.Body)
		require.NoError(t, err)
		files[info.Key[strings.LastIndexByte(info.Key, '/')+1:]] = string(data)
	}
	return files
}

func doubles(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "\"%d%d\"\n", i, i)
	}
	return b.String()
}

func TestMapRunReadsItemsAndWritesResults(t *testing.T) {
	for _, width := range []int{1, 7, 0} {
		store := objectsWithRows(t, 2500)
		in := interpreter.New(interpreter.Config{Objects: store, Resolver: interpreter.Mux{"double": double}})
		p := mapOf(t, fmt.Sprintf(`"MaxConcurrency":%d,`, width)+csvReader+linesWriter, doubleTask)
		e, err := in.Start(context.Background(), p, nil, interpreter.StartOptions{KeepHistory: true})
		require.NoError(t, err)
		require.NoError(t, e.Wait(context.Background()))
		files := resultFiles(t, store)
		require.Equal(t, doubles(2500), files["SUCCEEDED_0.jsonl"])
		require.Len(t, files, 2)
		output, err := e.Output()
		require.NoError(t, err)
		require.Contains(t, value.String(output), `/manifest.json"`)
		var types []history.Type
		for ev := range e.Events() {
			types = append(types, ev.Type)
		}
		require.Equal(t, []history.Type{
			history.ExecutionStarted, history.MapStateEntered, history.MapStateStarted, history.MapRunStarted,
			history.MapRunSucceeded, history.MapStateSucceeded, history.MapStateExited, history.ExecutionSucceeded,
		}, types)
		runs, err := e.MapRuns(context.Background())
		require.NoError(t, err)
		require.Len(t, runs, 1)
		require.Equal(t, int64(2500), runs[0].Items.Succeeded)
		require.Equal(t, interpreter.Succeeded, runs[0].Status)
		require.NoError(t, in.Shutdown(context.Background()))
	}
}

func TestMapRunOfStateDataReturnsResultsInOrder(t *testing.T) {
	wait := interpreter.Func(func(ctx context.Context, n int) (int, error) {
		runtime.Gosched()
		return 2 * n, nil
	})
	in := interpreter.New(interpreter.Config{Resolver: interpreter.Mux{"double": wait}})
	defer in.Close()
	output, err := interpreter.Run[[]int](context.Background(), in, mapOf(t, ``, doubleTask), []int{3, 1, 2})
	require.NoError(t, err)
	require.Equal(t, []int{6, 2, 4}, output)
}

func TestMapRunFailsAboveItsTolerance(t *testing.T) {
	fails := interpreter.Func(func(_ context.Context, n int) (int, error) { return 0, fmt.Errorf("no %d", n) })
	in := interpreter.New(interpreter.Config{Resolver: interpreter.Mux{"double": fails}})
	defer in.Close()
	_, err := interpreter.Run[any](context.Background(), in, mapOf(t, ``, doubleTask), []int{3, 1, 2})
	require.ErrorContains(t, err, "States.ExceedToleratedFailureThreshold")
}

func TestVirtualTimePassesInChildren(t *testing.T) {
	clock := interpreter.NewVirtualClock(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	p := mapOf(t, `"MaxConcurrency":2,`, `"StartAt":"Sleep","States":{"Sleep":{"Type":"Wait","Seconds":3600,"End":true}}`)
	in := interpreter.New(interpreter.Config{Clock: clock})
	defer in.Close()
	_, err := interpreter.Run[any](context.Background(), in, p, []int{1, 2, 3, 4, 5})
	require.NoError(t, err)
	require.Equal(t, 3*time.Hour, clock.Now().Sub(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)))
}

func TestStopAbortsChildrenAndCompletesResults(t *testing.T) {
	store := objectsWithRows(t, 10)
	started := make(chan struct{}, 10)
	block := interpreter.HandlerFunc(func(ctx context.Context, task *interpreter.Task) (any, error) {
		started <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	})
	var log history.Log
	in := interpreter.New(interpreter.Config{Objects: store, Resolver: interpreter.Mux{"double": block}, History: &childLog{log: &log}})
	p := mapOf(t, `"MaxConcurrency":3,`+csvReader+strings.Replace(linesWriter, "COMPACT", "NONE", 1), doubleTask)
	e, err := in.Start(context.Background(), p, nil, interpreter.StartOptions{})
	require.NoError(t, err)
	for range 3 {
		<-started
	}
	require.NoError(t, e.Stop(context.Background(), "Stopped", "by hand"))
	runs, err := e.MapRuns(context.Background())
	require.NoError(t, err)
	require.Equal(t, interpreter.Aborted, runs[0].Status)
	require.NoError(t, in.Shutdown(context.Background()))
	files := resultFiles(t, store)
	require.Equal(t, 3, strings.Count(files["FAILED_0.jsonl"], `"Status":"ABORTED"`), files)
	require.Contains(t, files["FAILED_0.jsonl"], "which was managing this resource was aborted")
	require.Contains(t, files, "manifest.json")
}

// A host that saves neither children nor results loses nothing but time.
func TestMapRunContinuesAfterARestore(t *testing.T) {
	for _, childrenToo := range []bool{false, true} {
		var calls atomic.Int64
		reached := make(chan struct{}, 1)
		hold := interpreter.HandlerFunc(func(ctx context.Context, task *interpreter.Task) (any, error) {
			if calls.Add(1) > 4 {
				select {
				case reached <- struct{}{}:
				default:
				}
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return task.Input, nil
		})
		first := interpreter.New(interpreter.Config{Resolver: interpreter.Mux{"double": hold}})
		p := mapOf(t, `"MaxConcurrency":2,`, doubleTask)
		e, err := first.Start(context.Background(), p, []int{1, 2, 3, 4, 5, 6, 7}, interpreter.StartOptions{Name: "parent"})
		require.NoError(t, err)
		<-reached
		require.NoError(t, first.Close())
		parent, err := e.Snapshot()
		require.NoError(t, err)

		second := interpreter.New(interpreter.Config{Resolver: interpreter.Mux{"double": interpreter.Func(func(_ context.Context, n int) (int, error) { return n, nil })}})
		if childrenToo {
			for _, child := range first.Executions() {
				if child == e {
					continue
				}
				data, err := child.Snapshot()
				require.NoError(t, err)
				_, err = second.Restore(child.Program(), data, interpreter.StartOptions{})
				require.NoError(t, err)
			}
		}
		again, err := second.Restore(p, parent, interpreter.StartOptions{})
		require.NoError(t, err)
		second.AllRestored()
		require.NoError(t, again.Wait(context.Background()))
		output, err := again.Output()
		require.NoError(t, err)
		require.Equal(t, `[1,2,3,4,5,6,7]`, value.String(output))
		require.NoError(t, second.Close())
	}
}

// A process that ends after any number of calls leaves files without a gap or a double.
func TestStoredMapRunSurvivesCrashes(t *testing.T) {
	const items = 60
	executions, files := memory.New(), objectsWithRows(t, items)
	folder := t.TempDir()
	p := mapOf(t, `"MaxConcurrency":5,`+csvReader+linesWriter, doubleTask)
	var id store.ID
	for life := 1; ; life++ {
		var left atomic.Int64
		left.Store(int64(5 * life))
		crashed := make(chan struct{})
		var once sync.Once
		handler := interpreter.HandlerFunc(func(ctx context.Context, task *interpreter.Task) (any, error) {
			if left.Add(-1) < 0 {
				once.Do(func() { close(crashed) })
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return double.Handle(ctx, task)
		})
		in := interpreter.New(interpreter.Config{
			Objects: files, Resolver: interpreter.Mux{"double": handler}, Store: executions,
			ResultWriter: &resultwriter.Files{Objects: files, Folder: folder},
		})
		var e *interpreter.Execution
		var err error
		if life == 1 {
			e, err = in.Start(context.Background(), p, nil, interpreter.StartOptions{Name: "parent"})
			require.NoError(t, err)
			id = e.ID()
		} else {
			e, err = in.Execution(context.Background(), id)
			require.NoError(t, err)
		}
		done := make(chan error, 1)
		go func() { done <- e.Wait(context.Background()) }()
		select {
		case <-crashed:
			require.NoError(t, in.Close())
			<-done
			continue
		case err := <-done:
			require.NoError(t, err)
		}
		require.NoError(t, in.Shutdown(context.Background()))
		break
	}
	results := resultFiles(t, files)
	require.Equal(t, doubles(items), results["SUCCEEDED_0.jsonl"])
	in := interpreter.New(interpreter.Config{Store: executions})
	require.Eventually(t, func() bool { // a crash leaves children to a later sweep
		n, err := in.Count(context.Background(), store.Query{})
		return err == nil && n[interpreter.Succeeded] == 1 && len(n) == 1
	}, time.Minute, time.Millisecond, "children that have ended are removed")
	require.NoError(t, in.Shutdown(context.Background()))
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Empty(t, left)
}

// A stored Map Run whose results a crash would lose says so when it starts.
func TestMapRunWarnsOfResultsThatACrashLoses(t *testing.T) {
	const warning = "a crash fails this Map Run"
	for name, c := range map[string]struct {
		store  store.Store
		folder string
		warns  bool
	}{
		"stored, without a folder": {memory.New(), "", true},
		"stored, with a folder":    {memory.New(), t.TempDir(), false},
		"in memory":                {nil, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			files := objectsWithRows(t, 3)
			var log bytes.Buffer
			in := interpreter.New(interpreter.Config{
				Objects: files, Resolver: interpreter.Mux{"double": double}, Store: c.store,
				ResultWriter: &resultwriter.Files{Objects: files, Folder: c.folder},
				Logger:       slog.New(slog.NewTextHandler(&log, nil)),
			})
			e, err := in.Start(context.Background(), mapOf(t, csvReader+linesWriter, doubleTask), nil, interpreter.StartOptions{})
			require.NoError(t, err)
			require.NoError(t, e.Wait(context.Background()))
			require.NoError(t, in.Shutdown(context.Background()))
			require.Equal(t, c.warns, strings.Contains(log.String(), warning), log.String())
		})
	}
}

// Journals are removed with their Map Run, also if its results could not be opened.
func TestJournalsOfResultsThatCannotBeOpenedAreRemoved(t *testing.T) {
	retry := `"Retry":[{"ErrorEquals":["States.ResultWriterFailed"],"MaxAttempts":3,"IntervalSeconds":1}],`
	for name, c := range map[string]struct {
		store store.Store
		files objects.Objects
	}{
		"in memory": {nil, objects.Memory("in")},
		"stored":    {memory.New(), objects.Memory("in")},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			in := interpreter.New(interpreter.Config{
				Objects: c.files, Store: c.store, Clock: interpreter.NewVirtualClock(time.Unix(0, 0)),
				ResultWriter: &resultwriter.Files{Objects: c.files, Folder: folder},
				Logger:       slog.New(slog.DiscardHandler),
			})
			e, err := in.Start(context.Background(), mapOf(t, retry+csvReader+linesWriter, passProcessor), nil, interpreter.StartOptions{})
			require.NoError(t, err)
			require.ErrorContains(t, e.Wait(context.Background()), "Failed to write a test manifest")
			require.NoError(t, in.Shutdown(context.Background()))
			left, err := os.ReadDir(folder)
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}

// removals is a writer that cannot open results, and has the Map Runs to forget.
type removals struct{ arns chan string }

func (removals) Open(context.Context, *resultwriter.Request) (resultwriter.Results, error) {
	return nil, errors.New("a damaged journal")
}

func (w removals) Remove(_ context.Context, arn string, _ int64) error { w.arns <- arn; return nil }

func TestWritersForgetResultsThatTheyCannotOpen(t *testing.T) {
	w := removals{arns: make(chan string, 9)}
	in := interpreter.New(interpreter.Config{Objects: objectsWithRows(t, 3), ResultWriter: w})
	caught := `"Catch":[{"ErrorEquals":["States.ALL"],"Next":"Caught"}],`
	p, err := interpreter.Compile([]byte(`{"StartAt":"Each","States":{"Caught":{"Type":"Succeed"},"Each":{"Type":"Map","End":true,`+caught+csvReader+linesWriter+`
		"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},`+passProcessor+`}}}}`), interpreter.Options{})
	require.NoError(t, err)
	e, err := in.Start(context.Background(), p, nil, interpreter.StartOptions{})
	require.NoError(t, err)
	require.NoError(t, e.Wait(context.Background()))
	runs, err := e.MapRuns(context.Background())
	require.NoError(t, err)
	require.NoError(t, in.Shutdown(context.Background()))
	close(w.arns)
	require.Equal(t, runs[0].Arn, <-w.arns)
}

// hostileMap is a reader and a writer that misbehave in one of their methods.
type hostileMap struct {
	where string
	how   func()
}

func (h *hostileMap) act(where string) {
	if where == h.where {
		h.how()
	}
}

func (h *hostileMap) Open(context.Context, *itemreader.Request) (itemreader.Items, error) {
	h.act("open")
	return hostileItems{h}, nil
}

type hostileItems struct{ *hostileMap }

func (h hostileItems) Next(int, int) (*itemreader.Chunk, error) {
	h.act("next")
	return &itemreader.Chunk{Items: []any{int64(1)}, End: true}, nil
}

func (h hostileItems) Close() error { h.act("close items"); return nil }

type hostileWriter struct{ *hostileMap }

func (h hostileWriter) Open(context.Context, *resultwriter.Request) (resultwriter.Results, error) {
	h.act("open results")
	return hostileResults(h), nil
}

func (h hostileWriter) Remove(context.Context, string, int64) error { h.act("remove"); return nil }

type hostileResults struct{ *hostileMap }

func (h hostileResults) Put(context.Context, []mapresult.Record) ([]byte, error) {
	h.act("put")
	return nil, nil
}

func (h hostileResults) Close(context.Context, resultwriter.Summary) (any, error) {
	h.act("close")
	return "done", nil
}

func (h hostileResults) Abandon(context.Context) { h.act("abandon") }

func TestReadersAndWritersThatMisbehave(t *testing.T) {
	fatal := map[string]string{
		"open": "States.ItemReaderFailed", "next": "States.ItemReaderFailed",
		"open results": "States.ResultWriterFailed", "put": "States.ResultWriterFailed", "close": "States.ResultWriterFailed",
	}
	for _, where := range []string{"open", "next", "close items", "open results", "put", "close", "abandon", "remove"} {
		for how, f := range map[string]func(){
			"panic":  func() { panic("oh") },
			"Goexit": runtime.Goexit,
		} {
			t.Run(where+", "+how, func(t *testing.T) {
				h := &hostileMap{where, f}
				in := interpreter.New(interpreter.Config{ItemReader: h, ResultWriter: hostileWriter{h}, Logger: slog.New(slog.DiscardHandler)})
				p := mapOf(t, csvReader+linesWriter, `"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}`)
				e, err := in.Start(context.Background(), p, nil, interpreter.StartOptions{})
				require.NoError(t, err)
				err = e.Wait(context.Background())
				if want := fatal[where]; want != "" {
					var failed *interpreter.ExecutionError
					require.ErrorAs(t, err, &failed)
					require.ErrorContains(t, err, want)
				} else {
					require.NoError(t, err)
				}
				require.NoError(t, in.Shutdown(context.Background()))
			})
		}
	}
}

func TestReadersAndWritersThatBlock(t *testing.T) {
	for _, where := range []string{"open", "next", "open results", "put", "close"} {
		t.Run(where, func(t *testing.T) {
			inside, leave := make(chan struct{}), make(chan struct{})
			defer close(leave)
			h := &hostileMap{where, func() { close(inside); <-leave }}
			in := interpreter.New(interpreter.Config{ItemReader: h, ResultWriter: hostileWriter{h}, Logger: slog.New(slog.DiscardHandler)})
			p := mapOf(t, csvReader+linesWriter, `"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}`)
			e, err := in.Start(context.Background(), p, nil, interpreter.StartOptions{})
			require.NoError(t, err)
			<-inside
			require.NoError(t, e.Stop(context.Background(), "", ""))
			err = e.Wait(context.Background())
			var failed *interpreter.ExecutionError
			require.True(t, errors.As(err, &failed) && failed.Status == interpreter.Aborted, "%v", err)
			require.NoError(t, in.Close())
		})
	}
}

// childLog keeps the events of child executions.
type childLog struct{ log *history.Log }

func (c *childLog) Record(id string, events []history.Event) error {
	if strings.Contains(id, "/") {
		return c.log.Record(id, slices.Clone(events))
	}
	return nil
}

// An item may be null, which is not an absent input.
func TestChildrenGetTheirItemsAsTheyAre(t *testing.T) {
	in := interpreter.New(interpreter.Config{})
	defer in.Close()
	const items = `[null,1,"",{},[],false]`
	e, err := in.Start(context.Background(), mapOf(t, ``, `"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}`), []byte(items), interpreter.StartOptions{})
	require.NoError(t, err)
	require.NoError(t, e.Wait(context.Background()))
	output, err := e.Output()
	require.NoError(t, err)
	require.Equal(t, items, value.String(output))
}
