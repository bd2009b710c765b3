// Package registrytest checks implementations of [registry.Store].
//
//	func TestStore(t *testing.T) {
//		registrytest.Run(t, registrytest.Options{
//			Open: func(t testing.TB, dir string) registry.Store {
//				s, err := mystore.Open(filepath.Join(dir, "records"))
//				if err != nil {
//					t.Fatal(err)
//				}
//				return s
//			},
//		})
//	}
//
// A failure names the rule of the contract that the store breaks.
package registrytest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gostates/gostates/interpreter/registry"
)

// Options say how the store under test is opened.
type Options struct {
	// Open opens the store that is kept in dir, which is empty the first time. A store
	// that is an [io.Closer] is closed after each check, and before it is opened again.
	Open func(t testing.TB, dir string) registry.Store

	// Volatile says that a store forgets everything when it is closed.
	Volatile bool
}

// Run checks a store, each rule in a subtest with a store of its own.
func Run(t *testing.T, o Options) {
	for _, c := range checks {
		t.Run(c.rule, func(t *testing.T) { runCheck(t, o, c.run) })
	}
}

// check is a rule of the contract and the function that reports a store that breaks it.
type check struct {
	rule string
	run  func(k *kit)
}

var checks = []check{
	{"NewStoreIsEmpty", checkEmpty},
	{"WriteMakesAllChanges", checkWrite},
	{"AnyKeyAndRecordIsKept", checkContents},
	{"ChangesAreNotKept", checkCallersMemory},
	{"EndedContextChangesNothing", checkContext},
	{"ReadEndsWithTheErrorOfItsFunction", checkReadError},
	{"ReadMayWrite", checkWriteInRead},
	{"ConcurrentCallsAreSafe", checkConcurrentCalls},
	{"RandomChangesDoWhatAMapDoes", checkRandomChanges},
	{"ReopenedStoreHasEverything", checkReopen},
	{"RegistryOutlivesItsStore", checkRegistry},
}

// kit is a store under test and the means to check it.
type kit struct {
	testing.TB
	registry.Store
	ctx     context.Context
	options Options
	dir     string
}

func runCheck(t testing.TB, o Options, run func(k *kit)) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	k := &kit{TB: t, ctx: ctx, options: o, dir: t.TempDir()}
	k.Store = o.Open(t, k.dir)
	defer func() { k.closeStore() }()
	run(k)
}

func (k *kit) closeStore() {
	k.Helper()
	if c, ok := k.Store.(io.Closer); ok {
		if err := c.Close(); err != nil {
			k.Errorf("Close: %v", err)
		}
	}
}

// reopenStore opens the store again, unless it forgets everything.
func (k *kit) reopenStore() {
	k.Helper()
	if k.options.Volatile {
		return
	}
	k.closeStore()
	k.Store = k.options.Open(k.TB, k.dir)
}

func (k *kit) mustWrite(rule string, changes ...registry.Change) {
	k.Helper()
	if err := k.Write(k.ctx, changes); err != nil {
		k.Fatalf("%s: Write: %v", rule, err)
	}
}

func set(key, record string) registry.Change {
	return registry.Change{Key: key, Record: []byte(record)}
}

func remove(key string) registry.Change { return registry.Change{Key: key} }

// records returns what Read passes on.
func (k *kit) records(rule string) map[string]string {
	k.Helper()
	found := map[string]string{}
	err := k.Read(k.ctx, func(key string, record []byte) error {
		if _, twice := found[key]; twice {
			k.Errorf("%s: Read has %q twice", rule, key)
		}
		found[key] = string(record)
		return nil
	})
	if err != nil {
		k.Fatalf("%s: Read: %v", rule, err)
	}
	return found
}

func (k *kit) want(rule string, want map[string]string) {
	k.Helper()
	if got := k.records(rule); !maps.Equal(got, want) {
		k.Fatalf("%s: Read has %.500q and not %.500q", rule, got, want)
	}
}

func checkEmpty(k *kit) {
	rule := "a new store has no records"
	k.want(rule, map[string]string{})
	k.mustWrite(rule)
	k.want(rule, map[string]string{})
}

