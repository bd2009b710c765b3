package interpreter_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/itemreader"
	"github.com/gostates/gostates/interpreter/objects"
	"github.com/gostates/gostates/interpreter/resultwriter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// laterClock is the system's clock, so much later.
type laterClock time.Duration

func (c laterClock) Now() time.Time { return time.Now().Add(time.Duration(c)) }
func (c laterClock) AfterFunc(d time.Duration, f func()) interpreter.Timer {
	return time.AfterFunc(d, f)
}

// limitedMap is a machine that times out after a minute, with a Map Run of rows.
func limitedMap(t *testing.T) *interpreter.Program {
	t.Helper()
	return compile(t, `{"StartAt":"Each","TimeoutSeconds":60,"States":{"Each":{"Type":"Map","End":true,"MaxConcurrency":3,`+csvReader+`
		"ResultWriter":{"Resource":"arn:aws:states:::s3:putObject","Parameters":{"Bucket":"out","Prefix":"p"},"WriterConfig":{"Transformation":"NONE","OutputType":"JSONL"}},
		"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},`+doubleTask+`}}}}`)
}

// blockAfter is double for the first n items, and blocks for others.
func blockAfter(n int64, blocked chan<- struct{}) interpreter.Handler {
	var calls atomic.Int64
	return interpreter.HandlerFunc(func(ctx context.Context, task *interpreter.Task) (any, error) {
		if calls.Add(1) > n {
			blocked <- struct{}{}
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return double.Handle(ctx, task)
	})
}

// failingClose is a writer whose results wait in Close until their context ends.
type failingClose struct {
	resultwriter.Writer
	closing chan<- struct{}
}

func (w failingClose) Open(ctx context.Context, q *resultwriter.Request) (resultwriter.Results, error) {
	r, err := w.Writer.Open(ctx, q)
	return failingResults{r, w.closing}, err
}

type failingResults struct {
	resultwriter.Results
	closing chan<- struct{}
}

func (r failingResults) Close(ctx context.Context, _ resultwriter.Summary) (any, error) {
	r.closing <- struct{}{}
	<-ctx.Done()
	return nil, ctx.Err()
}

// An execution that times out while no process has it aborts its children with AWS's
// cause, and their results are written, also if a process ends before they are.
func TestMapRunIsAbortedWhileItIsNotInMemory(t *testing.T) {
	for _, crashes := range []int{0, 1, 2} {
		executions, files, folder := memory.New(), objectsWithRows(t, 10), t.TempDir()
		p := limitedMap(t)
		blocked := make(chan struct{}, 10)
		config := interpreter.Config{
			Store: executions, Objects: files, Resolver: interpreter.Mux{"double": blockAfter(4, blocked)},
			ResultWriter: &resultwriter.Files{Objects: files, Folder: folder},
		}
		in := open(t, config)
		e, err := in.Start(background, p, nil, interpreter.StartOptions{Name: "parent"})
		require.NoError(t, err)
		for range 3 {
			<-blocked
		}
		runs, err := e.MapRuns(background)
		require.NoError(t, err)
		require.Len(t, runs, 1)
		crash(t, in)

		config.Clock = laterClock(time.Hour)
		for range crashes {
			closing := make(chan struct{}, 1)
			failing := config
			failing.ResultWriter = failingClose{config.ResultWriter, closing}
			in = open(t, failing)
			<-closing
			crash(t, in)
		}
		in = open(t, config)
		require.True(t, soon(func() bool { return status(t, executions, e.ID()) == interpreter.TimedOut }))
		require.True(t, soon(func() bool { // a redrive needs the aborted ones
			n, err := in.Count(background, store.Query{})
			return err == nil && len(n) == 2 && n[interpreter.TimedOut] == 1 && n[interpreter.Aborted] == 3 &&
				strings.Contains(resultFiles(t, files)["manifest.json"], "FAILED_0")
		}), "other children are left")
		results := resultFiles(t, files)
		require.Equal(t, 4, strings.Count(results["SUCCEEDED_0.jsonl"], "\n"), results)
		require.Equal(t, 3, strings.Count(results["FAILED_0.jsonl"], "\n"), results)
		require.Equal(t, 3, strings.Count(results["FAILED_0.jsonl"], `"Cause":"The map run execution [`+runs[0].Arn+`] which was managing this resource was aborted"`), results)
		require.Contains(t, results["manifest.json"], "FAILED_0.jsonl")
		require.True(t, soon(func() bool {
			left, err := os.ReadDir(folder)
			return err == nil && len(left) == 0
		}), "the journal is left")

		e, err = in.Execution(background, e.ID())
		require.NoError(t, err)
		ended, err := e.MapRuns(background)
		require.NoError(t, err)
		require.Len(t, ended, 1)
		require.Equal(t, interpreter.Aborted, ended[0].Status)
		require.Equal(t, runs[0].Arn, ended[0].Arn)
		require.EqualValues(t, 4, ended[0].Items.Succeeded)
	}
}

// A process without a reader or a writer parks the Map Runs of an earlier one, and a
// later process goes on with them.
func TestAMapRunWithoutReaderOrWriterIsParked(t *testing.T) {
	for name, c := range map[string]struct {
		lacks func(*interpreter.Config)
		want  string
	}{
		"reader": {func(c *interpreter.Config) { c.Objects = nil }, "Config.ItemReader and Config.Objects are not set"},
		"writer": {func(c *interpreter.Config) {
			c.ItemReader, c.Objects, c.ResultWriter = &itemreader.ObjectReader{Objects: c.Objects}, nil, nil
		}, "Config.ResultWriter and Config.Objects are not set"},
	} {
		for _, stops := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", stops ", stops), func(t *testing.T) {
				executions, files, folder := memory.New(), objectsWithRows(t, 10), t.TempDir()
				blocked := make(chan struct{}, 10)
				config := interpreter.Config{
					Store: executions, Objects: files, Resolver: interpreter.Mux{"double": blockAfter(4, blocked)},
					ResultWriter: &resultwriter.Files{Objects: files, Folder: folder},
				}
				in := open(t, config)
				e, err := in.Start(background, limitedMap(t), nil, interpreter.StartOptions{})
				require.NoError(t, err)
				for range 3 {
					<-blocked
				}
				crash(t, in)

				config.Resolver = interpreter.Mux{"double": double}
				lacking := config
				c.lacks(&lacking)
				in = open(t, lacking)
				require.True(t, soon(func() bool { return describe(t, in, e.ID()).Parked != "" }))
				require.Contains(t, describe(t, in, e.ID()).Parked, c.want)
				require.Equal(t, interpreter.Running, status(t, executions, e.ID()))
				if stops {
					parked, err := in.Execution(background, e.ID())
					require.NoError(t, err)
					require.NoError(t, parked.Stop(background, "Gone", ""))
					require.True(t, soon(func() bool { return status(t, executions, e.ID()) == interpreter.Aborted }))
					return
				}
				require.NoError(t, in.Shutdown(background))

				in = open(t, config)
				require.True(t, soon(func() bool { return status(t, executions, e.ID()) == interpreter.Succeeded }))
				require.Equal(t, 10, strings.Count(resultFiles(t, files)["SUCCEEDED_0.jsonl"], "\n"))
			})
		}
	}
}

