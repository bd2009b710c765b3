package registry

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// Registry holds the records. It is safe for concurrent use. What it returns is shared
// and must not be changed.
type Registry struct {
	store  Store
	writer chan struct{} // holds a value while somebody writes

	mu         sync.RWMutex // for the maps, which only the writer changes
	machines   map[string]*Machine
	revisions  map[revisionKey]*Revision
	activities map[string]*Activity
	secret     []byte // set by Open
}

type revisionKey struct {
	machine string
	number  int
}

// format is the number in every record.
const format = 1

// record is what is stored under a key.
type record struct {
	Format   int       `json:"format"`
	Machine  *Machine  `json:"machine,omitempty"`
	Of       string    `json:"of,omitempty"` // ARN of the revision's machine
	Revision *Revision `json:"revision,omitempty"`
	Activity *Activity `json:"activity,omitempty"`
	Secret   []byte    `json:"secret,omitempty"`
}

const secretKey = "secret"

func machineKey(arn string) string  { return "machine/" + arn }
func activityKey(arn string) string { return "activity/" + arn }
func (k revisionKey) String() string {
	return "revision/" + k.machine + "/" + strconv.Itoa(k.number)
}

// Open reads all records of a store.
func Open(ctx context.Context, s Store) (*Registry, error) {
	r := &Registry{
		store: s, writer: make(chan struct{}, 1),
		machines: map[string]*Machine{}, revisions: map[revisionKey]*Revision{}, activities: map[string]*Activity{},
	}
	err := guard("reading", func() error { return s.Read(ctx, r.readRecord) })
	if err != nil {
		return nil, err
	}
	for _, m := range r.machines {
		if err := r.checkMachine(m); err != nil {
			return nil, err
		}
	}
	return r, r.makeSecret(ctx)
}

// checkMachine checks that what a machine refers to is there.
func (r *Registry) checkMachine(m *Machine) error {
	numbers := []int{m.Current}
	for _, v := range m.Versions {
		numbers = append(numbers, v.Revision)
	}
	for _, n := range numbers {
		if r.revisions[revisionKey{m.Arn, n}] == nil {
			return fmt.Errorf("%w: %s has no revision %d", ErrFormat, m.Arn, n)
		}
	}
	for _, a := range m.Aliases {
		if len(a.Routes) == 0 || m.checkRoutes(a.Routes) != nil {
			return fmt.Errorf("%w: %s: a version of the alias %s is not there", ErrFormat, m.Arn, a.Name)
		}
	}
	return nil
}

// makeSecret makes the secret of a new store.
func (r *Registry) makeSecret(ctx context.Context) error {
	if r.secret != nil {
		return nil
	}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	return r.change(ctx, func(b *batch) error {
		b.set(secretKey, &record{Secret: secret})
		return nil
	})
}

// Secret returns 32 random bytes that are kept with the records, for signatures.
func (r *Registry) Secret() []byte { return r.secret }

func (r *Registry) readRecord(key string, text []byte) error {
	var rec record
	if err := json.Unmarshal(text, &rec); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrFormat, key, err)
	}
	switch {
	case rec.Format != format:
		return fmt.Errorf("%w: %s: it has format %d, and this version reads %d", ErrFormat, key, rec.Format, format)
	case rec.Machine != nil && key == machineKey(rec.Machine.Arn):
		r.machines[rec.Machine.Arn] = rec.Machine
	case rec.Revision != nil && key == (revisionKey{rec.Of, rec.Revision.Number}).String():
		r.revisions[revisionKey{rec.Of, rec.Revision.Number}] = rec.Revision
	case rec.Activity != nil && key == activityKey(rec.Activity.Arn):
		r.activities[rec.Activity.Arn] = rec.Activity
	case len(rec.Secret) > 0 && key == secretKey:
		r.secret = rec.Secret
	default:
		return fmt.Errorf("%w: %s", ErrFormat, key)
	}
	return nil
}

