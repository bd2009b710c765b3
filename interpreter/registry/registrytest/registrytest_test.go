package registrytest

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/registry"
)

// recorder is a test whose failures are kept.
type recorder struct {
	testing.TB
	mu       sync.Mutex
	failures []string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

// faulty is a store in memory that does something else instead. It outlives Close.
type faulty struct {
	*registry.Memory
	write  func(m *registry.Memory, ctx context.Context, changes []registry.Change) error
	read   func(m *registry.Memory, ctx context.Context, f func(string, []byte) error) error
	reopen func(f *faulty)
}

func (f *faulty) Write(ctx context.Context, changes []registry.Change) error {
	if f.write == nil {
		return f.Memory.Write(ctx, changes)
	}
	return f.write(f.Memory, ctx, changes)
}

func (f *faulty) Read(ctx context.Context, each func(string, []byte) error) error {
	if f.read == nil {
		return f.Memory.Read(ctx, each)
	}
	return f.read(f.Memory, ctx, each)
}

// failuresOf returns what a check reports of a store.
func failuresOf(t *testing.T, f *faulty, run func(*kit)) []string {
	r := &recorder{TB: t}
	opened := false
	done := make(chan struct{})
	go func() {
		defer close(done)
		runCheck(r, Options{Open: func(testing.TB, string) registry.Store {
			if opened && f.reopen != nil {
				f.reopen(f)
			}
			opened = true
			return f
		}}, run)
	}()
	<-done
	return r.failures
}

func TestSuiteAcceptsAStoreWithoutFaults(t *testing.T) {
	for _, c := range checks {
		require.Empty(t, failuresOf(t, &faulty{Memory: registry.NewMemory()}, c.run), c.rule)
	}
}

// Each faulty store breaks a rule, and the check of that rule must report it.
func TestSuiteReportsEachFault(t *testing.T) {
	reported := map[string]bool{}
	for _, row := range []struct {
		fault  string
		checks string // that report it
		faulty faulty
	}{
		{"begins with a record", "NewStoreIsEmpty", faulty{read: func(m *registry.Memory, ctx context.Context, f func(string, []byte) error) error {
			_ = m.Write(ctx, []registry.Change{set("x", "y")})
			return m.Read(ctx, f)
		}}},
		{"writes nothing", "WriteMakesAllChanges RandomChangesDoWhatAMapDoes", faulty{write: func(_ *registry.Memory, ctx context.Context, _ []registry.Change) error {
			return ctx.Err()
		}}},
		{"makes changes in the reverse order", "WriteMakesAllChanges", faulty{write: func(m *registry.Memory, ctx context.Context, changes []registry.Change) error {
			changes = slices.Clone(changes)
			slices.Reverse(changes)
			return m.Write(ctx, changes)
		}}},
		{"folds the case of keys", "AnyKeyAndRecordIsKept", faulty{write: func(m *registry.Memory, ctx context.Context, changes []registry.Change) error {
			changes = slices.Clone(changes)
			for i := range changes {
				changes[i].Key = strings.ToLower(changes[i].Key)
			}
			return m.Write(ctx, changes)
		}}},
		{"takes an empty record as nil", "AnyKeyAndRecordIsKept", faulty{write: func(m *registry.Memory, ctx context.Context, changes []registry.Change) error {
			changes = slices.Clone(changes)
			for i := range changes {
				if len(changes[i].Record) == 0 {
					changes[i].Record = nil
				}
			}
			return m.Write(ctx, changes)
		}}},
		{"keeps the caller's memory", "ChangesAreNotKept", keepingChanges()},
		{"ignores contexts", "EndedContextChangesNothing", faulty{write: func(m *registry.Memory, _ context.Context, changes []registry.Change) error {
			return m.Write(context.Background(), changes)
		}}},
		{"reads on after an error", "ReadEndsWithTheErrorOfItsFunction", faulty{read: func(m *registry.Memory, ctx context.Context, f func(string, []byte) error) (err error) {
			_ = m.Read(ctx, func(key string, record []byte) error { err = f(key, record); return nil })
			return err
		}}},
		{"cannot write while it reads", "ReadMayWrite", holdingRead()},
		{"makes changes one by one", "ConcurrentCallsAreSafe", faulty{write: func(m *registry.Memory, ctx context.Context, changes []registry.Change) error {
			for i := range changes {
				if err := m.Write(ctx, changes[i:i+1]); err != nil {
					return err
				}
				runtime.Gosched()
			}
			return nil
		}}},
		{"forgets when it is opened again", "ReopenedStoreHasEverything RegistryOutlivesItsStore", faulty{reopen: func(f *faulty) { f.Memory = registry.NewMemory() }}},
	} {
		t.Run(row.fault, func(t *testing.T) {
			for _, name := range strings.Fields(row.checks) {
				i := slices.IndexFunc(checks, func(c check) bool { return c.rule == name })
				require.GreaterOrEqual(t, i, 0, name)
				f := row.faulty
				f.Memory = registry.NewMemory()
				require.NotEmpty(t, failuresOf(t, &f, checks[i].run), name)
				reported[name] = true
			}
		})
	}
	for _, c := range checks {
		require.True(t, reported[c.rule], "no faulty store fails %s", c.rule)
	}
}

// keepingChanges returns a store whose records are those of the last Write, as its caller
// has changed them since.
func keepingChanges() faulty {
	var kept []registry.Change
	return faulty{
		write: func(_ *registry.Memory, _ context.Context, changes []registry.Change) error {
			kept = changes
			return nil
		},
		read: func(_ *registry.Memory, _ context.Context, f func(string, []byte) error) error {
			for _, c := range kept {
				if err := f(c.Key, c.Record); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// holdingRead returns a store that refuses to write while it reads.
func holdingRead() faulty {
	var mu sync.RWMutex
	return faulty{
		write: func(m *registry.Memory, ctx context.Context, changes []registry.Change) error {
			if !mu.TryLock() {
				return fmt.Errorf("the store is busy")
			}
			defer mu.Unlock()
			return m.Write(ctx, changes)
		},
		read: func(m *registry.Memory, ctx context.Context, f func(string, []byte) error) error {
			mu.RLock()
			defer mu.RUnlock()
			return m.Read(ctx, f)
		},
	}
}