// keptJournal is a writer whose Remove waits until its context ends, the first time.
type keptJournal struct {
	resultwriter.Writer
	removing chan struct{}
}

func (w keptJournal) Remove(ctx context.Context, arn string, redrive int64) error {
	close(w.removing)
	<-ctx.Done()
	return ctx.Err()
}

// What the writer keeps of a Map Run is removed by the next process, if one ends
// between the end of the Map Run and that. The Map Run is then described from the store.
func TestMapRunThatHasEndedIsKnownToLaterProcesses(t *testing.T) {
	executions, files, folder := memory.New(), objectsWithRows(t, 10), t.TempDir()
	p := compile(t, `{"StartAt":"Each","States":{"Each":{"Type":"Map","Next":"Then",`+csvReader+linesWriter+`
		"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},`+doubleTask+`}},
		"Then":{"Type":"Task","Resource":"then","End":true}}}`)
	writer := &resultwriter.Files{Objects: files, Folder: folder}
	then := make(chan struct{})
	config := interpreter.Config{
		Store: executions, Objects: files, ResultWriter: keptJournal{writer, make(chan struct{})},
		Resolver: interpreter.Mux{"double": double, "then": interpreter.HandlerFunc(func(ctx context.Context, _ *interpreter.Task) (any, error) {
			select {
			case <-then:
				return "done", nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		})},
	}
	removing := config.ResultWriter.(keptJournal).removing
	in := open(t, config)
	e, err := in.Start(background, p, nil, interpreter.StartOptions{Name: "parent"})
	require.NoError(t, err)
	<-removing
	want, err := e.MapRuns(background)
	require.NoError(t, err)
	require.Len(t, want, 1)
	require.Equal(t, interpreter.Succeeded, want[0].Status)
	require.EqualValues(t, 10, want[0].Items.ResultsWritten)
	crash(t, in)
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.NotEmpty(t, left)

	config.ResultWriter = writer
	in = open(t, config)
	require.True(t, soon(func() bool {
		left, err := os.ReadDir(folder)
		return err == nil && len(left) == 0
	}), "the journal is left")
	for _, ended := range []bool{false, true} {
		if ended {
			close(then)
		}
		e, err = in.Execution(background, e.ID())
		require.NoError(t, err)
		if ended {
			require.NoError(t, e.Wait(background))
			crash(t, in)
			in = open(t, config)
			e, err = in.Execution(background, e.ID())
			require.NoError(t, err)
		}
		runs, err := e.MapRuns(background)
		require.NoError(t, err)
		require.Equal(t, want, runs)
	}
	err = e.UpdateMapRun(background, want[0].Arn, interpreter.MapRunUpdate{})
	require.ErrorIs(t, err, interpreter.ErrNoMapRun)
}

// heldWriter is a writer that waits before it opens results, and before it closes them.
type heldWriter struct {
	resultwriter.Writer
	held    string // "open" or "close"
	holding chan struct{}
	leave   chan struct{}
	returns chan struct{}
}

func (w *heldWriter) hold(where string) (leave func()) {
	if where != w.held {
		return func() {}
	}
	close(w.holding)
	<-w.leave
	return func() { close(w.returns) }
}

func (w *heldWriter) Open(ctx context.Context, q *resultwriter.Request) (resultwriter.Results, error) {
	defer w.hold("open")()
	r, err := w.Writer.Open(ctx, q)
	if err != nil {
		return nil, err
	}
	return heldResults{r, w}, nil
}

type heldResults struct {
	resultwriter.Results
	writer *heldWriter
}

func (r heldResults) Close(ctx context.Context, s resultwriter.Summary) (any, error) {
	defer r.writer.hold("close")()
	return r.Results.Close(ctx, s)
}

// heldCommit is a store that hangs once a Map Run has all its items, before anybody is
// told that this is stored.
type heldCommit struct {
	*lostOwner
	armed   atomic.Bool
	holding chan struct{}
	leave   chan struct{}
}

func (s *heldCommit) Commit(ctx context.Context, changes []store.Change) error {
	err := s.lostOwner.Commit(ctx, changes)
	if s.armed.Load() && s.armed.Swap(false) {
		close(s.holding)
		<-s.leave
	}
	return err
}

// Renew loses the lease once a call is held, and gives it to others.
func (s *heldCommit) Renew(ctx context.Context, owner store.Owner, ttl time.Duration) error {
	select {
	case <-s.holding:
		return errors.Join(store.ErrLease, s.Leave(ctx, owner))
	default:
		return s.Shared.Renew(ctx, owner, ttl)
	}
}

// A process that hangs, and goes on after another one has continued its Map Run, does
// not replace files of that.
func TestAProcessThatLostItsLeaseLeavesFilesAlone(t *testing.T) {
	const items = 5
	for _, held := range []string{"open", "close", "store"} {
		t.Run(held, func(t *testing.T) {
			lost, files, folder := newLostOwner(), objectsWithRows(t, items), t.TempDir()
			writer := &heldWriter{&resultwriter.Files{Objects: files, Folder: folder}, held, make(chan struct{}), make(chan struct{}), make(chan struct{})}
			shared := lost.Shared
			s := &heldCommit{lostOwner: lost, holding: writer.holding, leave: writer.leave}
			left := atomic.Int64{}
			left.Store(items)
			last := interpreter.HandlerFunc(func(ctx context.Context, task *interpreter.Task) (any, error) {
				if left.Add(-1) == 0 && held == "store" {
					s.armed.Store(true)
				}
				return double.Handle(ctx, task)
			})
			p := mapOf(t, `"MaxConcurrency":1,`+csvReader+linesWriter, doubleTask)
			first := interpreter.New(interpreter.Config{Store: s, Lease: shortLease, Objects: files, Resolver: interpreter.Mux{"double": last}, ResultWriter: writer})
			require.True(t, soon(func() bool { return interpreter.Owns(first) }))
			e, err := first.Start(background, p, nil, interpreter.StartOptions{})
			require.NoError(t, err)
			<-writer.holding
			lost.expire()
			require.True(t, soon(func() bool { return !interpreter.Owns(first) }))

			second := another(t, interpreter.Config{Store: shared, Lease: shortLease, Objects: files, Resolver: interpreter.Mux{"double": double}, ResultWriter: writer.Writer})
			require.True(t, soon(func() bool { return status(t, shared, e.ID()) == interpreter.Succeeded }))
			want := resultFiles(t, files)
			require.Equal(t, doubles(items), want["SUCCEEDED_0.jsonl"])
			require.Contains(t, want["manifest.json"], "SUCCEEDED_0.jsonl")
			page, err := files.List(background, "out", objects.ListOptions{})
			require.NoError(t, err)
			for _, info := range page.Objects {
				files.Set("out", info.Key, []byte("later"))
			}
			close(writer.leave)
			require.ErrorIs(t, e.Wait(background), interpreter.ErrLeaseLost)
			if held != "store" {
				<-writer.returns
			}
			require.NoError(t, first.Shutdown(background))
			for name, content := range resultFiles(t, files) {
				require.Equal(t, "later", content, name)
			}
			require.NoError(t, second.Shutdown(background))
		})
	}
}

// heldRemove is a writer whose Remove waits.
type heldRemove struct {
	resultwriter.Writer
	leave <-chan struct{}
}

func (w heldRemove) Remove(ctx context.Context, arn string, redrive int64) error {
	<-w.leave
	return w.Writer.Remove(ctx, arn, redrive)
}

// noList is a store that cannot list executions until it is told to.
type noList struct {
	store.Store
	refuses atomic.Bool
	asked   atomic.Int64
}

func (s *noList) List(ctx context.Context, q store.Query) ([]store.Listed, error) {
	if s.refuses.Load() {
		s.asked.Add(1)
		return nil, errBroken
	}
	return s.Store.List(ctx, q)
}

// A process that finds that its execution has ended, and shuts down, first does what an
// earlier process has left of the Map Runs. If it cannot, it leaves that to the next one.
func TestShutdownWaitsForWhatIsLeftOfMapRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		executions, files, folder := &noList{Store: memory.New()}, objectsWithRows(t, 10), t.TempDir()
		p := mapOf(t, csvReader+linesWriter, doubleTask)
		writer := &resultwriter.Files{Objects: files, Folder: folder}
		removing := make(chan struct{})
		config := interpreter.Config{
			Store: executions, Objects: files, Resolver: interpreter.Mux{"double": double},
			ResultWriter: keptJournal{writer, removing}, Logger: slog.New(slog.DiscardHandler),
		}
		journal := func() int {
			left, err := os.ReadDir(folder)
			require.NoError(t, err)
			return len(left)
		}
		due := func(id store.ID) int64 {
			st, err := executions.Load(background, id)
			require.NoError(t, err)
			return st.Head.Due
		}
		const orphansDue = 1
		in := interpreter.New(config)
		e, err := in.Start(background, p, nil, interpreter.StartOptions{Name: "parent"})
		require.NoError(t, err)
		<-removing
		require.NoError(t, e.Wait(background))
		require.NoError(t, in.Close())
		require.NotZero(t, journal())
		require.EqualValues(t, orphansDue, due(e.ID()))

		config.ResultWriter = writer
		executions.refuses.Store(true) // the children cannot be found
		in = interpreter.New(config)
		e, err = in.Execution(background, e.ID())
		require.NoError(t, err)
		synctest.Wait()
		require.NotZero(t, executions.asked.Load())
		require.NoError(t, in.Shutdown(background))
		require.EqualValues(t, orphansDue, due(e.ID()))
		executions.refuses.Store(false)

		leave := make(chan struct{})
		config.ResultWriter = heldRemove{writer, leave}
		in = interpreter.New(config)
		e, err = in.Execution(background, e.ID())
		require.NoError(t, err)
		require.NoError(t, e.Wait(background))
		done := make(chan error, 1)
		go func() { done <- in.Shutdown(background) }()
		synctest.Wait()
		require.Empty(t, done, "Shutdown waits for Remove")
		require.EqualValues(t, orphansDue, due(e.ID()))
		close(leave)
		require.NoError(t, <-done)
		require.Zero(t, journal())
		require.Greater(t, due(e.ID()), int64(orphansDue), "nothing is left to a later process")
	})
}
