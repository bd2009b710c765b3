package postgres

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gostates/gostates/interpreter/store"
)

// Join makes this process an owner until ttl has passed without a Renew.
func (s *Store) Join(ctx context.Context, ttl time.Duration) (store.Owner, error) {
	var number int64
	err := retryDisturbed(ctx, func() error {
		return s.query(ctx, s.pool, s.queries.join, []any{ttl.Microseconds()}, func(rows pgx.Rows) error { return rows.Scan(&number) })
	})
	return store.Owner(number), describeError("join", err)
}

// Renew extends the lease by ttl from now, or returns [store.ErrLease].
func (s *Store) Renew(ctx context.Context, o store.Owner, ttl time.Duration) error {
	live := false
	err := retryDisturbed(ctx, func() error {
		return s.query(ctx, s.pool, s.queries.renew, []any{int64(o), ttl.Microseconds()}, func(rows pgx.Rows) error { return rows.Scan(&live) })
	})
	if err == nil && !live {
		err = store.ErrLease
	}
	return describeError("renew", err)
}

// Leave gives all executions of the owner back.
func (s *Store) Leave(ctx context.Context, o store.Owner) error {
	err := retryDisturbed(ctx, func() error {
		return s.query(ctx, s.pool, s.queries.leave, []any{int64(o)}, skipRow)
	})
	return describeError("leave", err)
}

// Claim returns executions that are due and makes them o's: see [store.Shared].
func (s *Store) Claim(ctx context.Context, o store.Owner, until int64, limit int) ([]store.State, error) {
	var page []store.State
	live := false
	err := retryDisturbed(ctx, func() (err error) {
		page, live, err = s.claimPage(ctx, o, until, max(limit, 0))
		return err
	})
	switch {
	case err == nil && !live:
		err = store.ErrLease
	case err == nil:
		page, err = s.reloadChanged(ctx, page)
	}
	return page, describeError("claim", err)
}

func (s *Store) claimPage(ctx context.Context, o store.Owner, until int64, limit int) (page []store.State, live bool, err error) {
	err = s.query(ctx, s.pool, s.queries.claim, []any{int64(o), until, limit}, func(rows pgx.Rows) error {
		var row headRow
		targets := append([]any{&live}, row.stateTargets()...)
		if rows.RawValues()[1] == nil { // nothing was claimed
			clear(targets[1:])
			return rows.Scan(targets...)
		}
		err := rows.Scan(targets...)
		if err == nil {
			page = append(page, row.decodePart())
		}
		return err
	})
	return page, live, err
}

// reloadChanged loads the damaged states of a claim again: a claim sees the head of a
// commit that has ended while it waited, but not yet the records.
func (s *Store) reloadChanged(ctx context.Context, page []store.State) ([]store.State, error) {
	kept := page[:0]
	for _, st := range page {
		if st.Err != nil {
			again, err := s.loadState(ctx, st.ID)
			switch {
			case errors.Is(err, store.ErrNotFound): // deleted meanwhile
				continue
			case errors.Is(err, store.ErrCorrupt):
				st = damagedState(st.ID, st.Head.Due, err)
			case err != nil:
				return nil, err
			default:
				st = again
			}
		}
		kept = append(kept, st)
	}
	return kept, nil
}

// Release gives executions of the owner back.
func (s *Store) Release(ctx context.Context, o store.Owner, ids ...store.ID) error {
	if len(ids) == 0 {
		return ctx.Err()
	}
	err := retryDisturbed(ctx, func() error {
		return s.query(ctx, s.pool, s.queries.release, []any{int64(o), uuids(ids)}, skipRow)
	})
	return describeError("release", err)
}

// Post leaves an event for an execution, or returns [store.ErrNotFound].
func (s *Store) Post(ctx context.Context, id store.ID, event []byte) error {
	err := retryDisturbed(ctx, func() error { return s.postEvent(ctx, s.pool, id, event) })
	return describeError("post", err)
}

// PostTx leaves an event in a transaction of the host: nobody sees it before the
// transaction is committed. Until then a Commit waits that has a change of the
// execution, and an interpreter passes the changes of all its executions to one: keep
// the transaction short. Leases are renewed meanwhile. It returns [store.ErrNotFound]
// if there is no such execution. See
// [github.com/gostates/gostates/interpreter.Interpreter.PrepareTaskSuccess].
func (s *Store) PostTx(ctx context.Context, tx pgx.Tx, post store.Post) error {
	return describeError("post", s.postEvent(ctx, tx, post.ID, post.Event))
}

func (s *Store) postEvent(ctx context.Context, db querier, id store.ID, event []byte) error {
	if event == nil {
		event = []byte{}
	}
	found := false
	err := s.query(ctx, db, s.queries.post, []any{[16]byte(id), event}, func(pgx.Rows) error {
		found = true
		return nil
	})
	if err == nil && !found {
		err = store.ErrNotFound
	}
	return err
}

// Posted returns the posts of an owner's executions after a number, or [store.ErrLease].
func (s *Store) Posted(ctx context.Context, o store.Owner, after uint64, limit int) ([]store.Post, error) {
	var posts []store.Post
	live := false
	err := s.query(ctx, s.pool, s.queries.posted, []any{int64(o), max(limit, 0), int64(min(after, math.MaxInt64))}, func(rows pgx.Rows) error {
		var id *[16]byte
		var number *int64
		var event []byte
		if err := rows.Scan(&live, &id, &number, &event); err != nil || id == nil {
			return err
		}
		posts = append(posts, store.Post{ID: *id, Number: uint64(*number), Event: event})
		return nil
	})
	if err == nil && !live {
		err = store.ErrLease
	}
	return posts, describeError("posted", err)
}

// The pauses of Listen.
const (
	listenAgain = time.Second      // after its connection has failed
	listenCheck = 30 * time.Second // a silent connection is checked
)

// Listen calls f when another process has notified of something to claim or posted,
// and when it has a connection again after it had lost it. It takes a connection out
// of the pool for itself and returns the error of ctx when that ends.
func (s *Store) Listen(ctx context.Context, _ store.Owner, f func()) error {
	for ctx.Err() == nil {
		if !s.options.NoListen {
			_ = s.listenOnce(ctx, f) // it is a hint: without it, polling goes on
		}
		pause := time.NewTimer(listenAgain)
		select {
		case <-ctx.Done():
		case <-pause.C:
		}
		pause.Stop()
	}
	return ctx.Err()
}

// listenOnce listens until its connection fails.
func (s *Store) listenOnce(ctx context.Context, f func()) error {
	pooled, err := s.options.ListenPool.Acquire(ctx)
	if err != nil {
		return err
	}
	conn := pooled.Hijack() // it is never given back: it listens
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(closing)
	}()
	if _, err := conn.Exec(ctx, "LISTEN gostates"); err != nil {
		return err
	}
	f() // for what came before
	for {
		notification, err := waitNotified(ctx, conn)
		switch {
		case err != nil:
			return err
		case notification != nil && notification.Payload == s.options.Schema:
			f()
		}
	}
}

// waitNotified waits for a notification, or returns nil if the connection is silent
// and works.
func waitNotified(ctx context.Context, conn *pgx.Conn) (*pgconn.Notification, error) {
	waiting, cancel := context.WithTimeout(ctx, listenCheck)
	defer cancel()
	notification, err := conn.WaitForNotification(waiting)
	if err == nil || ctx.Err() != nil || waiting.Err() == nil {
		return notification, err
	}
	checking, stop := context.WithTimeout(ctx, listenCheck)
	defer stop()
	return nil, conn.Ping(checking)
}
