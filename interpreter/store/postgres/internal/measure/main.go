// Command measure prints what durable executions cost over PostgreSQL, and over a file
// that gets the same bytes with one fdatasync a Commit, which is the limit of the disk.
//
//	go run ./internal/measure -database 'host=/tmp user=postgres'
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/postgres"
)

const taskStates = 10

func main() {
	dir := flag.String("dir", ".", "folder of the file, on the `disk` of the database")
	database := flag.String("database", "", "`connection` string or URL of the database")
	rounds := flag.Int("rounds", 5, "`rounds`, interleaved; medians are printed")
	executions := flag.Int("executions", 2000, "`executions` of a round with 64 at a time")
	prepared := flag.Bool("prepared", false, "use prepared statements")
	flag.Parse()
	o := postgres.Options{Schema: fmt.Sprint("measure_", os.Getpid())}
	if *prepared {
		o.Mode = pgx.QueryExecModeCacheStatement
	}
	pool, err := pgxpool.New(context.Background(), *database)
	if err == nil {
		defer pool.Close()
		err = measureSpeed(pool, o, *dir, *rounds, *executions)
		_, dropErr := pool.Exec(context.Background(), "DROP SCHEMA IF EXISTS "+o.Schema+" CASCADE")
		err = errors.Join(err, dropErr)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
}

// load returns the load of the machine, if it tells.
func load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(b))[:3], " ")
}

// chain is a machine of taskStates Task states.
func chain() (*interpreter.Program, error) {
	var b strings.Builder
	b.WriteString(`{"StartAt":"S0","States":{`)
	for i := range taskStates - 1 {
		fmt.Fprintf(&b, `"S%d":{"Type":"Task","Resource":"work","Next":"S%d"},`, i, i+1)
	}
	fmt.Fprintf(&b, `"S%d":{"Type":"Task","Resource":"work","End":true}}}`, taskStates-1)
	return interpreter.Compile([]byte(b.String()), interpreter.Options{})
}

// measureSpeed runs executions of chain with an input of 150 bytes, and executions of
// a Wait of a day, which are a start each.
func measureSpeed(pool *pgxpool.Pool, o postgres.Options, dir string, rounds, executions int) error {
	p, err := chain()
	if err != nil {
		return err
	}
	if err := postgres.Migrate(context.Background(), pool, o.Schema); err != nil {
		return err
	}
	db, err := postgres.New(context.Background(), pool, o)
	if err != nil {
		return err
	}
	temp, err := os.MkdirTemp(dir, "measure-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	fmt.Printf("%d Task states an execution, 150 bytes of input, history on; load %s\n", taskStates, load())
	fmt.Println("at a time  transitions/s over a file  over PostgreSQL  ratio  changes a Commit  starts/s over a file  over PostgreSQL")
	for _, width := range []int{1, 64, 256} {
		n := executions
		if width == 1 {
			n /= 16
		}
		var speeds [4][]float64 // transitions and starts: file, database
		var counts *counter
		for round := range rounds {
			f, err := os.Create(filepath.Join(temp, fmt.Sprint(width, "-", round)))
			if err != nil {
				return err
			}
			for i, s := range []store.Store{&fileStore{file: f}, db} {
				var speed float64
				if speed, counts, err = runExecutions(p, s, width, n); err != nil {
					return err
				}
				speeds[i] = append(speeds[i], speed)
				if speed, err = startExecutions(s, width, n); err != nil {
					return err
				}
				speeds[2+i] = append(speeds[2+i], speed)
			}
			if err := f.Close(); err != nil {
				return err
			}
		}
		file, database := median(speeds[0]), median(speeds[1])
		fmt.Printf("%9d  %25.0f  %15.0f  %5.2f  %16.1f  %20.0f  %15.0f\n", width, file, database, database/file,
			float64(counts.changes.Load())/float64(counts.commits.Load()), median(speeds[2]), median(speeds[3]))
	}
	fmt.Println("load", load())
	return nil
}

func median(all []float64) float64 {
	slices.Sort(all)
	return all[len(all)/2]
}

// repeatWide calls f n times, width at a time, and returns calls a second.
func repeatWide(width, n int, f func() error) (float64, error) {
	var left atomic.Int64
	left.Store(int64(n))
	var group sync.WaitGroup
	var failed atomic.Pointer[error]
	begin := time.Now()
	for range width {
		group.Go(func() {
			for left.Add(-1) >= 0 {
				if err := f(); err != nil {
					failed.Store(&err)
					return
				}
			}
		})
	}
	group.Wait()
	speed := float64(n) / time.Since(begin).Seconds()
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	return speed, nil
}

// runExecutions returns transitions a second.
func runExecutions(p *interpreter.Program, s store.Store, width, n int) (float64, *counter, error) {
	c := &counter{Store: s}
	in := interpreter.New(interpreter.Config{Store: c, Resolver: interpreter.Mux{
		"work": interpreter.HandlerFunc(func(_ context.Context, t *interpreter.Task) (any, error) { return t.Input, nil }),
	}})
	defer in.Close()
	input := []byte(`{"text":"` + strings.Repeat("x", 139) + `"}`)
	speed, err := repeatWide(width, n, func() error {
		e, err := in.Start(context.Background(), p, input, interpreter.StartOptions{})
		if err == nil {
			err = e.Wait(context.Background())
		}
		return err
	})
	return speed * taskStates, c, err
}

// startExecutions returns starts a second.
func startExecutions(s store.Store, width, n int) (float64, error) {
	p, err := interpreter.Compile([]byte(`{"StartAt":"Wait","States":{"Wait":{"Type":"Wait","Seconds":86400,"End":true}}}`), interpreter.Options{})
	if err != nil {
		return 0, err
	}
	in := interpreter.New(interpreter.Config{Store: s})
	defer in.Close()
	return repeatWide(width, n, func() error {
		_, err := in.Start(context.Background(), p, nil, interpreter.StartOptions{})
		return err
	})
}

// counter counts what is committed.
type counter struct {
	store.Store
	commits, changes atomic.Int64
}

func (c *counter) Commit(ctx context.Context, changes []store.Change) error {
	c.commits.Add(1)
	c.changes.Add(int64(len(changes)))
	return c.Store.Commit(ctx, changes)
}

// fileStore appends the bytes of changes to a file. It cannot return them: it serves
// executions that never leave memory.
type fileStore struct {
	store.Store
	file *os.File
	buf  []byte
}

func (s *fileStore) Commit(_ context.Context, changes []store.Change) error {
	s.buf = s.buf[:0]
	for i := range changes {
		s.buf = append(append(append(s.buf, changes[i].ID[:]...), changes[i].Record...), changes[i].Snapshot...)
	}
	if _, err := s.file.Write(s.buf); err != nil {
		return err
	}
	return syncData(s.file)
}

func (*fileStore) Due(context.Context, store.Place, int64, int) ([]store.State, error) {
	return nil, nil
}

func (*fileStore) PutDefinition(context.Context, string, []byte) error { return nil }
