package survive

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store/sqlite"
)

// While the disk is full nothing is acknowledged that is not stored, callers learn why,
// and nothing is lost or done twice. Then all goes on.
func TestFullDisk(t *testing.T) {
	const executions = 20
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=16m"); err != nil {
		t.Skipf("mounting a small file system needs root: %v", err)
	}
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(disk, syscall.MNT_DETACH)) })
	s, err := sqlite.Open(filepath.Join(disk, "executions.db"))
	require.NoError(t, err)
	journalPath := filepath.Join(t.TempDir(), "journal")
	j, err := openJournal(journalPath)
	require.NoError(t, err)
	var logged lockedBuffer
	w := newWorkload(j, 1, busyTime, true)
	in := w.openInterpreter(interpreter.Config{Store: s, Logger: slog.New(slog.NewTextHandler(&logged, nil))})
	ctx := context.Background()

	ballast, err := os.Create(filepath.Join(disk, "ballast"))
	require.NoError(t, err)
	var group sync.WaitGroup
	fill := func() {
		for block := make([]byte, 4096); ; {
			if _, err := ballast.Write(block); err != nil {
				require.ErrorIs(t, err, syscall.ENOSPC)
				return
			}
		}
	}
	for n := range executions {
		if n == executions/2 { // in the middle of the work of the others
			fill()
			limited, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
			_, err := in.Start(limited, parentProgram(), inputOf(n), interpreter.StartOptions{Name: "full"})
			cancel()
			if err != nil { // unless there was room in the log
				require.ErrorIs(t, err, context.DeadlineExceeded)
				require.ErrorContains(t, err, "full")
			}
		}
		group.Go(func() {
			e, err := w.startExecution(ctx, n)
			if err != nil {
				t.Error(err)
				return
			}
			j.write(entryStarted, nameOf(n))
			if err := e.Wait(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	for end := time.Now().Add(time.Minute); !strings.Contains(logged.String(), "full"); time.Sleep(time.Millisecond) {
		require.True(t, time.Now().Before(end), "the disk is not full")
	}
	require.NoError(t, ballast.Truncate(0))
	require.NoError(t, ballast.Close())
	group.Wait()
	e, err := in.Start(ctx, parentProgram(), inputOf(executions/2), interpreter.StartOptions{Name: "full"})
	if exists := new(interpreter.ExecutionExistsError); errors.As(err, &exists) { // the start was stored later
		e, err = exists.Execution, nil
	}
	require.NoError(t, err)
	require.NoError(t, e.Wait(ctx))
	require.NoError(t, in.Shutdown(ctx))
	all, err := readJournal(journalPath)
	require.NoError(t, err)
	require.Empty(t, all.wrong)
	for call, n := range all.calls {
		require.Equal(t, 1, n, "%v was called more than once", call)
	}
	var sum found
	for n := range executions {
		id, err := s.Find(ctx, "", parentArn, nameOf(n))
		require.NoError(t, err)
		checkExecution(t, s, id, &sum).check(t, parentProgram(), outputOf(n), parentEntered)
	}
	require.NoError(t, s.Close())
	t.Logf("%d executions over a full disk: %d records, %d history events", executions, sum.records, sum.events)
}
