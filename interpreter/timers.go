package interpreter

import (
	"sync"
	"time"

	"github.com/gostates/gostates/interpreter/machine"
)

// timers is the heap of deadlines: one of 16 bytes for each execution that has any.
type timers struct {
	in    *Interpreter
	alarm alarm // set for the earliest deadline

	mu     sync.Mutex // also for the alarm's fields
	heap   []deadline
	closed bool
}

type deadline struct {
	at        int64 // nanoseconds since 1970
	execution *Execution
}

func (a deadline) firesBefore(b deadline) bool {
	return a.at < b.at || a.at == b.at && int32(a.execution.seq-b.execution.seq) < 0
}

// armTimer sets, moves or removes the execution's deadline. Only its driver calls
// it.
func (e *Execution) armTimer() {
	at, ok := e.program.Load().Wake(&e.x)
	if !ok && !e.armed {
		return
	}
	e.armed = ok
	if !ok || e.isHalted() {
		e.in.timers.removeDeadline(e)
		return
	}
	e.in.timers.setDeadline(e, at.UnixNano(), e.in.virtual == nil || e.isJumpTarget())
}

// isJumpTarget reports whether a virtual clock may jump to the deadline of the
// execution. It must not jump to the limit of an execution's duration while all
// that the execution waits for is an answer.
func (e *Execution) isJumpTarget() bool {
	if e.program.Load().Timed(&e.x) {
		return true
	}
	timeout := e.program.Load().Machine().TimeoutSeconds
	limit := e.program.Load().Limits().Duration
	return timeout.IsSet() && (limit < 0 || timeout.Value <= int64(limit/time.Second))
}

func (t *timers) setDeadline(e *Execution, at int64, target bool) {
	t.mu.Lock()
	switch {
	case t.closed:
		t.mu.Unlock()
		return
	case e.timer == none:
		t.heap = append(t.heap, deadline{at, e})
		e.timer = int32(len(t.heap) - 1)
		t.siftUp(e.timer)
	case t.heap[e.timer].at != at:
		t.heap[e.timer].at = at
		t.siftDown(t.siftUp(e.timer))
	}
	t.countJumpTarget(e, target)
	t.setAlarmAndUnlock()
}

// countJumpTarget tells a virtual clock whether it may jump to the execution's
// deadline.
func (t *timers) countJumpTarget(e *Execution, target bool) {
	if e.target == target || t.in.virtual == nil {
		return
	}
	e.target = target
	if target {
		t.in.virtual.countJumpTargets(1)
	} else {
		t.in.virtual.countJumpTargets(-1)
	}
}

func (t *timers) removeDeadline(e *Execution) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e.timer != none {
		t.removeAt(e.timer)
	}
}

// removeAt removes a deadline from the heap. If the alarm was set for it, the alarm
// finds nothing due.
func (t *timers) removeAt(i int32) {
	t.noteRemoved(t.heap[i].execution)
	last := int32(len(t.heap) - 1)
	moved := t.heap[last]
	t.heap[last] = deadline{}
	t.heap = t.heap[:last]
	if i < last {
		t.placeAt(i, moved)
		t.siftDown(t.siftUp(i))
	}
}

// noteRemoved notes that an execution has no deadline in the heap.
func (t *timers) noteRemoved(e *Execution) {
	e.timer = none
	t.countJumpTarget(e, false)
}

func (t *timers) placeAt(i int32, d deadline) {
	t.heap[i] = d
	d.execution.timer = i
}

func (t *timers) siftUp(i int32) int32 {
	d := t.heap[i]
	for i > 0 {
		parent := (i - 1) / 2
		if !d.firesBefore(t.heap[parent]) {
			break
		}
		t.placeAt(i, t.heap[parent])
		i = parent
	}
	t.placeAt(i, d)
	return i
}

func (t *timers) siftDown(i int32) {
	d := t.heap[i]
	for {
		child := 2*i + 1
		if int(child) >= len(t.heap) {
			break
		}
		if right := child + 1; int(right) < len(t.heap) && t.heap[right].firesBefore(t.heap[child]) {
			child = right
		}
		if !t.heap[child].firesBefore(d) {
			break
		}
		t.placeAt(i, t.heap[child])
		i = child
	}
	t.placeAt(i, d)
}

// setAlarmAndUnlock sets the alarm for the earliest deadline.
func (t *timers) setAlarmAndUnlock() {
	if t.closed || len(t.heap) == 0 {
		t.mu.Unlock()
		return
	}
	t.alarm.setAndUnlock(t.heap[0].at)
}

// fireDue gives every execution that is due its Tick: from the pool, or under a
// virtual clock one after the other in the order of deadlines.
func (t *timers) fireDue(now int64) {
	if t.in.virtual == nil {
		t.in.startDueDriver(now)
		return
	}
	defer t.setAlarm() // also if a hook ends the goroutine
	for e, _ := t.popDue(now); e != nil; e, _ = t.popDue(now) {
		e.deliverTick()
	}
}

func (e *Execution) deliverTick() {
	e.deliverMail(&mail{event: machine.Event{Kind: machine.Tick}}, keepNone)
}

func (t *timers) setAlarm() {
	t.mu.Lock()
	t.setAlarmAndUnlock()
}

// popDue removes and returns the first execution that is due, or nil. more reports
// whether another is due.
func (t *timers) popDue(now int64) (e *Execution, more bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.heap) == 0 || t.heap[0].at > now {
		return nil, false
	}
	e = t.heap[0].execution
	t.removeAt(0)
	return e, len(t.heap) > 0 && t.heap[0].at <= now
}

func (t *timers) closeTimers() {
	t.mu.Lock()
	t.closed = true
	for i := range t.heap {
		t.noteRemoved(t.heap[i].execution)
	}
	t.heap = nil
	t.alarm.disarmAndUnlock()
}
