package memory

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/gostates/gostates/interpreter/store"
)

// Shared is a [store.Shared] in memory, for tests of several interpreters in one
// process. It is safe for concurrent use.
type Shared struct {
	*Store
	now func() time.Time

	// Under Store.mu:
	owners    store.Owner                // that have joined
	leases    map[store.Owner]time.Time  // their ends
	posts     uint64                     // that were left
	listeners map[chan struct{}]struct{} // of one element each
}

// NewShared returns an empty store. Leases end by the clock now; nil: time.Now.
func NewShared(now func() time.Time) *Shared {
	if now == nil {
		now = time.Now
	}
	return &Shared{
		Store:     New(),
		now:       now,
		leases:    map[store.Owner]time.Time{},
		listeners: map[chan struct{}]struct{}{},
	}
}

var _ store.Shared = (*Shared)(nil)

// isLive reports whether an owner's lease has not expired. One that has is removed.
func (s *Shared) isLive(o store.Owner, now time.Time) bool {
	end, known := s.leases[o]
	if known && !now.Before(end) {
		delete(s.leases, o)
		return false
	}
	return known
}

// wakeListeners tells all that there may be something to claim. It is called under
// s.mu.
func (s *Shared) wakeListeners() {
	for l := range s.listeners {
		select {
		case l <- struct{}{}:
		default: // it knows already
		}
	}
}

// Join makes the caller an owner until ttl has passed without a Renew.
func (s *Shared) Join(ctx context.Context, ttl time.Duration) (store.Owner, error) {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	s.owners++
	s.leases[s.owners] = now.Add(ttl)
	return s.owners, nil
}

// Renew extends the lease by ttl from now, or returns [store.ErrLease].
func (s *Shared) Renew(ctx context.Context, o store.Owner, ttl time.Duration) error {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	switch err := ctx.Err(); {
	case err != nil:
		return err
	case !s.isLive(o, now):
		return store.ErrLease
	}
	s.leases[o] = now.Add(ttl)
	return nil
}

// Leave gives all executions of the owner back.
func (s *Shared) Leave(ctx context.Context, o store.Owner) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	delete(s.leases, o)
	s.wakeListeners()
	return nil
}

// Claim returns executions that are due and makes them o's: see [store.Shared].
func (s *Shared) Claim(ctx context.Context, o store.Owner, until int64, limit int) ([]store.State, error) {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	switch err := ctx.Err(); {
	case err != nil:
		return nil, err
	case !s.isLive(o, now):
		return nil, store.ErrLease
	}
	var states []store.State
	for place := range s.due.placesAfter(store.Place{}) {
		if place.Due > until || len(states) >= limit {
			break
		}
		if x := s.executions[place.ID]; !s.isLive(x.owner, now) {
			x.owner = o
			states = append(states, x.stateOf(place.ID))
		}
	}
	return states, nil
}

// Release gives executions of the owner back.
func (s *Shared) Release(ctx context.Context, o store.Owner, ids ...store.ID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, id := range ids {
		if x := s.executions[id]; x != nil && x.owner == o {
			x.owner = 0
		}
	}
	s.wakeListeners()
	return nil
}

// Commit stores all changes or none: see [store.Store].
func (s *Shared) Commit(ctx context.Context, changes []store.Change) error {
	if err := s.Store.Commit(ctx, changes); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wakeListeners()
	return nil
}

// Post leaves an event for an execution, or returns [store.ErrNotFound].
func (s *Shared) Post(ctx context.Context, id store.ID, event []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	x := s.executions[id]
	if x == nil {
		return store.ErrNotFound
	}
	before := x.placeOf(id)
	s.posts++
	x.posts = append(x.posts, store.Post{ID: id, Number: s.posts, Event: bytes.Clone(event)})
	s.due.movePlace(before, x.placeOf(id))
	s.wakeListeners()
	return nil
}

// Posted returns the posts of an owner's executions after a number, or [store.ErrLease].
func (s *Shared) Posted(ctx context.Context, o store.Owner, after uint64, limit int) ([]store.Post, error) {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	switch err := ctx.Err(); {
	case err != nil:
		return nil, err
	case !s.isLive(o, now):
		return nil, store.ErrLease
	}
	var posts []store.Post
	for place := range s.due.placesAfter(store.Place{}) { // executions with posts are due now
		if place.Due != store.Now {
			break
		}
		if x := s.executions[place.ID]; x.owner == o {
			posts = append(posts, x.posts...)
		}
	}
	posts = slices.DeleteFunc(posts, func(p store.Post) bool { return p.Number <= after })
	slices.SortFunc(posts, func(a, b store.Post) int { return cmp.Compare(a.Number, b.Number) })
	return posts[:min(limit, len(posts))], nil
}

// Listen calls f when there may be something to claim or posted, and returns the
// error of ctx when that ends.
func (s *Shared) Listen(ctx context.Context, _ store.Owner, f func()) error {
	wake := make(chan struct{}, 1)
	s.mu.Lock()
	s.listeners[wake] = struct{}{}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.listeners, wake)
	}()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-wake:
			f()
		}
	}
}
