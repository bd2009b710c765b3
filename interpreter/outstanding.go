package interpreter

import (
	"github.com/gostates/gostates/interpreter/machine"
)

// addOutstanding adds a task that the execution waits for.
func (e *Execution) addOutstanding(t *Task) {
	m := e.extras.Load()
	if m == nil {
		e.mu.Lock()
		m = e.ensureExtras()
		e.mu.Unlock()
	}
	for t.id.Slot() >= len(m.tasks) {
		m.tasks = append(m.tasks, nil)
	}
	m.tasks[t.id.Slot()] = t
	m.awaited++
}

// findTask returns the outstanding task of an id, or nil.
func (e *Execution) findTask(id machine.TaskID) *Task {
	m := e.extras.Load()
	if m == nil || id.Slot() >= len(m.tasks) {
		return nil
	}
	if t := m.tasks[id.Slot()]; t != nil && t.id == id {
		return t
	}
	return nil
}

// acceptTaskEvent reports whether the execution still waits for the task. It drops
// the task if the event ends it.
func (e *Execution) acceptTaskEvent(t *Task, kind machine.EventKind) bool {
	if t.dropped.Load() != 0 {
		return false
	}
	if kind == machine.TaskSucceeded || kind == machine.TaskFailed {
		e.dropTask(t, errTaskEnded)
	}
	return true
}

// dropTask removes an outstanding task and ends its handler's context.
func (e *Execution) dropTask(t *Task, cause error) {
	m := e.extras.Load()
	m.tasks[t.id.Slot()] = nil
	if m.awaited--; m.awaited == 0 && len(m.tasks) > manySlots {
		m.tasks = nil
	}
	t.cancelHandler(cause)
	e.in.unregisterToken(t)
	switch cause {
	case errTaskEnded:
		t.dropped.Store(taskAnswered)
		if t.after.Load() != nil {
			t.notifyDropped()
		}
	case errTaskCancelled, errTaskDeadline:
		t.dropped.Store(taskCancelled)
		if t.after.Load() != nil {
			m.calls = append(m.calls, t.notifyDropped)
		}
	}
}

// manySlots is the length up to which an empty list of tasks is kept.
const manySlots = 64

func (e *Execution) cancelTask(c *machine.Command) {
	t := e.findTask(c.Task)
	switch {
	case t == nil:
	case c.TimedOut:
		e.dropTask(t, errTaskDeadline)
	default:
		e.dropTask(t, errTaskCancelled)
	}
}

// endExecution ends the tasks of an execution, releases its name and publishes its
// end. With an error the execution is halted: it is not driven any longer, although
// it has not ended. torn says that its last events are not recorded, so that it has
// no Snapshot.
func (e *Execution) endExecution(err error, torn bool) {
	cause := errTaskCancelled
	if err != nil {
		cause = errHalted // executions that tasks wait for continue
		if !torn {
			for t := range e.begunTasks() {
				e.applyTaskStarted(&e.x, t)
			}
		}
	}
	if m := e.extras.Load(); m != nil {
		for _, t := range m.tasks {
			if t != nil {
				e.dropTask(t, cause)
			}
		}
	}
	if e.named {
		e.in.releaseName(e)
	}
	e.publishEnd(err, torn)
}

// publishEnd sets the final status, or the error of a halted execution, and wakes
// those in Wait.
func (e *Execution) publishEnd(err error, torn bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err == nil {
		e.status = e.x.Status
	} else {
		m := e.ensureExtras()
		m.err, m.torn = err, torn
	}
	if m := e.extras.Load(); m != nil {
		e.in.countHandlers(m.resting)
		e.in.virtual.countWaiters(-m.waiting)
		m.waiting, m.resting = 0, 0
		if m.done != nil {
			close(m.done)
			m.done = nil
		}
		m.calls, m.after = append(m.calls, m.after...), nil
	}
}

// haltExecution stops driving an execution because of an error of a hook or of the
// interpreter, unless it has ended.
func (e *Execution) haltExecution(err error, torn bool) {
	if !e.isOver() {
		e.endExecution(err, torn)
	}
}

func (e *Execution) isHalted() bool {
	m := e.extras.Load() // err is written by the driver only, which is the caller
	return m != nil && m.err != nil
}
