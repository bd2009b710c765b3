package survive_test

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
	"github.com/gostates/gostates/interpreter/store/internal/survive"
	"github.com/gostates/gostates/interpreter/store/sqlite"
)

// While the disk is full nothing is acknowledged that is not stored, and nothing is lost
// or done twice. Then all goes on.
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
	j, err := survive.OpenJournal(journalPath)
	require.NoError(t, err)
	var logged survive.LockedBuffer
	w := survive.NewWorkload(j, 1, survive.BusyTime, true)
	in := w.OpenInterpreter(interpreter.Config{Store: s, Logger: slog.New(slog.NewTextHandler(&logged, nil))})
	ctx := context.Background()

	ballast, err := os.Create(filepath.Join(disk, "ballast"))
	require.NoError(t, err)
	var group sync.WaitGroup
	isFull := func() bool { return strings.Contains(logged.String(), "full") }
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
			limited, cancel := context.WithCancel(ctx)
			go func() { // the caller waits until a Commit has failed
				for limited.Err() == nil && !isFull() {
					time.Sleep(time.Millisecond)
				}
				cancel()
			}()
			_, err := in.Start(limited, survive.ParentProgram(), survive.InputOf(n), interpreter.StartOptions{Name: "full"})
			cancel()
			if err != nil { // unless there was room in the log
				require.ErrorIs(t, err, context.Canceled)
			}
		}
		group.Go(func() {
			e, err := w.StartExecution(ctx, n)
			if err != nil {
				t.Error(err)
				return
			}
			j.Write(survive.EntryStarted, survive.NameOf(n))
			if err := e.Wait(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	require.Eventually(t, isFull, 2*time.Minute, time.Millisecond)
	require.NoError(t, ballast.Truncate(0))
	require.NoError(t, ballast.Close())
	group.Wait()
	e, err := in.Start(ctx, survive.ParentProgram(), survive.InputOf(executions/2), interpreter.StartOptions{Name: "full"})
	if exists := new(interpreter.ExecutionExistsError); errors.As(err, &exists) { // the start was stored later
		e, err = exists.Execution, nil
	}
	require.NoError(t, err)
	require.NoError(t, e.Wait(ctx))
	require.NoError(t, in.Shutdown(ctx))
	all, err := survive.ReadJournal(journalPath)
	require.NoError(t, err)
	require.Empty(t, all.Wrong)
	for call, n := range all.Calls {
		require.Equal(t, 1, n, "%v was called more than once", call)
	}
	var sum survive.Found
	for n := range executions {
		id, err := s.Find(ctx, "", survive.ParentARN, survive.NameOf(n))
		require.NoError(t, err)
		survive.CheckExecution(t, s, id, &sum).Check(t, survive.ParentProgram(), survive.OutputOf(n), survive.ParentEntered)
	}
	require.NoError(t, s.Close())
	t.Logf("%d executions over a full disk: %d records, %d history events", executions, sum.Records, sum.Events)
}
