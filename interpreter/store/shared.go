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
	// the store's own.
	Join(ctx context.Context, ttl time.Duration) (Owner, error)
	// Renew extends the lease by ttl from now, or returns [ErrLease]: others may have
	// the owner's executions already, and it must drop them.
	Renew(ctx context.Context, o Owner, ttl time.Duration) error
	// Leave gives all executions of the owner back.
	Leave(ctx context.Context, o Owner) error

	// Claim is Due for several owners: it returns executions that are due and that no
	// live owner has, and makes them o's. Two claims do not wait for each other and do
	// not return the same execution.
	Claim(ctx context.Context, o Owner, until int64, limit int) ([]State, error)
	// Release gives executions of the owner back.
	Release(ctx context.Context, o Owner, ids ...ID) error

	// Post leaves an event for an execution that another process may have, and makes
	// it due. The event is on disk when Post returns. The owner of the execution
	// applies it, and Change.Posts says that it did.
	Post(ctx context.Context, id ID, event []byte) error
	// Posted returns what was left for an owner's executions.
	Posted(ctx context.Context, o Owner, limit int) ([]Post, error)

	// Listen calls f when there may be something to claim or posted, until ctx ends.
	// It is a hint: an interpreter also polls.
	Listen(ctx context.Context, o Owner, f func()) error
}

// Post is an event that was left for an execution.
type Post struct {
	ID     ID
	Number uint64
	Event  []byte
}
