package resultwriter_test

import (
	"context"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/mapresult"
	"github.com/gostates/gostates/interpreter/objects"
	"github.com/gostates/gostates/interpreter/resultwriter"
)

// hostileStore counts its calls, and acts before one of them.
type hostileStore struct {
	objects.Objects
	calls, at int
	act       func(method string) error
}

func (s *hostileStore) before(method string) error {
	s.calls++
	if s.calls == s.at {
		return s.act(method)
	}
	return nil
}

func (s *hostileStore) Get(ctx context.Context, bucket, key string, o objects.GetOptions) (*objects.Object, error) {
	if err := s.before("Get"); err != nil {
		return nil, err
	}
	return s.Objects.Get(ctx, bucket, key, o)
}

func (s *hostileStore) Put(ctx context.Context, bucket, key string) (objects.Writer, error) {
	if err := s.before("Put"); err != nil {
		return nil, err
	}
	w, err := s.Objects.Put(ctx, bucket, key)
	if err != nil {
		return nil, err
	}
	return &hostileWriter{w, s}, nil
}

type hostileWriter struct {
	objects.Writer
	s *hostileStore
}

func (w *hostileWriter) Write(p []byte) (int, error) {
	if err := w.s.before("Write"); err != nil {
		return 0, err
	}
	return w.Writer.Write(p)
}

func (w *hostileWriter) Close() error {
	if err := w.s.before("Close"); err != nil {
		return err
	}
	return w.Writer.Close()
}

func (w *hostileWriter) Abort() error {
	if err := w.s.before("Abort"); err != nil {
		return err
	}
	return w.Writer.Abort()
}

// selfPanicking is an error whose methods panic.
type selfPanicking struct{}

func (selfPanicking) Error() string { panic("no message") }

// writeAll writes a redrive of some records, until something fails.
func writeAll(ctx context.Context, w *resultwriter.Files) error {
	r := request(mapresult.Format{})
	r.RedriveCount = 1
	results, err := w.Open(ctx, r)
	if err != nil {
		return err
	}
	defer results.Abandon(ctx)
	for i := range 20 {
		if _, err := results.Put(ctx, []mapresult.Record{record(i)}); err != nil {
			if _, again := results.Close(ctx, resultwriter.Summary{}); again == nil || again.Error() != err.Error() {
				return errors.Join(errors.New("Close after an error"), again)
			}
			return err
		}
	}
	_, err = results.Close(ctx, resultwriter.Summary{Records: 20})
	return err
}

// A store may fail, panic, end its goroutine or block at each of its calls. The
// caller gets an error, and no object is published in part.
func TestAHostileStoreFailsTheResults(t *testing.T) {
	defer goleak.VerifyNone(t)
	want := objects.Memory("b")
	require.NoError(t, writeAll(t.Context(), &resultwriter.Files{Objects: want, FileBytes: 2000}))
	failed := &asl.Error{Name: asl.StatesResultWriterFailed}
	for _, folder := range []string{"", t.TempDir()} {
		for name, c := range map[string]struct {
			act  func(cancel context.CancelFunc, release chan struct{}) error
			want error
		}{
			"error":        {func(context.CancelFunc, chan struct{}) error { return errors.New("no") }, failed},
			"panic":        {func(context.CancelFunc, chan struct{}) error { panic("no") }, failed},
			"Goexit":       {func(context.CancelFunc, chan struct{}) error { runtime.Goexit(); return nil }, failed},
			"bad error":    {func(context.CancelFunc, chan struct{}) error { return selfPanicking{} }, failed},
			"typed nil":    {func(context.CancelFunc, chan struct{}) error { return (*objects.Error)(nil) }, failed},
			"ends of file": {func(context.CancelFunc, chan struct{}) error { return io.EOF }, failed},
			"block": {func(cancel context.CancelFunc, release chan struct{}) error {
				cancel()
				<-release
				return nil
			}, context.Canceled},
		} {
			finished := false
			for at := 1; !finished; at++ {
				require.Less(t, at, 200)
				ctx, cancel := context.WithCancel(context.Background())
				release := make(chan struct{})
				memory := objects.Memory("b")
				store := &hostileStore{Objects: memory, at: at}
				acted := atomic.Bool{}
				store.act = func(method string) error {
					acted.Store(true)
					return c.act(cancel, release)
				}
				w := &resultwriter.Files{Objects: store, FileBytes: 2000, Folder: folder}
				w.OnSync(func(string, int64) error { return nil })
				err := writeAll(ctx, w)
				close(release)
				cancel()
				finished = !acted.Load()
				if finished {
					require.NoError(t, err)
					require.Equal(t, contents(t, want), contents(t, memory))
					continue
				}
				require.ErrorIs(t, err, c.want, "%s at call %d", name, at)
				for key, text := range contents(t, memory) {
					require.True(t, strings.HasSuffix(text, "]") || strings.HasSuffix(text, "}"), "%s is there in part", key)
				}
			}
		}
	}
}

