package interpreter

import (
	"slices"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
)

// launchTasks starts the new tasks, or returns the one that this goroutine must
// run.
func (d *driver) launchTasks(e *Execution, k keep) *Task {
	if len(d.mapCommands) > 0 {
		d.executeMapCommands(e)
	}
	if len(d.newTasks) == 0 {
		return nil
	}
	in := e.in
	phase := in.phase.Load()
	d.newTasks = slices.DeleteFunc(d.newTasks, func(t *Task) bool {
		if t.isAbandoned() || phase != phaseOpen && !(t.reserved && phase == phaseDrain) {
			in.releaseReservedSlot(t) // tasks that nobody cancelled stay outstanding
			return true
		}
		return false
	})
	if in.activities != nil {
		d.newTasks = in.activities.offerTasks(d.newTasks)
	}
	tasks := d.newTasks
	var kept *Task
	if k == keepAlone && len(tasks) == 1 && e.isOnlyWork(tasks[0]) && in.acquireWorkerSlot(tasks[0]) {
		kept, tasks = tasks[0], nil
		kept.kept = !kept.startKnown.Load()
		in.countHandlers(1)
	}
	if len(tasks) > 0 {
		asking := 0
		if k == keepWorker {
			asking = 1
		}
		in.countHandlers(len(tasks))
		in.enqueueTasks(tasks, asking)
	}
	clear(d.newTasks)
	d.newTasks = d.newTasks[:0]
	return kept
}

// farAway is how far off the next deadline of an execution must be for its task to
// run on the goroutine of Run. Such a deadline, usually the limit of a year, fires
// after the task.
const farAway = 24 * time.Hour

// isOnlyWork reports whether nothing can happen to the execution before the task
// ends.
func (e *Execution) isOnlyWork(t *Task) bool {
	if m := e.extras.Load(); m.awaited > 1 || len(m.mapRuns) > 0 || t.Timeout > 0 || t.HeartbeatTimeout > 0 {
		return false
	}
	at, timed := e.program.Load().Wake(&e.x)
	return !timed || at.Sub(e.x.Time()) > farAway
}

// announceStarts adds TaskStarted events for new tasks, after all of them are
// scheduled. It only does so for tasks whose handlers are certain to be called,
// even if the interpreter shuts down. The others are announced when a worker takes
// them.
func (d *driver) announceStarts(e *Execution, tasks []*Task) {
	if e.in.phase.Load() != phaseOpen {
		return
	}
	recorded := e.wantsHistory()
	n := 0
	for _, t := range tasks {
		if !t.isPolled() && (e.stored != nil || t.needsStartEvent(recorded)) {
			n++
			if recorded && t.Resource.Kind == machine.Activity && !t.startKnown.Load() {
				d.ownEvents = append(d.ownEvents, machine.Event{Kind: machine.TaskScheduled, Task: t.id})
			}
		}
	}
	if n > 0 {
		n = e.in.reserveWorkerSlots(n)
	}
	for i := 0; n > 0; i++ {
		switch t := tasks[i]; {
		case t.isPolled():
		case e.stored != nil:
			t.reserved = true
			d.countDelivery(e, t)
			n--
		case t.needsStartEvent(recorded):
			t.reserved = true
			d.ownEvents = append(d.ownEvents, t.startEvent())
			n--
		}
	}
}

// startTask creates the task of a command. It returns false if the execution was
// halted.
func (d *driver) startTask(e *Execution, c *machine.Command) bool {
	waits := c.Submitted && (c.Resource.Pattern == machine.WaitForTaskToken || c.Resource.Kind == machine.Activity)
	var h Handler
	var ok bool
	var err error
	if !waits && (e.stored == nil || !e.stored.known[c.Task].pending) {
		h, ok, err = d.findOwnHandler(e, c)
	}
	if err == nil && !ok {
		switch {
		case e.in.activities.arePolled(c.Resource):
			return d.startPolledTask(e, c)
		case e.stored != nil:
			return d.startStoredTask(e, c, waits, nil)
		}
		h, ok, err = d.findHandler(e, c)
	}
	if err != nil {
		e.haltExecution(err, false)
		return false
	}
	if e.stored != nil {
		return d.startStoredTask(e, c, waits, h)
	}
	if !ok && !waits {
		d.ownEvents = append(d.ownEvents, taskRefused(c))
		return true
	}
	t := e.newTask(c, h)
	if c.Resource.Token() {
		e.in.registerToken(t)
	}
	if waits {
		return true // the handler was called before: only the token is awaited
	}
	d.newTasks = append(d.newTasks, t)
	return true
}

