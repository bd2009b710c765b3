package postgres_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/postgres"
)

func compileTest(t testing.TB, definition string) *interpreter.Program {
	t.Helper()
	p, err := interpreter.Compile([]byte(definition), interpreter.Options{})
	require.NoError(t, err)
	return p
}

// hostTx is a transaction of the host.
type hostTx struct {
	commitTx         func(store.Change) error
	postTx           func(store.Post) error
	commit, rollback func() error
}

// transactionKinds begin transactions of all kinds that the store takes.
func transactionKinds(t testing.TB, s poolStore) map[string]func() hostTx {
	ctx := context.Background()
	db := stdlib.OpenDBFromPool(s.pool)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return map[string]func() hostTx{
		"pgx": func() hostTx {
			tx, err := s.pool.Begin(ctx)
			require.NoError(t, err)
			return hostTx{
				func(c store.Change) error { return s.CommitTx(ctx, tx, c) },
				func(p store.Post) error { return s.PostTx(ctx, tx, p) },
				func() error { return tx.Commit(ctx) }, func() error { return tx.Rollback(ctx) },
			}
		},
		"database/sql": func() hostTx {
			tx, err := db.BeginTx(ctx, nil)
			require.NoError(t, err)
			return hostTx{
				func(c store.Change) error { return s.CommitSQLTx(ctx, tx, c) },
				func(p store.Post) error { return s.PostSQLTx(ctx, tx, p) },
				tx.Commit, tx.Rollback,
			}
		},
	}
}

// Starts in transactions that are rolled back leave nothing and call nothing, while an
// interpreter looks for work. Those that are committed run.
func TestRolledBackStartsNeverRun(t *testing.T) {
	ctx := context.Background()
	s := openStore(t, sharedServer(t).openPool(t), postgres.Options{Schema: schemaOf(t.TempDir())})
	var calls atomic.Int64
	tokens := make(chan string, 1)
	in := interpreter.New(interpreter.Config{Store: s, Resolver: interpreter.Resolvers{
		interpreter.Services{"sqs:sendMessage": interpreter.HandlerFunc(func(_ context.Context, t *interpreter.Task) (any, error) {
			tokens <- t.Token()
			return nil, nil
		})},
		interpreter.Mux{"work": interpreter.HandlerFunc(func(_ context.Context, t *interpreter.Task) (any, error) {
			calls.Add(1)
			return t.Input, nil
		})}}})
	defer in.Close()
	work := compileTest(t, `{"StartAt":"Work","States":{"Work":{"Type":"Task","Resource":"work","End":true}}}`)
	ask := compileTest(t, `{"StartAt":"Ask","States":{"Ask":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken",
		"Parameters":{"MessageBody":{"token.$":"$$.Task.Token"}},"End":true}}}`)
	kinds := transactionKinds(t, s)
	for _, begin := range kinds {
		for n := range 250 {
			tx := begin()
			change, err := in.Prepare(work, []byte(`{}`), interpreter.StartOptions{Name: fmt.Sprint("run-", n)})
			require.NoError(t, err)
			require.NoError(t, tx.commitTx(change))
			require.NoError(t, tx.rollback())
		}
	}
	for _, table := range []string{"executions", "records", "snapshots", "definitions"} {
		require.Zero(t, s.exec(t, "SELECT FROM gostates."+table), table)
	}
	for kind, begin := range kinds {
		tx := begin()
		change, err := in.Prepare(work, []byte(`"input"`), interpreter.StartOptions{Name: "run-" + strings.ReplaceAll(kind, "/", "-")})
		require.NoError(t, err)
		require.NoError(t, tx.commitTx(change))
		again, err := in.Prepare(work, []byte(`"input"`), interpreter.StartOptions{Name: change.Head.Name})
		require.NoError(t, err)
		require.ErrorIs(t, tx.commitTx(again), store.ErrConflict)
		require.Zero(t, calls.Load())
		require.NoError(t, tx.commit())
		e, err := in.Execution(ctx, change.ID)
		require.NoError(t, err)
		require.NoError(t, e.Wait(ctx))
		require.EqualValues(t, 1, calls.Swap(0))

		// The same for an answer.
		e, err = in.Start(ctx, ask, nil, interpreter.StartOptions{})
		require.NoError(t, err)
		token := <-tokens
		for _, answer := range []string{"rolled back", "committed"} {
			post, err := in.PrepareTaskSuccess(token, answer)
			require.NoError(t, err)
			tx := begin()
			require.NoError(t, tx.postTx(post))
			if answer == "committed" {
				require.NoError(t, tx.commit())
			} else {
				require.NoError(t, tx.rollback())
			}
		}
		require.NoError(t, e.Wait(ctx))
		output, err := e.Output()
		require.NoError(t, err)
		require.Equal(t, "committed", output)
	}
}

// envName is set in a process that starts one name many times: to the connection of its
// database.
const envName = "GOSTATES_POSTGRES_NAME"

const startsOfAName = 50

