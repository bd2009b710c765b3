package interpreter

import (
	"fmt"
	"slices"

	"github.com/gostates/gostates/interpreter/machine"
)

// ErrorMaxDeliveries is the name of the error of a task that was given to handlers
// Config.MaxDeliveries times without an answer, because the process ended each time.
const ErrorMaxDeliveries = "MaxDeliveriesExceeded"

// startStoredTask is startTask for a stored execution. waits says that the task's
// call was made before and that only its token is awaited. h is the handler if it is known
// already.
func (d *driver) startStoredTask(e *Execution, c *machine.Command, waits bool, h Handler) bool {
	known, resuming := hostTask{}, e.stored.known != nil
	if resuming {
		known = e.stored.known[c.Task]
	}
	waits = waits || known.pending
	if !waits {
		ok := h != nil
		if !ok {
			var err error
			if h, ok, err = d.findHandler(e, c); err != nil {
				e.haltExecution(err, false)
				return false
			}
		}
		switch {
		case !ok && resuming: // of another deployment of the program
			e.haltExecution(missingHandler(e, c), false)
			return false
		case !ok && e.stored.loaded > 0: // the same, and the state is entered now
			d.parkWithTask(e, c)
			return true
		case !ok:
			d.ownEvents = append(d.ownEvents, taskRefused(c))
			return true
		}
		if resuming && slices.Contains(e.stored.givenUp, c.Task) {
			known.returned = true
			g := d.openGroup(e)
			g.notes = appendNote(g.notes, noteReturned, c.Task)
		}
		known.deliveries = known.attempts(c.Started)
		if limit := e.in.durable.maxDeliveries; known.deliveries >= limit {
			ev := failedEvent(ErrorMaxDeliveries, fmt.Sprintf("The task was given to a handler %d times, and the process ended each time before it returned.", known.deliveries))
			ev.Task = c.Task
			d.ownEvents = append(d.ownEvents, ev)
			return true
		}
	}
	t := e.newTask(c, h)
	t.Delivery = known.deliveries
	t.ensureExtras().token = e.x.Token(t.id) // x may leave memory before anybody asks for it
	if waits {
		e.setIdle(t)
		return true
	}
	d.newTasks = append(d.newTasks, t)
	return true
}

// parkWithTask halts an execution of an earlier process at a task that has no handler
// here, once what led to the task is stored: an answer that it got is kept, and no
// handler is called again. Until then the task is outstanding, so that the execution is
// due and the next process looks at it.
func (d *driver) parkWithTask(e *Execution, c *machine.Command) {
	t, err := e.newTask(c, nil), missingHandler(e, c)
	e.deliverMail(&mail{visit: func(*driver) {
		if e.findTask(t.id) == t {
			e.haltExecution(err, false)
		}
	}}, keepNone)
}

// missingHandler is why an execution is parked whose task has no handler here.
func missingHandler(e *Execution, c *machine.Command) error {
	return fmt.Errorf("interpreter: execution %s: %w", e.Name(), noHandlerError(c.Resource.Name, c.State))
}

// setIdle notes that a task needs no process until its token is answered.
func (e *Execution) setIdle(t *Task) {
	if t.idle || t.dropped.Load() != 0 || e.findTask(t.id) != t {
		return
	}
	t.idle = true
	e.extras.Load().idle++
}

// noteIdle is setIdle for a task whose handler returned ErrResultPending, which the
// core does not know.
func (d *driver) noteIdle(e *Execution, t *Task) {
	e.setIdle(t)
	if t.idle {
		g := d.openGroup(e)
		g.notes = appendNote(g.notes, notePending, t.id)
	}
}

// noteReturned records that a handler has returned that must be called again by a
// later process: that the process ended while it ran does not count any longer.
func (d *driver) noteReturned(e *Execution, t *Task) {
	t.returned = true
	g := d.openGroup(e)
	g.notes = appendNote(g.notes, noteReturned, t.id)
}

// countDelivery records that a task is about to be given to its handler.
func (d *driver) countDelivery(e *Execution, t *Task) {
	t.Delivery++
	if t.startKnown.Load() {
		g := d.openGroup(e)
		g.notes = appendNote(g.notes, noteDelivered, t.id)
		return
	}
	d.ownEvents = append(d.ownEvents, t.startEvent())
}

// announceTask records the start of a task for which a worker slot is reserved. It
// starts when that is stored.
func (d *driver) announceTask(e *Execution, t *Task) {
	d.newTasks = append(d.newTasks, t) // also if it is abandoned: launchTasks releases the slot
	if e.x.Status == Running && !e.drivingEnded() && !t.isAbandoned() {
		d.countDelivery(e, t)
	}
}

// reserveAndAnnounce turns the slot of a worker that ends into a reserved one, and
// has the task announced.
func (in *Interpreter) reserveAndAnnounce(t *Task) {
	p := &in.pool
	in.phase.beginDrive() // before the worker ends
	p.mu.Lock()
	p.running--
	p.reserved++
	p.mu.Unlock()
	t.reserved = true
	t.execution.deliverMail(&mail{task: t, special: mailSlot}, keepNone)
	in.countHandlers(-1)
	if in.phase.endDrive() {
		p.mu.Lock()
		in.closeIfResting()
		p.mu.Unlock()
	}
}

// findByToken returns the outstanding task of a token, or nil.
func (e *Execution) findByToken(token string) *Task {
	id, ok := e.x.TaskOf(token)
	if !ok {
		return nil
	}
	return e.findTask(id)
}

// resumeStored continues an execution that was loaded. Its tasks are delivered again,
// unless only their tokens are awaited.
func (d *driver) resumeStored(e *Execution) {
	if e.stored.head.Parked != "" {
		d.openGroup(e) // it no longer is
	} else {
		e.in.durable.unpark(e.stored.id) // the store could not be read
	}
	if e.x.Seq == 0 { // it was prepared
		e.in.durable.noteKept(e.program.Load())
		_ = d.stepExecution(e, &machine.Event{Kind: machine.Started})
		e.stored.known = nil
		return
	}
	if err := d.resumeSinks(e); err != nil {
		e.haltExecution(err, false)
		return
	}
	d.fireBeforePending(e)
	if e.isHalted() {
		return
	}
	if err := e.program.Load().Pending(&e.x, &d.r); err != nil {
		e.haltExecution(err, false)
		return
	}
	d.executeCommands(e)
	e.stored.known, e.stored.givenUp = nil, nil
	if d.yielded && !e.isHalted() {
		d.yielded = false // the Tick goes on
		_ = d.stepExecution(e, &machine.Event{Kind: machine.Tick})
	}
}

// fireBeforePending applies a Stopped event in the mail, or deadlines that have passed,
// to an execution whose tasks are not in memory: an execution can end without the
// handlers that its tasks need. Pending makes the commands.
func (d *driver) fireBeforePending(e *Execution) {
	now, err := d.stepTime(e)
	at, ok := e.program.Load().Wake(&e.x)
	if err == nil && !e.isStopping() && (!ok || at.After(now)) {
		return
	}
	d.dropsCommands = true
	_ = d.stepExecution(e, &machine.Event{Kind: machine.Tick})
	d.dropsCommands = false
}
