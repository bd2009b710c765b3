package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/gostates/gostates/interpreter/store"
)

var sharedChecks = []check{
	{"SharedClaimsWhatIsDue", forShared(checkClaims)},
	{"SharedClaimsAreDisjoint", forShared(checkDisjointClaims)},
	{"SharedLeasesExpire", forShared(checkLeases)},
	{"SharedPostsAreKeptUntilApplied", forShared(checkPosts)},
	{"SharedListensUntilTheEnd", forShared(checkListen)},
	{"SharedEndedContextIsAnError", forShared(checkSharedContext)},
}

// sharedKit is a kit whose store is a [store.Shared].
type sharedKit struct {
	*kit
	shared store.Shared
}

func forShared(f func(k *sharedKit)) func(k *kit) {
	return func(k *kit) {
		shared, ok := k.Store.(store.Shared)
		if !ok {
			k.Skip("the store is not a store.Shared")
		}
		f(&sharedKit{k, shared})
	}
}

// leaseTime is the lease of an owner that does not lose it in a check, and
// shortLease of one that does.
const (
	leaseTime  = time.Hour
	shortLease = time.Second
)

// join makes an owner.
func (k *sharedKit) join(ttl time.Duration) store.Owner {
	k.Helper()
	o, err := k.shared.Join(k.ctx, ttl)
	if err != nil || o == 0 {
		k.Fatalf("Join = %d, %v; want an owner other than 0", o, err)
	}
	return o
}

// passTime lets the short leases of a check expire.
func (k *sharedKit) passTime(d time.Duration) {
	if k.options.Advance != nil {
		k.options.Advance(k.Store, d)
	} else {
		time.Sleep(d)
	}
}

// wantClaim checks which executions a claim returns, in order.
func (k *sharedKit) wantClaim(rule string, o store.Owner, until int64, limit int, want ...store.Change) {
	k.Helper()
	states, err := k.shared.Claim(k.ctx, o, until, limit)
	if err != nil {
		k.Fatalf("%s: Claim: %v", rule, err)
	}
	var got, ids []store.ID
	for _, s := range states {
		got = append(got, s.ID)
	}
	for _, c := range want {
		ids = append(ids, c.ID)
	}
	if !slices.Equal(got, ids) {
		k.Fatalf("%s: Claim returned %v; want %v", rule, got, ids)
	}
	for i, s := range states {
		if want[i].Version == 1 && want[i].Head.Due == s.Head.Due {
			if diff := diffState(s, foldChanges(want[i:i+1])); diff != "" {
				k.Errorf("%s: Claim returns whole states: %s", rule, diff)
			}
		}
	}
}

func dueAt(due int64) func(h *store.Head) { return func(h *store.Head) { h.Due = due } }

func checkClaims(k *sharedKit) {
	o, p := k.join(leaseTime), k.join(leaseTime)
	if o == p {
		k.Fatalf("Join returned the owner %d twice", o)
	}
	late, early, now, never := k.create(dueAt(20)), k.create(dueAt(10)), k.create(), k.create(dueAt(store.Never))
	mine := k.create()
	mine.Owner = o
	k.commit("new executions are stored", late, early, now, never, mine)

	k.wantClaim("Claim returns the earliest first, up to limit, and not those of a live owner", p, store.Never, 1, now)
	k.wantClaim("Claim returns those that are due at until", p, 10, 5, early)
	k.wantClaim("Claim returns an execution once", p, 10, 5)
	k.wantClaim("Claim returns those that no owner has", o, store.Never, 5, late)
	k.wantClaim("an execution whose Due is Never is not due", o, store.Never, 5)

	release := func(o store.Owner, ids ...store.ID) {
		k.Helper()
		if err := k.shared.Release(k.ctx, o, ids...); err != nil {
			k.Fatalf("Release: %v", err)
		}
	}
	release(o, now.ID, early.ID, store.ID{77})
	k.wantClaim("Release leaves the executions of others alone", o, store.Never, 5)
	release(p, now.ID)
	k.wantClaim("Release gives an execution back", o, store.Never, 5, now)
	next := follow(mine)
	next.Owner = o
	k.commit("the next version is accepted", next)
	k.wantClaim("a change by its owner keeps an execution the owner's", p, store.Never, 5)

	if err := k.shared.Leave(k.ctx, p); err != nil {
		k.Fatalf("Leave: %v", err)
	}
	k.wantClaim("Leave gives all executions back, and none of others", o, store.Never, 5, early)
	if q := k.join(leaseTime); q == o || q == p {
		k.Errorf("Join returned the owner %d twice", q)
	}
}