// An Abort after a failed Write may panic, end its goroutine or block, until the
// context of Abandon is done.
func TestAHostileAbortDoesNotHoldUpAbandon(t *testing.T) {
	defer goleak.VerifyNone(t)
	for _, act := range []func(cancel context.CancelFunc, release chan struct{}){
		func(context.CancelFunc, chan struct{}) { panic("no") },
		func(context.CancelFunc, chan struct{}) { runtime.Goexit() },
		func(cancel context.CancelFunc, release chan struct{}) { cancel(); <-release },
	} {
		ctx, cancel := context.WithCancel(context.Background())
		release := make(chan struct{})
		aborts := atomic.Int32{}
		store := &hostileStore{Objects: objects.Memory("b"), at: 5} // after the test manifest: Put, and Write
		store.act = func(method string) error {
			store.at = store.calls + 1
			if method == "Abort" {
				aborts.Add(1)
				act(cancel, release)
			}
			return errors.New("no")
		}
		results, err := (&resultwriter.Files{Objects: store, FileBytes: 1}).Open(ctx, request(mapresult.Format{}))
		require.NoError(t, err)
		_, err = results.Put(ctx, []mapresult.Record{record(0), record(1)})
		require.ErrorContains(t, err, "Failed to write p/"+uuid+"/SUCCEEDED_0.json into the specified output bucket. no")
		results.Abandon(ctx)
		require.Equal(t, int32(1), aborts.Load())
		close(release)
		cancel()
	}
}

// lyingStore returns neither results nor errors.
type lyingStore struct{ objects.Objects }

func (lyingStore) Put(context.Context, string, string) (objects.Writer, error) { return nil, nil }

func (lyingStore) Get(context.Context, string, string, objects.GetOptions) (*objects.Object, error) {
	return nil, nil
}

// shortStore takes fewer bytes than it is given, without an error.
type shortStore struct{ objects.Objects }

func (s shortStore) Put(ctx context.Context, bucket, key string) (objects.Writer, error) {
	w, err := s.Objects.Put(ctx, bucket, key)
	return shortWriter{w}, err
}

type shortWriter struct{ objects.Writer }

func (w shortWriter) Write(p []byte) (int, error) { return w.Writer.Write(p[:len(p)/2]) }

func TestAStoreThatLiesIsAFailure(t *testing.T) {
	for _, store := range []objects.Objects{lyingStore{}, shortStore{objects.Memory("b")}} {
		for redrive := range int64(2) {
			r := request(mapresult.Format{})
			r.RedriveCount = redrive
			_, err := (&resultwriter.Files{Objects: store}).Open(t.Context(), r)
			require.ErrorIs(t, err, &asl.Error{Name: asl.StatesResultWriterFailed})
		}
	}
}

func TestAManifestOfAnEarlierAttemptMustBeOne(t *testing.T) {
	store := objects.Memory("b")
	r := request(mapresult.Format{})
	r.RedriveCount = 1
	for text, ok := range map[string]bool{"": false, "{": false, "[]": false, `{"ResultFiles":{"SUCCEEDED":[{"Key":1}]}}`: false, "{}": true} {
		store.Set("b", "p/"+uuid+"/manifest.json", []byte(text))
		results, err := (&resultwriter.Files{Objects: store}).Open(t.Context(), r)
		if ok {
			require.NoError(t, err)
			results.Abandon(t.Context())
			continue
		}
		require.ErrorContains(t, err, "Failed to read p/"+uuid+"/manifest.json, the manifest of an earlier attempt.")
	}
}

