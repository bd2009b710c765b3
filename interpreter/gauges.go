package interpreter

import (
	"context"
	"fmt"
	"time"

	"github.com/gostates/gostates/interpreter/store"
)

// Gauges are what an interpreter has to do at a moment. They have no labels.
type Gauges struct {
	Handlers  int // tasks whose handlers run
	Queued    int // tasks that wait for one of Config.Workers: [history.Measure] has how long each waited
	Deadlines int // executions in memory that wait for a deadline

	// With Config.Store:

	Loaded   int           // executions in memory
	Running  int64         // executions of Config.Namespace that have not ended, in all processes
	Parked   int64         // of these, those that cannot continue
	Late     time.Duration // how late the oldest deadline of the store is; 0: none is late
	Unstored int           // changes of executions that wait for a Commit, or are part of the one that runs

	Commits    uint64        // of changes of executions, by this process, failed ones included
	Committing time.Duration // that they took together
	LastCommit time.Duration // that the latest one took
}

// Waiting returns how many executions are neither in memory nor parked: they wait for a
// deadline or a call, or another process has them.
func (g *Gauges) Waiting() int64 { return max(0, g.Running-g.Parked-int64(g.Loaded)) }

// Gauges returns the gauges. With Config.Store it asks the store, whose error it returns
// together with what is known without it. Call it every few seconds, not for each
// execution.
func (in *Interpreter) Gauges(ctx context.Context) (Gauges, error) {
	var g Gauges
	in.pool.mu.Lock()
	g.Handlers, g.Queued = in.pool.running, in.pool.tasks.len()
	in.pool.mu.Unlock()
	in.timers.mu.Lock()
	g.Deadlines = len(in.timers.heap)
	in.timers.mu.Unlock()
	s := in.durable
	if s == nil {
		return g, nil
	}
	s.mu.Lock()
	g.Loaded = len(s.loaded)
	s.mu.Unlock()
	g.Unstored = s.committer.countGroups()
	s.committer.timings(&g)
	now, err := in.currentTime()
	if err != nil {
		return g, fmt.Errorf("interpreter: reading the gauges: %w", err)
	}
	running, err := in.Count(ctx, store.Query{Status: []Status{Running}})
	if err != nil {
		return g, err
	}
	parked, err := in.Count(ctx, store.Query{Status: []Status{Running}, Parked: true})
	if err != nil {
		return g, err
	}
	g.Running, g.Parked = running[Running], parked[Running]
	// Work in progress is due Now, and not late.
	lastNow := store.Place{Due: store.Now, ID: store.ID{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}
	late, err := callStore(ctx, s, "reading the oldest deadline", func(ctx context.Context) ([]store.State, error) {
		return s.store.Due(ctx, lastNow, now.UnixNano(), 1)
	})
	if err != nil {
		return g, err
	}
	if len(late) > 0 && late[0].Err == nil {
		g.Late = time.Duration(max(0, now.UnixNano()-late[0].Head.Due))
	}
	return g, nil
}

// commitTimes are how long Commits took.
type commitTimes struct {
	count       uint64
	total, last time.Duration
}

// noteCommit counts a Commit that has begun then.
func (c *committer) noteCommit(begun time.Time) {
	took := time.Since(begun)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.times.count++
	c.times.last = took
	c.times.total += took
}

func (c *committer) timings(g *Gauges) {
	c.mu.Lock()
	defer c.mu.Unlock()
	g.Commits, g.Committing, g.LastCommit = c.times.count, c.times.total, c.times.last
}
