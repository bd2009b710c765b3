package postgres_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/postgres"
)

// envServer is set in a process that is killed: where its server is.
const envServer = "GOSTATES_POSTGRES"

// writeUntilKilled is the process: it commits groups to a ladder and prints each
// version that was acknowledged.
func writeUntilKilled() int {
	ctx := context.Background()
	err := func() error {
		pool, err := pgxpool.New(ctx, os.Getenv(envServer))
		if err != nil {
			return err
		}
		s, err := postgres.New(ctx, pool, postgres.Options{})
		if err != nil {
			return err
		}
		version := uint64(0)
		switch st, err := s.Load(ctx, testID(0)); {
		case err == nil:
			version = st.Version
		case !errors.Is(err, store.ErrNotFound):
			return err
		}
		for {
			version++
			if err := s.Commit(ctx, ladderGroup(version)); err != nil {
				return err
			}
			fmt.Println(version)
		}
	}()
	fmt.Fprintln(os.Stderr, err)
	return 1
}

func TestProcessKilledInCommitsLosesNothing(t *testing.T) {
	server := newServer(t)
	s := openStore(t, server.openPool(t), postgres.Options{})
	last := uint64(0)
	for life := range 6 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), envServer+"="+server.connection())
		var stderr strings.Builder
		cmd.Stderr = &stderr
		stdout, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		lines := bufio.NewScanner(stdout)
		acknowledged := last
		for range 10 + 7*life {
			require.True(t, lines.Scan(), stderr.String())
			acknowledged, err = strconv.ParseUint(lines.Text(), 10, 64)
			require.NoError(t, err)
		}
		require.NoError(t, cmd.Process.Kill())
		for lines.Scan() { // what was acknowledged before the kill
			if n, err := strconv.ParseUint(lines.Text(), 10, 64); err == nil && n == acknowledged+1 {
				acknowledged = n
			}
		}
		_ = cmd.Wait()
		// The server may still be at work with a last commit.
		require.Eventually(t, func() bool {
			var others int
			err := s.pool.QueryRow(context.Background(), `SELECT count(*) FROM pg_stat_activity
				WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND state = 'active'`).Scan(&others)
			return err == nil && others == 0
		}, time.Minute, time.Millisecond)
		last = ladderVersion(t, s)
		require.GreaterOrEqual(t, last, acknowledged, "an acknowledged commit is lost")
		require.LessOrEqual(t, last, acknowledged+1)
	}
}

func TestServerThatCrashesLosesNothing(t *testing.T) {
	server := newServer(t)
	s := openStore(t, server.openPool(t), postgres.Options{})
	ctx := context.Background()
	version, failures := uint64(0), 0
	for range 3 {
		crash, crashed := version+20, make(chan error, 1)
		for target := version + 60; version < target; {
			if version == crash {
				crash = 0
				go func() { crashed <- errors.Join(server.stop(), server.start()) }()
			}
			if err := s.Commit(ctx, ladderGroup(version+1)); err != nil {
				failures++ // the same call may be made again
				continue
			}
			version++
			if crash == 0 && version == target-1 {
				require.NoError(t, <-crashed)
			}
		}
		require.Equal(t, version, ladderVersion(t, s))
	}
	require.Positive(t, failures)
}
