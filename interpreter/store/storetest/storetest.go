// Package storetest checks implementations of [store.Store].
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, storetest.Options{
//			Open: func(t testing.TB, dir string) store.Store {
//				s, err := mystore.Open(filepath.Join(dir, "executions"))
//				if err != nil {
//					t.Fatal(err)
//				}
//				return s
//			},
//		})
//	}
//
// A failure names the rule of the contract that the store breaks. The rules of
// [store.Shared] are checked if the store is one.
package storetest

import (
	"context"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/gostates/gostates/interpreter/store"
)

// Options say how the store under test is opened.
type Options struct {
	// Open opens the store that is kept in dir, which is empty the first time. A store
	// on a server may take dir as a key. A store that is an [io.Closer] is closed after
	// each check, and before it is opened again.
	Open func(t testing.TB, dir string) store.Store

	// Volatile says that a store forgets everything when it is closed.
	Volatile bool

	// Damage changes a byte of the record of a version of an execution, or of its
	// snapshot if version is 0, behind the store's back. nil: the store cannot find
	// out, or relies on the storage.
	Damage func(t testing.TB, s store.Store, id store.ID, version uint64)

	// Advance moves the clock of a [store.Shared] forward. nil: the checks of leases
	// wait, about three seconds.
	Advance func(s store.Store, d time.Duration)
}

// Run checks a store, each rule in a subtest with a store of its own.
func Run(t *testing.T, o Options) {
	for _, c := range checks {
		t.Run(c.rule, func(t *testing.T) { runCheck(t, o, c) })
	}
}

// check is a rule of the contract and the function that reports a store that breaks
// it.
type check struct {
	rule string
	run  func(k *kit)
}

var checks = slices.Concat(commitChecks, readChecks, processChecks, sharedChecks)

func runCheck(t testing.TB, o Options, c check) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	k := &kit{TB: t, ctx: ctx, options: o, dir: t.TempDir()}
	k.Store = o.Open(t, k.dir)
	defer func() { k.closeStore() }()
	c.run(k)
}

// closeStore closes the store if it can be closed.
func (k *kit) closeStore() {
	k.Helper()
	if c, ok := k.Store.(io.Closer); ok {
		if err := c.Close(); err != nil {
			k.Errorf("Close: %v", err)
		}
	}
}

// reopenStore closes the store and opens it again.
func (k *kit) reopenStore() {
	k.Helper()
	k.closeStore()
	k.Store = k.options.Open(k.TB, k.dir)
}
