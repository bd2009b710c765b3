package resultwriter_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/mapresult"
	"github.com/gostates/gostates/interpreter/objects"
	"github.com/gostates/gostates/interpreter/resultwriter"
)

var errKilled = errors.New("killed")

// process is a host that can be killed. It stores a receipt and the children that
// have ended after every few Puts.
type process struct {
	t      *testing.T
	w      *resultwriter.Files
	random *rand.Rand

	path    string
	durable int64 // bytes of the journal
	puts    int   // until the process is killed
	inSync  bool  // whether it is killed before the fsync

	receipt []byte // stored
	ended   map[int]bool
}

func (p *process) sync(path string, length int64) error {
	if p.puts == 0 && p.inSync {
		return errKilled
	}
	p.path, p.durable = path, length
	return nil
}

// putRest puts the records of the children that have not ended, in any order,
// until the process is killed or all have ended.
func (p *process) putRest(results resultwriter.Results, n int) (killed bool) {
	left := slices.DeleteFunc(p.random.Perm(n), func(i int) bool { return p.ended[i] })
	var unstored []int
	for len(left) > 0 {
		batch := left[:min(1+p.random.IntN(4), len(left))]
		left = left[len(batch):]
		records := make([]mapresult.Record, len(batch))
		for i := range records {
			records[i] = record(batch[i])
		}
		p.puts--
		receipt, err := results.Put(p.t.Context(), records)
		if p.puts == 0 && p.inSync {
			require.ErrorIs(p.t, err, errKilled)
			_, err = results.Put(p.t.Context(), nil)
			require.ErrorIs(p.t, err, errKilled, "nothing goes on after an error")
			return true
		}
		require.NoError(p.t, err)
		unstored = append(unstored, batch...)
		if len(left) == 0 || p.random.IntN(3) > 0 {
			p.receipt = receipt
			for _, i := range unstored {
				p.ended[i] = true
			}
			unstored = nil
		}
		if p.puts == 0 {
			return true
		}
	}
	return false
}

// loseUnsynced gives the bytes that are not durable any content and length.
func (p *process) loseUnsynced() {
	info, err := os.Stat(p.path)
	require.NoError(p.t, err)
	if lost := info.Size() - p.durable; lost > 0 {
		require.NoError(p.t, os.Truncate(p.path, p.durable+p.random.Int64N(lost+1)))
	}
	f, err := os.OpenFile(p.path, os.O_RDWR, 0)
	require.NoError(p.t, err)
	garbage := make([]byte, p.random.IntN(300))
	for i := range garbage {
		garbage[i] = byte(p.random.Uint32())
	}
	_, err = f.WriteAt(garbage, p.durable)
	require.NoError(p.t, errors.Join(err, f.Close()))
}

// open opens the results with the stored receipt, which may be that of before the
// first Put.
func (p *process) open() resultwriter.Results {
	r := request(mapresult.Format{})
	r.Receipt = p.receipt
	results, err := p.w.Open(p.t.Context(), r)
	require.NoError(p.t, err)
	return results
}

// A process that is killed at any Put, before or after its records are durable,
// and continues with the receipt that it stored, perhaps several times, writes the
// files of a process that is not.
func TestFilesAfterCrashesEqualThoseWithoutOne(t *testing.T) {
	const n = 60
	want := objects.Memory("b")
	run(t, &resultwriter.Files{Objects: want, FileBytes: 3000}, request(mapresult.Format{}), indexes(n))
	for seed := range uint64(150) {
		store := objects.Memory("b")
		p := &process{t: t, random: rand.New(rand.NewPCG(seed, 2)), ended: map[int]bool{}}
		p.w = &resultwriter.Files{Objects: store, Folder: t.TempDir(), FileBytes: 3000, HeldBytes: 1000}
		p.w.OnSync(p.sync)
		for kill := int(seed / 2); ; kill /= 2 {
			p.puts, p.inSync = kill, seed%2 == 0
			if kill == 0 {
				p.puts = -1 // never
			}
			results := p.open()
			if !p.putRest(results, n) {
				_, err := results.Close(t.Context(), resultwriter.Summary{Records: n})
				require.NoError(t, err)
				break
			}
			resultwriter.Drop(results)
			p.loseUnsynced()
		}
		require.Equal(t, contents(t, want), contents(t, store), "seed %d", seed)
		require.FileExists(t, p.path)
		require.NoError(t, p.w.Remove(t.Context(), runArn, 0))
		require.NoFileExists(t, p.path)
		require.NoError(t, p.w.Remove(t.Context(), runArn, 0), "removing twice is no error")
	}
}

