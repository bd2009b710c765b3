package sqlite_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/sqlite"
)

// lockedBuffer is a buffer for several goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

// Data of executions is in no log, no goroutine's label, no name of a file, no head of
// the store, and no error of the store.
func TestDataIsInContentsOnly(t *testing.T) {
	const secret = "hunter2"
	ctx := context.Background()
	dir := t.TempDir()
	path := filepath.Join(dir, "executions.db")
	var log lockedBuffer
	running := make(chan struct{}, 8)
	tokens := make(chan string, 8)
	config := func(s store.Store) interpreter.Config {
		return interpreter.Config{
			Store: s, LogEvents: true,
			Logger: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug - 8, AddSource: true})),
			Resolver: interpreter.Mux{
				"succeeds": interpreter.Plain(func(any) (any, error) { return secret, nil }),
				"fails":    interpreter.Plain(func(any) (any, error) { return nil, asl.Errorf("Bad", "%s", secret) }),
				"errs":     interpreter.Plain(func(any) (any, error) { return nil, errors.New(secret) }),
				"panics":   interpreter.Plain(func(any) (any, error) { panic(secret) }),
				"wraps":    interpreter.Plain(func(in any) (any, error) { panic(fmt.Errorf("no %v: %w", in, fs.ErrInvalid)) }),
				"runs": interpreter.HandlerFunc(func(ctx context.Context, _ *interpreter.Task) (any, error) {
					running <- struct{}{}
					<-ctx.Done()
					return nil, ctx.Err()
				}),
				"asks": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
					tokens <- task.Token()
					return nil, interpreter.ErrResultPending
				}),
			},
		}
	}
	start := func(in *interpreter.Interpreter, resource string) *interpreter.Execution {
		p, err := interpreter.Compile([]byte(`{"StartAt":"Keep","States":{
			"Keep":{"Type":"Pass","ResultPath":"$.kept","Assign":{"v.$":"$.password"},"Next":"Work"},
			"Work":{"Type":"Task","Resource":"`+resource+`","Parameters":{"p.$":"$.password","v.$":"$v"},
				"Credentials":{"RoleArn.$":"$.password"},"ResultPath":"$.result","Next":"Break"},
			"Break":{"Type":"Pass","Parameters":{"none.$":"$.none"},"End":true}}}`), interpreter.Options{})
		require.NoError(t, err)
		e, err := in.Start(ctx, p, []byte(`{"password":"`+secret+`"}`), interpreter.StartOptions{})
		require.NoError(t, err)
		return e
	}

	s, err := sqlite.Open(path)
	require.NoError(t, err)
	in := interpreter.New(config(s))
	quoted := 0
	for _, resource := range []string{"succeeds", "fails", "errs", "panics", "wraps"} {
		if err := start(in, resource).Wait(ctx); strings.Contains(err.Error(), secret) {
			quoted++ // the cause is data, and Wait returns it
		}
	}
	require.Equal(t, 5, quoted)
	asks := start(in, "asks")
	require.NoError(t, in.SendTaskFailure(ctx, <-tokens, "Bad", secret))
	require.Error(t, asks.Wait(ctx))
	stopped, left := start(in, "runs"), start(in, "runs")
	<-running
	<-running
	var goroutines bytes.Buffer
	require.NoError(t, pprof.Lookup("goroutine").WriteTo(&goroutines, 1)) // with labels
	require.NoError(t, stopped.Stop(ctx, "Stopped", secret))
	require.NoError(t, in.Close())
	require.NoError(t, s.Close())

	// The execution that is left is parked: what is stored of it is damaged.
	db := openForeign(t, path)
	id := left.ID()
	_, err = db.Exec("UPDATE gostates_records SET record = CAST(substr(record, 1, 20) || 'X' || substr(record, 22) AS BLOB) WHERE id = ?", id[:])
	require.NoError(t, err)
	s, err = sqlite.Open(path)
	require.NoError(t, err)
	in = interpreter.New(config(s))
	_, err = in.Execution(ctx, left.ID())
	require.ErrorIs(t, err, store.ErrCorrupt)
	texts := []string{fmt.Sprintf("%+v", err)}
	for _, err := range in.History(ctx, left.ID(), interpreter.HistoryOptions{}) {
		texts = append(texts, fmt.Sprintf("%+v", err))
	}
	require.NoError(t, in.Close())

	require.NoError(t, filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		texts = append(texts, path)
		return err
	}))
	heads, err := s.List(ctx, store.Query{})
	require.NoError(t, err)
	require.Len(t, heads, 8)
	texts = append(texts, fmt.Sprintf("%+v", heads), goroutines.String(), log.String())
	require.NoError(t, s.Close())
	_, err = s.Load(ctx, left.ID())
	texts = append(texts, fmt.Sprintf("%+v", err))
	for _, text := range texts {
		require.False(t, strings.Contains(strings.ToLower(text), secret), "%.300s", text)
	}
	require.Contains(t, log.String(), "is parked")
	require.Contains(t, log.String(), "a handler panicked")
}