// guard calls the store, which is code of the host.
func guard(doing string, f func() error) (err error) {
	returned := false
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("registry: %s: the store panicked: %v", doing, p)
		} else if !returned {
			err = fmt.Errorf("registry: %s: the store ended the goroutine", doing)
		}
	}()
	err = f()
	returned = true
	if err != nil {
		return fmt.Errorf("registry: %s: %w", doing, err)
	}
	return nil
}

// batch collects changes of records.
type batch struct {
	records map[string]*record // nil: removed
	order   []string
}

func (b *batch) set(key string, rec *record) {
	if b.records == nil {
		b.records = map[string]*record{}
	}
	if _, known := b.records[key]; !known {
		b.order = append(b.order, key)
	}
	b.records[key] = rec
}

func (b *batch) setMachine(m *Machine) { b.set(machineKey(m.Arn), &record{Machine: m}) }

func (b *batch) setRevision(machine string, v *Revision) {
	b.set(revisionKey{machine, v.Number}.String(), &record{Of: machine, Revision: v})
}

func (b *batch) setActivity(a *Activity) { b.set(activityKey(a.Arn), &record{Activity: a}) }

// change has f decide on changes while nobody else writes, stores them, and then shows
// them.
func (r *Registry) change(ctx context.Context, f func(b *batch) error) error {
	select {
	case r.writer <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("registry: %w", ctx.Err())
	}
	defer func() { <-r.writer }()
	var b batch
	if err := f(&b); err != nil || len(b.order) == 0 {
		return err
	}
	changes := make([]Change, len(b.order))
	for i, key := range b.order {
		if !utf8.ValidString(key) { // JSON would keep another one
			return fmt.Errorf("registry: the ARN is not UTF-8: %q", key)
		}
		changes[i].Key = key
		if rec := b.records[key]; rec != nil {
			rec.Format = format
			text, err := json.Marshal(rec)
			if err != nil {
				return fmt.Errorf("registry: %w", err)
			}
			changes[i].Record = text
		}
	}
	if err := guard("writing", func() error { return r.store.Write(ctx, changes) }); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, key := range b.order {
		r.show(key, b.records[key])
	}
	return nil
}

// show puts a stored record into the maps.
func (r *Registry) show(key string, rec *record) {
	switch {
	case rec == nil:
		kind, rest, _ := strings.Cut(key, "/")
		switch kind {
		case "machine":
			delete(r.machines, rest)
		case "activity":
			delete(r.activities, rest)
		case "revision":
			i := strings.LastIndexByte(rest, '/')
			n, _ := strconv.Atoi(rest[i+1:])
			delete(r.revisions, revisionKey{rest[:i], n})
		}
	case rec.Machine != nil:
		r.machines[rec.Machine.Arn] = rec.Machine
	case rec.Revision != nil:
		r.revisions[revisionKey{rec.Of, rec.Revision.Number}] = rec.Revision
	case rec.Activity != nil:
		r.activities[rec.Activity.Arn] = rec.Activity
	case rec.Secret != nil:
		r.secret = rec.Secret
	}
}

// Machine returns a machine by its ARN, also one that is being deleted.
func (r *Registry) Machine(arn string) (*Machine, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if m := r.machines[arn]; m != nil {
		return m, nil
	}
	return nil, ErrNoMachine
}

// Revision returns a revision of a machine, or nil.
func (r *Registry) Revision(machine string, number int) *Revision {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.revisions[revisionKey{machine, number}]
}

// Machines returns all machines, by name, byte by byte.
func (r *Registry) Machines() []*Machine {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.SortedFunc(maps.Values(r.machines), func(a, b *Machine) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Arn, b.Arn))
	})
}

// Activity returns an activity by its ARN.
func (r *Registry) Activity(arn string) (*Activity, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if a := r.activities[arn]; a != nil {
		return a, nil
	}
	return nil, ErrNoActivity
}

// Activities returns all activities, by name, byte by byte.
func (r *Registry) Activities() []*Activity {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.SortedFunc(maps.Values(r.activities), func(a, b *Activity) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Arn, b.Arn))
	})
}