// Close may be killed at every call of the store, and repeated until Remove.
func TestCloseMayBeRepeatedAfterACrash(t *testing.T) {
	const n = 20
	want := objects.Memory("b")
	run(t, &resultwriter.Files{Objects: want, FileBytes: 2000}, request(mapresult.Format{}), indexes(n))
	store := &hostileStore{Objects: objects.Memory("b"), at: -1, act: func(string) error { return errKilled }}
	p := &process{t: t, random: rand.New(rand.NewPCG(1, 1)), ended: map[int]bool{}, puts: -1}
	p.w = &resultwriter.Files{Objects: store, Folder: t.TempDir(), FileBytes: 2000}
	p.w.OnSync(p.sync)
	results := p.open()
	require.False(t, p.putRest(results, n))
	resultwriter.Drop(results)
	for kill := 1; ; kill++ {
		results := p.open()
		store.calls, store.at = 0, kill
		_, err := results.Close(t.Context(), resultwriter.Summary{Records: n})
		if err == nil {
			require.Greater(t, kill, 10)
			break
		}
		require.ErrorIs(t, err, errKilled)
		resultwriter.Drop(results)
	}
	require.Equal(t, contents(t, want), contents(t, store.Objects))
	store.at = -1
	_, err := p.open().Close(t.Context(), resultwriter.Summary{Records: n})
	require.NoError(t, err, "also after it has succeeded")
	require.Equal(t, contents(t, want), contents(t, store.Objects))
}

// A receipt is returned only after an fsync of all bytes that it stands for.
func TestReceiptsStandForSyncedBytes(t *testing.T) {
	w := &resultwriter.Files{Objects: objects.Memory("b"), Folder: t.TempDir()}
	var path string
	var synced int64
	w.OnSync(func(name string, length int64) error {
		path, synced = name, length
		return nil
	})
	results, err := w.Open(t.Context(), request(mapresult.Format{}))
	require.NoError(t, err)
	defer results.Abandon(t.Context())
	last := int64(0)
	for i := range 50 {
		_, err := results.Put(t.Context(), []mapresult.Record{record(i)})
		require.NoError(t, err)
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, info.Size(), synced)
		require.Greater(t, synced, last)
		last = synced
	}
}

func TestReceiptsThatCannotBeContinuedAreFailures(t *testing.T) {
	store, folder := objects.Memory("b"), t.TempDir()
	durable := func() *resultwriter.Files { return &resultwriter.Files{Objects: store, Folder: folder} }
	receiptOf := func(w *resultwriter.Files, i int) []byte {
		results, err := w.Open(t.Context(), request(mapresult.Format{}))
		require.NoError(t, err)
		defer results.Abandon(t.Context())
		receipt, err := results.Put(t.Context(), []mapresult.Record{record(i)})
		require.NoError(t, err)
		return receipt
	}
	inMemory := receiptOf(&resultwriter.Files{Objects: store}, 0)
	receipt := receiptOf(durable(), 0)
	long := receiptOf(durable(), 49)
	files, err := filepath.Glob(filepath.Join(folder, "*.results"))
	require.NoError(t, err)
	require.Len(t, files, 2)
	for _, name := range files {
		if strings.Contains(name, string(long[3:])) {
			require.NoError(t, os.Truncate(name, 300))
		}
	}
	other := request(mapresult.Format{OutputType: mapresult.JSONL})
	const journal = "Failed to open the journal of the results of Map Run " + runArn + ": "
	for _, c := range []struct {
		w       *resultwriter.Files
		r       *resultwriter.Request
		receipt []byte
		cause   string
	}{
		{&resultwriter.Files{Objects: store}, request(mapresult.Format{}), inMemory, "The results of Map Run " + runArn + " are lost: Folder of resultwriter.Files must be set for them to outlive the process."},
		{&resultwriter.Files{Objects: store}, request(mapresult.Format{}), receipt, "The results of Map Run " + runArn + " are lost: Folder of resultwriter.Files must be set for them to outlive the process."},
		{durable(), request(mapresult.Format{}), inMemory, journal + "its records had no folder that outlives the process"},
		{durable(), request(mapresult.Format{}), long, journal + "it has "},
		{durable(), request(mapresult.Format{}), []byte{1}, journal + "not a receipt of this writer"},
		{durable(), request(mapresult.Format{}), []byte{1, 2}, journal + "not a receipt of this writer"},
		{durable(), request(mapresult.Format{}), append(receipt[:len(receipt):len(receipt)], 0), journal + "not a receipt of this writer"},
		{durable(), request(mapresult.Format{}), []byte{9}, journal + "not a receipt of this writer"},
		{durable(), other, receipt, journal + "it belongs to other results"},
		{&resultwriter.Files{Objects: store, Folder: t.TempDir()}, request(mapresult.Format{}), receipt, journal},
	} {
		c.r.Receipt = c.receipt
		_, err := c.w.Open(t.Context(), c.r)
		require.ErrorIs(t, err, &asl.Error{Name: asl.StatesResultWriterFailed})
		require.ErrorContains(t, err, c.cause)
	}
	r := request(mapresult.Format{})
	r.Receipt = receipt
	results, err := durable().Open(t.Context(), r)
	require.NoError(t, err)
	same, err := results.Put(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, receipt, same)
	results.Abandon(t.Context())
}

