package interpreter

import (
	"sync"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
)

// pool runs handlers, at most so many at a time, and executions that yielded.
// Its goroutines end when there is nothing for them.
type pool struct {
	mu      sync.Mutex
	tasks   fifo[*Task]
	yielded fifo[*Execution]
	running int // handlers, or goroutines between two of them
	driving int // goroutines for executions that yielded
	resting chan struct{}
}

// fifo is a queue that uses its memory again.
type fifo[T any] struct {
	items []T
	head  int
}

func (q *fifo[T]) len() int { return len(q.items) - q.head }

func (q *fifo[T]) push(items ...T) {
	if q.head > 0 && len(q.items)+len(items) > cap(q.items) {
		n := copy(q.items, q.items[q.head:])
		clear(q.items[n:])
		q.items, q.head = q.items[:n], 0
	}
	q.items = append(q.items, items...)
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

// free reports how many handlers could begin at once.
func (in *Interpreter) free() int {
	in.pool.mu.Lock()
	defer in.pool.mu.Unlock()
	return max(0, in.workers-in.pool.running-in.pool.tasks.len())
}

// launch gives tasks to the pool. A goroutine of the pool's that asks for work
// afterwards counts as one for them.
func (in *Interpreter) launch(tasks []*Task, asking int) {
	p := &in.pool
	p.mu.Lock()
	p.tasks.push(tasks...)
	n := min(p.tasks.len()-asking, len(tasks), in.workers-p.running)
	for range n {
		t, _ := p.tasks.pop()
		p.running++
		go in.work(t)
	}
	p.mu.Unlock()
}

// acquire takes a place among the handlers for a goroutine that is not the
// pool's.
func (in *Interpreter) acquire() bool {
	p := &in.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running >= in.workers || p.tasks.len() > 0 {
		return false
	}
	p.running++
	return true
}

// release gives it back: to the next task, if one waits.
func (in *Interpreter) release() {
	if t := in.nextTask(); t != nil {
		go in.work(t)
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
		p.check()
	}
	return t
}

// work is a goroutine of the pool.
func (in *Interpreter) work(t *Task) {
	defer func() {
		if t != nil { // the handler ended the goroutine
			go in.goexit(t)
		}
	}()
	for t != nil {
		in.serve(t)
		t = in.nextTask()
	}
}

// serve runs a task's handler and brings the execution its answer.
func (in *Interpreter) serve(t *Task) {
	if !t.dead() && in.phase.Load() == phaseOpen {
		if !t.told && (t.Timeout > 0 || t.HeartbeatTimeout > 0 || t.execution.recorded()) {
			t.send(t.started())
		}
		in.finish(t, keepWorker)
	}
	in.handling(-1)
}

func (in *Interpreter) finish(t *Task, k keep) *Task {
	if ev, ok := t.answer(); ok {
		return t.execution.deliver(t.mail(ev), k)
	}
	return nil
}

// goexit takes over from a goroutine that a handler ended by runtime.Goexit.
func (in *Interpreter) goexit(t *Task) {
	name, cause := asl.ErrTaskFailed, "The handler called runtime.Goexit."
	t.cancel(errTaskEnded)
	t.send(machine.Event{Kind: machine.TaskFailed, Error: &name, Cause: &cause})
	in.handling(-1)
	in.work(in.nextTask())
}

// yield puts an execution at the end of those that could go on.
func (in *Interpreter) yield(e *Execution) {
	in.busy(1)
	p := &in.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	p.yielded.push(e)
	if p.driving < in.drivers {
		p.driving++
		go in.driveYielded()
	}
}

func (in *Interpreter) driveYielded() {
	for {
		p := &in.pool
		p.mu.Lock()
		e, ok := p.yielded.pop()
		if !ok {
			p.driving--
			p.check()
			p.mu.Unlock()
			return
		}
		p.mu.Unlock()
		e.drive(mail{}, keepNone)
		in.busy(-1)
	}
}

// clear drops the tasks that wait for a place. They stay outstanding in their
// executions.
func (p *pool) clear(in *Interpreter) {
	p.mu.Lock()
	dropped := p.tasks.len()
	p.tasks = fifo[*Task]{}
	p.mu.Unlock()
	in.handling(-dropped)
}

// rest returns a channel that is closed when nothing runs.
func (p *pool) rest() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.resting == nil {
		p.resting = make(chan struct{})
	}
	resting := p.resting
	p.check()
	return resting
}

func (p *pool) check() {
	if p.resting != nil && p.running == 0 && p.driving == 0 {
		close(p.resting)
		p.resting = nil
	}
}
