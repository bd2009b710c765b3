package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

// server is a PostgreSQL of the tests, which listens on a socket in its folder only.
type server struct {
	folder  string // with the data and the socket
	command *exec.Cmd
}

// errNoServer says that PostgreSQL is not installed.
var errNoServer = errors.New("PostgreSQL is not installed: apt-get install -y postgresql (Debian's package)")

// programPath returns a program of the newest PostgreSQL of this machine.
func programPath(name string) (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if err != nil || len(found) == 0 {
		path, err := exec.LookPath(name)
		if err != nil {
			return "", errNoServer
		}
		return path, nil
	}
	return found[len(found)-1], nil
}

// createServer makes a database cluster in a new folder.
func createServer() (*server, error) {
	initdb, err := programPath("initdb")
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "postgres-")
	if err != nil {
		return nil, err
	}
	s := &server{folder: folder}
	if err := os.Chmod(folder, 0o777); err != nil {
		return s, err
	}
	cmd := exec.Command(initdb, "-D", s.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	cmd.Dir = folder
	if err := asServer(cmd); err != nil {
		return s, err
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return s, fmt.Errorf("initdb: %w: %s", err, out)
	}
	return s, nil
}

func (s *server) data() string { return filepath.Join(s.folder, "data") }

// start starts the server and waits until it answers.
func (s *server) start() error {
	postgres, err := programPath("postgres")
	if err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(s.folder, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(postgres, "-D", s.data(), "-k", s.folder, "-h", "", "-c", "max_connections=200", "-c", "deadlock_timeout=100ms")
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.folder, log, log
	if err := asServer(cmd); err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	s.command = cmd
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		pool, err := pgxpool.New(ctx, s.connection())
		if err == nil {
			err = pool.Ping(ctx)
			pool.Close()
		}
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			out, _ := os.ReadFile(filepath.Join(s.folder, "log"))
			return fmt.Errorf("postgres does not answer: %w: %s", err, out)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// stop stops the server at once, as a crash does, and waits for its end.
func (s *server) stop() error {
	if err := s.command.Process.Signal(syscall.SIGQUIT); err != nil {
		return err
	}
	_ = s.command.Wait()
	return nil
}

func (s *server) connection() string { return "host=" + s.folder + " user=postgres dbname=postgres" }

// shared is the server of most tests.
var shared struct {
	once sync.Once
	*server
	err error
}

func TestMain(m *testing.M) {
	if os.Getenv(envServer) != "" {
		os.Exit(writeUntilKilled())
	}
	if os.Getenv(envName) != "" {
		os.Exit(startOneName())
	}
	survivor.RunIfCommanded()
	code := m.Run()
	if shared.server != nil {
		if shared.err == nil {
			_ = shared.stop()
		}
		_ = os.RemoveAll(shared.folder)
	}
	os.Exit(code)
}

// sharedServer starts the server of most tests. A test is skipped if there is no
// PostgreSQL.
func sharedServer(t testing.TB) *server {
	t.Helper()
	shared.once.Do(func() {
		if shared.server, shared.err = createServer(); shared.err == nil {
			shared.err = shared.start()
		}
	})
	if errors.Is(shared.err, errNoServer) {
		t.Skip(shared.err)
	}
	require.NoError(t, shared.err)
	return shared.server
}

// newServer starts a server that the test may stop.
func newServer(t testing.TB) *server {
	t.Helper()
	s, err := createServer()
	if errors.Is(err, errNoServer) {
		t.Skip(err)
	}
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(s.folder) })
	require.NoError(t, s.start())
	t.Cleanup(func() { _ = s.stop() })
	return s
}

// startPooler starts a PgBouncer in transaction mode before the server and returns how
// it is reached. The test is skipped if it is not installed.
func (s *server) startPooler(t testing.TB) (connection string) {
	t.Helper()
	pgbouncer, err := exec.LookPath("pgbouncer")
	if err != nil {
		pgbouncer, err = exec.LookPath("/usr/sbin/pgbouncer")
	}
	if err != nil {
		t.Skip("PgBouncer is not installed: apt-get install -y pgbouncer (Debian's package)")
	}
	folder, err := os.MkdirTemp("", "pgbouncer-")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	require.NoError(t, os.Chmod(folder, 0o777))
	config := filepath.Join(folder, "pgbouncer.ini")
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, `[databases]
* = host=%s user=postgres
[pgbouncer]
listen_port = 6432
unix_socket_dir = %s
auth_type = any
pool_mode = transaction
default_pool_size = 4
`, s.folder, folder), 0o644))
	cmd := exec.Command(pgbouncer, "-q", config)
	require.NoError(t, asServer(cmd))
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	connection = "host=" + folder + " port=6432 user=postgres dbname=postgres"
	require.Eventually(t, func() bool {
		conn, err := pgx.Connect(context.Background(), connection)
		if err != nil {
			return false
		}
		return conn.Close(context.Background()) == nil
	}, time.Minute, 20*time.Millisecond)
	return connection
}

// openPool opens a pool that is closed when the test ends.
func (s *server) openPool(t testing.TB, edit ...func(*pgxpool.Config)) *pgxpool.Pool {
	t.Helper()
	return openPoolTo(t, s.connection(), edit...)
}

func openPoolTo(t testing.TB, connection string, edit ...func(*pgxpool.Config)) *pgxpool.Pool {
	t.Helper()
	config, err := pgxpool.ParseConfig(connection)
	require.NoError(t, err)
	for _, f := range edit {
		f(config)
	}
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

var schemas struct {
	sync.Mutex
	names []string
}

// schemaOf returns the name of a schema that belongs to a folder of a test.
func schemaOf(dir string) string {
	schemas.Lock()
	defer schemas.Unlock()
	i := slices.Index(schemas.names, dir)
	if i < 0 {
		i = len(schemas.names)
		schemas.names = append(schemas.names, dir)
	}
	return fmt.Sprintf(`it's "%d"`, i)
}