// A process that has lost an attempt to another one, and still puts records, does
// not spoil the journal of the other one.
func TestTwoProcessesDoNotSpoilAJournal(t *testing.T) {
	const n = 40
	want := objects.Memory("b")
	run(t, &resultwriter.Files{Objects: want}, request(mapresult.Format{}), indexes(n))
	store := objects.Memory("b")
	w := &resultwriter.Files{Objects: store, Folder: t.TempDir()}
	w.OnSync(func(string, int64) error { return nil })
	open := func(receipt []byte) resultwriter.Results {
		r := request(mapresult.Format{})
		r.Receipt = receipt
		results, err := w.Open(t.Context(), r)
		require.NoError(t, err)
		return results
	}
	put := func(results resultwriter.Results, index int) []byte {
		receipt, err := results.Put(t.Context(), []mapresult.Record{record(index)})
		require.NoError(t, err)
		return receipt
	}
	lost := []resultwriter.Results{open(nil), open(nil)}
	var receipt []byte
	for i := range n {
		owner := lost[len(lost)-1]
		receipt = put(owner, i)
		for j, r := range lost[:len(lost)-1] {
			put(r, 100+j)
		}
		if i%5 == 4 {
			lost = append(lost, open(receipt))
		}
	}
	for _, r := range lost {
		r.Abandon(t.Context())
	}
	_, err := open(receipt).Close(t.Context(), resultwriter.Summary{Records: n})
	require.NoError(t, err)
	require.Equal(t, contents(t, want), contents(t, store))
	require.NoError(t, w.Remove(t.Context(), runArn, 0))
	left, err := os.ReadDir(w.Folder)
	require.NoError(t, err)
	require.Empty(t, left)
}

// Receipts do not grow with the number of processes that have had the attempt.
func TestReceiptsStayShort(t *testing.T) {
	w := &resultwriter.Files{Objects: objects.Memory("b"), Folder: t.TempDir()}
	w.OnSync(func(string, int64) error { return nil })
	var receipt []byte
	for i := range 50 {
		r := request(mapresult.Format{})
		r.Receipt = receipt
		results, err := w.Open(t.Context(), r)
		require.NoError(t, err)
		receipt, err = results.Put(t.Context(), []mapresult.Record{record(i)})
		require.NoError(t, err)
		require.Less(t, len(receipt), 40)
		results.Abandon(t.Context())
	}
	files, err := filepath.Glob(filepath.Join(w.Folder, "*.results"))
	require.NoError(t, err)
	require.Len(t, files, 50)
	for _, name := range files {
		info, err := os.Stat(name)
		require.NoError(t, err)
		require.Less(t, info.Size(), int64(1500))
	}
}

// A journal whose bytes have changed gives an error and never other records.
func TestOpenThatFailsLeavesNoJournal(t *testing.T) {
	folder := t.TempDir()
	w := &resultwriter.Files{Objects: objects.Memory(), Folder: folder}
	_, err := w.Open(t.Context(), request(mapresult.Format{}))
	require.ErrorIs(t, err, objects.ErrNoSuchBucket)
	w = &resultwriter.Files{Objects: objects.Memory("b"), Folder: folder}
	w.OnSync(func(string, int64) error { return errors.New("disk full") })
	_, err = w.Open(t.Context(), request(mapresult.Format{}))
	require.ErrorContains(t, err, "disk full")
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestADamagedJournalIsAFailure(t *testing.T) {
	w := &resultwriter.Files{Objects: objects.Memory("b"), Folder: t.TempDir()}
	var path string
	w.OnSync(func(name string, _ int64) error {
		path = name
		return nil
	})
	results, err := w.Open(t.Context(), request(mapresult.Format{}))
	require.NoError(t, err)
	header, err := os.ReadFile(path)
	require.NoError(t, err)
	receipt, err := results.Put(t.Context(), []mapresult.Record{record(0), record(1)})
	require.NoError(t, err)
	resultwriter.Drop(results)
	intact, err := os.ReadFile(path)
	require.NoError(t, err)
	for at := len(header); at < len(intact); at += 3 {
		damaged := slices.Clone(intact)
		damaged[at] ^= 0x10
		require.NoError(t, os.WriteFile(path, damaged, 0o600))
		r := request(mapresult.Format{})
		r.Receipt = receipt
		results, err := w.Open(t.Context(), r)
		require.NoError(t, err)
		_, err = results.Close(t.Context(), resultwriter.Summary{})
		require.ErrorIs(t, err, &asl.Error{Name: asl.StatesResultWriterFailed}, "byte %d", at)
		results.Abandon(t.Context())
	}
}
