package interpreter

import (
	"context"
	"time"
)

type taskKey struct{}

// TaskFrom returns the task that a handler's context belongs to, or nil.
func TaskFrom(ctx context.Context) *Task {
	t, _ := ctx.Value(taskKey{}).(*Task)
	return t
}

// taskContext is a Task as the context of its handler. The conversion of the pointer
// allocates nothing.
type taskContext Task

// Deadline returns when the task times out. It is unknown with any other clock than
// the system's, whose times must not be compared with the host's, and for a task that
// had started before its execution was restored.
func (c *taskContext) Deadline() (at time.Time, ok bool) {
	if m := c.extras.Load(); m != nil {
		at = m.deadline
	}
	return at, !at.IsZero()
}

// Done returns a channel that is closed when nobody waits for the task any longer.
func (c *taskContext) Done() <-chan struct{} { return (*Task)(c).cancelContext().Done() }

// Err returns why Done is closed: [context.DeadlineExceeded] if the task's timeout or
// heartbeat timeout has passed, else [context.Canceled]. context.Cause says more. A
// derived context has the same cause, but its error is always context.Canceled.
func (c *taskContext) Err() error {
	t := (*Task)(c)
	err := t.cancelContext().Err()
	if err != nil && t.timedOut() {
		return context.DeadlineExceeded
	}
	return err
}

// Value returns the task itself, for [TaskFrom], or a value of the context that
// was given to [Run].
func (c *taskContext) Value(key any) any {
	t := (*Task)(c)
	if key == (taskKey{}) {
		return t
	}
	return t.cancelContext().Value(key)
}

func (t *Task) timedOut() bool {
	return t.over.Load() == int32(taskTimeout)
}

// cancelContext returns the context that ends with the task. It is made on first
// use: most handlers never ask for it.
func (t *Task) cancelContext() context.Context {
	m := t.ensureExtras()
	if c := m.inner.Load(); c != nil {
		return c.Context
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if c := m.inner.Load(); c != nil {
		return c.Context
	}
	c := &m.room
	c.Context, c.stop = context.WithCancelCause(t.parentContext())
	m.inner.Store(c)
	if end := t.over.Load(); end != 0 {
		c.stop(taskEndCauses[end])
	}
	return c.Context
}

// cancelContext is a context and the function that ends it.
type cancelContext struct {
	context.Context
	stop context.CancelCauseFunc
}

// parentContext returns the parent of the task's context.
func (t *Task) parentContext() context.Context {
	if t.execution == nil {
		return t.outsideContext()
	}
	return t.execution.parentContext()
}

// parentContext returns the parent of the contexts of the execution's tasks.
func (e *Execution) parentContext() context.Context {
	if more := e.extras.Load(); more != nil && more.values != nil {
		return mergedContext{e.in.ctx, more.values}
	}
	return e.in.ctx
}

// mergedContext ends as one context does and also has the values of another.
type mergedContext struct {
	context.Context
	values context.Context
}

func (m mergedContext) Value(key any) any {
	if v := m.Context.Value(key); v != nil {
		return v
	}
	return m.values.Value(key)
}
