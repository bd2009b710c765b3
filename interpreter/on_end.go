package interpreter

import (
	"log/slog"
	"sync"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

// endDue is the Due of an execution that has ended and for which Config.OnEnd has not
// returned yet. It has passed like [store.Now], so that the next process calls it.
const endDue int64 = 3

// mostEndHooks is how many calls of Config.OnEnd run at the same time.
const mostEndHooks = 16

// endHooks calls Config.OnEnd for executions that have ended, on goroutines of its own.
type endHooks struct {
	mu      sync.Mutex
	queue   []*Execution
	running int
}

// announceEnd has Config.OnEnd called, if there is one.
func (in *Interpreter) announceEnd(e *Execution) {
	if in.onEnd == nil {
		return
	}
	in.phase.beginDrive() // Shutdown waits for it
	h := &in.ends
	h.mu.Lock()
	defer h.mu.Unlock()
	h.queue = append(h.queue, e)
	if h.running < mostEndHooks {
		h.running++
		go in.callEndHooks()
	}
}

// callEndHooks calls Config.OnEnd until the queue is empty.
func (in *Interpreter) callEndHooks() {
	h := &in.ends
	for {
		h.mu.Lock()
		if len(h.queue) == 0 {
			h.queue = nil
			h.running--
			h.mu.Unlock()
			return
		}
		e := h.queue[0]
		h.queue[0] = nil
		h.queue = h.queue[1:]
		h.mu.Unlock()
		done := make(chan struct{})
		go func() { // it may end its goroutine
			defer close(done)
			in.callEndHook(e)
		}()
		<-done
	}
}

// callEndHook calls Config.OnEnd once. If it panics it is not called again.
//
//go:noinline
func (in *Interpreter) callEndHook(e *Execution) {
	defer in.uncountDrive()
	if in.ctx.Err() != nil {
		return // the next process calls it
	}
	returned := false
	defer func() {
		if !returned {
			in.logEndHook(e, newHookError(hookOnEnd, nil))
		}
		if e.stored != nil {
			e.deliverMail(&mail{visit: func(d *driver) { d.endAnnounced(e) }}, keepNone)
		}
	}()
	err := callRecovered(hookOnEnd, func() error {
		in.onEnd(in.ctx, e)
		return nil
	})
	returned = true
	if err != nil {
		in.logEndHook(e, err)
	}
}

func (in *Interpreter) logEndHook(e *Execution, err error) {
	in.logWarning("interpreter: Config.OnEnd failed", slog.String("execution", e.Name()), slog.Any("error", err))
}

// insideEndHook reports whether the calling goroutine runs Config.OnEnd.
func insideEndHook() bool { return calledFrom(callEndHookEntry) }

// announceStored has Config.OnEnd called for a stored execution that has just ended. It
// stays in memory until then.
func (d *driver) announceStored(e *Execution) {
	s := e.in.durable
	e.stored.unannounced++
	if e.in.onEnd == nil { // an earlier process had one
		d.endAnnounced(e)
		return
	}
	s.mu.Lock()
	s.loaded[e.stored.id] = e
	s.mu.Unlock()
	e.in.announceEnd(e)
}

// endAnnounced stores that Config.OnEnd has returned.
func (d *driver) endAnnounced(e *Execution) {
	e.stored.unannounced--
	if !e.isHalted() && e.stored.unannounced == 0 && e.x.Status != Running {
		d.openGroup(e) // it has another Due
	}
}

// isUnannounced reports whether Config.OnEnd may not have returned for a stored
// execution.
func isUnannounced(h *store.Head) bool {
	return h.Status != machine.Running && (h.Due == endDue || h.Due == orphansDue)
}

// resumeAnnouncing has Config.OnEnd called for an execution that has ended in an earlier
// process.
func (s *durable) resumeAnnouncing(id store.ID) {
	s.mu.Lock()
	e := s.handle(id)
	s.mu.Unlock()
	e.deliverMail(&mail{visit: func(d *driver) {
		if e.stored.unannounced == 0 && isUnannounced(&e.stored.head) {
			d.announceStored(e)
		}
	}}, keepNone)
}
