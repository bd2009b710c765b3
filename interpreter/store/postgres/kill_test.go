package postgres_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/postgres"
)

// envExecutions is set in a process that runs executions until it is killed: to the
// connection of its database.
const envExecutions = "GOSTATES_POSTGRES_EXECUTIONS"

const killedExecutions = 40

// runExecutions is the process: it starts those executions that are not stored, and
// waits until all have ended.
func runExecutions() int {
	ctx := context.Background()
	err := func() error {
		pool, err := pgxpool.New(ctx, os.Getenv(envExecutions))
		if err != nil {
			return err
		}
		s, err := postgres.New(ctx, pool, postgres.Options{})
		if err != nil {
			return err
		}
		p, err := chainProgram()
		if err != nil {
			return err
		}
		in := interpreter.New(interpreter.Config{Store: s, Lease: 300 * time.Millisecond, Programs: []*interpreter.Program{p}, Resolver: interpreter.Mux{
			"work": interpreter.HandlerFunc(func(_ context.Context, t *interpreter.Task) (any, error) {
				time.Sleep(5 * time.Millisecond)
				return t.Input, nil
			}),
		}})
		fmt.Println("open")
		var group sync.WaitGroup
		failed := make(chan error, killedExecutions)
		for n := range killedExecutions {
			group.Go(func() {
				e, err := in.Start(ctx, p, fmt.Appendf(nil, "%d", n), interpreter.StartOptions{Name: fmt.Sprint("run-", n)})
				var exists *interpreter.ExecutionExistsError
				if errors.As(err, &exists) {
					e, err = exists.Execution, nil
				}
				if err == nil {
					err = e.Wait(ctx)
				}
				if err != nil {
					failed <- err
				}
			})
		}
		group.Wait()
		if err := in.Shutdown(ctx); err != nil {
			return err
		}
		select {
		case err := <-failed:
			return err
		default:
			return nil
		}
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

const chainStates = 12

// chainProgram is a machine of Task states, which returns its input.
func chainProgram() (*interpreter.Program, error) {
	var b strings.Builder
	b.WriteString(`{"StartAt":"S0","States":{`)
	for i := range chainStates {
		next := fmt.Sprintf(`"Next":"S%d"},`, i+1)
		if i == chainStates-1 {
			next = `"End":true}`
		}
		fmt.Fprintf(&b, `"S%d":{"Type":"Task","Resource":"work",%s`, i, next)
	}
	b.WriteString("}}")
	return interpreter.Compile([]byte(b.String()), interpreter.Options{})
}

// TestExecutionsOfKilledProcesses lets three processes share the executions, and kills
// the oldest one at random moments. In the end each execution must have run as if
// nothing had happened.
func TestExecutionsOfKilledProcesses(t *testing.T) {
	const kills, together = 8, 3
	server := newServer(t)
	s := openStore(t, server.openPool(t), postgres.Options{})
	var running []*exec.Cmd
	var stderr [kills + together]strings.Builder
	for life := range kills + together {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), envExecutions+"="+server.connection())
		cmd.Stderr = &stderr[life]
		stdout, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		_, _ = bufio.NewReader(stdout).ReadString('\n') // it is open
		running = append(running, cmd)
		if len(running) > together {
			time.Sleep(rand.N(100 * time.Millisecond))
			require.NoError(t, running[0].Process.Kill())
			_ = running[0].Wait()
			running = running[1:]
		}
	}
	for i, cmd := range running {
		require.NoError(t, cmd.Wait(), stderr[kills+i].String())
	}
	for i := range stderr {
		require.NotContains(t, stderr[i].String(), "panic")
	}
	ctx := context.Background()
	page, err := s.List(ctx, store.Query{})
	require.NoError(t, err)
	require.Len(t, page, killedExecutions, "a name has one execution")
	in := interpreter.New(interpreter.Config{Store: s})
	defer in.Close()
	for _, l := range page {
		require.Equal(t, interpreter.Succeeded, l.Status, "%s: parked %q", l.Name, l.Parked)
		d, err := in.Describe(ctx, l.ID)
		require.NoError(t, err)
		require.Equal(t, strings.TrimPrefix(l.Name, "run-"), fmt.Sprint(d.Output))
		entered := map[string]int{}
		last := uint32(0)
		for ev, err := range in.History(ctx, l.ID, interpreter.HistoryOptions{}) {
			require.NoError(t, err)
			last++
			require.Equal(t, last, ev.ID)
			if ev.Type == history.TaskStateEntered || ev.Type == history.TaskStateExited {
				entered[fmt.Sprint(ev.Type, ev.Name)]++
			}
		}
		require.Len(t, entered, 2*chainStates)
		for state, times := range entered {
			require.Equal(t, 1, times, state)
		}
	}
}
