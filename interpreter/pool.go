package interpreter

import (
	"slices"
	"sync"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
)

// pool runs handlers, at most so many at a time, and executions that yielded.
// Its goroutines end when there is nothing for them.
type pool struct {
	mu       sync.Mutex
	tasks    fifo[*Task]
	yielded  fifo[*Execution]
	running  int // handlers, or goroutines between two of them
	reserved int // places reserved for handlers: see promise
	driving  int // goroutines for executions that yielded
	blocked  int // of these, inside a hook
	ticking  int // goroutines for executions that are due
	resting  chan struct{}
}

// fifo is a queue that uses its memory again.
type fifo[T any] struct {
	items []T
	head  int
}

func (q *fifo[T]) len() int { return len(q.items) - q.head }

func (q *fifo[T]) push(items ...T) {
	if 2*q.head > len(q.items) && len(q.items)+len(items) > cap(q.items) {
		n := copy(q.items, q.items[q.head:])
		clear(q.items[n:])
		q.items, q.head = q.items[:n], 0
	}
	q.items = append(q.items, items...)
}

func (q *fifo[T]) pushFront(item T) {
	if q.head == 0 {
		q.items = slices.Insert(q.items, 0, item)
		return
	}
	q.head--
	q.items[q.head] = item
}

func (q *fifo[T]) pop() (item T, ok bool) {
	if q.len() == 0 {
		return item, false
	}
	var zero T
	item, q.items[q.head] = q.items[q.head], zero
	if q.head++; q.head == len(q.items) {
		q.items, q.head = q.items[:0], 0
	}
	return item, true
}

// promise reserves places for tasks that are about to be told to have started, and
// returns for how many. Under a clock that jumps no time passes until all handlers
// have returned, so that all of them are told.
func (in *Interpreter) reserveWorkerSlots(n int) int {
	p := &in.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case in.phase.Load() != phaseOpen:
		return 0
	case in.startsAllTasks():
		return n
	}
	n = max(0, min(n, in.workers-p.running-p.reserved-p.tasks.len()))
	p.reserved += n
	return n
}

func (in *Interpreter) startsAllTasks() bool { return in.virtual != nil && in.virtual.jumps }

// reserved reports whether a place is reserved for a task.
func (in *Interpreter) hasReservedSlot(t *Task) bool { return t.reserved && !in.startsAllTasks() }

// breakPromise gives back the place of a task that does not begin.
func (in *Interpreter) releaseReservedSlot(t *Task) {
	if !in.hasReservedSlot(t) {
		return
	}
	p := &in.pool
	p.mu.Lock()
	p.reserved--
	p.running++
	p.mu.Unlock()
	in.releaseWorkerSlot()
}

// launch gives tasks to the pool, those first for which a place is reserved. A
// goroutine of the pool's that asks for work afterwards counts as one for them.
func (in *Interpreter) enqueueTasks(tasks []*Task, asking int) {
	p := &in.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reserved == 0 {
		p.tasks.push(tasks...)
	} else {
		in.enqueueReservedFirst(tasks)
	}
	for range min(p.tasks.len()-asking, in.workers-p.running-p.reserved) {
		t, _ := p.tasks.pop()
		p.running++
		go in.runWorker(t)
	}
}

// takeReserved queues tasks, those first for which a place is reserved.
func (in *Interpreter) enqueueReservedFirst(tasks []*Task) {
	p := &in.pool
	for i := len(tasks) - 1; i >= 0; i-- {
		if in.hasReservedSlot(tasks[i]) {
			p.reserved--
			p.tasks.pushFront(tasks[i])
		}
	}
	for _, t := range tasks {
		if !in.hasReservedSlot(t) {
			p.tasks.push(t)
		}
	}
}

// acquire takes a place among the handlers for a goroutine that is not the
// pool's.
func (in *Interpreter) acquireWorkerSlot(t *Task) bool {
	p := &in.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case in.hasReservedSlot(t):
		p.reserved--
	case p.running+p.reserved >= in.workers || p.tasks.len() > 0:
		return false
	}
	p.running++
	return true
}

// putBack takes acquire back, for a task that is given to the pool instead.
func (in *Interpreter) undoAcquireSlot(t *Task) {
	if !in.hasReservedSlot(t) {
		in.releaseWorkerSlot()
		return
	}
	in.pool.mu.Lock()
	defer in.pool.mu.Unlock()
	in.pool.running--
	in.pool.reserved++
}

// release gives a place back: to the next task, if one waits.
func (in *Interpreter) releaseWorkerSlot() {
	if t := in.nextTask(); t != nil {
		go in.runWorker(t)
	}
}

// nextTask returns the task for a goroutine that has a place, or takes the place
// away.
func (in *Interpreter) nextTask() *Task {
	p := &in.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	t, ok := p.tasks.pop()
	if !ok {
		p.running--
		in.closeIfResting()
	}
	return t
}

// work is a goroutine of the pool.
func (in *Interpreter) runWorker(t *Task) {
	defer func() {
		if t != nil { // the handler ended the goroutine
			go in.handleGoexit(t)
		}
	}()
	for t != nil {
		in.serveTask(t)
		t = in.nextTask()
	}
}

