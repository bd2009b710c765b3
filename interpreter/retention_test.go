package interpreter_test

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// storedNames returns the names of all executions in a store, sorted.
func storedNames(t testing.TB, s store.Store) (names []string) {
	t.Helper()
	page, err := s.List(background, store.Query{Limit: 10000})
	require.NoError(t, err)
	for _, l := range page {
		names = append(names, l.Name)
	}
	slices.Sort(names)
	return names
}

// inBubble runs a test with the time of a synctest bubble, in which all executions
// begin at the same time.
func inBubble(t *testing.T, c interpreter.Config, f func(t *testing.T, in *interpreter.Interpreter)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		if c.Logger == nil {
			c.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
		}
		in := interpreter.New(c)
		defer in.Close()
		f(t, in)
	})
}

const (
	pass = `{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}`
	hour = time.Hour
)

// startEnded starts an execution and waits for its end.
func startEnded(t testing.TB, in *interpreter.Interpreter, p *interpreter.Program, name string) *interpreter.Execution {
	t.Helper()
	e := startNamed(t, in, p, name, `{}`)
	_ = e.Wait(background)
	return e
}

// The first rule that selects an execution decides. The time counts from the end, and
// not from the start.
func TestRetentionByMachineStatusAndEnd(t *testing.T) {
	s := memory.New()
	arn := func(name string) string { return "arn:aws:states:us-east-1:000000000000:stateMachine:" + name }
	inBubble(t, interpreter.Config{Store: s, Namespace: "ours", Retention: []interpreter.Retention{
		{Machine: arn("kept")},
		{Machine: arn("short"), After: time.Hour},
		{Status: []interpreter.Status{interpreter.Failed, interpreter.Aborted}, After: 30 * hour},
		{After: 7 * hour},
	}}, func(t *testing.T, in *interpreter.Interpreter) {
		for _, name := range []string{"kept", "short", "other"} {
			o := interpreter.Options{StateMachineArn: arn(name)}
			startEnded(t, in, compile(t, pass, o), name+"-succeeded")
			startEnded(t, in, compile(t, refuse, o), name+"-failed")
			startNamed(t, in, compile(t, `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":360000,"End":true}}}`, o), name+"-running", `{}`)
			startNamed(t, in, compile(t, `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":21600,"End":true}}}`, o), name+"-late", `{}`)
		}
		foreign := interpreter.New(interpreter.Config{Store: s})
		startEnded(t, foreign, compile(t, pass), "foreign")
		require.NoError(t, foreign.Close())
		running := []string{"foreign", "kept-failed", "kept-late", "kept-running", "kept-succeeded", "other-running", "short-running"}
		for _, step := range []struct {
			until time.Duration // of the start
			more  []string
		}{
			{59 * time.Minute, []string{"other-failed", "other-late", "other-succeeded", "short-failed", "short-late", "short-succeeded"}},
			{hour + 10*time.Minute, []string{"other-failed", "other-late", "other-succeeded", "short-late"}},
			{7*hour - time.Minute, []string{"other-failed", "other-late", "other-succeeded", "short-late"}},
			{7*hour + 10*time.Minute, []string{"other-failed", "other-late"}},
			{13*hour - time.Minute, []string{"other-failed", "other-late"}},
			{13*hour + 10*time.Minute, []string{"other-failed"}},
			{30*hour - time.Minute, []string{"other-failed"}},
			{30*hour + 10*time.Minute, nil},
			{90 * hour, nil},
		} {
			time.Sleep(time.Until(bubbleStart.Add(step.until)))
			synctest.Wait()
			want := append(slices.Clone(running), step.more...)
			slices.Sort(want)
			require.Equal(t, want, storedNames(t, s), step.until)
		}
	})
}

// bubbleStart is the time at which a synctest bubble begins.
var bubbleStart = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func TestRetentionIsOffByDefault(t *testing.T) {
	s := memory.New()
	inBubble(t, interpreter.Config{Store: s}, func(t *testing.T, in *interpreter.Interpreter) {
		startEnded(t, in, compile(t, pass), "p")
		time.Sleep(48 * hour)
		synctest.Wait()
		require.Equal(t, []string{"p"}, storedNames(t, s))
	})
}

// A parent that restarts its process looks for its child by name.
func TestRetentionKeepsTheChildrenOfRunningParents(t *testing.T) {
	s := memory.New()
	c := nestedConfig(t, s)
	c.Retention = []interpreter.Retention{{After: time.Minute}}
	inBubble(t, c, func(t *testing.T, in *interpreter.Interpreter) {
		parent := startNamed(t, in, compile(t, parentThatWaits), "parent", `{}`)
		time.Sleep(20 * time.Hour)
		synctest.Wait()
		require.Len(t, storedNames(t, s), 2)
		require.Equal(t, interpreter.Running, describe(t, in, parent.ID()).Status)
		time.Sleep(5 * time.Hour)
		synctest.Wait()
		require.Empty(t, storedNames(t, s))
	})
}

// careless is a store that lists executions that a query does not select.
type careless struct{ store.Store }

func (s careless) List(ctx context.Context, q store.Query) ([]store.Listed, error) {
	return s.Store.List(ctx, store.Query{After: q.After, Limit: q.Limit})
}

func TestRetentionDeletesOnlyWhatItAskedFor(t *testing.T) {
	s := careless{memory.New()}
	inBubble(t, interpreter.Config{Store: s, Retention: []interpreter.Retention{{Status: []interpreter.Status{interpreter.Failed}, After: time.Hour}}},
		func(t *testing.T, in *interpreter.Interpreter) {
			startEnded(t, in, compile(t, pass), "p")
			startEnded(t, in, compile(t, refuse), "f")
			time.Sleep(30 * time.Minute)
			synctest.Wait()
			require.Len(t, storedNames(t, s), 2)
			time.Sleep(hour)
			synctest.Wait()
			require.Equal(t, []string{"p"}, storedNames(t, s))
		})
}

// groups is a store that counts the executions of each Delete, and fails some.
type groups struct {
	store.Store
	mu     sync.Mutex
	sizes  []int
	broken int
}

func (s *groups) Delete(ctx context.Context, ids ...store.ID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken > 0 {
		s.broken--
		return errBroken
	}
	s.sizes = append(s.sizes, len(ids))
	return s.Store.Delete(ctx, ids...)
}

// What an earlier process has left is deleted too, in small groups. A failure is
// logged and keeps no others.
func TestRetentionDeletesInSmallGroups(t *testing.T) {
	s := &groups{Store: memory.New(), broken: 1}
	var log strings.Builder
	synctest.Test(t, func(t *testing.T) {
		in := interpreter.New(interpreter.Config{Store: s})
		p := compile(t, pass)
		for range 450 {
			startEnded(t, in, p, "")
		}
		require.NoError(t, in.Close())
		time.Sleep(2 * time.Hour)
		in = interpreter.New(interpreter.Config{Store: s, Retention: []interpreter.Retention{{After: time.Hour}},
			Logger: slog.New(slog.NewTextHandler(&log, nil))})
		defer in.Close()
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		require.Len(t, storedNames(t, s), 100, "the group that failed")
		require.Equal(t, 1, strings.Count(log.String(), "tried again later"))
		time.Sleep(time.Hour)
		synctest.Wait()
		require.Empty(t, storedNames(t, s))
		require.LessOrEqual(t, slices.Max(s.sizes), 100)
	})
}
