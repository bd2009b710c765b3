package interpreter

import (
	"log/slog"
	"slices"
	"time"

	"github.com/gostates/gostates/interpreter/store"
)

// Retention is a rule that says how long executions are kept after their end.
type Retention struct {
	Machine string        // ARN of the state machine; empty: all
	Status  []Status      // one of them; nil: all
	After   time.Duration // since the end; 0 or less: they are kept for ever
}

// selects reports whether the rule is about an execution.
func (r *Retention) selects(h *store.Head) bool {
	return (r.Machine == "" || r.Machine == h.Machine) && (len(r.Status) == 0 || slices.Contains(r.Status, h.Status))
}

// expiry deletes executions by the rules of Config.Retention, a few at a time. Only
// loadDue uses it.
type expiry struct {
	durable *durable
	rules   []Retention
	rest    time.Duration // between two passes

	next    int64             // when to go on, in nanoseconds since 1970
	rule    int               // of this pass
	after   *store.Listed     // the last execution that the rule has looked at; nil: none
	parents map[store.ID]bool // whether they run, as of this pass
}

const (
	deletePause  = 25 * time.Millisecond // between two groups, for others that use the store
	shortestRest = time.Minute
	longestRest  = time.Hour
)

// endings are the statuses of executions that have ended.
var endings = []Status{Succeeded, Failed, TimedOut, Aborted}

func (x *expiry) init(s *durable, rules []Retention) {
	x.durable, x.rules, x.rest = s, slices.Clone(rules), longestRest
	for _, r := range x.rules {
		if r.After > 0 {
			x.rest = max(shortestRest, min(x.rest, r.After/24))
		}
	}
}

// deleteExpired deletes a group of executions, and returns when to go on.
func (x *expiry) deleteExpired(now int64) (next int64) {
	in := x.durable.in
	if len(x.rules) == 0 || in.virtual != nil || in.phase.Load() != phaseOpen {
		return never
	}
	if now < x.next {
		return x.next
	}
	pause := deletePause
	switch done, err := x.deleteGroup(now); {
	case err != nil && in.ctx.Err() != nil:
		return never
	case err != nil:
		x.logFailure(err)
		pause = shortestRest
	case done:
		pause = x.rest
	}
	x.next = now + int64(pause)
	return x.next
}

func (x *expiry) logFailure(err error) {
	x.durable.in.logWarning("interpreter: deleting executions by Config.Retention failed and is tried again later", slog.Any("error", err))
}

// deleteGroup lists a page of executions that have expired, and deletes them. It
// reports whether the pass is done.
func (x *expiry) deleteGroup(now int64) (done bool, err error) {
	s := x.durable
	for ; x.rule < len(x.rules); x.rule, x.after = x.rule+1, nil {
		q, some := x.expired(now)
		if !some {
			continue
		}
		page, err := s.listPage(s.in.ctx, q)
		if isError(err, store.ErrCorrupt) { // some are left out
			x.logFailure(err)
		} else if err != nil {
			return false, err
		}
		if len(page) == 0 {
			continue
		}
		x.after = &page[len(page)-1] // after an error too: one that cannot be deleted keeps no others
		ids, err := x.selectUnneeded(&q, page)
		if err == nil {
			err = s.deleteEnded(s.in.ctx, ids)
		}
		return false, err
	}
	x.rule, x.after, x.parents = 0, nil, nil
	return true, nil
}

// expired returns the query for the executions that the rule of the pass selects and
// no earlier rule does, as far as a query can tell.
func (x *expiry) expired(now int64) (q store.Query, some bool) {
	r := &x.rules[x.rule]
	for _, status := range endings {
		head := store.Head{Machine: r.Machine, Status: status}
		if r.selects(&head) && !slices.ContainsFunc(x.rules[:x.rule], func(r Retention) bool { return r.selects(&head) }) {
			q.Status = append(q.Status, status)
		}
	}
	q.Namespace, q.Machine = &x.durable.namespace, r.Machine
	q.EndedBefore = nanoTime(now).Add(-r.After)
	q.StartedTo = q.EndedBefore // follows, and lets a store use its order
	q.After, q.Limit = x.after, deleteGroup
	return q, r.After > 0 && len(q.Status) > 0
}

// selectUnneeded returns those executions of a page that its query selects, but no
// earlier rule, and that no running parent needs.
func (x *expiry) selectUnneeded(q *store.Query, page []store.Listed) (ids []store.ID, err error) {
	if x.parents == nil {
		x.parents = make(map[store.ID]bool)
	}
	for i := range page {
		l := &page[i]
		if x.durable.in.onEnd != nil && isUnannounced(&l.Head) {
			continue // until the next pass
		}
		if !q.Selects(&l.Head) || slices.ContainsFunc(x.rules[:x.rule], func(r Retention) bool { return r.selects(&l.Head) }) {
			continue
		}
		runs, err := x.durable.parentRuns(x.durable.in.ctx, l.Parent, x.parents)
		if err != nil {
			return nil, err
		}
		if !runs {
			ids = append(ids, l.ID)
		}
	}
	return ids, nil
}
