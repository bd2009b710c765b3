package interpreter

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// VirtualClock is a [Clock] whose time is independent of the real time. Several
// interpreters may share it. Functions that it calls must not move it. Hooks of
// interpreters must not move it either, and handlers must not wait in Settle: the
// methods panic there, because they would wait for their callers.
type VirtualClock struct {
	mu          sync.Mutex
	calm        sync.Cond
	now         time.Time
	timers      virtualTimers
	seq         uint64
	jumps       bool
	jumpRequest chan struct{} // asks one of the callers of Run or Wait to jump
	firing      bool
	working     int // goroutines that drive executions, executions that could go on, handlers
	handlers    int // of these, handlers
	waiters     int // callers in Run or Wait
	targets     int // deadlines that it may jump to
}

// NewVirtualClock returns a clock that jumps to the next deadline while a caller is
// in [Run] or [Execution.Wait] for an execution that has not ended, no execution
// can go on, and no handler runs: a Wait of 30 days takes no time. A handler that
// blocks stops the clock, unless it blocks in Run or Wait with its own context for
// an execution under the same clock. A handler that plays dead returns
// [ErrResultPending]. A state that computes takes no time, and an execution that
// never waits stops the clock: only its context and Stop end it. Advance and
// AdvanceToNext also move the clock.
//
// The timeout of a task is a deadline as well: a task that waits for an answer by
// its token times out at once. Use [NewManualClock] if the test sends the answer.
// The same applies to a task that a worker has polled. A task that no worker has
// polled has no timeout yet and does not stop the clock: only the TimeoutSeconds of
// the machine end it. The clock does not jump because of a caller that waits in
// [Interpreter.GetActivityTask].
//
// The clock does not jump to the limit of an execution's duration (Limits.Duration,
// by default a year or 5 minutes) while all that the execution waits for is an
// answer, so that there is time to send one. The limit still fires when the clock
// passes it.
func NewVirtualClock(start time.Time) *VirtualClock {
	c := NewManualClock(start)
	c.jumps = true
	return c
}

// NewManualClock returns a clock that stands still until Advance or AdvanceToNext
// moves it.
func NewManualClock(start time.Time) *VirtualClock {
	c := &VirtualClock{now: start, jumpRequest: make(chan struct{}, 1)}
	c.calm.L = &c.mu
	return c
}

// Now returns the clock's time.
func (c *VirtualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock by d. Everything that becomes due on the way happens at
// its time, in the order of deadlines, with all that follows without a handler.
// Advance does not wait for handlers: see [VirtualClock.Settle].
func (c *VirtualClock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.signalJump()
	target := c.now.Add(d)
	for c.fireNextTimer(&target) {
	}
	if c.now.Before(target) {
		c.now = target
	}
}

// AdvanceToNext moves the clock to the next deadline and fires it. It returns false
// if there is none.
func (c *VirtualClock) AdvanceToNext() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.signalJump()
	return c.fireNextTimer(nil)
}

// Settle waits until no handler runs and no execution can go on.
func (c *VirtualClock) Settle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.firing || c.working > 0 {
		if insideHook() || insideHandler() {
			panic("interpreter: VirtualClock.Settle would wait for the hook or handler that calls it")
		}
		c.calm.Wait()
	}
}

// fireNextTimer fires the next timer, unless it is after limit, when only handlers
// are working. It holds the lock, except while the timer fires.
func (c *VirtualClock) fireNextTimer(limit *time.Time) bool {
	for c.firing || c.working > c.handlers {
		if insideHook() {
			panic("interpreter: a VirtualClock cannot be moved by a hook, for which it would wait")
		}
		c.calm.Wait()
	}
	if len(c.timers) == 0 || limit != nil && c.timers[0].at.After(*limit) {
		return false
	}
	t := heap.Pop(&c.timers).(*virtualTimer)
	if c.now.Before(t.at) {
		c.now = t.at
	}
	c.targets -= t.target
	c.callTimer(t.f)
	return true
}