func checkDisjointClaims(k *sharedKit) {
	const n = 300
	var group []store.Change
	for i := range n {
		group = append(group, k.create(dueAt(int64(i%7))))
	}
	k.commit("new executions are stored", group...)
	handles := []store.Shared{k.shared}
	if !k.options.Volatile { // as two processes
		other := &kit{TB: k.TB, Store: k.options.Open(k.TB, k.dir)}
		defer other.closeStore()
		handles = append(handles, other.Store.(store.Shared))
	}
	var mu sync.Mutex
	claimed := map[store.ID]int{}
	startWriters(func(w int) {
		s := handles[w%len(handles)]
		o, err := s.Join(k.ctx, leaseTime)
		for range n {
			if err != nil {
				break
			}
			var states []store.State
			if states, err = s.Claim(k.ctx, o, 6, 5); len(states) == 0 {
				break
			}
			mu.Lock()
			for _, s := range states {
				claimed[s.ID]++
			}
			mu.Unlock()
		}
		if err != nil {
			k.Errorf("64 owners claim: %v", err)
		}
	})
	for _, c := range group {
		if claimed[c.ID] != 1 {
			k.Fatalf("64 owners claim each execution once: %v was claimed %d times", c.ID, claimed[c.ID])
		}
	}
}

func checkLeases(k *sharedKit) {
	p := k.join(leaseTime)
	wantLease := func(call string, err error) {
		k.Helper()
		if !errors.Is(err, store.ErrLease) {
			k.Errorf("%s of an owner whose lease has expired returned %v; want ErrLease", call, err)
		}
	}
	ttl := shortLease
	o, c, kept := k.renewLease(p, ttl)
	for !kept { // the store is slow
		ttl *= 2
		o, c, kept = k.renewLease(p, ttl)
	}
	k.passTime(ttl * 6 / 5)
	k.wantClaim("the executions of an owner whose lease has expired can be claimed", p, store.Now, 5, c)
	wantLease("Renew", k.shared.Renew(k.ctx, o, leaseTime))
	wantLease("Claim", second(k.shared.Claim(k.ctx, o, store.Now, 5)))
	wantLease("Renew", k.shared.Renew(k.ctx, o+1000, leaseTime))
	if err := k.shared.Release(k.ctx, o, c.ID); err != nil && !errors.Is(err, store.ErrLease) {
		k.Errorf("Release of an owner whose lease has expired: %v", err)
	}
	q := k.join(leaseTime)
	k.wantClaim("an owner whose lease has expired does not give back the executions of others", q, store.Now, 5)

	// Leases only save work: versions decide.
	byP, byO := follow(c), follow(c)
	byP.Owner, byO.Owner, byO.Record = p, o, []byte("another")
	k.commit("the owner's change is accepted", byP)
	k.wantConflict("the version decides, not the lease", []store.ID{c.ID}, nil, byO)
	k.wantStored("the version decides, not the lease", c, byP)
}