// startOneName is the process: it prints the execution that each start got, and each
// call of a handler.
func startOneName() int {
	ctx := context.Background()
	err := func() error {
		pool, err := pgxpool.New(ctx, os.Getenv(envName))
		if err != nil {
			return err
		}
		defer pool.Close()
		s, err := postgres.New(ctx, pool, postgres.Options{})
		if err != nil {
			return err
		}
		p, err := interpreter.Compile([]byte(`{"StartAt":"Work","States":{"Work":{"Type":"Task","Resource":"work","End":true}}}`), interpreter.Options{})
		if err != nil {
			return err
		}
		in := interpreter.New(interpreter.Config{Store: s, Resolver: interpreter.Mux{"work": interpreter.HandlerFunc(
			func(_ context.Context, t *interpreter.Task) (any, error) {
				fmt.Println("called")
				return t.Input, nil
			})}})
		fmt.Println("open")
		if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil { // both are open
			return err
		}
		var group sync.WaitGroup
		results := make(chan error, startsOfAName)
		for n := range startsOfAName {
			group.Go(func() {
				id, err := startOrFind(ctx, in, s, pool, p, n%2 == 0)
				if err == nil {
					fmt.Println("started", id)
					err = awaitEnd(ctx, s, id)
				}
				results <- err
			})
		}
		group.Wait()
		for range startsOfAName {
			err = errors.Join(err, <-results)
		}
		fmt.Println("done")
		_, _ = bufio.NewReader(os.Stdin).ReadString('\n') // the other one is done too
		return errors.Join(err, in.Shutdown(ctx))
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// awaitEnd waits until an execution has ended, in any process.
func awaitEnd(ctx context.Context, s store.Store, id store.ID) error {
	for {
		st, err := s.Load(ctx, id)
		if err != nil || st.Head.Status != interpreter.Running {
			return err
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// startOrFind starts the name, in a transaction or not, or finds its execution.
func startOrFind(ctx context.Context, in *interpreter.Interpreter, s *postgres.Store, pool *pgxpool.Pool, p *interpreter.Program, inTx bool) (store.ID, error) {
	o := interpreter.StartOptions{Name: "invoice"}
	if !inTx {
		e, err := in.Start(ctx, p, nil, o)
		var exists *interpreter.ExecutionExistsError
		if errors.As(err, &exists) { // it has ended
			e, err = exists.Execution, nil
		}
		if err != nil {
			return store.ID{}, err
		}
		return e.ID(), nil
	}
	change, err := in.Prepare(p, nil, o)
	if err != nil {
		return store.ID{}, err
	}
	err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error { return s.CommitTx(ctx, tx, change) })
	if errors.Is(err, store.ErrConflict) {
		return s.Find(ctx, "", change.Head.Machine, change.Head.Name)
	}
	return change.ID, err
}

// Of a hundred starts of a name in two processes, with and without transactions, one is
// an execution, and all get that one.
func TestProcessesStartANameOnce(t *testing.T) {
	server := newServer(t)
	s := openStore(t, server.openPool(t), postgres.Options{})
	type process struct {
		cmd    *exec.Cmd
		lines  *bufio.Scanner
		stdin  interface{ Write([]byte) (int, error) }
		stderr strings.Builder
	}
	processes := make([]process, 2)
	counts := map[string]int{}
	readUntil := func(p *process, last string) {
		t.Helper()
		for p.lines.Scan() {
			if p.lines.Text() == last {
				return
			}
			counts[p.lines.Text()]++
		}
		require.Empty(t, last, p.stderr.String())
	}
	for i := range processes {
		p := &processes[i]
		p.cmd = exec.Command(os.Args[0])
		p.cmd.Env = append(os.Environ(), envName+"="+server.connection())
		p.cmd.Stderr = &p.stderr
		stdin, err := p.cmd.StdinPipe()
		require.NoError(t, err)
		p.stdin = stdin
		stdout, err := p.cmd.StdoutPipe()
		require.NoError(t, err)
		p.lines = bufio.NewScanner(stdout)
		require.NoError(t, p.cmd.Start())
		hung := time.AfterFunc(5*time.Minute, func() { _ = p.cmd.Process.Kill() })
		defer hung.Stop()
		readUntil(p, "open")
	}
	for _, last := range []string{"done", ""} {
		for i := range processes {
			_, err := processes[i].stdin.Write([]byte("go on\n"))
			require.NoError(t, err)
		}
		for i := range processes {
			readUntil(&processes[i], last)
		}
	}
	for i := range processes {
		require.NoError(t, processes[i].cmd.Wait(), processes[i].stderr.String())
	}
	page, err := s.List(context.Background(), store.Query{})
	require.NoError(t, err)
	require.Len(t, page, 1)
	require.Equal(t, interpreter.Succeeded, page[0].Status)
	require.Equal(t, map[string]int{"called": 1, fmt.Sprint("started ", page[0].ID): 2 * startsOfAName}, counts)
}
