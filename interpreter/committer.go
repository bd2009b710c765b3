package interpreter

import (
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/gostates/gostates/interpreter/store"
)

// committer stores the groups of all executions, those that come while a Commit runs
// with the next one. Its goroutine calls the store itself, and ends when there are no
// groups.
type committer struct {
	durable *durable

	mu      sync.Mutex
	groups  []*group
	batch   []*group // of the Commit that runs
	running bool
	failure error // of the latest Commit; nil: it succeeded

	pause time.Duration // its goroutine's: after the latest Commit, if that failed
}

const (
	maxGroups    = 4096 // of one Commit
	firstPause   = 5 * time.Millisecond
	longestPause = 5 * time.Second
)

func (c *committer) enqueueGroup(g *group) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.groups = append(c.groups, g)
	if !c.running {
		c.running = true
		go c.commitGroups()
	}
}

func (c *committer) commitGroups() {
	done := false
	defer func() {
		if !done { // the store ended the goroutine
			err := newHookError(hookStore, nil)
			go func() {
				c.pauseAfter(err)
				c.commitGroups()
			}()
		}
	}()
	for c.nextBatch() {
		c.commitBatch()
	}
	done = true
}

// nextBatch takes the groups for the next Commit. It returns false if there are none.
func (c *committer) nextBatch() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.batch) == 0 {
		n := min(len(c.groups), maxGroups)
		c.batch = dropOvertaken(c.groups[:n:n])
		c.groups = c.groups[n:]
	}
	c.running = len(c.batch) > 0
	return c.running
}

// dropOvertaken removes changes of a head alone whose execution has another change in
// the batch: it was parked and continues.
func dropOvertaken(batch []*group) []*group {
	if !slices.ContainsFunc(batch, (*group).isHeadOnly) {
		return batch
	}
	changed := make(map[store.ID]bool)
	for _, g := range batch {
		if !g.isHeadOnly() {
			changed[g.change.ID] = true
		}
	}
	return slices.DeleteFunc(batch, func(g *group) bool { return g.isHeadOnly() && changed[g.change.ID] })
}

func (g *group) isHeadOnly() bool { return g.execution == nil }

// commitBatch stores groups. It repeats a Commit that failed, with the same changes:
// the store may have made it. Groups that the store refuses because of another writer
// are left out.
func (c *committer) commitBatch() {
	in := c.durable.in
	for {
		c.handBackIf(func(g *group) bool { return g.err != nil })
		if len(c.batch) == 0 {
			return
		}
		changes := make([]store.Change, len(c.batch))
		owner := c.durable.lease.currentOwner()
		for i, g := range c.batch {
			g.change.Owner = owner
			changes[i] = g.change
		}
		err := callHook(hookStore, func() error { return c.durable.store.Commit(in.ctx, changes) })
		var conflict *store.ConflictError
		switch {
		case err == nil:
			c.setFailure(nil)
			c.pause = 0
			c.handBackIf(func(*group) bool { return true })
			return
		case errors.As(err, &conflict) && markConflicts(c.batch, conflict):
			continue
		}
		c.pauseAfter(err)
	}
}

// pauseAfter waits before a Commit that failed is repeated. If the interpreter is
// closed, it hands all groups of the batch back instead.
func (c *committer) pauseAfter(err error) {
	in := c.durable.in
	if in.ctx.Err() == nil {
		c.setFailure(err)
		in.logWarning("interpreter: storing executions failed and is repeated", slog.Any("error", err), slog.Int("executions", len(c.batch)))
		c.pause = min(max(2*c.pause, firstPause), longestPause)
		select {
		case <-time.After(c.pause):
		case <-in.ctx.Done():
		}
	}
	if in.ctx.Err() != nil {
		c.handBackIf(func(g *group) bool { g.err = ErrClosed; return true })
	}
}

// handBackIf hands groups of the batch back to the pool, and keeps the others.
func (c *committer) handBackIf(done func(*group) bool) {
	var left []*group
	for _, g := range c.batch {
		if done(g) {
			c.durable.handBack(g)
		} else {
			left = append(left, g)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.batch = left
}

// markConflicts sets the error of each group that a conflict names. It returns false
// if there is none.
func markConflicts(batch []*group, conflict *store.ConflictError) bool {
	refused := make(map[store.ID]error)
	for _, id := range conflict.Versions {
		refused[id] = ErrLeaseLost
	}
	for _, id := range conflict.Names {
		refused[id] = errNameTaken
	}
	found := false
	for _, g := range batch {
		if err := refused[g.change.ID]; err != nil {
			g.err, found = err, true
		}
	}
	return found
}

func (c *committer) setFailure(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failure = err
}

// lastFailure returns the error of the latest Commit, for callers that stop waiting.
func (c *committer) lastFailure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failure
}

// handBack has the pool act on a group that was stored or refused.
func (s *durable) handBack(g *group) {
	e := g.execution
	if e == nil {
		return
	}
	e.mu.Lock()
	e.stored.committed, e.queued = g, true
	e.mu.Unlock()
	e.in.enqueueYielded(e)
}
