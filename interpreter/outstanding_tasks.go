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
		e.dropTask(t, taskReturned)
	}
	return true
}

// dropTask removes an outstanding task and ends its handler's context.
func (e *Execution) dropTask(t *Task, end taskEnd) {
	m := e.extras.Load()
	m.tasks[t.id.Slot()] = nil
	if t.idle {
		m.idle--
	}
	if m.awaited--; m.awaited == 0 && len(m.tasks) > manySlots {
		m.tasks = nil
	}
	t.cancelHandler(end)
	e.in.unregisterToken(t)
	if t.isPolled() {
		e.in.activities.removeTask(t)
	}
	switch end {
	case taskReturned:
		t.dropped.Store(taskAnswered)
		if t.notifiesDropped() {
			t.notifyDropped()
		}
	case taskUnneeded, taskTimeout:
		t.dropped.Store(taskCancelled)
		e.noteOrphans(t)
		if t.notifiesDropped() {
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
		e.dropTask(t, taskTimeout)
	default:
		e.dropTask(t, taskUnneeded)
	}
}
