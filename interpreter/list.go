package interpreter

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/gostates/gostates/interpreter/store"
)

// List returns a page of the executions of the store, the latest start first. A
// query without a Namespace selects those of Config.Namespace. For the next page set
// After to the last one of this page. The error is that of the store or of ctx; with
// [store.ErrCorrupt] there may be a page, without the damaged ones. The tags must not
// be changed.
func (in *Interpreter) List(ctx context.Context, q store.Query) ([]store.Listed, error) {
	s := in.durable
	if s == nil {
		return nil, errNoStore
	}
	return s.listPage(ctx, s.inNamespace(q))
}

// ListAll iterates over all executions that a query selects, page by page, the
// latest start first. q.Limit is the size of a page. An error ends the iteration;
// those of damaged executions come last. Executions that start meanwhile are not
// seen.
func (in *Interpreter) ListAll(ctx context.Context, q store.Query) iter.Seq2[store.Listed, error] {
	s := in.durable
	if s == nil {
		return func(yield func(store.Listed, error) bool) { yield(store.Listed{}, errNoStore) }
	}
	return s.listAll(ctx, s.inNamespace(q))
}

// Count returns the number of executions that a query selects, by status. A query
// without a Namespace selects those of Config.Namespace. After and Limit are
// ignored.
func (in *Interpreter) Count(ctx context.Context, q store.Query) (map[Status]int64, error) {
	s := in.durable
	if s == nil {
		return nil, errNoStore
	}
	q = s.inNamespace(q)
	return callStore(ctx, s, "counting executions", func(ctx context.Context) (map[Status]int64, error) {
		return s.store.Count(ctx, q)
	})
}

// inNamespace returns a copy of a query, restricted to the interpreter's namespace
// if it has none. The store may use it after the caller has given up.
func (s *durable) inNamespace(q store.Query) store.Query {
	namespace := s.namespace
	if q.Namespace != nil {
		namespace = *q.Namespace
	}
	q.Namespace = &namespace
	q.Tags, q.Status = maps.Clone(q.Tags), slices.Clone(q.Status)
	return q
}

// listPage returns a page and, with it, an error that wraps store.ErrCorrupt if some
// executions are damaged.
func (s *durable) listPage(ctx context.Context, q store.Query) ([]store.Listed, error) {
	if q.Limit < 0 {
		return nil, fmt.Errorf("interpreter: listing executions: the limit %d is negative", q.Limit)
	}
	if q.After != nil {
		after := *q.After
		q.After = &after
	}
	type answer struct {
		page    []store.Listed
		corrupt error
	}
	const doing = "listing executions"
	a, err := callStore(ctx, s, doing, func(ctx context.Context) (a answer, err error) {
		a.page, err = s.store.List(ctx, q)
		if errors.Is(err, store.ErrCorrupt) {
			a.corrupt, err = newStoreError(doing, err), nil
		}
		return a, err
	})
	if err == nil {
		err = a.corrupt
	}
	return a.page, err
}

// listAll iterates over all pages of a query.
func (s *durable) listAll(ctx context.Context, q store.Query) iter.Seq2[store.Listed, error] {
	return func(yield func(store.Listed, error) bool) {
		q := q
		var corrupt error
		for {
			page, err := s.listPage(ctx, q)
			if err != nil && !isError(err, store.ErrCorrupt) {
				yield(store.Listed{}, err)
				return
			}
			corrupt = errors.Join(corrupt, err)
			for _, l := range page {
				if !yield(l, nil) {
					return
				}
			}
			if len(page) == 0 {
				break
			}
			last := page[len(page)-1]
			if q.After != nil && last.Compare(*q.After) <= 0 {
				yield(store.Listed{}, fmt.Errorf("interpreter: listing executions: the page after %s ends with %s, which is before it", q.After.ID, last.ID))
				return
			}
			q.After = &last
		}
		if corrupt != nil {
			yield(store.Listed{}, corrupt)
		}
	}
}
