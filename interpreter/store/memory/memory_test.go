package memory_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
	"github.com/gostates/gostates/interpreter/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, storetest.Options{
		Open:     func(testing.TB, string) store.Store { return memory.New() },
		Volatile: true,
	})
}

// sharedStore has a clock that moves when it is told.
type sharedStore struct {
	*memory.Shared
	now *atomic.Int64
}

func TestShared(t *testing.T) {
	storetest.Run(t, storetest.Options{
		Open: func(testing.TB, string) store.Store {
			var now atomic.Int64
			return sharedStore{memory.NewShared(func() time.Time { return time.Unix(0, now.Load()) }), &now}
		},
		Volatile: true,
		Advance:  func(s store.Store, d time.Duration) { s.(sharedStore).now.Add(int64(d)) },
	})
}
