package survive

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
)

// The environment of a process that is killed.
const (
	envFolder = "SURVIVE_FOLDER" // of its database and journal
	envLife   = "SURVIVE_LIFE"   // counts its lives from 1
	envStart  = "SURVIVE_START"  // how many executions may have been started in this life
	envLast   = "SURVIVE_LAST"   // not empty: run all executions to their end
)

// AllLeft is a line that a process prints.
const AllLeft = "left"

// Process is the program that is killed and started again.
type Process struct {
	// Open opens the store, and returns how it is closed.
	Open func(folder string) (s store.Store, closeStore func() error, err error)
	// Lease is that of the interpreter. It is not 0 if several processes share the
	// store.
	Lease time.Duration
	// Busy is how long the tasks take at most. 0: BusyTime.
	Busy time.Duration
	// Repeats reports whether a call that failed with an error is to be repeated. nil:
	// none is.
	Repeats func(error) bool
}

// Command returns the command for a life of the process: it continues all executions,
// starts those below count and answers tokens until it is killed or gets a SIGTERM, or
// in its last life until all have ended. It prints a line when it is open, and AllLeft
// when all answers that are left to a later life are outstanding, or were.
func Command(folder string, life, count int, last bool) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), envFolder+"="+folder, envLife+"="+strconv.Itoa(life), envStart+"="+strconv.Itoa(count))
	if last {
		cmd.Env = append(cmd.Env, envLast+"=1")
	}
	return cmd
}

// RunIfCommanded lives a life if Command has started this process, and ends it. TestMain
// calls it.
func (p *Process) RunIfCommanded() {
	folder := os.Getenv(envFolder)
	if folder == "" {
		return
	}
	if err := p.live(folder); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// JournalPath returns the path of the journal in the folder of a process.
func JournalPath(folder string) string { return filepath.Join(folder, "journal") }

func (p *Process) live(folder string) error {
	life, _ := strconv.Atoi(os.Getenv(envLife))
	count, _ := strconv.Atoi(os.Getenv(envStart))
	last := os.Getenv(envLast) != ""
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)

	before, err := ReadJournal(JournalPath(folder))
	if err != nil {
		return err
	}
	j, err := OpenJournal(JournalPath(folder))
	if err != nil {
		return err
	}
	s, closeStore, err := p.Open(folder)
	if err != nil {
		return err
	}
	if shared, ok := s.(store.Shared); ok {
		s = &fencedStore{shared, j}
	}
	if redrivesOnly() {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer stop()
		if err := p.liveRedriving(ctx, s, j, count); err != nil {
			return err
		}
		return closeStore()
	}
	w := NewWorkload(j, life, cmp.Or(p.Busy, BusyTime), last)
	w.shared, w.repeats = p.Lease > 0, p.Repeats
	left := w.awaitLeft(before, count)
	in := w.OpenInterpreter(interpreter.Config{Store: s, Lease: p.Lease, Programs: []*interpreter.Program{ParentProgram(), ChildProgram()}})
	fmt.Println("open")
	w.AnswerEarlier(before)

	ctx := context.Background()
	failed := make(chan error, count)
	var group sync.WaitGroup
	for n := range count {
		if before.Started[NameOf(n)] && !last {
			continue
		}
		group.Go(func() {
			e, err := w.StartExecution(ctx, n)
			switch {
			case errors.Is(err, interpreter.ErrClosed):
				return
			case err != nil:
				failed <- fmt.Errorf("starting %s: %w", NameOf(n), err)
				return
			}
			if !before.Started[NameOf(n)] {
				j.Write(EntryStarted, NameOf(n))
			}
			if last {
				if err := w.awaitEnd(ctx, e); err != nil {
					failed <- fmt.Errorf("waiting for %s: %w", NameOf(n), err)
				}
			}
		})
	}
	if last {
		group.Wait()
	} else {
		select {
		case <-left:
			fmt.Println(AllLeft)
			<-terminated
		case <-terminated:
		}
	}
	if err := in.Shutdown(ctx); err != nil {
		return fmt.Errorf("shutdown: %w", err)
	}
	group.Wait()
	select {
	case err := <-failed:
		return err
	default:
		return closeStore()
	}
}

// fencedStore writes to the journal how many changes were refused because another
// process had stored the version.
type fencedStore struct {
	store.Shared
	journal *Journal
}

func (s *fencedStore) Commit(ctx context.Context, changes []store.Change) error {
	err := s.Shared.Commit(ctx, changes)
	var conflict *store.ConflictError
	if errors.As(err, &conflict) && len(conflict.Versions) > 0 {
		s.journal.Write(entryFenced, len(conflict.Versions))
	}
	return err
}

// LockedBuffer collects what a process or a logger writes.
type LockedBuffer struct {
	mu   sync.Mutex
	data []byte
}

// Write appends p.
func (b *LockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.data = append(b.data, p...)
	return len(p), nil
}

// String returns what was written.
func (b *LockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.data)
}
