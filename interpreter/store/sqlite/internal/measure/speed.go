package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
)

const taskStates = 10

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

// measureSpeed runs executions of chain with an input of 150 bytes.
func measureSpeed(dir string, rounds, executions int) error {
	p, err := chain()
	if err != nil {
		return err
	}
	fmt.Printf("%d Task states an execution, 150 bytes of input, history on; load %s\n", taskStates, load())
	fmt.Println("at a time  transitions/s over a file  over SQLite  ratio  bytes a transition  changes a Commit")
	for _, width := range []int{1, 64, 256} {
		n := executions
		if width == 1 {
			n /= 16
		}
		var file, db []float64
		var counts *counter
		for round := range rounds {
			at := filepath.Join(dir, fmt.Sprint(width, "-", round))
			if err := os.MkdirAll(at, 0o700); err != nil {
				return err
			}
			f, err := os.Create(filepath.Join(at, "log"))
			if err != nil {
				return err
			}
			speed, _, err := runExecutions(p, &fileStore{file: f}, width, n)
			if err = errors.Join(err, f.Close()); err != nil {
				return err
			}
			file = append(file, speed)
			s, err := openSQLite(at)
			if err != nil {
				return err
			}
			speed, counts, err = runExecutions(p, s, width, n)
			if err = errors.Join(err, s.Close()); err != nil {
				return err
			}
			db = append(db, speed)
		}
		a, b := median(file), median(db)
		fmt.Printf("%9d  %25.0f  %11.0f  %5.2f  %18.0f  %16.1f\n", width, a, b, b/a,
			float64(counts.bytes.Load())/float64(n*taskStates), float64(counts.changes.Load())/float64(counts.commits.Load()))
	}
	fmt.Println("load", load())
	return nil
}

func median(all []float64) float64 {
	slices.Sort(all)
	return all[len(all)/2]
}

// runExecutions runs n executions, width at a time, and returns transitions a second.
func runExecutions(p *interpreter.Program, s store.Store, width, n int) (float64, *counter, error) {
	c := &counter{Store: s}
	in := interpreter.New(interpreter.Config{Store: c, Resolver: interpreter.Mux{
		"work": interpreter.HandlerFunc(func(_ context.Context, t *interpreter.Task) (any, error) { return t.Input, nil }),
	}})
	defer in.Close()
	input := []byte(`{"text":"` + strings.Repeat("x", 139) + `"}`)
	var left atomic.Int64
	left.Store(int64(n))
	var group sync.WaitGroup
	var failed atomic.Pointer[error]
	begin := time.Now()
	for range width {
		group.Go(func() {
			for left.Add(-1) >= 0 {
				if err := runOne(in, p, input); err != nil {
					failed.Store(&err)
					return
				}
			}
		})
	}
	group.Wait()
	if err := failed.Load(); err != nil {
		return 0, nil, *err
	}
	return float64(n*taskStates) / time.Since(begin).Seconds(), c, nil
}

func runOne(in *interpreter.Interpreter, p *interpreter.Program, input []byte) error {
	e, err := in.Start(context.Background(), p, input, interpreter.StartOptions{})
	if err != nil {
		return err
	}
	return e.Wait(context.Background())
}

// counter counts what is committed.
type counter struct {
	store.Store
	commits, changes, bytes atomic.Int64
}

func (c *counter) Commit(ctx context.Context, changes []store.Change) error {
	c.commits.Add(1)
	c.changes.Add(int64(len(changes)))
	for i := range changes {
		c.bytes.Add(int64(len(changes[i].Record) + len(changes[i].Snapshot)))
	}
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
