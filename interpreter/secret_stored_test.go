package interpreter_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// secret is part of every input, output, variable, cause and credential below.
const secret = "hunter2"

// lockedBuffer is a buffer for several goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// secretTask is a machine with the secret in all places that a Task has.
const secretTask = `{"StartAt":"Keep","States":{
	"Keep":{"Type":"Pass","Result":"hunter2 new","ResultPath":"$.kept","Assign":{"v.$":"$$.Execution.Input.password"},"Next":"Work"},
	"Work":{"Type":"Task","Resource":"%s","Parameters":{"p.$":"$.password","v.$":"$v"},"Credentials":{"RoleArn.$":"$.password"},
		"Retry":[{"ErrorEquals":["Again"],"MaxAttempts":1,"IntervalSeconds":1}],"ResultPath":"$.result","End":true}}}`

// Data of executions is in no log, in no reason for parking and in no error of a stored
// execution, however it ends or does not.
func TestLogsOfStoredExecutionsHoldNoData(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log lockedBuffer
		logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug - 8, AddSource: true}))
		began := make(chan struct{}, 64)
		tokens := make(chan string, 64)
		calls := interpreter.Mux{
			"succeeds": interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) { return secret, nil }),
			"fails":    interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) { return nil, asl.Errorf("Bad", "%s", secret) }),
			"errs":     interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) { return nil, fmt.Errorf("no %s", secret) }),
			"retries":  interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) { return nil, asl.Errorf("Again", "%s", secret) }),
			"panics":   interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) { panic(secret) }),
			"wraps": interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) {
				panic(fmt.Errorf("no %s: %w", secret, errBroken))
			}),
			"asserts": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) { return task.Input.(int64), nil }),
			"exits":   interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) { runtime.Goexit(); return nil, nil }),
			"no JSON": interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) { return []any{secret, func() {}}, nil }),
			"blocks":  stuck(began),
			"arn:aws:states:us-east-1:000000000000:activity:asks": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
				tokens <- task.Token()
				return nil, interpreter.ErrResultPending
			}),
		}
		kept := memory.New()
		config := func(s store.Store, r interpreter.Resolver) interpreter.Config {
			return interpreter.Config{Store: s, Resolver: r, Logger: logger, LogEvents: true, Workers: 16}
		}
		in := interpreter.New(config(kept, calls))
		start := func(in *interpreter.Interpreter, resource string) *interpreter.Execution {
			p := compile(t, fmt.Sprintf(secretTask, resource))
			e, err := in.Start(background, p, []byte(`{"password":"hunter2"}`), interpreter.StartOptions{})
			require.NoError(t, err)
			return e
		}
		for _, resource := range []string{"succeeds", "fails", "errs", "retries", "panics", "wraps", "asserts", "exits", "no JSON"} {
			_ = start(in, resource).Wait(background)
		}
		stopped := start(in, "blocks")
		<-began
		require.NoError(t, stopped.Stop(background, "Stopped", secret))
		failed, answered := start(in, "arn:aws:states:us-east-1:000000000000:activity:asks"), start(in, "arn:aws:states:us-east-1:000000000000:activity:asks")
		require.NoError(t, in.SendTaskFailure(background, <-tokens, "Bad", secret))
		require.NoError(t, in.SendTaskSuccess(background, <-tokens, secret))
		_, _ = failed.Wait(background), answered.Wait(background)

		// Parked: no handler, no definition, damage, another history.
		unhandled := start(in, "blocks")
		<-began
		crash(t, in)
		in = interpreter.New(config(kept, nil))
		require.True(t, soon(func() bool { return head(t, kept, unhandled.ID()).Parked != "" }))
		_, err := in.Execution(background, unhandled.ID())
		reasons := []string{head(t, kept, unhandled.ID()).Parked, fmt.Sprintf("%+v", err)}
		crash(t, in)

		p := compile(t, fmt.Sprintf(secretTask, "blocks"))
		for name, s := range map[string]func(store.Store) store.Store{
			"lost":    func(s store.Store) store.Store { return lostDefinitions{s} },
			"damaged": func(s store.Store) store.Store { return damagedRecords{s} },
			"diverged": func(s store.Store) store.Store {
				return &secretLibrary{olderLibrary{Store: s, t: t, p: p, reads: true}}
			},
		} {
			kept := memory.New()
			in := interpreter.New(config(kept, calls))
			e := start(in, "blocks")
			<-began
			crash(t, in)
			in = interpreter.New(config(s(kept), calls))
			require.True(t, soon(func() bool { return head(t, kept, e.ID()).Parked != "" }), name)
			_, err := in.Execution(background, e.ID())
			require.Error(t, err, name)
			reasons = append(reasons, head(t, kept, e.ID()).Parked, fmt.Sprintf("%+v", err))
			crash(t, in)
		}
		for _, reason := range reasons {
			require.NotContains(t, reason, secret)
		}
		require.Contains(t, fmt.Sprint(reasons), machine.ErrDiverged.Error())
		require.Contains(t, log.String(), "is parked")
		require.Contains(t, log.String(), history.ExecutionAborted.String())
		require.Contains(t, log.String(), "a handler panicked")
		require.Contains(t, log.String(), "*fmt.wrapError")
		require.Contains(t, log.String(), "interface conversion: interface {} is *value.Object, not int64")
		require.NotContains(t, log.String(), secret)
	})
}

// damagedRecords is a store whose records have a wrong byte.
type damagedRecords struct{ store.Store }

func (d damagedRecords) Due(ctx context.Context, after store.Place, until int64, limit int) ([]store.State, error) {
	page, err := d.Store.Due(ctx, after, until, limit)
	for i := range page {
		damageRecords(&page[i])
	}
	return page, err
}

func (d damagedRecords) Load(ctx context.Context, id store.ID) (*store.State, error) {
	st, err := d.Store.Load(ctx, id)
	if err == nil {
		damageRecords(st)
	}
	return st, err
}

func damageRecords(st *store.State) {
	for _, r := range st.Records {
		if len(r) > 0 {
			r[len(r)/2]++
		}
	}
}

// secretLibrary is an olderLibrary whose history has another secret.
type secretLibrary struct{ olderLibrary }

func (o *secretLibrary) Load(ctx context.Context, id store.ID) (*store.State, error) {
	st, err := o.Store.Load(ctx, id)
	if err == nil {
		o.change(st)
	}
	return st, err
}

func (o *secretLibrary) Due(ctx context.Context, after store.Place, until int64, limit int) ([]store.State, error) {
	page, err := o.Store.Due(ctx, after, until, limit)
	for i := range page {
		o.change(&page[i])
	}
	return page, err
}

func (o *secretLibrary) change(st *store.State) {
	for i, r := range st.Records {
		if len(r) == 0 {
			continue
		}
		made, err := interpreter.RewriteRecord(o.p, r, func(ev *history.Event) {
			if ev.Type == history.PassStateExited {
				ev.Value = secret + " old"
			}
		})
		if err != nil {
			o.t.Error(err)
		}
		st.Records[i] = made
	}
}
