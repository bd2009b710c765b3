package survive_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
)

// redriveVariants have items that fail a few times, so that the parent fails and is
// redriven until all have succeeded.
var redriveVariants = []mapVariant{
	{name: "redrives", config: jsonLines, fails: failSeldom},
	{name: "redrives, batches", fields: `"ItemBatcher":{"MaxItemsPerBatch":7},`, config: jsonLines, fails: failSeldom},
	{name: "redrives, EXPRESS", kind: "EXPRESS", config: jsonLines, fails: failSeldom},
}

// failSeldom has single items fail, one of them more often.
func failSeldom(item int) (times int) {
	switch {
	case item == 7:
		return 3
	case item%60 == 7:
		return 1
	}
	return 0
}

// failures are how often items have failed, in all processes.
type failures struct {
	variant *mapVariant
	mu      sync.Mutex
	times   map[int]int
	file    *os.File
}

func openFailures(folder string, v *mapVariant) (*failures, error) {
	f := &failures{variant: v, times: make(map[int]int)}
	path := filepath.Join(folder, "failures")
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for line := range strings.Lines(string(text)) {
		var item int
		if _, err := fmt.Sscanln(line, &item); err != nil {
			return nil, err
		}
		f.times[item]++
	}
	f.file, err = os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	return f, err
}

// next returns an error if one of the items fails now.
func (f *failures) next(items []int) error {
	if f.variant.fails == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, item := range items {
		if f.times[item] < f.variant.fails(item) {
			f.times[item]++
			_, err := fmt.Fprintln(f.file, item)
			return errors.Join(fmt.Errorf("item %d is not ready", item), err)
		}
	}
	return nil
}

// What a process reports of redrives.
const (
	redriving = "redriving"
	redriven  = "redriven"
)

// redriveUntilDone waits until the parent has succeeded, and redrives it when it fails.
// Before, it notes which items have their results in files.
func redriveUntilDone(ctx context.Context, e *interpreter.Execution, v *mapVariant, folder string, calls *os.File) error {
	for {
		err := e.Wait(ctx)
		if failed := new(interpreter.ExecutionError); v.fails == nil || !errors.As(err, &failed) {
			if err == nil {
				err = noteManifest(e, folder)
			}
			return err
		}
		stored, err := storedRecords(folder)
		if err != nil {
			return err
		}
		var lines []byte
		for _, r := range stored {
			lines = fmt.Appendln(lines, "stored", r.Output)
		}
		lines = fmt.Appendln(lines, redriving)
		if _, err := calls.Write(lines); err != nil {
			return err
		}
		reportProgress(redriving)
		if _, err := e.Redrive(ctx, interpreter.RedriveOptions{}); err != nil {
			return err
		}
		reportProgress(redriven)
	}
}

// noteManifest notes which manifest the parent has returned.
func noteManifest(e *interpreter.Execution, folder string) error {
	output, err := e.Output()
	if err != nil {
		return err
	}
	text, err := json.Marshal(output)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "output"), text, 0o600)
}

// storedRecord is a record of a child that has succeeded, as far as redrives do not
// change it.
type storedRecord struct{ ExecutionArn, Name, Input, Output, Status string }

// indexes returns the items of the child.
func (r *storedRecord) indexes() (all []int, err error) {
	err = json.Unmarshal([]byte(r.Output), &all)
	return all, err
}

// storedRecords returns the records of all SUCCEEDED files.
func storedRecords(folder string) (all []storedRecord, err error) {
	err = filepath.WalkDir(filepath.Join(folder, "out"), func(path string, f fs.DirEntry, err error) error {
		if err != nil || !strings.HasPrefix(f.Name(), "SUCCEEDED") {
			return err
		}
		all, err = appendRecords(all, path)
		return err
	})
	return all, err
}

func appendRecords(to []storedRecord, path string) ([]storedRecord, error) {
	text, err := os.ReadFile(path)
	for line := range bytes.Lines(text) {
		var r storedRecord
		if err := json.Unmarshal(line, &r); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		to = append(to, r)
	}
	return to, err
}

