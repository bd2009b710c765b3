// Package offload keeps large records and snapshots of a store outside of its database,
// in files or any other storage of blobs. The database has references to them.
//
//	db, err := sqlite.Open("orders.db")
//	// ...
//	files, err := offload.OpenDir("orders.blobs")
//	// ...
//	in := interpreter.New(interpreter.Config{Store: offload.New(db, files, 64<<10)})
//
// A blob is written before the change that refers to it, and deleted after the
// execution: a crash in between leaves a blob that nothing refers to, and never a
// reference without a blob. [Sweep] deletes what crashes, refused changes and replaced
// snapshots have left. A backup must have the database first and the blobs second.
//
// Changes that a transaction of the host stores by CommitTx stay in the database, as do
// definitions and events for other processes. With Config.Codec the blobs are encoded.
package offload

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gostates/gostates/interpreter/store"
)

// Blobs keeps contents by key. It is safe for concurrent use. Keys consist of digits,
// small letters, "-" and one "/".
type Blobs interface {
	// Put stores a blob, also if the key is stored already. The blob is on disk, and its
	// time is now, when Put returns.
	Put(ctx context.Context, key string, data []byte) error
	// Get returns a blob, or [store.ErrNotFound].
	Get(ctx context.Context, key string) ([]byte, error)
	// List calls f with the keys that begin with a prefix, which is empty or ends with
	// "/", and with the times of their latest Put, in the order of keys, until f
	// returns false. f may delete blobs.
	List(ctx context.Context, prefix string, f func(key string, put time.Time) bool) error
	// Delete deletes blobs. Keys that are not stored are ignored.
	Delete(ctx context.Context, keys ...string) error
}

// New returns a store that keeps records and snapshots of more than above bytes as
// blobs, and the rest in s. It is a [store.Shared] or [store.PostReader] if s is one.
// The same blobs must always be given with the same s. above may change.
func New(s store.Store, blobs Blobs, above int) store.Store {
	o := &offloaded{Store: s, blobs: blobs, above: above}
	switch s := s.(type) {
	case store.Shared:
		return &shared{o, s, s}
	case store.PostReader:
		return &withPosts{o, s}
	}
	return o
}

// mark begins a reference: it is followed by the SHA-256 of the blob. A content that
// begins with it is always kept as a blob.
const mark = "\x00gostates blob\x01\n"

type offloaded struct {
	store.Store
	blobs Blobs
	above int
}

// posts are the posts of a store, without its contents.
type posts interface {
	Posted(ctx context.Context, o store.Owner, after uint64, limit int) ([]store.Post, error)
}

type withPosts struct {
	*offloaded
	posts
}

// owners are the methods of a Shared store that pass no contents that are offloaded.
type owners interface {
	posts
	Join(ctx context.Context, ttl time.Duration) (store.Owner, error)
	Renew(ctx context.Context, o store.Owner, ttl time.Duration) error
	Leave(ctx context.Context, o store.Owner) error
	Release(ctx context.Context, o store.Owner, ids ...store.ID) error
	Post(ctx context.Context, id store.ID, event []byte) error
	Listen(ctx context.Context, o store.Owner, f func()) error
}

type shared struct {
	*offloaded
	owners
	claims store.Shared
}

var (
	_ store.PostReader = (*withPosts)(nil)
	_ store.Shared     = (*shared)(nil)
)

// Kinds of blobs.
const (
	kindRecord   = "r"
	kindSnapshot = "s"
)

// keyOf returns the key of a blob. It names its place, so that a reference that was
// copied to another place finds nothing.
func keyOf(id store.ID, kind string, version uint64, sum []byte) string {
	return fmt.Sprintf("%s/%s%016x-%x", id, kind, version, sum)
}

// Commit stores the blobs of the changes and then the changes.
func (o *offloaded) Commit(ctx context.Context, changes []store.Change) error {
	cloned := false
	for i := range changes {
		c := changes[i]
		record, err := o.putLarge(ctx, &c, kindRecord, c.Record)
		if err != nil {
			return err
		}
		snapshot, err := o.putLarge(ctx, &c, kindSnapshot, c.Snapshot)
		if err != nil {
			return err
		}
		if record == nil && snapshot == nil {
			continue
		}
		if !cloned {
			changes, cloned = slices.Clone(changes), true
		}
		if record != nil {
			changes[i].Record = record
		}
		if snapshot != nil {
			changes[i].Snapshot = snapshot
		}
	}
	return o.Store.Commit(ctx, changes)
}

// putLarge stores a content as a blob and returns the reference to it, or nil if it is
// not large.
func (o *offloaded) putLarge(ctx context.Context, c *store.Change, kind string, data []byte) (reference []byte, err error) {
	if len(data) <= max(o.above, len(mark)+sha256.Size) && !bytes.HasPrefix(data, []byte(mark)) {
		return nil, nil
	}
	sum := sha256.Sum256(data)
	if err := o.blobs.Put(ctx, keyOf(c.ID, kind, c.Version, sum[:]), data); err != nil {
		return nil, fmt.Errorf("offload: storing version %d of execution %s: %w", c.Version, c.ID, err)
	}
	return append([]byte(mark), sum[:]...), nil
}

// getLarge returns the content that was given to putLarge.
func (o *offloaded) getLarge(ctx context.Context, id store.ID, kind string, version uint64, stored []byte) ([]byte, error) {
	sum, refers := bytes.CutPrefix(stored, []byte(mark))
	if !refers {
		return stored, nil
	}
	data, err := o.blobs.Get(ctx, keyOf(id, kind, version, sum))
	if err == nil {
		if got := sha256.Sum256(data); !bytes.Equal(got[:], sum) {
			err = errors.New("it has another hash")
		} else {
			return data, nil
		}
	} else if !errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("offload: reading version %d of execution %s: %w", version, id, err)
	}
	return nil, fmt.Errorf("offload: %w: the blob of version %d of execution %s: %v", store.ErrCorrupt, version, id, err) //nolint:errorlint // the execution exists
}

