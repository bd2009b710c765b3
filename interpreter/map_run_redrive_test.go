package interpreter_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/itemreader"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/mapresult"
	"github.com/gostates/gostates/interpreter/objects"
	"github.com/gostates/gostates/interpreter/resultwriter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
	"github.com/gostates/gostates/value"
)

// mapRedrives drives an execution with a Map Run through redrives, in one process or in
// one for each attempt.
type mapRedrives struct {
	t       *testing.T
	files   objects.Objects
	store   store.Store // nil: in memory
	folder  string      // of results
	restart bool        // a process for each attempt
	reader  itemreader.Reader
	writer  resultwriter.Writer
	clock   interpreter.Clock

	program *interpreter.Program
	in      *interpreter.Interpreter
	e       *interpreter.Execution
	id      store.ID

	mu       sync.Mutex
	handler  interpreter.Handler // instead of handle
	ended    map[string]int      // children that have succeeded, by ARN
	failures map[string]int      // how often a handler still fails, by input
}

func (m *mapRedrives) handle(_ context.Context, task *interpreter.Task) (any, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := value.String(task.Input)
	if m.failures[key] > 0 {
		m.failures[key]--
		return nil, errors.New("not yet")
	}
	return task.Input, nil
}

func (m *mapRedrives) open() {
	c := interpreter.Config{
		Objects: m.files, Store: m.store, ItemReader: m.reader, Clock: m.clock, History: m,
		Resolver: interpreter.Mux{"double": interpreter.HandlerFunc(func(ctx context.Context, task *interpreter.Task) (any, error) {
			m.mu.Lock()
			handler := m.handler
			m.mu.Unlock()
			if handler != nil {
				return handler.Handle(ctx, task)
			}
			return m.handle(ctx, task)
		})},
	}
	if c.ResultWriter = m.writer; m.writer == nil {
		c.ResultWriter = &resultwriter.Files{Objects: m.files, Folder: m.folder}
	}
	m.in = interpreter.New(c)
}

func (m *mapRedrives) start(input any) {
	m.ended = map[string]int{}
	m.open()
	var err error
	m.e, err = m.in.Start(context.Background(), m.program, input, interpreter.StartOptions{Name: "parent", KeepHistory: m.store == nil})
	require.NoError(m.t, err)
	if m.store != nil {
		m.id = m.e.ID()
	}
}

// Record implements history.Sink. A child that has succeeded has no more events.
func (m *mapRedrives) Record(id string, events []history.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !strings.Contains(id, "/") {
		return nil
	}
	for i := range events {
		if m.ended[id] > 0 {
			m.ended[id]++
		}
		if events[i].Type == history.ExecutionSucceeded {
			m.ended[id]++
		}
	}
	return nil
}

// redrive redrives the execution, after it has ended, and returns whether it succeeded.
func (m *mapRedrives) redrive() {
	if m.restart {
		m.close()
		m.open()
		var err error
		m.e, err = m.in.Execution(context.Background(), m.id)
		require.NoError(m.t, err)
	}
	_, err := m.e.Redrive(context.Background(), interpreter.RedriveOptions{})
	require.NoError(m.t, err)
}

func (m *mapRedrives) wait() interpreter.Status {
	_ = m.e.Wait(context.Background())
	return m.e.Status()
}

func (m *mapRedrives) close() {
	require.NoError(m.t, m.in.Shutdown(context.Background()))
	for child, n := range m.ended {
		require.Equal(m.t, 1, n, "%s has succeeded and runs again", child)
	}
}

// succeeded returns the records of the SUCCEEDED files that the manifest names.
func (m *mapRedrives) succeeded() []string {
	output, err := m.e.Output()
	require.NoError(m.t, err)
	details, _ := output.(*value.Object).Get("ResultWriterDetails")
	key, _ := details.(*value.Object).Get("Key")
	var manifest struct {
		ResultFiles struct {
			Succeeded []struct{ Key string } `json:"SUCCEEDED"`
			Failed    []struct{ Key string } `json:"FAILED"`
		}
	}
	require.NoError(m.t, json.Unmarshal(m.read(key.(string)), &manifest))
	require.Empty(m.t, manifest.ResultFiles.Failed)
	var lines []string
	for _, f := range manifest.ResultFiles.Succeeded {
		lines = append(lines, strings.Split(strings.TrimSuffix(string(m.read(f.Key)), "\n"), "\n")...)
	}
	return lines
}

