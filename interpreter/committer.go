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
	times   commitTimes

	// The fields below are its goroutine's.
	pause    time.Duration // after the latest Commit, if that failed
	failures int           // of Commits in a row
	stored   int           // groups that were stored by Commits of their own
	trying   *group        // the one whose own Commit runs
}

const (
	maxGroups     = 4096    // of one Commit
	maxGroupBytes = 8 << 20 // the same: of records and snapshots

	firstPause   = 5 * time.Millisecond
	longestPause = 5 * time.Second

	// manyFailures is how many Commits in a row must fail before each group has one of
	// its own, and how many of these must fail before the group is given up.
	manyFailures = 4
	// mostRefused is how many groups may be refused before the store counts as down.
	mostRefused = 4
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

// countGroups returns how many groups are not stored.
func (c *committer) countGroups() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.groups) + len(c.batch)
}

func (c *committer) commitGroups() {
	done := false
	defer func() {
		if !done { // the store ended the goroutine
			err := newHookError(hookStore, nil)
			go func() {
				if g := c.trying; g != nil {
					c.trying = nil
					c.refuseGroup(g, err)
				}
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

// nextBatch takes the groups for the next Commit, beside those of a Commit that failed.
// It returns false if there are none.
func (c *committer) nextBatch() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.countFitting()
	if len(c.batch) == 0 {
		c.batch = c.groups[:n:n]
	} else {
		c.batch = append(c.batch, c.groups[:n]...)
	}
	c.batch, c.groups = dropOvertaken(c.batch), c.groups[n:]
	c.running = len(c.batch) > 0
	return c.running
}

// countFitting returns how many groups fit into the next Commit. One that is larger than
// all limits has a Commit of its own.
func (c *committer) countFitting() (n int) {
	bytes := 0
	for _, g := range c.batch {
		bytes += g.size()
	}
	for _, g := range c.groups {
		if bytes += g.size(); len(c.batch)+n > 0 && (bytes > maxGroupBytes || len(c.batch)+n == maxGroups) {
			break
		}
		n++
	}
	return n
}

func (g *group) size() int { return len(g.change.Record) + len(g.change.Snapshot) }

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

// commitBatch stores the groups of the batch, or pauses after a failure. The Commit is
// then repeated with the same changes: the store may have made it.
func (c *committer) commitBatch() {
	var err error
	if c.failures < manyFailures {
		err = c.commitOnce(c.batch)
	} else {
		err = c.commitSeparately()
	}
	if err != nil {
		c.pauseAfter(err)
		return
	}
	c.failures, c.pause = 0, 0
}

// commitOnce stores groups of the batch with one Commit, without those that the store
// refuses because of another writer.
func (c *committer) commitOnce(groups []*group) error {
	s := c.durable
	for {
		c.handBackIf(func(g *group) bool { return g.err != nil })
		changes := make([]store.Change, 0, len(groups))
		owner := s.lease.currentOwner()
		for _, g := range groups {
			if g.err == nil {
				g.change.Owner = owner
				changes = append(changes, g.change)
			}
		}
		if len(changes) == 0 {
			return nil
		}
		var conflict *store.ConflictError
		refused := false
		err := callInCommit(func() error {
			defer c.noteCommit(time.Now())
			err := s.store.Commit(s.in.ctx, changes)
			refused = errors.As(err, &conflict) // may call methods of the store's error
			return err
		})
		switch {
		case err == nil:
			c.setFailure(nil)
			for _, g := range groups {
				g.stored = g.err == nil
			}
			c.handBackIf(func(g *group) bool { return g.stored })
			return nil
		case !refused:
			return err
		}
		left, rebased, failure := s.rebaseGroups(groups, conflict)
		switch {
		case failure != nil:
			return failure
		case !markConflicts(groups, left) && !rebased:
			return err
		}
	}
}

// commitSeparately stores each group of the batch with a Commit of its own, so that one
// that the store cannot take keeps no other back.
func (c *committer) commitSeparately() (failure error) {
	c.handBackIf(func(g *group) bool { return g.err != nil })
	refused := 0
	for range len(c.batch) {
		g := c.takeTurn()
		err := c.commitOnce([]*group{g})
		c.trying = nil
		if err == nil {
			c.stored++
			c.pause = 0
			continue
		}
		c.refuseGroup(g, err)
		failure = err
		if refused++; refused == mostRefused || c.durable.in.ctx.Err() != nil {
			break
		}
	}
	return failure
}

// takeTurn returns the first group of the batch, and makes it the last one.
func (c *committer) takeTurn() *group {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.trying = c.batch[0]
	c.batch = append(slices.Clone(c.batch[1:]), c.trying)
	return c.trying
}

// refuseGroup notes that the Commit of a single group has failed. It gives the group up
// if others were stored each time before it failed again: the execution is parked.
func (c *committer) refuseGroup(g *group, err error) {
	if g.refusals == 0 || c.stored > g.storedBefore {
		g.refusals++
	}
	g.storedBefore = c.stored
	if g.refusals >= manyFailures {
		g.err = &storeError{doing: "storing execution " + g.change.ID.String(), err: err}
		c.handBackIf(func(g *group) bool { return g.err != nil })
	}
}

// pauseAfter waits before a Commit that failed is repeated. If the interpreter is
// closed, it hands all groups of the batch back instead.
func (c *committer) pauseAfter(err error) {
	in := c.durable.in
	c.failures++
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
	if !slices.ContainsFunc(c.batch, done) {
		return
	}
	var left []*group
	for _, g := range c.batch {
		if done(g) {
			c.durable.handBack(g)
		} else {
			left = append(left, g)
		}
	}
	c.mu.Lock()
	c.batch = left
	c.mu.Unlock()
	c.durable.resumeStarved()
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
		if err := refused[g.change.ID]; err != nil && g.err == nil {
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
	urgent := e.stored.urgent
	e.mu.Unlock()
	if urgent { // the pool may be full of hooks that wait
		go e.driveQueued()
		return
	}
	e.in.enqueueYielded(e)
}