// returnedRecords returns the records of the files that the returned manifest names, by
// the first item of the child. Each item is in one of them.
func returnedRecords(t *testing.T, folder string) map[int]storedRecord {
	t.Helper()
	var output struct{ ResultWriterDetails struct{ Bucket, Key string } }
	readJSON(t, filepath.Join(folder, "output"), &output)
	bucket := filepath.Join(folder, output.ResultWriterDetails.Bucket)
	var manifest struct {
		ResultFiles struct {
			Failed    []struct{ Key string } `json:"FAILED"`
			Pending   []struct{ Key string } `json:"PENDING"`
			Succeeded []struct{ Key string } `json:"SUCCEEDED"`
		}
	}
	readJSON(t, filepath.Join(bucket, output.ResultWriterDetails.Key), &manifest)
	require.Empty(t, manifest.ResultFiles.Failed)
	require.Empty(t, manifest.ResultFiles.Pending)
	var all []storedRecord
	for _, f := range manifest.ResultFiles.Succeeded {
		var err error
		all, err = appendRecords(all, filepath.Join(bucket, f.Key))
		require.NoError(t, err)
	}
	records := make(map[int]storedRecord)
	found := make(map[int]bool)
	for _, r := range all {
		indexes, err := r.indexes()
		require.NoError(t, err)
		for _, n := range indexes {
			require.False(t, found[n], "item %d has two results", n)
			found[n] = true
		}
		records[indexes[0]] = r
	}
	for n := range *mapItems {
		require.True(t, found[n], "item %d has no result", n)
	}
	require.Len(t, found, *mapItems)
	return records
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, into))
}

// requireStoredAreNotCalled returns how often the parent was redriven and items were
// called, and requires that none was whose result was in a file before a redrive.
func requireStoredAreNotCalled(t *testing.T, folder string) (redrives, calls int) {
	t.Helper()
	text, err := os.ReadFile(callsPath(folder))
	require.NoError(t, err)
	stored := make(map[int]bool)
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if line == redriving {
			redrives++
			continue
		}
		if output, ok := strings.CutPrefix(line, "stored "); ok {
			r := storedRecord{Output: output}
			indexes, err := r.indexes()
			require.NoError(t, err)
			for _, n := range indexes {
				stored[n] = true
			}
			continue
		}
		n, err := strconv.Atoi(line)
		require.NoError(t, err)
		require.False(t, stored[n], "item %d was called after its result was stored", n)
		calls++
	}
	require.NotEmpty(t, stored)
	return redrives, calls
}

// TestMapRunRedriveKills kills a process at random moments while it redrives a Map Run
// until all children have succeeded, and starts it again. In the end each item has one
// result, the same as without kills, and no item was called again whose result was stored
// before a redrive. -kills is the sum over the variants.
func TestMapRunRedriveKills(t *testing.T) {
	most := max(2, *kills/len(redriveVariants))
	for i := range redriveVariants {
		variant := redriveVariants[i].name
		t.Run(variant, func(t *testing.T) {
			undisturbed := makeMapFolder(t)
			reports, ended := runMapLife(t, undisturbed, variant, never)
			require.True(t, ended)
			want := returnedRecords(t, undisturbed)
			needed, _ := requireStoredAreNotCalled(t, undisturbed)
			require.Greater(t, needed, 2)

			folder := makeMapFolder(t)
			killed, inRedrive := 0, 0
			ended = false
			for !ended && killed < most {
				kill := after(rand.IntN(max(1, 2*reports/most)), callMade, fileDone, redriving, redriven)
				if killed%2 == 0 { // around the first redrive, or soon after it
					begun, soon := false, after(rand.IntN(40), callMade, fileDone, redriven)
					kill = func(report string) bool {
						begun = begun || report == redriving
						return begun && soon(report)
					}
				}
				redrives := 0
				counted := func(report string) bool {
					if report == redriving {
						redrives++
					}
					return kill(report)
				}
				if _, ended = runMapLife(t, folder, variant, counted); !ended {
					killed++
					inRedrive += min(1, redrives)
				}
			}
			if !ended {
				_, ended = runMapLife(t, folder, variant, never)
				require.True(t, ended)
			}
			require.Equal(t, want, returnedRecords(t, folder))
			redrives, calls := requireStoredAreNotCalled(t, folder)
			require.Positive(t, inRedrive, "a life was killed after it began a redrive")
			t.Logf("%d kills, %d of them after a redrive began; %d redrives, %d without kills; %d items in %d calls", killed, inRedrive, redrives, needed, *mapItems, calls)
		})
	}
}