func (m *mapRedrives) read(key string) []byte {
	o, err := m.files.Get(context.Background(), "out", key, objects.GetOptions{})
	require.NoError(m.t, err)
	defer o.Body.Close()
	data, err := io.ReadAll(o.Body)
	require.NoError(m.t, err)
	return data
}

func numbers(n int) (list []string) {
	for i := range n {
		list = append(list, strconv.Itoa(i))
	}
	return list
}

// numbersReader reads the numbers below n; at broken it fails, and then not again.
type numbersReader struct {
	n, broken int
	opened    int
}

func (r *numbersReader) Open(_ context.Context, q *itemreader.Request) (itemreader.Items, error) {
	r.opened++
	at := 0
	if q.Cursor != nil {
		at, _ = strconv.Atoi(string(q.Cursor))
	}
	return &numberItems{r, at}, nil
}

type numberItems struct {
	r  *numbersReader
	at int
}

func (i *numberItems) Next(most, _ int) (*itemreader.Chunk, error) {
	if i.r.broken > 0 && i.at+min(most, 3) > i.r.broken {
		i.r.broken = 0
		return nil, errors.New("a bad line")
	}
	n := min(most, 3, i.r.n-i.at)
	c := &itemreader.Chunk{Source: "numbers"}
	for range n {
		c.Items = append(c.Items, int64(i.at))
		i.at++
	}
	c.Cursor, c.End = []byte(strconv.Itoa(i.at)), i.at == i.r.n
	return c, nil
}

func (*numberItems) Close() error { return nil }

const numbersSource = `"ItemReader":{"Resource":"arn:aws:states:::s3:getObject","Parameters":{"Bucket":"in","Key":"k"}},`

// eachHost calls f for a host in memory, over a store, and over a store with a process
// for each attempt.
func eachHost(t *testing.T, f func(t *testing.T, m *mapRedrives)) {
	for name, of := range map[string]*mapRedrives{
		"in memory":                    {},
		"in memory, results in folder": {folder: "yes"},
		"stored":                       {store: memory.New(), folder: "yes"},
		"stored, in several processes": {store: memory.New(), folder: "yes", restart: true},
	} {
		t.Run(name, func(t *testing.T) {
			m := &mapRedrives{t: t, files: objects.Memory("in", "out"), restart: of.restart}
			if of.store != nil {
				m.store = memory.New()
			}
			if of.folder != "" {
				m.folder = t.TempDir()
			}
			f(t, m)
		})
	}
}

// A redrive runs the children that failed, and those that were never started. The
// manifest names the results of all attempts, each once.
func TestRedriveOfAMapRunRunsWhatIsLeft(t *testing.T) {
	const n = 40
	for name, c := range map[string]struct {
		fields, kind string
		failures     map[string]int
		whole        bool // all children succeed
	}{
		"STANDARD":  {`"MaxConcurrency":3,`, "STANDARD", map[string]int{"5": 1, "20": 2}, true},
		"EXPRESS":   {`"MaxConcurrency":3,`, "EXPRESS", map[string]int{"5": 1, "20": 2}, true},
		"tolerated": {`"MaxConcurrency":4,"ToleratedFailureCount":2,`, "STANDARD", map[string]int{"1": 1, "2": 1, "30": 9, "31": 9, "32": 2, "33": 1}, false},
	} {
		t.Run(name, func(t *testing.T) {
			eachHost(t, func(t *testing.T, m *mapRedrives) {
				m.reader = &numbersReader{n: n}
				m.program = mapOfKind(t, c.kind, c.fields+numbersSource+linesWriter, doubleTask)
				m.failures = map[string]int{}
				for k, v := range c.failures {
					m.failures[k] = v
				}
				m.start(nil)
				attempts := 1
				for m.wait() != interpreter.Succeeded {
					require.Less(t, attempts, 12)
					attempts++
					m.redrive()
				}
				require.Greater(t, attempts, 2)
				if c.whole {
					lines := m.succeeded()
					slices.SortFunc(lines, byNumber)
					require.Equal(t, numbers(n), lines)
				}
				runs, err := m.e.MapRuns(context.Background())
				require.NoError(t, err)
				require.Len(t, runs, 1)
				require.Equal(t, attempts-1, runs[0].Redrives)
				require.EqualValues(t, n, runs[0].Items.Total)
				require.EqualValues(t, len(m.ended), runs[0].Items.Succeeded)
				m.close()
				m.nothingIsLeft()
			})
		})
	}
}

