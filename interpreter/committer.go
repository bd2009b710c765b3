package interpreter

import (
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/gostates/gostates/interpreter/store"
)

// committer stores the groups of all executions, those that come while a Commit runs
// with the next one. Its goroutine ends when there are none.
type committer struct {
	durable *durable

	mu      sync.Mutex
	groups  []*group
	running bool
	failure error // of the latest Commit; nil: it succeeded
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
	for {
		c.mu.Lock()
		n := min(len(c.groups), maxGroups)
		batch := c.groups[:n:n]
		if c.groups = c.groups[n:]; len(c.groups) == 0 {
			c.groups = nil
		}
		c.running = n > 0
		c.mu.Unlock()
		if n == 0 {
			return
		}
		c.commitBatch(batch)
	}
}

// commitBatch stores groups. It repeats a Commit that failed, with the same changes:
// the store may have made it. Groups that the store refuses because of another
// writer are left out.
func (c *committer) commitBatch(batch []*group) {
	s := c.durable
	pause := firstPause
	for {
		batch = c.handBackRefused(batch, func(g *group) bool { return g.err != nil })
		if len(batch) == 0 {
			return
		}
		changes := make([]store.Change, len(batch))
		for i, g := range batch {
			changes[i] = g.change
		}
		err := s.commitChanges(s.in.ctx, "storing executions", changes)
		c.setFailure(err)
		var conflict *store.ConflictError
		switch {
		case err == nil:
			for _, g := range batch {
				s.handBack(g)
			}
			return
		case s.in.ctx.Err() != nil:
			c.handBackRefused(batch, func(g *group) bool { g.err = ErrClosed; return true })
			return
		case errors.As(err, &conflict) && markConflicts(batch, conflict):
			continue
		}
		s.in.logWarning("interpreter: storing executions failed and is repeated", slog.Any("error", err), slog.Int("executions", len(batch)))
		select {
		case <-time.After(pause):
		case <-s.in.ctx.Done():
		}
		pause = min(2*pause, longestPause)
	}
}

// handBackRefused hands those groups back that were not stored, and returns the
// others.
func (c *committer) handBackRefused(batch []*group, refused func(*group) bool) []*group {
	var left []*group
	for _, g := range batch {
		if refused(g) {
			c.durable.handBack(g)
		} else {
			left = append(left, g)
		}
	}
	return left
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
