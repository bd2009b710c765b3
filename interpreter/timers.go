package interpreter

import (
	"sync"
	"time"

	"github.com/gostates/gostates/interpreter/machine"
)

// timers is the heap of all deadlines: one for each execution that has any, 16
// bytes each. The clock is asked for one wake-up, at the earliest.
type timers struct {
	in *Interpreter

	mu     sync.Mutex
	heap   []deadline
	set    Timer
	at     int64 // when set fires
	closed bool
}

type deadline struct {
	at        int64 // nanoseconds since 1970
	execution *Execution
}

func (a deadline) before(b deadline) bool {
	return a.at < b.at || a.at == b.at && int32(a.execution.seq-b.execution.seq) < 0
}

// arm sets, moves or removes the timer of an execution. Only its driver calls
// it.
func (e *Execution) arm() {
	at, ok := e.program.Wake(&e.x)
	if ok && e.in.virtual != nil && at.UnixNano()-e.x.StartedAt == int64(e.program.Limits().Duration) {
		ok = false // a clock that jumps would go to the end of everything that waits for an answer
	}
	if !ok && !e.armed {
		return
	}
	e.armed = ok
	if !ok || e.halted() {
		e.in.timers.remove(e)
		return
	}
	e.in.timers.put(e, at.UnixNano())
}

func (t *timers) put(e *Execution, at int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.closed:
		return
	case e.timer == none:
		t.heap = append(t.heap, deadline{at, e})
		e.timer = int32(len(t.heap) - 1)
		t.up(e.timer)
	case t.heap[e.timer].at == at:
		return
	default:
		t.heap[e.timer].at = at
		t.down(t.up(e.timer))
	}
	t.wake()
}

func (t *timers) remove(e *Execution) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e.timer != none {
		t.cut(e.timer)
	}
}

// cut takes a deadline out of the heap. A wake-up that was for it finds nothing
// to do.
func (t *timers) cut(i int32) {
	t.heap[i].execution.timer = none
	last := int32(len(t.heap) - 1)
	moved := t.heap[last]
	t.heap[last] = deadline{}
	t.heap = t.heap[:last]
	if i < last {
		t.place(i, moved)
		t.down(t.up(i))
	}
}

func (t *timers) place(i int32, d deadline) {
	t.heap[i] = d
	d.execution.timer = i
}

func (t *timers) up(i int32) int32 {
	d := t.heap[i]
	for i > 0 {
		parent := (i - 1) / 2
		if !d.before(t.heap[parent]) {
			break
		}
		t.place(i, t.heap[parent])
		i = parent
	}
	t.place(i, d)
	return i
}

func (t *timers) down(i int32) {
	d := t.heap[i]
	for {
		child := 2*i + 1
		if int(child) >= len(t.heap) {
			break
		}
		if right := child + 1; int(right) < len(t.heap) && t.heap[right].before(t.heap[child]) {
			child = right
		}
		if !t.heap[child].before(d) {
			break
		}
		t.place(i, t.heap[child])
		i = child
	}
	t.place(i, d)
}

// wake sees to it that the clock wakes at the earliest deadline.
func (t *timers) wake() {
	if len(t.heap) == 0 || t.closed || t.set != nil && t.at <= t.heap[0].at {
		return
	}
	if t.set != nil {
		t.set.Stop()
	}
	t.at = t.heap[0].at
	t.set = t.in.clock.AfterFunc(time.Unix(0, t.at).Sub(t.in.clock.Now()), t.fire)
}

// fire gives every execution that is due its Tick, one after the other in the
// order of their deadlines.
func (t *timers) fire() {
	t.mu.Lock()
	t.set = nil
	t.mu.Unlock()
	now := t.in.clock.Now().UnixNano()
	for e := t.due(now); e != nil; e = t.due(now) {
		e.deliver(mail{event: machine.Event{Kind: machine.Tick}}, keepNone)
	}
	t.mu.Lock()
	t.wake()
	t.mu.Unlock()
}

func (t *timers) due(now int64) *Execution {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.heap) == 0 || t.heap[0].at > now {
		return nil
	}
	e := t.heap[0].execution
	t.cut(0)
	return e
}

func (t *timers) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	if t.set != nil {
		t.set.Stop()
	}
	for i := range t.heap {
		t.heap[i].execution.timer = none
	}
	t.heap = nil
}
