package interpreter

import (
	"container/list"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/gostates/gostates/interpreter/machine"
)

// activities are the queues of the activities that workers poll.
type activities struct {
	in       *Interpreter
	names    map[string]bool
	patterns []string
	exists   func(activity string) bool // of the host; nil: all exist
	pollers  int                        // most workers that wait for tasks of an activity

	mu     sync.Mutex
	queues map[string]*activityQueue // those that are not empty
}

// activityQueue holds the tasks of an activity that wait for workers, or the workers
// that wait for tasks.
type activityQueue struct {
	tasks   list.List // of *Task
	workers list.List // of chan *Task
}

// polledTask is the handler of a task that workers poll. It is not called.
type polledTask struct {
	place *list.Element // under mu of activities: in the queue; nil: it is not queued
}

func (*polledTask) Handle(context.Context, *Task) (any, error) { return nil, ErrResultPending }

func (t *Task) isPolled() bool {
	_, ok := t.handler.(*polledTask)
	return ok
}

// newActivities returns nil if there are none.
func newActivities(in *Interpreter, c *Config) *activities {
	if len(c.Activities) == 0 {
		return nil
	}
	a := &activities{in: in, names: make(map[string]bool), queues: make(map[string]*activityQueue), exists: c.ActivityExists, pollers: c.Pollers}
	if a.pollers <= 0 {
		a.pollers = defaultPollers
	}
	for _, name := range c.Activities {
		if strings.Contains(name, "*") {
			a.patterns = append(a.patterns, name)
		} else {
			a.names[name] = true
		}
	}
	return a
}

// isPolled reports whether workers poll an activity.
func (a *activities) isPolled(name string) bool {
	return a != nil && (a.names[name] ||
		slices.ContainsFunc(a.patterns, func(pattern string) bool { return matchPattern(pattern, name) }))
}

// arePolled reports whether workers poll the tasks of a resource.
func (a *activities) arePolled(r *machine.Resource) bool {
	return a != nil && r.Kind == machine.Activity && a.isPolled(r.Name)
}

// checkExists asks the host whether an activity of a worker exists.
func (a *activities) checkExists(name string) error {
	if a.exists == nil {
		return nil
	}
	return callHook(hookExists, func() error {
		if a.exists(name) {
			return nil
		}
		return fmt.Errorf("%w: %q", ErrActivityDoesNotExist, name)
	})
}

// findActivity is findHandler for a task that workers poll.
func (d *driver) findActivity(e *Execution, name string) (exists bool, err error) {
	ask := e.in.activities.exists
	if ask == nil {
		return true, nil
	}
	err = d.callExecutionHook(e, hookExists, "looking for the activity ", name, func() error {
		exists = ask(name)
		return nil
	})
	return exists, err
}

// startPolledTask is startTask for a task that workers poll. It is queued when all
// that comes before it is recorded.
func (d *driver) startPolledTask(e *Execution, c *machine.Command) bool {
	if !c.Scheduled {
		exists, err := d.findActivity(e, c.Resource.Name)
		switch {
		case err != nil:
			e.haltExecution(err, false)
			return false
		case !exists:
			d.ownEvents = append(d.ownEvents, taskRefused(c))
			return true
		}
	}
	t := e.newTask(c, new(polledTask))
	pending := c.Submitted // a worker has it
	if e.stored != nil {
		t.ensureExtras().token = e.x.Token(t.id) // x may leave memory before anybody asks for it
		pending = pending || e.stored.known[c.Task].pending
	} else {
		e.in.registerToken(t)
	}
	if pending {
		e.setIdle(t)
		return true
	}
	if !c.Scheduled {
		d.ownEvents = append(d.ownEvents, machine.Event{Kind: machine.TaskScheduled, Task: t.id})
	}
	d.newTasks = append(d.newTasks, t)
	return true
}

// offerTasks moves the polled ones of new tasks to their queues.
func (a *activities) offerTasks(tasks []*Task) []*Task {
	return slices.DeleteFunc(tasks, func(t *Task) bool {
		if !t.isPolled() {
			return false
		}
		a.offerTask(t, t.startKnown.Load())
		return true
	})
}

// offerTask gives a task to the worker that waits longest, or queues it: at the front,
// or behind all others. It drops a task that has ended.
func (a *activities) offerTask(t *Task, front bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.offerTaskLocked(t, front)
}

func (a *activities) offerTaskLocked(t *Task, front bool) {
	if t.isAbandoned() { // if it is later, removeTask follows
		return
	}
	name := t.Resource.Name
	q := a.queues[name]
	if q == nil {
		q = new(activityQueue)
		a.queues[name] = q
	}
	if w := q.workers.Front(); w != nil {
		a.in.beginDrive(false) // until giveTask returns
		q.workers.Remove(w).(chan *Task) <- t
		a.dropEmpty(name, q)
		return
	}
	p := t.handler.(*polledTask)
	if front {
		p.place = q.tasks.PushFront(t)
	} else {
		p.place = q.tasks.PushBack(t)
	}
}

// dropEmpty forgets a queue that is empty.
func (a *activities) dropEmpty(name string, q *activityQueue) {
	if q.tasks.Len()+q.workers.Len() == 0 && a.queues[name] == q {
		delete(a.queues, name)
	}
}

// removeTask removes a task that has ended from its queue.
func (a *activities) removeTask(t *Task) {
	a.mu.Lock()
	defer a.mu.Unlock()
	p, q := t.handler.(*polledTask), a.queues[t.Resource.Name]
	if p.place == nil || q == nil {
		return
	}
	q.tasks.Remove(p.place)
	p.place = nil
	a.dropEmpty(t.Resource.Name, q)
}

// awaitTask takes the next task of an activity out of its queue, or waits for one.
// giveTask must follow.
func (a *activities) awaitTask(ctx context.Context, name string) (*Task, error) {
	switch {
	case a.in.phase.Load() != phaseOpen:
		return nil, ErrClosed
	case ctx.Err() != nil:
		return nil, pollError(ctx, name)
	}
	a.mu.Lock()
	q := a.queues[name]
	if q == nil {
		q = new(activityQueue)
		a.queues[name] = q
	}
	if first := q.tasks.Front(); first != nil {
		defer a.mu.Unlock()
		t := q.tasks.Remove(first).(*Task)
		t.handler.(*polledTask).place = nil
		a.dropEmpty(name, q)
		a.in.beginDrive(false) // until giveTask returns
		return t, nil
	}
	if q.workers.Len() >= a.pollers {
		a.mu.Unlock()
		return nil, fmt.Errorf("%w %s: %d", ErrActivityWorkerLimitExceeded, name, a.pollers)
	}
	came := make(chan *Task, 1)
	place := q.workers.PushBack(came)
	a.mu.Unlock()
	var err error
	select {
	case t := <-came:
		return t, nil
	case <-ctx.Done():
		err = pollError(ctx, name)
	case <-a.in.draining:
		err = ErrClosed
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	q.workers.Remove(place)
	a.dropEmpty(name, q)
	select {
	case t := <-came: // meanwhile
		a.offerTaskLocked(t, true)
		a.in.endDrive()
	default:
	}
	return nil, err
}

func pollError(ctx context.Context, name string) error {
	return fmt.Errorf("interpreter: no task of the activity %s: %w", name, contextError(ctx))
}