func byNumber(a, b string) int {
	x, _ := strconv.Atoi(a)
	y, _ := strconv.Atoi(b)
	return x - y
}

// mapOfKind is mapOf with EXPRESS children.
func mapOfKind(t *testing.T, kind, fields, processor string) *interpreter.Program {
	t.Helper()
	p, err := interpreter.Compile([]byte(`{"StartAt":"Each","States":{"Each":{"Type":"Map","End":true,`+fields+`
		"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"`+kind+`"},`+processor+`}}}}`), interpreter.Options{})
	require.NoError(t, err)
	return p
}

// nothingIsLeft checks that a store has only the parent in the end.
func (m *mapRedrives) nothingIsLeft() {
	if m.store == nil {
		return
	}
	in := interpreter.New(interpreter.Config{Store: m.store})
	require.Eventually(m.t, func() bool {
		n, err := in.Count(context.Background(), store.Query{})
		return err == nil && n[interpreter.Succeeded] == 1 && len(n) == 1
	}, time.Minute, time.Millisecond, "children are removed")
	require.NoError(m.t, in.Shutdown(context.Background()))
}

// Without a ResultWriter the result of the state is that of an undisturbed run.
func TestRedriveOfAMapRunReturnsAllResults(t *testing.T) {
	for _, kind := range []string{"STANDARD", "EXPRESS"} {
		eachHost(t, func(t *testing.T, m *mapRedrives) {
			m.program = mapOfKind(t, kind, `"MaxConcurrency":2,"ItemBatcher":{"MaxItemsPerBatch":2},`, doubleTask)
			m.failures = map[string]int{`{"Items":[2,3]}`: 2, `{"Items":[6,7]}`: 1}
			m.start([]int{0, 1, 2, 3, 4, 5, 6, 7, 8})
			attempts := 1
			for ; m.wait() != interpreter.Succeeded; attempts++ {
				require.Less(t, attempts, 5)
				m.redrive()
			}
			require.Greater(t, attempts, 2)
			output, err := m.e.Output()
			require.NoError(t, err)
			require.Equal(t, `[{"Items":[0,1]},{"Items":[2,3]},{"Items":[4,5]},{"Items":[6,7]},{"Items":[8]}]`, value.String(output))
			require.Len(t, m.ended, 5)
			m.close()
			m.nothingIsLeft()
		})
	}
}

// A Map Run within a child is redriven with the child.
func TestRedriveOfAMapRunWithinAnother(t *testing.T) {
	eachHost(t, func(t *testing.T, m *mapRedrives) {
		m.program = mapOf(t, `"MaxConcurrency":2,`, `"StartAt":"Inner","States":{"Inner":{"Type":"Map","End":true,"MaxConcurrency":2,
			"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},`+doubleTask+`}}}`)
		m.failures = map[string]int{"12": 2, "31": 1}
		m.start([][]int{{10, 11, 12, 13}, {20}, {30, 31}, {40}})
		attempts := 1
		for m.wait() != interpreter.Succeeded {
			require.Less(t, attempts, 5)
			attempts++
			m.redrive()
		}
		output, err := m.e.Output()
		require.NoError(t, err)
		require.Equal(t, `[[10,11,12,13],[20],[30,31],[40]]`, value.String(output))
		require.Len(t, m.ended, 4+8)
		m.close()
		m.nothingIsLeft()
	})
}