// renewLease makes an owner that has an execution, and renews its lease three times. If p
// cannot claim the execution meanwhile, the lease is kept. It returns false if the calls
// took longer than the lease, so that it may have expired.
func (k *sharedKit) renewLease(p store.Owner, ttl time.Duration) (o store.Owner, c store.Change, kept bool) {
	k.Helper()
	begun := time.Now()
	isLate := func() bool { return k.options.Advance == nil && time.Since(begun) >= ttl }
	o = k.join(ttl)
	c = k.create()
	k.commit("new executions are stored", c)
	switch states, err := k.shared.Claim(k.ctx, o, store.Now, 5); {
	case isLate():
		return o, c, k.giveUp(c)
	case err != nil || len(states) != 1 || states[0].ID != c.ID:
		k.Fatalf("Claim: returned %d executions, %v; want that which is due", len(states), err)
	}
	for range 3 {
		k.passTime(ttl * 3 / 5)
		renewing := time.Now()
		err := k.shared.Renew(k.ctx, o, ttl)
		if err != nil && isLate() {
			return o, c, k.giveUp(c)
		}
		if err != nil {
			k.Fatalf("Renew before the lease has expired: %v", err)
		}
		begun = renewing
		states, err := k.shared.Claim(k.ctx, p, store.Now, 5)
		if isLate() {
			return o, c, k.giveUp(c)
		}
		if err != nil || len(states) > 0 {
			k.Fatalf("Renew keeps the executions: Claim returned %d of them, %v; want none", len(states), err)
		}
	}
	return o, c, true
}

// giveUp ends an execution, so that nobody can claim it later.
func (k *sharedKit) giveUp(c store.Change) (kept bool) {
	k.Helper()
	end := follow(c)
	end.Head = headOf(c, endHead)
	k.commit("an execution may end", end)
	return false
}

func checkPosts(k *sharedKit) {
	o, p := k.join(leaseTime), k.join(leaseTime)
	if err := k.shared.Post(k.ctx, store.ID{77}, []byte("x")); !errors.Is(err, store.ErrNotFound) {
		k.Errorf("Post to an unknown execution returned %v; want ErrNotFound", err)
	}
	a, b := k.create(dueAt(store.Never)), k.create(dueAt(store.Never))
	k.commit("new executions are stored", a, b)
	k.wantClaim("nothing is due", o, 1000, 5)

	post := func(c store.Change, event []byte) {
		k.Helper()
		if err := k.shared.Post(k.ctx, c.ID, event); err != nil {
			k.Fatalf("Post: %v", err)
		}
	}
	var numbers []uint64 // of the posts that wantPosted saw last
	after := uint64(0)
	wantPosted := func(rule string, o store.Owner, limit int, want ...string) {
		k.Helper()
		posts, err := k.shared.Posted(k.ctx, o, after, limit)
		if err != nil {
			k.Fatalf("%s: Posted: %v", rule, err)
		}
		var got []string
		numbers = nil
		for _, p := range posts {
			got = append(got, string(p.Event))
			if p.ID != a.ID {
				k.Errorf("%s: Posted has a post for %v; want %v", rule, p.ID, a.ID)
			}
			if i := len(numbers) - 1; i >= 0 && p.Number <= numbers[i] {
				k.Errorf("%s: the number %d of a post does not follow %d", rule, p.Number, numbers[i])
			}
			numbers = append(numbers, p.Number)
		}
		if !slices.Equal(got, want) {
			k.Fatalf("%s: Posted returned %q; want %q", rule, got, want)
		}
	}
	event := []byte("1\x00\xff")
	kept := bytes.Clone(event)
	post(a, event)
	clear(event)
	wantPosted("a post for an execution that no owner has waits", o, 5)
	k.wantClaim("a post makes an execution due", o, store.Now, 5, a)
	wantPosted("the owner gets the post, a copy", o, 5, string(kept))
	wantPosted("others do not get it", p, 5)
	post(a, []byte("2"))
	post(a, []byte("2"))
	wantPosted("posts are returned in order", o, 5, string(kept), "2", "2")
	second := numbers[1]
	wantPosted("Posted returns up to limit", o, 2, string(kept), "2")
	after = numbers[0]
	wantPosted("Posted returns posts after a number", o, 1, "2")
	if !slices.Equal(numbers, []uint64{second}) {
		k.Errorf("Posted after %d returned the posts %d; want %d", after, numbers, second)
	}
	after = math.MaxUint64
	wantPosted("Posted returns posts after a number", o, 5)
	after = 0
	wantPosted("Posted returns up to limit", o, 2, string(kept), "2")

	// The owner stores a change that it made before it saw the last post.
	two := follow(a)
	two.Owner, two.Head, two.Posts = o, headOf(a, func(*store.Head) {}), numbers
	refused := two
	refused.Version = 3
	k.wantConflict("a version that skips one is refused", []store.ID{a.ID}, nil, refused)
	wantPosted("a refused change removes no post", o, 5, string(kept), "2", "2")
	k.commit("a change that has applied posts", two)
	k.commit("a change that has applied posts may be repeated", two)
	wantPosted("a change removes the posts that it has applied and no others", o, 5, "2")
	rest := slices.Clone(numbers)
	if err := k.shared.Leave(k.ctx, o); err != nil {
		k.Fatalf("Leave: %v", err)
	}
	k.wantClaim("an execution with posts is due though its Head says Never", p, store.Now, 5, store.Change{ID: a.ID})
	wantPosted("the next owner gets the posts that are left", p, 5, "2")

	three := follow(two)
	three.Owner, three.Head, three.Posts = p, headOf(a, endHead), rest
	k.commit("a change that has applied posts", three)
	wantPosted("a change removes the posts that it has applied", p, 5)
	if err := k.shared.Release(k.ctx, p, a.ID); err != nil {
		k.Fatalf("Release: %v", err)
	}
	k.wantClaim("an execution without posts is due when its Head says", p, 1000, 5)

	post(a, []byte("late"))
	if err := k.Delete(k.ctx, a.ID); err != nil {
		k.Fatalf("Delete: %v", err)
	}
	k.wantClaim("posts are deleted with their execution", p, store.Never, 5)
	wantPosted("posts are deleted with their execution", p, 5)
}

