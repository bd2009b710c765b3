package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
)

// Three processes run one order: the task that the first one died in is delivered
// again with the same key, and no other task is.
func TestKilledProcesses(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, startProcesses(context.Background(), &out))
	keys := regexp.MustCompile(`key \.\.\.(\S+)`)
	found := keys.FindAllStringSubmatch(out.String(), -1)
	require.Len(t, found, 4)
	require.Equal(t, found[1], found[2], "the key of the payment")
	require.Equal(t, `process 1
	reserve, KEY
	pay, KEY
	killed
process 2
	pay, KEY
	sleep
	killed
process 3
	sleep
	ship, KEY
	SUCCEEDED {"item":"tea","shelf":"done: reserve","receipt":"done: pay","parcel":"done: ship"}
`, keys.ReplaceAllString(out.String(), "KEY"))
}

func compileOrder(t *testing.T) *machine.Program {
	t.Helper()
	parsed, err := asl.ParseValid(definition, asl.Options{})
	require.NoError(t, err)
	p, err := machine.Compile(parsed, machine.Options{})
	require.NoError(t, err)
	return p
}

// openOrder continues the order of a journal. Its tasks are counted, and its sleep
// moves its clock.
func openOrder(t *testing.T, path string, calls map[string]int) (*host, error) {
	t.Helper()
	journal, records, err := openJournal(path)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { journal.Close() })
	now := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	h := &host{program: compileOrder(t), journal: journal}
	h.work = func(c machine.Command, _ string) (any, error) {
		calls[c.Resource.Name]++
		return "done", nil
	}
	h.now = func() time.Time { return now }
	h.sleep = func(until time.Time) { now = until }
	return h, h.begin(records, newOrder())
}

// A journal that is cut anywhere, as by a crash in the middle of a write, continues:
// a task is called once more at most, and its history is whole.
func TestJournalThatIsCutAnywhere(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "order")
	h, err := openOrder(t, path, map[string]int{})
	require.NoError(t, err)
	require.NoError(t, h.run())
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	end := h.x.Seq
	for size := range whole {
		require.NoError(t, os.WriteFile(path, whole[:size], 0o600))
		calls := map[string]int{}
		h, err := openOrder(t, path, calls)
		require.NoError(t, err, "cut at %d", size)
		require.NoError(t, h.run(), "cut at %d", size)
		require.Equal(t, machine.Succeeded, h.x.Status)
		require.Equal(t, end, h.x.Seq, "events of the history after a cut at %d", size)
		for task, n := range calls {
			require.Equal(t, 1, n, "%s after a cut at %d", task, size)
		}
	}
}

func TestDamagedJournalIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "order")
	h, err := openOrder(t, path, map[string]int{})
	require.NoError(t, err)
	require.NoError(t, h.run())
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	data[10] ^= 1
	require.NoError(t, os.WriteFile(path, data, 0o600))
	_, err = openOrder(t, path, nil)
	require.ErrorIs(t, err, machine.ErrRecord)
	require.ErrorContains(t, err, "record 1")
}

// Nothing is done after a record that could not be written.
func TestNoTaskWithoutItsRecord(t *testing.T) {
	path := filepath.Join(t.TempDir(), "order")
	calls := map[string]int{}
	h, err := openOrder(t, path, calls)
	require.NoError(t, err)
	require.NoError(t, h.journal.Close())
	err = h.run()
	require.ErrorIs(t, err, os.ErrClosed)
	require.Empty(t, calls)
}

// An order that was folded with another definition is not continued by a guess.
func TestOtherDefinitionIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "order")
	_, err := openOrder(t, path, map[string]int{})
	require.NoError(t, err)
	parsed, err := asl.ParseValid([]byte(`{"StartAt": "Pay", "States": {"Pay": {"Type": "Task", "Resource": "pay", "End": true}}}`), asl.Options{})
	require.NoError(t, err)
	p, err := machine.Compile(parsed, machine.Options{})
	require.NoError(t, err)
	journal, records, err := openJournal(path)
	require.NoError(t, err)
	defer journal.Close()
	h := host{program: p, journal: journal, now: time.Now}
	require.ErrorIs(t, h.begin(records, newOrder()), machine.ErrDigest)
}
