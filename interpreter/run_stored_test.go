package interpreter_test

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// hanging is a store whose Commit fails, or waits, from the second call on, until it is
// repaired.
type hanging struct {
	store.Store
	fails    bool
	calls    int
	repaired chan struct{}
}

func (h *hanging) Commit(ctx context.Context, changes []store.Change) error {
	if h.calls++; h.calls > 1 {
		select {
		case <-h.repaired:
		default:
			if h.fails {
				return errBroken
			}
			<-h.repaired
		}
	}
	return h.Store.Commit(ctx, changes)
}

// Run returns when its context ends, whatever the store does. The execution is stopped
// when the store works again.
func TestRunReturnsWhileTheStoreIsDown(t *testing.T) {
	for name, fails := range map[string]bool{"fails": true, "hangs": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &hanging{Store: memory.New(), fails: fails, repaired: make(chan struct{})}
				in := interpreter.New(interpreter.Config{Store: s, Resolver: answers(nil), Logger: slog.New(slog.DiscardHandler)})
				ctx, cancel := context.WithTimeout(background, time.Minute)
				defer cancel()
				begun := time.Now()
				_, err := interpreter.Run[any](ctx, in, compile(t, chain), []byte(`{}`))
				require.Equal(t, time.Minute, time.Since(begun))
				require.ErrorIs(t, err, context.DeadlineExceeded)
				if fails {
					require.ErrorIs(t, err, errBroken)
				}
				close(s.repaired)
				time.Sleep(time.Minute)
				page, err := s.List(background, store.Query{Status: []interpreter.Status{interpreter.Aborted}})
				require.NoError(t, err)
				require.Len(t, page, 1)
				require.NoError(t, in.Close())
			})
		})
	}
}