func TestRecordsThatCannotBeAreErrors(t *testing.T) {
	for _, folder := range []string{"", t.TempDir()} {
		for _, r := range []mapresult.Record{{Status: "RUNNING"}, {}, {Index: -1, Status: mapresult.Pending}, {Index: math.MaxInt64, Status: mapresult.Pending}} {
			results, err := (&resultwriter.Files{Objects: objects.Memory("b"), Folder: folder}).Open(t.Context(), request(mapresult.Format{}))
			require.NoError(t, err)
			_, err = results.Put(t.Context(), []mapresult.Record{r})
			require.Error(t, err)
			results.Abandon(t.Context())
		}
	}
}

func TestResultsThatEndedTakeNothing(t *testing.T) {
	store := objects.Memory("b")
	for range 2 {
		results, err := (&resultwriter.Files{Objects: store}).Open(t.Context(), request(mapresult.Format{}))
		require.NoError(t, err)
		_, err = results.Close(t.Context(), resultwriter.Summary{})
		require.NoError(t, err)
		results.Abandon(t.Context())
		_, err = results.Put(t.Context(), nil)
		require.ErrorContains(t, err, "closed or abandoned")
		_, err = results.Close(t.Context(), resultwriter.Summary{})
		require.ErrorContains(t, err, "closed or abandoned")
	}
}

// discard is a store that keeps the sizes of objects only.
type discard struct{ objects.Objects }

func (discard) Put(context.Context, string, string) (objects.Writer, error) { return &counter{}, nil }

type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) { c.n += int64(len(p)); return len(p), nil }
func (c *counter) Close() error                { return nil }
func (c *counter) Abort() error                { return nil }

// Memory does not grow with the number of records, even if all wait for the first.
func TestRecordsTakeBoundedMemory(t *testing.T) {
	const n, held = 100_000, 100 << 10
	format := mapresult.Format{Transformation: mapresult.Compact, OutputType: mapresult.JSONL}
	for _, c := range []struct {
		name   string
		folder bool
		index  func(i int) int
		runs   int // at least
	}{
		{"in order", false, func(i int) int { return i }, 0},
		{"a width of 100", false, func(i int) int { return i/100*100 + i*37%100 }, 0},
		{"the first comes last", false, func(i int) int { return (i + 1) % n }, 10},
		{"backward", false, func(i int) int { return n - 1 - i }, 10},
		{"kept, backward", true, func(i int) int { return n - 1 - i }, 0},
	} {
		w := &resultwriter.Files{Objects: discard{}, HeldBytes: held, TempDir: t.TempDir()}
		if c.folder {
			w.Folder = t.TempDir()
		}
		w.OnSync(func(string, int64) error { return nil })
		results, err := w.Open(t.Context(), request(format))
		require.NoError(t, err)
		most, runs := 0, 0
		records := make([]mapresult.Record, 500)
		for i := 0; i < n; i += len(records) {
			for j := range records {
				index := int64(c.index(i + j))
				records[j] = mapresult.Record{Index: index, Status: mapresult.Succeeded, Output: index}
			}
			_, err := results.Put(t.Context(), records)
			require.NoError(t, err)
			most, runs = max(most, resultwriter.Held(results)), max(runs, resultwriter.Runs(results))
		}
		_, err = results.Close(t.Context(), resultwriter.Summary{Records: int64(n)})
		require.NoError(t, err, c.name)
		require.Less(t, most, 3*held+3*(256<<10), c.name)
		require.GreaterOrEqual(t, runs, c.runs, c.name)
	}
}

// A receipt that is not one, and a journal of any bytes, give an error or records,
// and do not panic.
func FuzzReceipts(f *testing.F) {
	f.Add([]byte{1, 200, 1}, uint64(1))
	f.Fuzz(func(t *testing.T, receipt []byte, seed uint64) {
		w := &resultwriter.Files{Objects: objects.Memory("b"), Folder: t.TempDir()}
		w.OnSync(func(string, int64) error { return nil })
		results, err := w.Open(t.Context(), request(mapresult.Format{}))
		require.NoError(t, err)
		_, err = results.Put(t.Context(), []mapresult.Record{record(rand.New(rand.NewPCG(seed, 0)).IntN(50))})
		require.NoError(t, err)
		results.Abandon(t.Context())
		r := request(mapresult.Format{})
		r.Receipt = receipt
		if results, err = w.Open(t.Context(), r); err == nil {
			_, _ = results.Close(t.Context(), resultwriter.Summary{})
			results.Abandon(t.Context())
		}
	})
}
