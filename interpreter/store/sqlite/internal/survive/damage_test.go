package survive_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/internal/survive"
	"github.com/gostates/gostates/interpreter/store/sqlite"
	"github.com/gostates/gostates/value"
)

var damages = flag.Int("damages", 5, "how often TestDamage damages the files of a killed process in each way")

// TestDamage damages the files that a killed process has left. Each execution
// continues rightly from an earlier version, or the interpreter says that it cannot;
// nothing else happens.
func TestDamage(t *testing.T) {
	const executions = 12
	killed := t.TempDir()
	for life := 1; life <= 4; life++ {
		runLife(t, killed, life, executions*life/4, 250*time.Millisecond, life == 4)
	}
	info, err := os.Stat(filepath.Join(killed, "executions.db-wal"))
	require.NoError(t, err)
	size := int(info.Size())
	require.Positive(t, size)
	ids := listIDs(t, killed, executions)

	type damage struct {
		what string
		file string
		edit func(b []byte) []byte
	}
	var all []damage
	for i := range *damages {
		cut, at := rand.N(size), rand.N(size)
		if i%2 == 0 {
			cut = size - 1 - rand.N(min(size, 200))
		}
		all = append(all,
			damage{fmt.Sprintf("log cut at %d of %d", cut, size), "executions.db-wal", func(b []byte) []byte { return b[:cut] }},
			damage{fmt.Sprintf("log changed at %d of %d", at, size), "executions.db-wal", func(b []byte) []byte { b[at] ^= 0x55; return b }},
			damage{"main file changed", "executions.db", func(b []byte) []byte {
				for {
					if at := rand.N(len(b)); b[at] != 0 { // most bytes are free space
						b[at] ^= byte(1 + rand.N(255))
						return b
					}
				}
			}},
			damage{"main file changed in 20 places", "executions.db", func(b []byte) []byte {
				for range 20 {
					b[rand.N(len(b))] ^= 0xff
				}
				return b
			}})
	}
	var mu sync.Mutex
	counts := map[string]int{}
	t.Run("all", func(t *testing.T) {
		for i, d := range all {
			t.Run(fmt.Sprintf("%d, %s", i, d.what), func(t *testing.T) {
				t.Parallel()
				folder := t.TempDir()
				for _, name := range []string{"executions.db", "executions.db-wal", "journal"} {
					data, err := os.ReadFile(filepath.Join(killed, name))
					require.NoError(t, err)
					if name == d.file {
						data = d.edit(data)
					}
					require.NoError(t, os.WriteFile(filepath.Join(folder, name), data, 0o600))
				}
				outcomes := continueDamaged(t, folder, ids, d.file == "executions.db")
				mu.Lock()
				defer mu.Unlock()
				for outcome, n := range outcomes {
					counts[outcome] += n
				}
			})
		}
	})
	t.Logf("%d damages of files with %d executions: %v", len(all), len(ids), counts)
	require.NotZero(t, counts["right"])
}

// listIDs returns the executions of a killed process by their numbers.
func listIDs(t *testing.T, folder string, count int) map[int]store.ID {
	t.Helper()
	copied := t.TempDir()
	for _, name := range []string{"executions.db", "executions.db-wal"} {
		data, err := os.ReadFile(filepath.Join(folder, name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(copied, name), data, 0o600))
	}
	s, err := sqlite.Open(filepath.Join(copied, "executions.db"))
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	ids := map[int]store.ID{}
	for n := range count {
		if id, err := s.Find(context.Background(), "", survive.ParentARN, survive.NameOf(n)); err == nil {
			ids[n] = id
		}
	}
	require.NotEmpty(t, ids)
	return ids
}

// continueDamaged continues the executions of damaged files, and counts what comes of
// them.
func continueDamaged(t *testing.T, folder string, ids map[int]store.ID, whole bool) map[string]int {
	counts := map[string]int{}
	s, err := sqlite.Open(filepath.Join(folder, "executions.db"))
	if err != nil {
		counts["cannot open"]++
		return counts
	}
	defer s.Close()
	before, err := survive.ReadJournal(filepath.Join(folder, "journal"))
	require.NoError(t, err)
	j, err := survive.OpenJournal(filepath.Join(folder, "journal"))
	require.NoError(t, err)
	var logged survive.LockedBuffer
	w := survive.NewWorkload(j, 100, survive.BusyTime, true)
	in := w.OpenInterpreter(interpreter.Config{
		Store: s, Programs: []*interpreter.Program{survive.ParentProgram(), survive.ChildProgram()},
		Logger: slog.New(slog.NewTextHandler(&logged, nil)),
	})
	defer in.Close()
	for _, token := range before.Order { // all: an acknowledged answer may be cut off
		go func() {
			_ = in.SendTaskSuccess(context.Background(), token, survive.AnswerOf(before.Tokens[token].State))
		}()
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	stuck := time.AfterFunc(20*time.Second, func() {
		if whole && logged.String() != "" { // such as when each Commit fails
			cancel()
		}
	})
	defer stuck.Stop()
	for n, id := range ids {
		e, err := in.Execution(ctx, id)
		if err == nil {
			err = e.Wait(ctx)
		}
		switch {
		case err == nil:
			output, err := e.Output()
			require.NoError(t, err)
			require.JSONEq(t, survive.OutputOf(n), value.String(output))
			counts["right"]++
		case errors.Is(err, store.ErrCorrupt):
			counts["damaged"]++
		case errors.Is(err, store.ErrNotFound) && !whole: // cut off
			counts["lost"]++
		case whole && (ctx.Err() == nil || logged.String() != ""):
			counts["cannot continue"]++
		default:
			log := logged.String()
			t.Errorf("execution %d: %v\n%s", n, err, log[:min(len(log), 2000)])
		}
	}
	return counts
}