func (c *VirtualClock) callTimer(f func()) {
	c.firing = true
	c.mu.Unlock()
	defer func() { // also if f ends the goroutine
		c.mu.Lock()
		c.firing = false
		c.calm.Broadcast()
	}()
	f()
}

// canJump reports whether a caller waits and nothing but time can end its wait.
func (c *VirtualClock) canJump() bool {
	return c.jumps && !c.firing && c.working == 0 && c.waiters > 0 && c.targets > 0 && len(c.timers) > 0
}

// jumpToDeadlines jumps from deadline to deadline while the caller waits. If others
// wait longer, it asks them to continue.
func (c *VirtualClock) jumpToDeadlines(done <-chan struct{}, ctx, closed context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.canJump() {
		if isClosed(done) || ctx.Err() != nil || closed.Err() != nil {
			c.signalJump()
			return
		}
		c.fireNextTimer(nil)
	}
}

func isClosed(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

// signalJump asks one of the waiting callers to jump, if the clock can.
func (c *VirtualClock) signalJump() {
	if !c.canJump() {
		return
	}
	select {
	case c.jumpRequest <- struct{}{}:
	default: // one of them was asked before
	}
}

// jumpSignal returns the channel on which waiting callers are asked to jump.
func (c *VirtualClock) jumpSignal() <-chan struct{} {
	if c == nil {
		return nil
	}
	return c.jumpRequest
}

// countWork counts work that begins, or ends if n is negative, and how much of it
// is handlers.
func (c *VirtualClock) countWork(n, handlers int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.working += n
	c.handlers += handlers
	if c.working <= c.handlers {
		c.calm.Broadcast()
	}
	c.signalJump()
}

// countWaiters counts callers that wait for an execution.
func (c *VirtualClock) countWaiters(n int) {
	if c == nil || n == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiters += n
	c.signalJump()
}

// countJumpTargets counts deadlines that the clock may jump to.
func (c *VirtualClock) countJumpTargets(n int) {
	if c == nil || n == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.targets += n
}

// AfterFunc calls f on the goroutine that moves the clock past d from now. A d
// below zero counts as zero.
func (c *VirtualClock) AfterFunc(d time.Duration, f func()) Timer {
	return c.scheduleCall(c.Now().Add(max(0, d)), f, 1)
}

// scheduleCall has f called at a time. target is 1 if the clock may jump to it, and
// 0 if not.
func (c *VirtualClock) scheduleCall(at time.Time, f func(), target int) *virtualTimer {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seq++
	t := &virtualTimer{clock: c, at: at.In(c.now.Location()), seq: c.seq, target: target, f: f}
	heap.Push(&c.timers, t)
	c.targets += target
	c.signalJump()
	return t
}

type virtualTimer struct {
	clock  *VirtualClock
	at     time.Time
	seq    uint64
	index  int // in the heap; none: fired or stopped
	target int
	f      func()
}

// Stop cancels the call. It reports whether that was in time.
func (t *virtualTimer) Stop() bool {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	if t.index == none {
		return false
	}
	heap.Remove(&t.clock.timers, t.index)
	t.clock.targets -= t.target
	return true
}

// virtualTimers is a heap by time, then by age.
type virtualTimers []*virtualTimer

func (h virtualTimers) Len() int { return len(h) }

func (h virtualTimers) Less(i, j int) bool {
	if h[i].at.Equal(h[j].at) {
		return h[i].seq < h[j].seq
	}
	return h[i].at.Before(h[j].at)
}

func (h virtualTimers) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *virtualTimers) Push(t any) {
	t.(*virtualTimer).index = len(*h)
	*h = append(*h, t.(*virtualTimer))
}

func (h *virtualTimers) Pop() any {
	last := len(*h) - 1
	t := (*h)[last]
	(*h)[last], *h = nil, (*h)[:last]
	t.index = none
	return t
}
