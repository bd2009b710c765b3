package survive_test

import (
	"bufio"
	"flag"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/internal/survive"
	"github.com/gostates/gostates/interpreter/store/sqlite"
)

var (
	kills      = flag.Int("kills", 20, "how often TestKills kills the process")
	executions = flag.Int("executions", 60, "how many executions TestKills starts")
)

var process = survive.Process{
	Open: func(folder string) (store.Store, func() error, error) {
		s, err := sqlite.Open(databasePath(folder))
		if err != nil {
			return nil, nil, err
		}
		return s, s.Close, nil
	},
}

func databasePath(folder string) string { return filepath.Join(folder, "executions.db") }

func TestMain(m *testing.M) {
	process.RunIfCommanded()
	runMapIfCommanded()
	os.Exit(m.Run())
}

const tokensEach = 3 // Ask, Accept and Reply

// TestKills kills a process at random moments and starts it again. In the end all
// executions must have run as if nothing had happened.
func TestKills(t *testing.T) {
	folder := t.TempDir()
	began := time.Now()
	for life := 1; life <= *kills; life++ {
		// The last one lives until all answers that are left to a later life are
		// outstanding, or were in an earlier life.
		runLife(t, folder, life, *executions*life / *kills, rand.N(100*time.Millisecond), life == *kills)
	}
	finishProcess(t, folder, *kills+1, *executions)
	took := time.Since(began)

	all, err := survive.ReadJournal(survive.JournalPath(folder))
	require.NoError(t, err)
	s, err := sqlite.Open(databasePath(folder))
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	found := survive.CheckStore(t, s, all, *executions)
	tasks, calls, repeated, later := all.Summary()
	require.Len(t, all.Tokens, tokensEach**executions)
	require.GreaterOrEqual(t, 2*later, len(all.Tokens), "half of the tokens are answered by a later life")
	t.Logf("%d kills, %d executions with %d nested ones, %d records, %d history events; %d tasks in %d calls, %d of them repeated; %d of %d tokens answered after a restart; %v",
		*kills, *executions, found.Children, found.Records, found.Events, tasks, calls, repeated, later, len(all.Tokens), took.Round(time.Millisecond))
}

// runLife starts the process and kills it: mostly while it works, sometimes while it
// starts. Some lives end with a Shutdown instead, or are killed during one.
func runLife(t *testing.T, folder string, life, count int, lasts time.Duration, untilLeft bool) {
	t.Helper()
	cmd := survive.Command(folder, life, count, false)
	var stderr survive.LockedBuffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewReader(stdout)
	if life%10 != 0 {
		_, _ = lines.ReadString('\n') // it is open
	}
	hung := time.AfterFunc(5*time.Minute, func() { _ = cmd.Process.Signal(syscall.SIGQUIT) }) // prints its goroutines
	defer hung.Stop()
	for line := ""; untilLeft && line != survive.AllLeft+"\n"; {
		line, err = lines.ReadString('\n')
		require.NoError(t, err, "life %d: %s", life, stderr.String())
	}
	time.Sleep(lasts)
	switch way := life % 8; {
	case untilLeft:
		require.NoError(t, cmd.Process.Kill())
	case way == 3:
		require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	case way == 7:
		require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
		time.Sleep(rand.N(10 * time.Millisecond))
		fallthrough
	default:
		require.NoError(t, cmd.Process.Kill())
	}
	_, _ = io.Copy(io.Discard, stdout)
	err = cmd.Wait()
	state, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	require.True(t, ok)
	if !state.Signaled() {
		require.NoError(t, err, "life %d: %s", life, stderr.String())
	}
	require.NotContains(t, stderr.String(), "panic", "life %d", life)
	require.NotContains(t, stderr.String(), "parked", "life %d", life)
}

// finishProcess starts the process for the last time.
func finishProcess(t *testing.T, folder string, life, count int) {
	t.Helper()
	cmd := survive.Command(folder, life, count, true)
	var stderr survive.LockedBuffer
	cmd.Stdout, cmd.Stderr = io.Discard, &stderr
	require.NoError(t, cmd.Start())
	hung := time.AfterFunc(5*time.Minute, func() { _ = cmd.Process.Signal(syscall.SIGQUIT) }) // prints its goroutines
	err := cmd.Wait()
	hung.Stop()
	require.NoError(t, err, stderr.String())
}
