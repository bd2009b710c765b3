package interpreter

import (
	"slices"
	"sync"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
)

// pool runs a limited number of handlers at a time, and drives executions that
// yielded. Its goroutines end when there is no work: none waits for more, which a
// bubble of testing/synctest would have to wait for.
type pool struct {
	mu       sync.Mutex
	tasks    fifo[*Task]
	yielded  fifo[*Execution]
	running  int // worker slots in use
	starting int // goroutines of startWorker, which have no slot yet
	reserved int // worker slots reserved: see reserveWorkerSlots
	driving  int // goroutines of driveYielded
	blocked  int // of these, inside a hook
	ticking  int // goroutines of driveDue
	resting  chan struct{}
}

// fifo is a queue that reuses its memory.
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

// reserveWorkerSlots reserves slots for n tasks that are about to be announced as
// started, and returns for how many. Under a clock that jumps no time passes until
// all handlers have returned, so that all tasks are announced.
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

// hasReservedSlot reports whether a worker slot is reserved for a task.
func (in *Interpreter) hasReservedSlot(t *Task) bool { return t.reserved && !in.startsAllTasks() }

// releaseReservedSlot releases the slot of a task that does not start.
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

// enqueueTasks queues tasks, those with a reserved slot first, and has workers start.
// asking is 1 if the caller is a worker and will take one of the tasks itself.
func (in *Interpreter) enqueueTasks(tasks []*Task, asking int) {
	defer in.durable.resumeStarved()
	p := &in.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reserved == 0 {
		p.tasks.push(tasks...)
	} else {
		in.enqueueReservedFirst(tasks)
	}
	in.startWorkers(min(p.tasks.len()-asking, in.drivers))
}

// startWorkers starts workers until n are starting, or as many as there are free slots.
// While tasks and slots are free, one is starting or a worker asks: a worker that has
// started takes a task, and starts the next one before it runs that. So a handler that
// blocks delays no other, and a few workers do many short tasks. The caller holds the
// lock.
func (in *Interpreter) startWorkers(n int) {
	p := &in.pool
	for n = min(n, in.workers-p.running-p.reserved); p.starting < n; p.starting++ {
		go in.startWorker()
	}
}

func (in *Interpreter) startWorker() {
	growStack(false)
	in.runWorker(in.firstTask())
}

// firstTask returns the first task of a worker that is starting, and takes a slot for
// it. It returns nil if others have taken the tasks or the slots.
func (in *Interpreter) firstTask() *Task {
	defer in.durable.resumeStarved()
	p := &in.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	p.starting--
	if p.tasks.len() == 0 || p.running+p.reserved >= in.workers {
		in.closeIfResting()
		return nil
	}
	t, _ := p.tasks.pop()
	p.running++
	in.startWorkers(min(p.tasks.len(), 1))
	return t
}

// roomOnStack is what a task usually needs of a stack. A goroutine begins with less, and
// to grow in steps, with many frames to copy, costs more than a short task.
const roomOnStack = 5 << 10

// growStack grows the stack of a new goroutine. The frame of a function has room for all
// of its variables, used or not.
//
//go:noinline
func growStack(use bool) {
	if use {
		var room [roomOnStack]byte
		useRoom(&room)
	}
}

//go:noinline
func useRoom(*[roomOnStack]byte) {}

// enqueueReservedFirst queues tasks, those with a reserved slot before all others.
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

// acquireWorkerSlot takes a slot for a goroutine that is not a worker.
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

// undoAcquireSlot undoes acquireWorkerSlot for a task that is queued instead.
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

// releaseWorkerSlot passes a slot to the next task, if there is one.
func (in *Interpreter) releaseWorkerSlot() {
	if t := in.nextTask(); t != nil {
		go in.runWorker(t)
	}
}

// nextTask returns the next task for a goroutine with a slot. If there is none, it
// releases the slot and returns nil.
func (in *Interpreter) nextTask() *Task {
	defer in.durable.resumeStarved()
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

// runWorker runs a task, then the queued ones.
func (in *Interpreter) runWorker(t *Task) {
	defer func() {
		if t != nil { // the handler ended the goroutine
			go in.handleGoexit(t)
		}
	}()
	for t != nil {
		if t.execution.stored != nil && !t.reserved {
			announced := t
			t = nil
			in.reserveAndAnnounce(announced)
			return
		}
		in.serveTask(t)
		t = in.nextTask()
	}
}

// serveTask runs a task's handler and delivers the outcome to the execution.
func (in *Interpreter) serveTask(t *Task) {
	phase := in.phase.Load()
	if !t.isAbandoned() && (phase == phaseOpen || phase == phaseDrain && (t.reserved || t.kept)) {
		if t.needsStartEvent(t.execution.wantsHistory()) {
			t.sendEvent(t.startEvent())
		}
		in.finishTask(t, keepWorker)
	}
	in.countHandlers(-1)
}

func (in *Interpreter) finishTask(t *Task, k keep) *Task {
	m := mail{task: t}
	ok := t.runHandler(&m.event)
	m.event.Task = t.id
	switch {
	case ok && m.event.Kind == machine.TaskSubmitted:
		m.special = mailReturned
	case !ok && t.execution.stored != nil && t.stays:
		m.special = mailStays
	case !ok && t.execution.stored != nil:
		m.special = mailPending
	case !ok:
		return nil
	}
	return t.execution.deliverMail(&m, k)
}

const goexitCause = "The handler called runtime.Goexit."

// handleGoexit continues for a goroutine that a handler ended by runtime.Goexit.
func (in *Interpreter) handleGoexit(t *Task) {
	name, cause := asl.StatesTaskFailed, goexitCause
	t.cancelHandler(taskReturned)
	defer func() { // also if a hook ends this goroutine
		in.countHandlers(-1)
		go in.runWorker(in.nextTask())
	}()
	t.sendEvent(machine.Event{Kind: machine.TaskFailed, Error: &name, Cause: &cause})
}

// dropQueuedTasks removes queued tasks; they stay outstanding in their executions.
// Tasks that were announced as started still run, unless the interpreter is closed.
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
