package survive_test

import (
	"bufio"
	"io"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/store/internal/survive"
	"github.com/gostates/gostates/interpreter/store/sqlite"
)

// A process that starts executions and redrives each of them three times is killed at
// random moments. In the end each has succeeded as if it had not been, and no task that
// had succeeded was called again by a redrive.
func TestKillsOfAProcessThatRedrives(t *testing.T) {
	folder := t.TempDir()
	start := func(life int) (wait func() error, kill func()) {
		cmd := survive.Command(folder, life, *executions/2, false)
		cmd.Env = append(cmd.Env, survive.RedrivesEnv)
		var stderr survive.LockedBuffer
		cmd.Stderr = &stderr
		stdout, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		_, _ = bufio.NewReader(stdout).ReadString('\n') // it is open
		return func() error {
			hung := time.AfterFunc(5*time.Minute, func() { _ = cmd.Process.Signal(syscall.SIGQUIT) }) // prints its goroutines
			defer hung.Stop()
			_, _ = io.Copy(io.Discard, stdout)
			err := cmd.Wait()
			require.NotContains(t, stderr.String(), "panic", "life %d", life)
			if state, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !state.Signaled() {
				require.NoError(t, err, "life %d: %s", life, stderr.String())
			}
			return err
		}, func() { _ = cmd.Process.Kill() }
	}
	for life := range *kills {
		wait, kill := start(life)
		time.Sleep(rand.N(300 * time.Millisecond))
		kill()
		_ = wait()
	}
	wait, _ := start(*kills)
	require.NoError(t, wait())

	all, err := survive.ReadJournal(survive.JournalPath(folder))
	require.NoError(t, err)
	s, err := sqlite.Open(databasePath(folder))
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	found := survive.CheckRedriven(t, s, all, *executions/2)
	tasks, calls, _, _ := all.Summary()
	t.Logf("%d kills, %d executions, %d records, %d history events; %d tasks in %d calls",
		*kills, found.Parents, found.Records, found.Events, tasks, calls)
}
