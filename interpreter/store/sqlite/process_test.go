package sqlite_test

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/sqlite"
)

var kills = flag.Int("kills", 20, "how often a process that commits is killed")

// The environment of a child: its database, after how many groups it ends (empty:
// never), and what it writes if not executions.
const (
	childVariable = "GOSTATES_SQLITE_CHILD"
	childGroups   = "GOSTATES_SQLITE_GROUPS"
	childWrites   = "GOSTATES_SQLITE_WRITES"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(childVariable); path != "" {
		if err := commitForever(path); err != nil {
			fmt.Println("error:", errors.Is(err, store.ErrLocked), err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// commitForever prints each version that was acknowledged. It ends after childGroups.
func commitForever(path string) error {
	ctx := context.Background()
	s, err := sqlite.Open(path)
	if err != nil {
		return err
	}
	if os.Getenv(childWrites) == "registry" {
		return writeRegistryForever(s)
	}
	last, _ := strconv.ParseUint(os.Getenv(childGroups), 10, 64)
	version := uint64(0)
	if st, err := s.Load(ctx, rungID(0)); err == nil {
		version = st.Version
	}
	for {
		version++
		if err := s.Commit(ctx, ladderGroup(version)); err != nil {
			return err
		}
		fmt.Println(version)
		if version == last {
			return nil // as if it was killed
		}
	}
}

func startChild(t *testing.T, path string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^$")
	child.Env = append(os.Environ(), childVariable+"="+path)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	return child, bufio.NewScanner(out)
}

// killAfter kills a child that has acknowledged some versions, and returns the last.
func killAfter(t *testing.T, child *os.Process, lines *bufio.Scanner, left int, acknowledged uint64) uint64 {
	for ; lines.Scan(); left-- {
		_, err := fmt.Sscan(lines.Text(), &acknowledged)
		require.NoError(t, err, lines.Text())
		if left <= 0 {
			_ = child.Kill()
		}
	}
	return acknowledged
}

// TestKilledProcessLosesNothing kills a process that commits and looks at its store.
func TestKilledProcessLosesNothing(t *testing.T) {
	path := tempDatabase(t)
	random := rand.New(rand.NewPCG(7, 8))
	acknowledged := uint64(0)
	for range *kills {
		child, lines := startChild(t, path)
		acknowledged = killAfter(t, child.Process, lines, random.IntN(300), acknowledged)
		require.Error(t, child.Wait())

		s, err := sqlite.Open(path)
		require.NoError(t, err, "a killed process has no lock")
		version, err := ladderVersion(t, s)
		require.NoError(t, err)
		require.GreaterOrEqual(t, version, acknowledged, "acknowledged and lost")
		require.LessOrEqual(t, version, acknowledged+1)
		require.NoError(t, s.Close())
	}
	t.Logf("%d kills, %d groups", *kills, acknowledged)
}

func TestSecondProcessIsLockedOutAndAnyToolReads(t *testing.T) {
	ctx := context.Background()
	path := tempDatabase(t)
	s := openStore(t, path)
	require.NoError(t, s.Commit(ctx, ladderGroup(1)))

	child, lines := startChild(t, path)
	require.True(t, lines.Scan())
	require.True(t, strings.HasPrefix(lines.Text(), "error: true "), lines.Text())
	require.Contains(t, lines.Text(), fmt.Sprint("process ", os.Getpid()))
	require.Error(t, child.Wait())
	_, err := sqlite.Open(path)
	require.ErrorIs(t, err, store.ErrLocked, "in the same process")

	var n int
	require.NoError(t, openForeign(t, path).QueryRow("SELECT count(*) FROM gostates_executions").Scan(&n))
	require.Equal(t, rungs, n)
}