// serve runs a task's handler and brings the execution its answer.
func (in *Interpreter) serveTask(t *Task) {
	phase := in.phase.Load()
	if !t.isAbandoned() && (phase == phaseOpen || phase == phaseDrain && t.reserved) {
		if t.needsStartEvent(t.execution.wantsHistory()) {
			t.sendEvent(t.startEvent())
		}
		in.finishTask(t, keepWorker)
	}
	in.countHandlers(-1)
}

func (in *Interpreter) finishTask(t *Task, k keep) *Task {
	if ev, ok := t.runHandler(); ok {
		return t.execution.deliverMail(t.newMail(ev), k)
	}
	return nil
}

// goexit takes over from a goroutine that a handler ended by runtime.Goexit.
func (in *Interpreter) handleGoexit(t *Task) {
	name, cause := asl.StatesTaskFailed, "The handler called runtime.Goexit."
	t.cancelHandler(errTaskEnded)
	defer func() { // also when a hook ends this goroutine
		in.countHandlers(-1)
		go in.runWorker(in.nextTask())
	}()
	t.sendEvent(machine.Event{Kind: machine.TaskFailed, Error: &name, Cause: &cause})
}

// yield puts an execution at the end of those that could go on.
func (in *Interpreter) enqueueYielded(e *Execution) {
	in.countWork(1)
	p := &in.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	p.yielded.push(e)
	in.startYieldDriver()
}

// startDriver starts a goroutine for executions that yielded, if one more may
// compute, under the pool's lock. Those that a hook blocks do not.
func (in *Interpreter) startYieldDriver() {
	p := &in.pool
	if p.yielded.len() > 0 && p.driving-p.blocked < in.drivers && p.driving < in.drivers+in.workers {
		p.driving++
		go in.driveYielded()
	}
}

func (in *Interpreter) driveYielded() {
	driving := false
	defer func() {
		if driving { // a hook ended the goroutine
			in.countWork(-1)
			go in.driveYielded()
		}
	}()
	for e := in.nextYielded(); e != nil; e = in.nextYielded() {
		if e.claimQueued() {
			driving = true
			e.driveExecution(mail{}, keepDriver)
			driving = false
		}
		in.countWork(-1)
	}
}

// nextYielded returns the execution for a goroutine of driveYielded, or ends that.
func (in *Interpreter) nextYielded() *Execution {
	p := &in.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.driving-p.blocked <= in.drivers {
		if e, ok := p.yielded.pop(); ok {
			return e
		}
	}
	p.driving--
	in.closeIfResting()
	return nil
}

// block counts a goroutine of driveYielded that calls a hook: another one computes
// meanwhile.
func (in *Interpreter) countBlockedDriver(n int) {
	in.pool.mu.Lock()
	defer in.pool.mu.Unlock()
	in.pool.blocked += n
	in.startYieldDriver()
}

// tick has one more goroutine drive the executions that are due, if one more may.
func (in *Interpreter) startDueDriver(now int64) {
	p := &in.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ticking < in.workers {
		p.ticking++
		go in.driveDue(now, nil)
	}
}

// driveDue gives executions that are due their Ticks, first the one that it is
// given, if any. While there are more, another goroutine does the same: an
// execution that computes, or whose hook blocks, does not hold up the others.
func (in *Interpreter) driveDue(now int64, e *Execution) {
	done := false
	defer func() {
		if !done { // a hook ended the goroutine
			go in.driveDue(now, e)
		}
	}()
	for {
		if e == nil {
			var more bool
			if e, more = in.timers.popDue(now); e == nil {
				break
			} else if more {
				in.startDueDriver(now)
			} else {
				in.timers.setAlarm()
			}
		}
		due := e
		e = nil
		due.deliverTick()
	}
	done = true
	p := &in.pool
	p.mu.Lock()
	p.ticking--
	in.closeIfResting()
	p.mu.Unlock()
	in.timers.setAlarm() // one that had no place has one now
}

// clear drops the tasks that wait for a place. They stay outstanding in their
// executions. Those that were told to have started are run, unless the interpreter
// is closed.
func (p *pool) dropQueuedTasks(in *Interpreter) {
	p.mu.Lock()
	waiting := p.tasks.items[p.tasks.head:]
	p.tasks = fifo[*Task]{}
	if in.phase.Load() == phaseDrain {
		for _, t := range waiting {
			if t.reserved {
				p.tasks.push(t)
			}
		}
	}
	dropped := len(waiting) - p.tasks.len()
	p.mu.Unlock()
	in.countHandlers(-dropped)
}

// rest returns a channel that is closed when nothing runs, at which moment the
// interpreter is closed.
func (in *Interpreter) restChannel() <-chan struct{} {
	p := &in.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.resting == nil {
		p.resting = make(chan struct{})
	}
	resting := p.resting
	in.closeIfResting()
	return resting
}

// checkRest ends Shutdown if nothing runs, under the pool's lock.
func (in *Interpreter) closeIfResting() {
	p := &in.pool
	if p.resting != nil && p.running+p.driving+p.ticking == 0 && in.phase.closeIdle() {
		close(p.resting)
		p.resting = nil
	}
}