// After Stop, children that ran are redriven, and those that had succeeded are not.
func TestRedriveOfAMapRunThatWasStopped(t *testing.T) {
	const n = 30
	eachHost(t, func(t *testing.T, m *mapRedrives) {
		m.reader = &numbersReader{n: n}
		m.program = mapOf(t, `"MaxConcurrency":3,`+numbersSource+linesWriter, doubleTask)
		for stops := 1; ; stops++ {
			reached := make(chan struct{}, n)
			left := 8 * stops
			handler := interpreter.HandlerFunc(func(ctx context.Context, task *interpreter.Task) (any, error) {
				m.mu.Lock()
				left--
				hold := left < 0
				m.mu.Unlock()
				if hold {
					reached <- struct{}{}
					<-ctx.Done()
					return nil, ctx.Err()
				}
				return m.handle(ctx, task)
			})
			m.mu.Lock()
			m.handler = handler // handlers of stopped children may still run
			m.mu.Unlock()
			if stops == 1 {
				m.start(nil)
			} else {
				m.redrive()
			}
			done := make(chan struct{})
			go func() { m.wait(); close(done) }()
			select {
			case <-reached:
				require.NoError(t, m.e.Stop(context.Background(), "", ""))
				<-done
				continue
			case <-done:
			}
			break
		}
		require.Equal(t, interpreter.Succeeded, m.e.Status())
		lines := m.succeeded()
		slices.SortFunc(lines, byNumber)
		require.Equal(t, numbers(n), lines)
		m.close()
		m.nothingIsLeft()
	})
}

// After a timeout of the execution, children that waited go on.
func TestRedriveOfAMapRunThatTimedOut(t *testing.T) {
	clock := interpreter.NewVirtualClock(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	p, err := interpreter.Compile([]byte(`{"StartAt":"Each","TimeoutSeconds":100,"States":{"Each":{"Type":"Map","End":true,"MaxConcurrency":2,`+linesWriter+`
		"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},"StartAt":"Sleep","States":{
			"Sleep":{"Type":"Wait","Seconds":60,"Next":"Double"},"Double":{"Type":"Task","Resource":"double","End":true}}}}}}`), interpreter.Options{})
	require.NoError(t, err)
	m := &mapRedrives{t: t, files: objects.Memory("in", "out"), program: p, clock: clock}
	m.start([]int{0, 1, 2, 3, 4, 5})
	attempts := 1
	for ; m.wait() != interpreter.Succeeded; attempts++ {
		require.Equal(t, interpreter.TimedOut, m.e.Status())
		m.redrive()
	}
	require.Greater(t, attempts, 1)
	lines := m.succeeded()
	slices.SortFunc(lines, byNumber)
	require.Equal(t, numbers(6), lines)
	m.close()
}

// After a failure of the reader the source is read again, and children are not.
func TestRedriveAfterTheItemReaderFailed(t *testing.T) {
	for _, broken := range []int{1, 10, 29} {
		eachHost(t, func(t *testing.T, m *mapRedrives) {
			m.reader = &numbersReader{n: 30, broken: broken}
			m.program = mapOf(t, `"MaxConcurrency":4,`+numbersSource+linesWriter, doubleTask)
			m.start(nil)
			require.Equal(t, interpreter.Failed, m.wait())
			require.ErrorContains(t, m.e.Wait(context.Background()), "States.ItemReaderFailed")
			m.redrive()
			require.Equal(t, interpreter.Succeeded, m.wait())
			lines := m.succeeded()
			slices.SortFunc(lines, byNumber)
			require.Equal(t, numbers(30), lines)
			m.close()
			m.nothingIsLeft()
		})
	}
}

// fullWriter fails one call.
type fullWriter struct {
	resultwriter.Writer
	mu    sync.Mutex
	where string
	after int // calls
}

func (w *fullWriter) fail(where string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if where != w.where {
		return nil
	}
	if w.after--; w.after == 0 {
		return errors.New("the disk is full")
	}
	return nil
}

func (w *fullWriter) Open(ctx context.Context, r *resultwriter.Request) (resultwriter.Results, error) {
	if err := w.fail("Open"); err != nil {
		return nil, err
	}
	results, err := w.Writer.Open(ctx, r)
	return &fullResults{results, w}, err
}

type fullResults struct {
	resultwriter.Results
	w *fullWriter
}

func (r *fullResults) Put(ctx context.Context, records []mapresult.Record) ([]byte, error) {
	if err := r.w.fail("Put"); err != nil {
		return nil, err
	}
	return r.Results.Put(ctx, records)
}

func (r *fullResults) Close(ctx context.Context, s resultwriter.Summary) (any, error) {
	if err := r.w.fail("Close"); err != nil {
		return nil, err
	}
	return r.Results.Close(ctx, s)
}

// steppedWriter calls put before each Put.
type steppedWriter struct {
	resultwriter.Writer
	put func() error
}

func (w steppedWriter) Open(ctx context.Context, r *resultwriter.Request) (resultwriter.Results, error) {
	results, err := w.Writer.Open(ctx, r)
	return steppedResults{results, w.put}, err
}

type steppedResults struct {
	resultwriter.Results
	put func() error
}

func (r steppedResults) Put(ctx context.Context, records []mapresult.Record) ([]byte, error) {
	if err := r.put(); err != nil {
		return nil, err
	}
	return r.Results.Put(ctx, records)
}

// A child whose result was not written is written by a redrive, also if the execution is
// told of it together with one whose result was.
func TestRedriveWritesWhatWasNotWritten(t *testing.T) {
	m := &mapRedrives{t: t, files: objects.Memory("in", "out"), folder: t.TempDir(), reader: &numbersReader{n: 2}}
	started, blocked, written, release := make(chan struct{}), make(chan struct{}), make(chan struct{}), make(chan struct{})
	puts := 0
	m.writer = steppedWriter{&resultwriter.Files{Objects: m.files, Folder: m.folder}, func() error {
		switch puts++; puts {
		case 1:
			<-started
			go interpreter.Drive(m.e, func() { close(blocked); <-release })
			<-blocked
			close(written)
		case 2:
			return errors.New("the disk is full")
		}
		return nil
	}}
	m.handler = interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
		if value.String(task.Input) == "1" {
			<-written
		}
		return task.Input, nil
	})
	m.program = mapOf(t, `"MaxConcurrency":2,`+numbersSource+linesWriter, doubleTask)
	m.start(nil)
	close(started)
	<-written
	require.True(t, soon(func() bool { return interpreter.Mailed(m.e) == 3 }), "an end, ResultsFailed, the other end")
	close(release)
	require.Equal(t, interpreter.Failed, m.wait())
	m.redrive()
	require.Equal(t, interpreter.Succeeded, m.wait())
	require.ElementsMatch(t, numbers(2), m.succeeded())
	m.close()
}