// newTask makes the task of a command and adds it to the outstanding ones.
func (e *Execution) newTask(c *machine.Command, h Handler) *Task {
	t := makeTask(c, h)
	t.execution = e
	e.addOutstanding(t)
	return t
}

// makeTask makes the task of a command, without an execution.
func makeTask(c *machine.Command, h Handler) *Task {
	t := &Task{
		State: c.State, Resource: c.Resource, Input: c.Input, Credentials: c.Credentials,
		Attempt: c.Attempt, Item: c.Item, Timeout: c.Timeout, HeartbeatTimeout: c.Heartbeat,
		Resumed: c.Started, id: c.Task, handler: h,
	}
	if c.Started { // a store costs much more than a load
		t.startKnown.Store(true)
	}
	if c.Submitted {
		t.submitted.Store(true)
	}
	return t
}

// findHandler asks the resolver for the handler of a task.
func (d *driver) findHandler(e *Execution, c *machine.Command) (h Handler, ok bool, err error) {
	if !e.in.foreignResolver {
		h, ok = resolveTask(e.in.resolver, c.State, c.Resource.Name)
		return h, ok, nil
	}
	return d.callResolver(e, c, hookResolve, e.in.resolver)
}

// findOwnHandler asks the resolvers of the execution, if it has any.
func (d *driver) findOwnHandler(e *Execution, c *machine.Command) (h Handler, ok bool, err error) {
	if r := e.originOf().resolver; r != nil {
		if h, ok, err = d.callResolver(e, c, hookOwnTask, r); ok || err != nil {
			return h, ok, err
		}
	}
	if e.in.resolverOf == nil {
		return nil, false, nil
	}
	err = d.callExecutionHook(e, hookOf, "resolving ", c.Resource.Name, func() error {
		r, err := e.in.resolverOf(e.Arn(), e.tags())
		if err == nil {
			h, ok = resolveTask(r, c.State, c.Resource.Name)
		}
		return err
	})
	return h, ok, err
}

// tags returns the Tags of a stored execution. Others have none.
func (e *Execution) tags() map[string]string {
	switch st := e.stored; {
	case st == nil:
		return nil
	case st.version == 0:
		return st.tags
	default:
		return st.head.Tags
	}
}

func (d *driver) callResolver(e *Execution, c *machine.Command, hook string, r Resolver) (h Handler, ok bool, err error) {
	err = d.callExecutionHook(e, hook, "resolving ", c.Resource.Name, func() error {
		h, ok = resolveTask(r, c.State, c.Resource.Name)
		return nil
	})
	return h, ok, err
}

// noHandlerCause is in the cause of a task without a handler. The core adds the state.
const noHandlerCause = "No resolver has a handler for the resource "

// taskRefused is the event of a task without a handler.
func taskRefused(c *machine.Command) machine.Event {
	name, cause := asl.StatesRuntime, noHandlerCause+c.Resource.Name+"."
	if c.Resource.Kind == machine.Activity {
		cause = "The activity " + c.Resource.Name + " does not exist."
	}
	return machine.Event{Kind: machine.TaskRefused, Task: c.Task, Error: &name, Cause: &cause}
}

// needsStartEvent reports whether the core must know that the work starts before it
// ends.
func (t *Task) needsStartEvent(recorded bool) bool {
	return (recorded || t.Timeout > 0 || t.HeartbeatTimeout > 0) && !t.startKnown.Load()
}

// startEvent returns the TaskStarted event of the task.
func (t *Task) startEvent() machine.Event {
	t.startKnown.Store(true)
	if _, system := t.execution.in.clock.(systemClock); system && t.Timeout > 0 {
		t.ensureExtras().deadline = time.Now().Add(t.Timeout)
	}
	return machine.Event{Kind: machine.TaskStarted, Task: t.id, Worker: workerName(t.handler, t.Resource)}
}

// workerName returns the name of the [Worker] of an activity. Other handlers have none.
func workerName(h Handler, r *machine.Resource) string {
	if w, ok := h.(worker); ok && r.Kind == machine.Activity {
		return w.name
	}
	return ""
}