func checkListen(k *sharedKit) {
	o := k.join(leaseTime)
	ctx, cancel := context.WithCancel(k.ctx)
	ended := make(chan error, 1)
	go func() { ended <- k.shared.Listen(ctx, o, func() {}) }()
	c := k.create()
	k.commit("new executions are stored", c)
	if err := k.shared.Post(k.ctx, c.ID, []byte("x")); err != nil {
		k.Errorf("Post while an owner listens: %v", err)
	}
	cancel()
	select {
	case <-ended:
	case <-time.After(time.Minute):
		k.Errorf("Listen has not returned a minute after its context ended")
	}
}

func checkSharedContext(k *sharedKit) {
	o := k.join(leaseTime)
	c := k.create(dueAt(store.Never))
	k.commit("new executions are stored", c)
	ctx, cancel := context.WithCancel(k.ctx)
	cancel()
	for _, call := range []struct {
		name string
		err  error
	}{
		{"Join", second(k.shared.Join(ctx, leaseTime))},
		{"Renew", k.shared.Renew(ctx, o, leaseTime)},
		{"Leave", k.shared.Leave(ctx, o)},
		{"Claim", second(k.shared.Claim(ctx, o, store.Now, 5))},
		{"Release", k.shared.Release(ctx, o, c.ID)},
		{"Post", k.shared.Post(ctx, c.ID, []byte("x"))},
		{"Posted", second(k.shared.Posted(ctx, o, 0, 5))},
	} {
		if !errors.Is(call.err, context.Canceled) {
			k.Errorf("%s with a context that has ended returned %v; want context.Canceled", call.name, call.err)
		}
	}
	rule := "a call whose context has ended does nothing"
	if err := k.shared.Renew(k.ctx, o, leaseTime); err != nil {
		k.Errorf("%s: Renew: %v", rule, err)
	}
	k.wantClaim(fmt.Sprint(rule, ": Post"), o, store.Now, 5)
}
