package survive

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store/sqlite"
)

var (
	kills      = flag.Int("kills", 20, "how often TestKills kills the process")
	executions = flag.Int("executions", 60, "how many executions TestKills starts")
)

// The environment of a process that is killed.
const (
	envFolder = "SURVIVE_FOLDER" // of its database and journal
	envLife   = "SURVIVE_LIFE"   // counts its lives from 1
	envStart  = "SURVIVE_START"  // how many executions may have been started in this life
	envLast   = "SURVIVE_LAST"   // not empty: run all executions to their end
)

func TestMain(m *testing.M) {
	if folder := os.Getenv(envFolder); folder != "" {
		if err := runProcess(folder); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// busyTime is how long the tasks of the process take at most.
const busyTime = 5 * time.Millisecond

// runProcess is one life of the process: it continues all executions, starts new
// ones and answers tokens until it is killed, or in its last life until all have ended.
func runProcess(folder string) error {
	life, _ := strconv.Atoi(os.Getenv(envLife))
	count, _ := strconv.Atoi(os.Getenv(envStart))
	last := os.Getenv(envLast) != ""
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)

	before, err := readJournal(filepath.Join(folder, "journal"))
	if err != nil {
		return err
	}
	j, err := openJournal(filepath.Join(folder, "journal"))
	if err != nil {
		return err
	}
	s, err := sqlite.Open(filepath.Join(folder, "executions.db"))
	if err != nil {
		return err
	}
	w := newWorkload(j, life, busyTime, last)
	in := w.openInterpreter(interpreter.Config{Store: s, Programs: []*interpreter.Program{parentProgram(), childProgram()}})
	fmt.Println("open")
	w.answerEarlier(before)

	ctx := context.Background()
	failed := make(chan error, count)
	var group sync.WaitGroup
	for n := range count {
		if before.started[nameOf(n)] && !last {
			continue
		}
		group.Go(func() {
			e, err := w.startExecution(ctx, n)
			switch {
			case errors.Is(err, interpreter.ErrClosed):
				return
			case err != nil:
				failed <- fmt.Errorf("starting %s: %w", nameOf(n), err)
				return
			}
			if !before.started[nameOf(n)] {
				j.write(entryStarted, nameOf(n))
			}
			if last {
				if err := e.Wait(ctx); err != nil {
					failed <- fmt.Errorf("waiting for %s: %w", nameOf(n), err)
				}
			}
		})
	}
	if last {
		group.Wait()
	} else {
		<-terminated
	}
	if err := in.Shutdown(ctx); err != nil {
		return fmt.Errorf("shutdown: %w", err)
	}
	group.Wait()
	select {
	case err := <-failed:
		return err
	default:
		return s.Close()
	}
}

// The last lives before the end are long enough for executions to come to the answers
// that are left to the next life.
const (
	longLives = 2
	longLife  = 1300 * time.Millisecond // longer than the pause of a Retry
)

// TestKills kills a process at random moments and starts it again. In the end all
// executions must have run as if nothing had happened.
func TestKills(t *testing.T) {
	folder := t.TempDir()
	began := time.Now()
	for life := 1; life <= *kills; life++ {
		lasts := rand.N(100 * time.Millisecond)
		if life > *kills-longLives {
			lasts += longLife
		}
		runLife(t, folder, life, min(*executions, *executions*life/max(1, *kills-longLives)), lasts)
	}
	finishProcess(t, folder, *kills+1, *executions)
	took := time.Since(began)

	all, err := readJournal(filepath.Join(folder, "journal"))
	require.NoError(t, err)
	s, err := sqlite.Open(filepath.Join(folder, "executions.db"))
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	found := checkStore(t, s, all, *executions)

	calls, repeated, later := 0, 0, 0
	for _, n := range all.calls {
		calls += n
		repeated += n - 1
	}
	for _, token := range all.tokens {
		if token.answered > token.life {
			later++
		}
	}
	require.Greater(t, later, len(all.tokens)/3, "too few tokens are answered by a later life")
	t.Logf("%d kills, %d executions with %d nested ones, %d records, %d history events; %d tasks in %d calls, %d of them repeated; %d of %d tokens answered after a restart; %v",
		*kills, *executions, found.children, found.records, found.events, len(all.calls), calls, repeated, later, len(all.tokens), took.Round(time.Millisecond))
}

func command(folder string, life, count int, last bool) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), envFolder+"="+folder, envLife+"="+strconv.Itoa(life), envStart+"="+strconv.Itoa(count))
	if last {
		cmd.Env = append(cmd.Env, envLast+"=1")
	}
	return cmd
}

// runLife starts the process and kills it: mostly while it works, sometimes while it
// starts. Some lives end with a Shutdown instead, or are killed during one.
func runLife(t *testing.T, folder string, life, count int, lasts time.Duration) {
	t.Helper()
	cmd := command(folder, life, count, false)
	var stderr lockedBuffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	if life%10 != 0 {
		_, _ = bufio.NewReader(stdout).ReadString('\n') // it is open
	}
	time.Sleep(lasts)
	switch life % 8 {
	case 3:
		require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	case 7:
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
	cmd := command(folder, life, count, true)
	var stderr lockedBuffer
	cmd.Stdout, cmd.Stderr = io.Discard, &stderr
	require.NoError(t, cmd.Start())
	hung := time.AfterFunc(2*time.Minute, func() { _ = cmd.Process.Signal(syscall.SIGQUIT) }) // prints its goroutines
	err := cmd.Wait()
	hung.Stop()
	require.NoError(t, err, stderr.String())
}

type lockedBuffer struct {
	mu   sync.Mutex
	data []byte
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.data = append(b.data, p...)
	return len(p), nil
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.data)
}