func checkWrite(k *kit) {
	rule := "Write sets and removes records"
	k.mustWrite(rule, set("a", "1"), set("b", "2"), set("c", "3"))
	k.want(rule, map[string]string{"a": "1", "b": "2", "c": "3"})
	k.mustWrite(rule, set("b", "4"), remove("c"), remove("never"), set("d", "5"))
	k.want(rule, map[string]string{"a": "1", "b": "4", "d": "5"})
	rule = "the last of several changes of a key holds"
	k.mustWrite(rule, set("a", "6"), remove("a"), remove("b"), set("b", "7"))
	k.want(rule, map[string]string{"b": "7", "d": "5"})
}

func checkContents(k *kit) {
	rule := "any UTF-8 is a key, and any bytes are a record"
	want := map[string]string{
		"":                          "{}",
		"empty":                     "",
		"bytes":                     "\x00\xff\n'\"",
		"large":                     strings.Repeat("0123456789", 200_000),
		strings.Repeat("k", 400):    "long",
		"machine/ÄÖ/'; DROP -- %_":  "odd",
		"machine/a":                 "lower",
		"machine/A":                 "upper",
		"machine/a ":                "with a space",
		"a\x00b":                    "with a NUL",
		"revision/arn:aws:states/1": `{"format": 1}`,
	}
	var changes []registry.Change
	for key, record := range want {
		changes = append(changes, set(key, record))
	}
	k.mustWrite(rule, changes...)
	k.want(rule, want)
	k.reopenStore()
	k.want(rule, want)
}

func checkCallersMemory(k *kit) {
	rule := "the caller may use the memory of changes and records again"
	changes := []registry.Change{set("a", "1"), set("b", "2")}
	k.mustWrite(rule, changes...)
	changes[0].Record[0] = 'X'
	changes[1] = set("c", "3")
	var kept []byte
	err := k.Read(k.ctx, func(_ string, record []byte) error {
		record[0] = 'Y'
		kept = record
		return nil
	})
	if err != nil {
		k.Fatalf("%s: Read: %v", rule, err)
	}
	k.want(rule, map[string]string{"a": "1", "b": "2"})
	if !bytes.Equal(kept, []byte("Y")) {
		k.Fatalf("%s: a record that Read has passed on became %q", rule, kept)
	}
}

func checkContext(k *kit) {
	rule := "a call whose context has ended returns its error"
	k.mustWrite(rule, set("a", "1"))
	ended, cancel := context.WithCancel(k.ctx)
	cancel()
	if err := k.Write(ended, []registry.Change{set("a", "2")}); !errors.Is(err, context.Canceled) {
		k.Errorf("%s: Write: %v", rule, err)
	}
	if err := k.Read(ended, func(string, []byte) error { return nil }); !errors.Is(err, context.Canceled) {
		k.Errorf("%s: Read: %v", rule, err)
	}
	k.want(rule, map[string]string{"a": "1"})
}

func checkReadError(k *kit) {
	rule := "Read ends with the error of its function, which it returns"
	k.mustWrite(rule, set("a", "1"), set("b", "2"))
	enough := errors.New("enough")
	calls := 0
	err := k.Read(k.ctx, func(string, []byte) error { calls++; return enough })
	if !errors.Is(err, enough) || calls != 1 {
		k.Fatalf("%s: %d calls, %v", rule, calls, err)
	}
	k.want(rule, map[string]string{"a": "1", "b": "2"})
}

func checkWriteInRead(k *kit) {
	rule := "the function of Read may call the store"
	k.mustWrite(rule, set("a", "1"))
	ctx, cancel := context.WithTimeout(k.ctx, 30*time.Second)
	defer cancel()
	err := k.Read(ctx, func(key string, _ []byte) error { return k.Write(ctx, []registry.Change{set(key, "2")}) })
	if err != nil {
		k.Fatalf("%s: %v", rule, err)
	}
	k.want(rule, map[string]string{"a": "2"})
}

