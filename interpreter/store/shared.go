package store

import (
	"context"
	"time"
)

// Owner identifies a process that drives executions of a [Shared] store. No number
// is used twice.
type Owner uint64

// Shared is a Store for several processes. An interpreter finds out by a type
// assertion; with any other Store it takes itself for the only one.
type Shared interface {
	Store

	// Join makes this process an owner until ttl has passed without a Renew. Times are
	// the store's own. A new execution whose Change has an Owner belongs to that one.
	Join(ctx context.Context, ttl time.Duration) (Owner, error)
	// Renew extends the lease by ttl from now, or returns [ErrLease]: others may have
	// the owner's executions already, and it must drop them.
	Renew(ctx context.Context, o Owner, ttl time.Duration) error
	// Leave gives all executions of the owner back.
	Leave(ctx context.Context, o Owner) error

	// Claim is Due for several owners: it returns executions that are due and that no
	// live owner has, and makes them o's. Two claims do not wait for each other and do
	// not return the same execution. It returns [ErrLease] if o's lease has expired.
	Claim(ctx context.Context, o Owner, until int64, limit int) ([]State, error)
	// Release gives executions of the owner back. It leaves those of others alone.
	Release(ctx context.Context, o Owner, ids ...ID) error

	// Post leaves an event for an execution that another process may have, or returns
	// [ErrNotFound]. The event is on disk when Post returns. As long as an execution
	// has posts it is due [Now], whatever its Head says: the owner applies them in the
	// order of Posted, and Change.Posts says that it did. That change has a Head, because the posts have
	// changed its Due.
	Post(ctx context.Context, id ID, event []byte) error
	// Posted returns what was left for an owner's executions, in the order of numbers, which
	// for an execution is that in which they were left: up to limit posts whose numbers are
	// greater than after. A later call may return lower numbers too: they were left in a
	// transaction, or the execution was claimed since.
	Posted(ctx context.Context, o Owner, after uint64, limit int) ([]Post, error)

	// Listen calls f when there may be something to claim or posted, and returns when
	// ctx ends. It is a hint: an interpreter also polls.
	Listen(ctx context.Context, o Owner, f func()) error
}

// PostReader is a Store for one process in which the host can leave events for
// executions, in transactions of its own. A Shared store is one too. An interpreter
// finds out by a type assertion: a store that wraps another one must pass the method on.
type PostReader interface {
	Store

	// Posted returns what was left for the executions of an owner, or without owners for
	// all, as [Shared].Posted does. A change whose Posts have their numbers removes them.
	Posted(ctx context.Context, o Owner, after uint64, limit int) ([]Post, error)
}

// Post is an event that was left for an execution.
type Post struct {
	ID     ID
	Number uint64 // greater than those of earlier posts; the store's
	Event  []byte
}
