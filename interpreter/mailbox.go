package interpreter

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gostates/gostates/interpreter/machine"
)

// mail is one thing to do for the driver of an execution.
type mail struct {
	event   machine.Event
	task    *Task         // the task of the event, or nil
	visit   func(*driver) // instead of an event: called between two Steps
	reply   chan error    // if not nil: receives nil, why the event was not applied, or errNotTaken
	resume  bool          // instead of an event: continue after a restore
	yielded bool          // the execution can go on afterwards
	counted bool          // Shutdown waits for the drive already: see driveUntilDone
	special taskMail      // of task
	redrive *redriveTime  // of a Redriven event: set before the reply
	present bool          // with visit and reply: not if the execution must be loaded
	ends    *mapRun       // instead of an event: children have ended
}

// taskMail is what the core does not see of the mail of a task.
type taskMail uint8

const (
	mailEvent    taskMail = iota
	mailToken             // task has only the token of a task that is to be found
	mailReturned          // with an event: the handler has returned, and the answer comes by the token
	mailPending           // the same without an event: the handler returned ErrResultPending
	mailStays             // the handler has returned, and must be called again by a later process
	mailSlot              // a worker slot is reserved for the task, which can now be announced
)

// deliverMail gives mail to the goroutine that drives the execution. If there is
// none, it drives the execution itself until there is no more mail. With keepAlone
// it may return a task, which the caller must run.
func (e *Execution) deliverMail(m *mail, k keep) *Task {
	return e.deliverUntilDone(context.Background(), m, k)
}

// deliverUntilDone is deliverMail that drives only until ctx ends. Then the pool
// goes on.
func (e *Execution) deliverUntilDone(ctx context.Context, m *mail, k keep) *Task {
	e.mu.Lock()
	switch {
	case e.stored != nil && e.stored.passive && m.present:
		e.mu.Unlock()
		m.reply <- nil
		return nil
	case e.stored != nil && e.stored.passive:
		e.mu.Unlock()
		e.in.durable.wakeAndDrive(e, m)
		return nil
	case !e.driving:
		e.driving = true
	case e.queued && m.visit != nil: // does not wait for its turn in the pool, but for earlier mail
		e.enqueueMail(*m)
		e.queued, m = false, &mail{visit: func(*driver) {}, yielded: true, counted: m.counted}
	case e.queued && m.event.Kind == machine.Stopped:
		e.queued, m.yielded = false, true // it neither waits for its turn nor for earlier mail
	default:
		e.enqueueMail(*m)
		e.mu.Unlock()
		if m.counted {
			e.in.uncountDrive()
		}
		return nil
	}
	e.mu.Unlock()
	return e.driveUntilDone(ctx, false, m, k)
}

// enqueueMail leaves mail for the driving goroutine. A Stopped event is handled
// before all other mail. The caller holds mu.
func (e *Execution) enqueueMail(m mail) {
	more := e.ensureExtras()
	more.mail = append(more.mail, m)
	if m.event.Kind == machine.Stopped {
		ev := m.event
		more.stop.Store(&ev)
	}
}

// claimQueued reports whether the execution still waits in the queue of executions
// that yielded. If so, the caller must drive it.
func (e *Execution) claimQueued() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	queued := e.queued
	e.queued = false
	return queued
}

// nextMail returns the next mail, or nil. Without mail the execution is at rest, or
// in the queue of executions that yielded. An execution that continues with a kept
// task needs no timer: its deadline is far away.
func (d *driver) nextMail(e *Execution, kept bool) *mail {
	if d.callerContext != nil && !kept && d.callerContext.Err() != nil && d.handToPool(e) {
		return nil
	}
	if d.at < len(d.mail) {
		d.at++
		return &d.mail[d.at-1]
	}
	clear(d.mail)
	d.mail, d.at = d.mail[:0], 0
	if !d.yielded && !kept {
		d.hook = hookClock
		e.armTimer()
		d.hook = ""
	}
	e.mu.Lock()
	more := e.extras.Load()
	if more != nil && len(more.mail) > 0 {
		d.mail, more.mail = more.mail, d.mail
		e.mu.Unlock()
		d.at = 1
		return &d.mail[0]
	}
	yielded := d.yielded && e.status == Running && e.in.phase.Load() == phaseOpen
	d.yielded = false
	e.driving, e.queued = yielded, yielded
	if more != nil {
		d.calls, more.calls = more.calls, nil
		if !yielded && more.isEmpty() {
			e.extras.Store(nil)
		}
	}
	e.mu.Unlock()
	if yielded {
		e.in.enqueueYielded(e)
	}
	return nil
}