func checkConcurrentCalls(k *kit) {
	rule := "calls are safe concurrently, and Read sees whole Writes"
	const writers, writes = 8, 25
	k.mustWrite(rule, set("left", "0 0"), set("right", "0 0"))
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for n := range writes {
				text := fmt.Sprint(w, " ", n)
				if err := k.Write(k.ctx, []registry.Change{set("left", text), set("right", text), set(fmt.Sprint(w), text)}); err != nil {
					k.Errorf("%s: Write: %v", rule, err)
					return
				}
				found := map[string]string{}
				err := k.Read(k.ctx, func(key string, record []byte) error { found[key] = string(record); return nil })
				if err != nil || found["left"] != found["right"] || found[fmt.Sprint(w)] != text {
					k.Errorf("%s: Read: %v, %q", rule, err, found)
					return
				}
			}
		})
	}
	all.Wait()
	got := k.records(rule)
	for w := range writers {
		if want := fmt.Sprint(w, " ", writes-1); got[fmt.Sprint(w)] != want {
			k.Errorf("%s: the record of writer %d is %q", rule, w, got[fmt.Sprint(w)])
		}
	}
}

func checkRandomChanges(k *kit) {
	rule := "a store does what a map does"
	random := rand.New(rand.NewPCG(1, 2))
	want := map[string]string{}
	for range 200 {
		var changes []registry.Change
		for range random.IntN(6) {
			c := registry.Change{Key: fmt.Sprint("key/", random.IntN(20))}
			if random.IntN(3) > 0 {
				c.Record = fmt.Appendf(nil, "%0*d", random.IntN(5000), random.Uint32())
			}
			changes = append(changes, c)
			if c.Record == nil {
				delete(want, c.Key)
			} else {
				want[c.Key] = string(c.Record)
			}
		}
		k.mustWrite(rule, changes...)
		if random.IntN(20) == 0 {
			k.reopenStore()
		}
	}
	k.want(rule, want)
}

func checkReopen(k *kit) {
	if k.options.Volatile {
		k.Skip("the store is volatile")
	}
	rule := "a store that is opened again has everything that Write has acknowledged"
	want := map[string]string{}
	for n := range 5 {
		key := fmt.Sprint("key/", n)
		want[key], want["last"] = fmt.Sprint(n), key
		k.mustWrite(rule, set(key, fmt.Sprint(n)), set("last", key))
		k.reopenStore()
		k.want(rule, want)
	}
}

// checkRegistry has a registry over the store.
func checkRegistry(k *kit) {
	rule := "another registry over the store has the same records"
	const arn = "arn:aws:states:eu-west-1:123456789012:stateMachine:order"
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	r := k.openRegistry(rule)
	_, _, err := r.CreateMachine(k.ctx, registry.NewMachine{
		Arn: arn, Name: "order", Type: registry.Standard, At: at, Publish: true,
		Revision: registry.Revision{Definition: "{}", Role: "r", Logging: registry.Logging{Level: "OFF"}},
	})
	k.must(rule, err)
	_, err = r.CreateAlias(k.ctx, arn, registry.Alias{Name: "live", Routes: []registry.Route{{Version: 1, Weight: 100}}, Created: at, Updated: at})
	k.must(rule, err)
	_, err = r.CreateActivity(k.ctx, "arn:aws:states:eu-west-1:123456789012:activity:a", "a", nil, nil, at)
	k.must(rule, err)
	k.reopenStore()
	again := k.openRegistry(rule)
	m, err := again.Machine(arn)
	k.must(rule, err)
	_, hasVersion := m.Version(1)
	_, hasAlias := m.Alias("live")
	if !hasVersion || !hasAlias || again.Revision(arn, 1) == nil || len(again.Activities()) != 1 || !slices.Equal(again.Secret(), r.Secret()) {
		k.Fatalf("%s: it has %+v", rule, m)
	}
	_, err = again.MarkDeleting(k.ctx, arn)
	k.must(rule, err)
	k.must(rule, again.RemoveMachine(k.ctx, arn))
	if left := k.records(rule); len(left) != 2 { // the secret and the activity
		k.Fatalf("%s: after RemoveMachine the store has %.500q", rule, left)
	}
}

func (k *kit) openRegistry(rule string) *registry.Registry {
	k.Helper()
	r, err := registry.Open(k.ctx, k.Store)
	k.must(rule, err)
	return r
}

func (k *kit) must(rule string, err error) {
	k.Helper()
	if err != nil {
		k.Fatalf("%s: %v", rule, err)
	}
}