// After a failure of the writer, the results that it had are kept, and the others are
// written without running a child again.
func TestRedriveAfterTheResultWriterFailed(t *testing.T) {
	for _, where := range []string{"Open", "Put", "Close"} {
		for _, after := range []int{1, 4} {
			if after > 1 && where != "Put" {
				continue
			}
			eachHost(t, func(t *testing.T, m *mapRedrives) {
				if m.folder == "" {
					t.Skip("results without a folder are lost: see TestRedriveAfterResultsWereLost")
				}
				m.reader = &numbersReader{n: 30}
				m.writer = &fullWriter{Writer: &resultwriter.Files{Objects: m.files, Folder: m.folder}, where: where, after: after}
				m.program = mapOf(t, `"MaxConcurrency":4,`+numbersSource+linesWriter, doubleTask)
				m.start(nil)
				require.Equal(t, interpreter.Failed, m.wait())
				require.ErrorContains(t, m.e.Wait(context.Background()), "States.ResultWriterFailed")
				m.redrive()
				require.Equal(t, interpreter.Succeeded, m.wait(), "%v", m.e.Wait(context.Background()))
				lines := m.succeeded()
				slices.SortFunc(lines, byNumber)
				require.Equal(t, numbers(30), lines)
				m.close()
				m.nothingIsLeft()
			})
		}
	}
}