// getState replaces the references of a state by contents.
func (o *offloaded) getState(ctx context.Context, st *store.State) error {
	snapshot, err := o.getLarge(ctx, st.ID, kindSnapshot, st.Since, st.Snapshot)
	if err != nil {
		return err
	}
	records := slices.Clone(st.Records)
	for i := range records {
		if records[i], err = o.getLarge(ctx, st.ID, kindRecord, st.Since+1+uint64(i), records[i]); err != nil {
			return err
		}
	}
	st.Snapshot, st.Records = snapshot, records
	return nil
}

// Load returns an execution: see [store.Store].
func (o *offloaded) Load(ctx context.Context, id store.ID) (*store.State, error) {
	for since := uint64(0); ; {
		found, err := o.Store.Load(ctx, id)
		if err != nil {
			return found, err
		}
		st := *found
		if err = o.getState(ctx, &st); err == nil {
			return &st, nil
		}
		if !errors.Is(err, store.ErrCorrupt) || st.Since <= since {
			return nil, err
		}
		since = st.Since // another snapshot has replaced this one, or it is the first attempt
	}
}

// getPage replaces the references of a page of states.
func (o *offloaded) getPage(ctx context.Context, page []store.State) []store.State {
	page = slices.Clone(page)
	for i := range page {
		if page[i].Err != nil || o.getState(ctx, &page[i]) == nil {
			continue
		}
		place := page[i].Head.Due
		if st, err := o.Load(ctx, page[i].ID); err != nil {
			page[i].Err = err
		} else {
			page[i] = *st
		}
		page[i].Head.Due = place
	}
	return page
}

// Due returns executions that are due: see [store.Store].
func (o *offloaded) Due(ctx context.Context, after store.Place, until int64, limit int) ([]store.State, error) {
	page, err := o.Store.Due(ctx, after, until, limit)
	return o.getPage(ctx, page), err
}

// Claim returns executions that are due: see [store.Shared].
func (s *shared) Claim(ctx context.Context, o store.Owner, until int64, limit int) ([]store.State, error) {
	page, err := s.claims.Claim(ctx, o, until, limit)
	return s.getPage(ctx, page), err
}

// Records calls f with the records of an execution: see [store.Store].
func (o *offloaded) Records(ctx context.Context, id store.ID, after uint64, f func(version uint64, record []byte) bool) error {
	var failed error
	err := o.Store.Records(ctx, id, after, func(version uint64, stored []byte) bool {
		record, err := o.getLarge(ctx, id, kindRecord, version, stored)
		if err != nil {
			failed = err
			return false
		}
		return f(version, record)
	})
	return errors.Join(failed, err)
}

// Delete deletes executions that have ended, and then their blobs.
func (o *offloaded) Delete(ctx context.Context, ids ...store.ID) error {
	if err := o.Store.Delete(ctx, ids...); err != nil {
		return err
	}
	for _, id := range ids {
		var keys []string
		err := o.blobs.List(ctx, id.String()+"/", func(key string, _ time.Time) bool {
			keys = append(keys, key)
			return true
		})
		if err == nil && len(keys) > 0 {
			if _, err = o.Store.Load(ctx, id); errors.Is(err, store.ErrNotFound) { // not if it runs
				err = o.blobs.Delete(ctx, keys...)
			}
		}
		if err != nil && !errors.Is(err, store.ErrCorrupt) {
			return fmt.Errorf("offload: deleting the blobs of execution %s: %w", id, err)
		}
	}
	return nil
}

// Sweep deletes blobs that were put before a time and that nothing in s refers to: those
// of executions that s does not have, and snapshots that others have replaced. The time
// must be longer ago than any Commit takes: an hour. s is the store that was given to
// [New], which may be in use. It reads the keys of all blobs, and loads each execution
// that has some from s. It returns how many were deleted.
func Sweep(ctx context.Context, s store.Store, blobs Blobs, before time.Time) (deleted int, err error) {
	var failed error
	var last string                   // the execution of the key before
	var since, all = uint64(0), false // its snapshots before since, or all its blobs, are needed no longer
	err = blobs.List(ctx, "", func(key string, put time.Time) bool {
		name, rest, ok := strings.Cut(key, "/")
		id, invalid := store.ParseID(name)
		if !ok || invalid != nil || !put.Before(before) {
			return true
		}
		if name != last {
			last, since, all = name, 0, false
			st, err := s.Load(ctx, id)
			switch {
			case err == nil:
				since = st.Since
			case errors.Is(err, store.ErrNotFound):
				all = true
			case !errors.Is(err, store.ErrCorrupt):
				failed = err
				return false
			}
		}
		if version, ok := snapshotVersion(rest); !all && (!ok || version >= since) {
			return true
		}
		if failed = blobs.Delete(ctx, key); failed != nil {
			return false
		}
		deleted++
		return true
	})
	return deleted, errors.Join(failed, err)
}

// snapshotVersion returns the version of a snapshot's key, without its execution.
func snapshotVersion(rest string) (version uint64, ok bool) {
	digits, sum, ok := strings.Cut(rest, "-")
	digits, snapshot := strings.CutPrefix(digits, kindSnapshot)
	_, invalid := hex.DecodeString(sum)
	version, err := strconv.ParseUint(digits, 16, 64)
	return version, ok && snapshot && invalid == nil && err == nil
}
