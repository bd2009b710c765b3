package interpreter

import (
	"context"
	"fmt"
	"sync/atomic"
)

// lifecycle holds the phase of an Interpreter and the number of drives in progress
// in one word, so that Shutdown can close the interpreter at a moment without
// drives.
type lifecycle struct{ word atomic.Int64 }

// Phases of an Interpreter.
const (
	phaseOpen  int64 = iota
	phaseDrain       // Shutdown: running handlers may finish, no other starts
	phaseClosed

	phaseShift = 48
	drivesMask = 1<<phaseShift - 1
)

// Load returns the phase.
func (l *lifecycle) Load() int64 { return l.word.Load() >> phaseShift }

// advancePhase moves to a later phase.
func (l *lifecycle) advancePhase(phase int64) {
	for w := l.word.Load(); w>>phaseShift < phase; w = l.word.Load() {
		if l.word.CompareAndSwap(w, w&drivesMask|phase<<phaseShift) {
			return
		}
	}
}

// closeTimers drops queued tasks and ends all timers.
func (in *Interpreter) closeTimers() {
	in.pool.dropQueuedTasks(in)
	in.timers.closeTimers()
	if in.durable != nil {
		in.durable.due.close()
		in.durable.prepared.close()
	}
}

// beginDrive counts a drive.
func (l *lifecycle) beginDrive() { l.word.Add(1) }

// endDrive reports whether that was the last drive of an interpreter that shuts
// down.
func (l *lifecycle) endDrive() bool {
	w := l.word.Add(-1)
	return w != 0 && w&drivesMask == 0
}

// closeIdle moves to phaseClosed unless a drive is in progress. It reports whether
// the phase is phaseClosed now.
func (l *lifecycle) closeIdle() bool {
	const closed = phaseClosed << phaseShift
	for w := l.word.Load(); w&drivesMask == 0; w = l.word.Load() {
		if w == closed || l.word.CompareAndSwap(w, closed) {
			return true
		}
	}
	return false
}

// Close ends the interpreter at once. Callers that wait for an execution get
// [ErrClosed], and the contexts of running handlers end. Close waits neither for
// handlers nor for hooks; later results of handlers are dropped. A state that computes
// runs to its end, after at most Limits.ExpressionSteps. A Snapshot of an execution can
// be restored elsewhere, with its outstanding tasks. It has everything that was
// acknowledged: calls such as SendTaskSuccess and Stop that wait for a hook return
// ErrClosed. The error is always nil.
func (in *Interpreter) Close() error {
	in.phase.advancePhase(phaseClosed)
	in.startDraining()
	in.cancel(ErrShutdown)
	in.closeTimers()
	return nil
}

// Shutdown closes the interpreter after the running handlers and hooks have
// returned. It takes in the results of these handlers and starts no other. Handlers
// see its begin by [Draining]. No hook
// is called after Shutdown has returned nil. If ctx ends first, it closes the
// interpreter at once and returns the context's error. It returns [ErrReentry]
// inside a hook, and inside a handler or Config.OnEnd if ctx cannot end.
//
// With Config.Store it also stores snapshots, so that the next process has nothing to
// fold, and waits until a store that fails works again: give ctx a deadline. The error
// then has that of the store. Nothing that was acknowledged is lost. It waits for what an
// earlier process has left of executions that were loaded: children to be stopped, and
// work files of Map Runs. If that fails, the next process does it.
func (in *Interpreter) Shutdown(ctx context.Context) error {
	if insideHook() || ctx.Done() == nil && (insideHandler() || insideEndHook()) {
		return fmt.Errorf("interpreter: shutdown: %w", ErrReentry)
	}
	in.phase.advancePhase(phaseDrain)
	in.startDraining()
	in.closeTimers()
	defer in.Close()
	select {
	case <-in.restChannel():
		if in.durable != nil {
			return in.durable.saveLoaded(ctx)
		}
		return nil
	case <-ctx.Done():
		return in.durable.waitError(ctx)
	}
}

// beginDrive counts a drive, unless Shutdown waits for it already. Shutdown and a
// virtual clock wait for its end.
func (in *Interpreter) beginDrive(counted bool) {
	if !counted {
		in.phase.beginDrive()
	}
	in.countWork(1)
}

func (in *Interpreter) endDrive() {
	in.countWork(-1)
	in.uncountDrive()
}

// uncountDrive is endDrive for a drive that only Shutdown waits for.
func (in *Interpreter) uncountDrive() {
	if in.phase.endDrive() {
		in.pool.mu.Lock()
		in.closeIfResting()
		in.pool.mu.Unlock()
	}
}

// restChannel returns a channel that is closed when the interpreter is closed
// because nothing runs.
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

// closeIfResting ends Shutdown if nothing runs. The caller holds the pool's lock.
func (in *Interpreter) closeIfResting() {
	p := &in.pool
	if p.resting != nil && p.running+p.starting+p.driving+p.ticking == 0 && in.phase.closeIdle() {
		close(p.resting)
		p.resting = nil
	}
}