// handToPool leaves the remaining mail to the pool. It returns false if there is
// none.
func (d *driver) handToPool(e *Execution) bool {
	e.mu.Lock()
	more := e.extras.Load()
	if d.at == len(d.mail) && (more == nil || len(more.mail) == 0) {
		e.mu.Unlock()
		return false
	}
	more = e.ensureExtras()
	more.mail = slices.Concat(d.mail[d.at:], more.mail)
	e.queued = true
	e.mu.Unlock()
	clear(d.mail)
	d.mail, d.at, d.yielded = d.mail[:0], 0, false
	e.in.enqueueYielded(e)
	return true
}

// handleMail handles one mail and the interpreter's own events that follow from it.
func (d *driver) handleMail(e *Execution, m *mail) {
	d.yielded = d.yielded || m.yielded
	switch {
	case m.visit != nil:
		m.visit(d)
		if m.reply != nil {
			m.reply <- nil
		}
	case m.reply != nil:
		d.handleRequest(e, m)
	case m.special == mailSlot:
		d.announceTask(e, m.task)
	case e.x.Status != Running || e.drivingEnded():
		d.dropExpiredScopes(e)
		return
	case m.resume && e.stored != nil:
		d.resumeStored(e)
	case m.resume:
		d.resumeRestored(e)
	case m.task != nil && !e.acceptTaskEvent(m.task, m.event.Kind):
		return // the task has ended already
	case m.ends != nil:
		d.endChildren(e, m.ends)
	case m.special == mailPending:
		d.noteIdle(e, m.task)
	case m.special == mailStays:
		d.noteReturned(e, m.task)
	default:
		_ = d.stepExecution(e, &m.event)
		if m.special == mailReturned {
			e.setIdle(m.task)
		}
	}
	for i := 0; i < len(d.ownEvents); i++ {
		ev := d.ownEvents[i] // the Step may append to them
		_ = d.stepExecution(e, &ev)
	}
	clear(d.ownEvents)
	d.ownEvents = d.ownEvents[:0]
}

// handleRequest handles the event of a caller that waits in requestEvent. It
// replies after the event is applied and recorded.
func (d *driver) handleRequest(e *Execution, m *mail) {
	err := errNotTaken // in case a hook ends the goroutine
	defer func() { d.sendReply(m.reply, err) }()
	if e.stored != nil && e.isHalted() && m.event.Kind != machine.Stopped { // the task may still wait
		err = e.drivingEndedError()
		return
	}
	if m.special == mailToken {
		if m.task = e.findByToken(m.task.extras.Load().token); m.task == nil {
			err = ErrTaskTimedOut
			return
		}
		m.event.Task = m.task.id
	}
	switch {
	case m.event.Kind == machine.Redriven:
		err = d.redriveExecution(e, &m.event, m.redrive)
	case m.event.Kind == machine.Stopped:
		if e.x.Status == Running && !e.drivingEnded() {
			_ = d.stepExecution(e, &m.event)
		}
		err = e.stopResult()
	case e.x.Status == Running && e.drivingEnded():
		err = e.drivingEndedError()
	case e.x.Status != Running || m.task != nil && !e.acceptTaskEvent(m.task, m.event.Kind):
		err = ErrTaskTimedOut
	default:
		err = d.stepExecution(e, &m.event)
	}
}

// errNotTaken says that the goroutine that handled a request has ended. The
// execution is halted next.
var errNotTaken = errors.New("interpreter: a hook ended the goroutine that handled the event")

// requestEvent delivers an event and waits until it is applied and its history is
// recorded. The error says why it was not. After ErrClosed and the error of ctx the
// event may or may not be applied. Inside a hook, which may hold up the execution,
// requestEvent does not wait: after nil the event is applied when the hook has
// returned, unless the interpreter is closed.
func (e *Execution) requestEvent(ctx context.Context, m mail) error {
	reply, ok := e.in.replies.Get().(chan error)
	if !ok {
		reply = make(chan error, 1)
	}
	m.reply = reply
	for {
		e.deliverUntilDone(ctx, &m, keepNone)
		err, replied := e.awaitReply(ctx, reply)
		if !replied {
			return err // the driver may still send to the channel
		}
		if err != errNotTaken { //nolint:errorlint // it is never wrapped
			e.in.replies.Put(reply)
			return err
		}
	}
}

func (e *Execution) awaitReply(ctx context.Context, reply chan error) (err error, replied bool) {
	select {
	case err := <-reply:
		return err, true
	default:
	}
	if insideHook() && (e.isWatched() || insideCommit()) {
		return nil, false
	}
	select {
	case err := <-reply:
		return err, true
	case <-e.in.ctx.Done():
		err = ErrClosed
	case <-ctx.Done():
		err = fmt.Errorf("interpreter: the event was sent, but may or may not be applied: %w", e.in.durable.waitError(ctx))
	}
	select {
	case err := <-reply:
		return err, true
	default:
		return err, false
	}
}