// Results without a folder are lost when they cannot be written: a redrive runs all items
// again, in a new Map Run.
func TestRedriveAfterResultsWereLost(t *testing.T) {
	m := &mapRedrives{t: t, reader: &numbersReader{n: 5}}
	broken := &closingObjects{Objects: objects.Memory("in", "out"), left: 2} // after the test manifest
	m.files = broken
	m.program = mapOf(t, numbersSource+linesWriter, doubleTask)
	m.start(nil)
	require.Equal(t, interpreter.Failed, m.wait())
	require.ErrorContains(t, m.e.Wait(context.Background()), "States.ResultWriterFailed")
	first, err := m.e.MapRuns(context.Background())
	require.NoError(t, err)
	m.redrive()
	require.Equal(t, interpreter.Succeeded, m.wait())
	require.Equal(t, numbers(5), m.succeeded())
	second, err := m.e.MapRuns(context.Background())
	require.NoError(t, err)
	require.Len(t, second, 2)
	require.NotEqual(t, first[0].Arn, second[1].Arn)
	m.close()
}

// closingObjects fails the left-th Put.
type closingObjects struct {
	objects.Objects
	left int
}

func (o *closingObjects) Put(ctx context.Context, bucket, key string) (objects.Writer, error) {
	if o.left--; o.left == 0 {
		return nil, errors.New("the disk is full")
	}
	return o.Objects.Put(ctx, bucket, key)
}

// A child is redriven with its Map Run only.
func TestChildOfAMapRunIsNotRedrivenByItself(t *testing.T) {
	m := &mapRedrives{t: t, store: memory.New(), files: objects.Memory()}
	m.program = mapOf(t, `"MaxConcurrency":1,`, doubleTask)
	m.failures = map[string]int{"1": 1}
	m.start([]int{0, 1, 2})
	require.Equal(t, interpreter.Failed, m.wait())
	var child store.ID
	for l, err := range m.in.ListTree(context.Background(), m.id) {
		require.NoError(t, err)
		if l.ID != m.id && l.Status == interpreter.Failed {
			child = l.ID
		}
	}
	require.NotZero(t, child)
	_, err := m.in.Redrive(context.Background(), child, interpreter.RedriveOptions{})
	var refused *machine.NotRedrivableError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "ValidationException", refused.Code)
	require.Equal(t, "Labeled Execution ARNs are not supported for this API", refused.Message)
	redriven := 0
	for l, err := range m.in.RedriveAll(context.Background(), store.Query{}, interpreter.RedriveOptions{}) {
		require.NoError(t, err)
		require.Equal(t, m.id, l.ID)
		redriven++
	}
	require.Equal(t, 1, redriven)
	require.Equal(t, interpreter.Succeeded, m.wait())
	require.Len(t, m.ended, 3)
	m.close()
	m.nothingIsLeft()
}

// A child that a store has lost is started again from its input.
func TestLostChildIsStartedAgain(t *testing.T) {
	m := &mapRedrives{t: t, store: memory.New(), files: objects.Memory()}
	m.program = mapOf(t, `"MaxConcurrency":1,`, doubleTask)
	m.failures = map[string]int{"1": 1}
	m.start([]int{0, 1, 2})
	require.Equal(t, interpreter.Failed, m.wait())
	for l, err := range m.in.ListTree(context.Background(), m.id) {
		require.NoError(t, err)
		if l.ID != m.id {
			require.NoError(t, m.in.Delete(context.Background(), l.ID))
		}
	}
	m.redrive()
	require.Equal(t, interpreter.Succeeded, m.wait())
	require.Len(t, m.ended, 3)
	m.close()
	m.nothingIsLeft()
}

// A parent that was restored from a snapshot after its end has no children in memory.
func TestRedriveOfAMapRunAfterARestore(t *testing.T) {
	m := &mapRedrives{t: t, files: objects.Memory()}
	m.program = mapOf(t, `"MaxConcurrency":1,`, doubleTask)
	m.failures = map[string]int{"1": 2}
	m.start([]int{0, 1, 2})
	for range 2 {
		require.Equal(t, interpreter.Failed, m.wait())
		data, err := m.e.Snapshot()
		require.NoError(t, err)
		m.close()
		m.open()
		m.e, err = m.in.Restore(m.program, data, interpreter.StartOptions{})
		require.NoError(t, err)
		m.redrive()
	}
	require.Equal(t, interpreter.Succeeded, m.wait())
	output, err := m.e.Output()
	require.NoError(t, err)
	require.Equal(t, `[0,1,2]`, value.String(output))
	require.Len(t, m.ended, 3)
	m.close()
}
