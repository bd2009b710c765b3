package interpreter

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/internal/hosterr"
	"github.com/gostates/gostates/interpreter/machine"
)

// mail is one thing to do for the driver of an execution.
type mail struct {
	event   machine.Event
	task    *Task      // the task of the event, or nil
	visit   func()     // instead of an event: called between two Steps
	resume  bool       // instead of an event: continue after a restore
	yielded bool       // the execution can go on afterwards
	reply   chan error // if not nil: receives nil, why the event was not applied, or errNotTaken
}

// keep says which new task the driving goroutine runs itself.
type keep uint8

const (
	keepNone   keep = iota
	keepAlone       // the only one, if nothing else can happen meanwhile
	keepWorker      // none: the goroutine is a worker and takes a task from the pool next
	keepDriver      // none: the goroutine drives executions that yielded
)

// driver is the working memory of a goroutine that drives an execution.
type driver struct {
	r        machine.Result
	local    []machine.Event // events of the interpreter's own
	newTasks []*Task
	mail     []mail
	at       int // index of the next mail

	calls   []func() // to be called when the execution is at rest
	yielded bool
	pooled  bool            // on a goroutine of driveYielded
	hook    string          // the hook being called; empty: none
	working *Execution      // the execution whose Step is in progress
	until   context.Context // the context that limits how long the caller drives; nil: no limit
	stops   bool            // the end of until stops the execution
}

func (in *Interpreter) acquireDriver() *driver {
	if d, ok := in.spare.Get().(*driver); ok {
		return d
	}
	d := new(driver)
	d.r.Meanwhile = d.checkMeanwhile
	return d
}

// deliverMail gives mail to the goroutine that drives the execution. If there is
// none, it drives the execution itself until there is no more mail. With keepAlone
// it may return a task, which the caller must run.
func (e *Execution) deliverMail(m mail, k keep) *Task {
	e.mu.Lock()
	switch {
	case !e.driving:
		e.driving = true
	case e.queued && (m.visit != nil || m.event.Kind == machine.Stopped):
		e.queued, m.yielded = false, true // does not wait for its turn in the pool
	default:
		e.enqueueMail(m)
		e.mu.Unlock()
		return nil
	}
	e.mu.Unlock()
	return e.driveExecution(m, k)
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

// driveExecution is deliverMail for the goroutine that has claimed the execution.
// If a hook ends the goroutine, another one halts the execution and handles its
// mail.
func (e *Execution) driveExecution(m mail, k keep) (kept *Task) {
	return e.driveUntilDone(context.Background(), false, m, k)
}

// driveUntilDone is driveExecution until ctx ends. Then the pool goes on, or with
// stops the execution is stopped.
func (e *Execution) driveUntilDone(ctx context.Context, stops bool, m mail, k keep) (kept *Task) {
	e.in.beginDrive()
	if insideHook() && insideStep() { // of an execution that may share the stepLock
		go func() {
			defer e.in.endDrive()
			e.driveUntilDone(ctx, stops, m, keepNone)
		}()
		return nil
	}
	d := e.in.acquireDriver()
	d.pooled, d.until, d.stops = k == keepDriver && e.in.virtual == nil, ctx, stops
	done := false
	defer func() {
		if !done {
			err, torn := d.breakReason(recover())
			go d.finishDrive(e, err, torn)
		}
	}()
	kept = d.processMail(e, m, k)
	done = true
	calls := d.calls
	d.calls, d.until = nil, nil
	e.in.spare.Put(d)
	defer e.in.endDrive()
	if len(calls) > 0 && kept != nil { // a hook of another execution may end this goroutine
		go e.in.runWorker(kept)
		kept = nil
	}
	if len(calls) > 0 {
		callAll(calls)
	}
	return kept
}

// callAll calls all functions, even if one of them ends the goroutine.
func callAll(all []func()) {
	if len(all) > 0 {
		defer callAll(all[1:])
		all[0]()
	}
}

// breakReason returns why a drive did not finish: a hook called runtime.Goexit, or
// the interpreter itself panicked with p. For torn see endExecution.
func (d *driver) breakReason(p any) (err *HookError, torn bool) {
	if p != nil || d.hook == "" {
		return newHookError(hookNone, p), true
	}
	return newHookError(d.hook, nil), d.hook == hookSink || d.hook == hookOwnSink || d.working != nil
}

// finishDrive takes over the drive of a goroutine that ended, and halts the
// execution.
func (d *driver) finishDrive(e *Execution, err *HookError, torn bool) {
	for _, t := range d.newTasks {
		e.in.releaseReservedSlot(t)
	}
	d.local, d.newTasks, d.hook, d.working, d.pooled, d.until = nil, nil, "", nil, false, nil
	d.processMail(e, mail{visit: func() { e.haltExecution(e.wrapHookError("", "", err), torn) }}, keepNone)
	defer e.in.endDrive()
	callAll(d.calls)
}

// wrapHookError returns the error with which a hook ends the execution. The strings
// doing and what say why the hook was called; doing may be empty.
func (e *Execution) wrapHookError(doing, what string, err error) error {
	text := "interpreter: execution " + e.Name() + ": "
	if doing != "" {
		text += doing + what + ": "
	}
	return &hookText{text + hosterr.Message(err), err}
}

// callExecutionHook calls a hook while the execution is driven. For doing and what
// see wrapHookError.
func (d *driver) callExecutionHook(e *Execution, hook, doing, what string, f func() error) error {
	d.hook = hook
	if d.pooled {
		e.in.countBlockedDriver(1)
		defer e.in.countBlockedDriver(-1)
	}
	err := callHook(hook, func() error {
		if err := f(); err != nil {
			return e.wrapHookError(doing, what, err)
		}
		return nil
	})
	d.hook = ""
	if _, panicked := err.(*HookError); panicked {
		err = e.wrapHookError(doing, what, err)
	}
	return err
}

func (d *driver) processMail(e *Execution, m mail, k keep) *Task {
	in := e.in
	for {
		d.handleMail(e, &m)
		kept := d.launchTasks(e, k)
		var more bool
		if m, more = d.nextMail(e, kept != nil); !more {
			return kept
		}
		if kept != nil { // it is no longer the only work
			in.countHandlers(-1)
			in.undoAcquireSlot(kept)
			d.newTasks = append(d.newTasks, kept)
		}
	}
}

// nextMail returns the next mail. Without mail the execution is at rest, or in the
// queue of executions that yielded. An execution that continues with a kept task
// needs no timer: its deadline is far away.
func (d *driver) nextMail(e *Execution, kept bool) (mail, bool) {
	if d.until != nil && !kept && d.until.Err() != nil && d.handToPool(e) {
		return mail{}, false
	}
	if d.at < len(d.mail) {
		d.at++
		return d.mail[d.at-1], true
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
		return d.mail[0], true
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
	return mail{}, false
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

// launchTasks starts the new tasks, or returns the one that this goroutine must
// run.
func (d *driver) launchTasks(e *Execution, k keep) *Task {
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
	tasks := d.newTasks
	var kept *Task
	if k == keepAlone && len(tasks) == 1 && e.isOnlyWork(tasks[0]) && in.acquireWorkerSlot(tasks[0]) {
		kept, tasks = tasks[0], nil
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
	if e.extras.Load().awaited > 1 || t.Timeout > 0 || t.HeartbeatTimeout > 0 {
		return false
	}
	at, timed := e.program.Wake(&e.x)
	return !timed || at.Sub(e.x.Time()) > farAway
}

// handleMail handles one mail and the interpreter's own events that follow from it.
func (d *driver) handleMail(e *Execution, m *mail) {
	d.yielded = d.yielded || m.yielded
	switch {
	case m.visit != nil:
		m.visit()
		return
	case m.reply != nil:
		d.handleRequest(e, m)
	case e.x.Status != Running || e.drivingEnded():
		return
	case m.resume:
		d.resumeRestored(e)
	case m.task != nil && !e.acceptTaskEvent(m.task, m.event.Kind):
		return // the task has ended already
	default:
		_ = d.stepExecution(e, m.event)
	}
	for i := 0; i < len(d.local); i++ {
		_ = d.stepExecution(e, d.local[i])
	}
	clear(d.local)
	d.local = d.local[:0]
}

// handleRequest handles the event of a caller that waits in requestEvent. It
// replies after the event is applied and recorded.
func (d *driver) handleRequest(e *Execution, m *mail) {
	err := errNotTaken // in case a hook ends the goroutine
	defer func() { m.reply <- err }()
	switch {
	case m.event.Kind == machine.Stopped:
		if e.x.Status == Running && !e.drivingEnded() {
			_ = d.stepExecution(e, m.event)
		}
		err = e.stopResult()
	case e.x.Status == Running && e.drivingEnded():
		err = e.drivingEndedError()
	case e.x.Status != Running || !e.acceptTaskEvent(m.task, m.event.Kind):
		err = ErrTaskTimedOut
	default:
		err = d.stepExecution(e, m.event)
	}
}

// errNotTaken says that the goroutine that handled a request has ended. The
// execution is halted next.
var errNotTaken = errors.New("interpreter: a hook ended the goroutine that took the event")

// requestEvent delivers an event and waits until it is applied and its history is
// recorded. The error says why it was not. After ErrClosed the event may or may not
// be applied. Inside a hook, which may hold up the execution, requestEvent does not
// wait: after nil the event is applied when the hook has returned, unless the
// interpreter is closed.
func (e *Execution) requestEvent(m mail) error {
	reply, ok := e.in.replies.Get().(chan error)
	if !ok {
		reply = make(chan error, 1)
	}
	m.reply = reply
	for {
		e.deliverMail(m, keepNone)
		err, replied := e.awaitReply(reply)
		if !replied {
			return err // the driver may still send to the channel
		}
		if err != errNotTaken { //nolint:errorlint // it is never wrapped
			e.in.replies.Put(reply)
			return err
		}
	}
}

func (e *Execution) awaitReply(reply chan error) (err error, replied bool) {
	select {
	case err := <-reply:
		return err, true
	default:
	}
	if insideHook() && e.isWatched() {
		return nil, false
	}
	select {
	case err := <-reply:
		return err, true
	case <-e.in.ctx.Done():
	}
	select {
	case err := <-reply:
		return err, true
	default:
		return ErrClosed, false
	}
}

// resumeRestored continues a restored execution. It registers the tokens of all
// tasks first. Deadlines that passed meanwhile fire before any handler is called.
func (d *driver) resumeRestored(e *Execution) {
	if e.x.Seq == 0 {
		_ = d.stepExecution(e, machine.Event{Kind: machine.Started})
		return
	}
	if err := e.program.Pending(&e.x, &d.r); err != nil {
		e.haltExecution(err, false)
		return
	}
	d.executeCommands(e)
	if m := e.extras.Load(); m != nil {
		for _, t := range m.tasks {
			if t != nil {
				e.in.registerToken(t)
			}
		}
	}
	d.yielded = false // the Tick goes on
	_ = d.stepExecution(e, machine.Event{Kind: machine.Tick})
}

// stepExecution applies one event, records its history, and then executes its
// commands. The error says why the event was not applied or not recorded.
func (d *driver) stepExecution(e *Execution, ev machine.Event) error {
	if e.drivingEnded() {
		return e.drivingEndedError()
	}
	now, err := d.stepTime(e)
	if err != nil {
		e.haltExecution(err, false)
		return err
	}
	kind := ev.Kind
	d.r.History = e.wantsHistory()
	d.working = e
	if e.isWatched() {
		err = e.stepWatched(&ev, now, &d.r)
	} else {
		e.preferStop(&ev)
		err = e.program.Step(&e.x, ev, now, &d.r)
	}
	d.working = nil
	if err != nil {
		e.haltExecution(err, false)
		return err
	}
	late := d.r.Late || ev.Kind != kind
	if len(d.r.Events) > 0 {
		if torn, err := d.recordHistory(e, d.r.Events); err != nil {
			e.haltExecution(err, torn)
			return err
		}
	}
	d.executeCommands(e)
	if late {
		return ErrTaskTimedOut
	}
	return nil
}

// checkMeanwhile gives a Step in progress the time and the Stopped event that ends
// the execution now: one in the mail, or the end of the caller's context.
func (d *driver) checkMeanwhile() (at time.Time, stopped *machine.Event) {
	e := d.working
	if m := e.extras.Load(); m != nil {
		stopped = m.stop.Load()
	}
	if stopped == nil && d.stops && d.until.Err() != nil {
		stopped = stoppedByContext(d.until)
	}
	at, err := e.in.currentTimeInStep(d)
	if err != nil {
		return e.x.Time(), stopped // stepTime reports the error
	}
	return at, stopped
}

// stepTime returns the time for a Step.
func (d *driver) stepTime(e *Execution) (now time.Time, err error) {
	d.hook = hookClock
	now, err = e.in.currentTime()
	d.hook = ""
	if err != nil {
		err = e.wrapHookError("", "", err)
	}
	return now, err
}

// isWatched reports whether a hook may take a Snapshot of the execution while it is
// driven.
func (e *Execution) isWatched() bool {
	if e.in.foreignHooks {
		return true
	}
	m := e.extras.Load()
	return m != nil && m.sink != nil
}

// stepWatched makes a Step and excludes Snapshots of hooks meanwhile.
func (e *Execution) stepWatched(ev *machine.Event, now time.Time, r *machine.Result) error {
	mu := e.stepLock()
	mu.Lock()
	defer mu.Unlock()
	e.preferStop(ev)
	return e.program.Step(&e.x, *ev, now, r)
}

// preferStop replaces *ev by a Stopped event in the mail, if there is one. It does
// not replace Started.
func (e *Execution) preferStop(ev *machine.Event) {
	if m := e.extras.Load(); m != nil && ev.Kind != machine.Started {
		if stop := m.stop.Load(); stop != nil {
			*ev = *stop
		}
	}
}

// stepLock returns the lock that is held while a watched execution changes.
// Executions share a few locks: no hook is called under one.
func (e *Execution) stepLock() *sync.Mutex {
	return &e.in.stepping[e.seq%uint32(len(e.in.stepping))]
}

// drivingEnded reports whether the execution is not driven any longer.
func (e *Execution) drivingEnded() bool {
	return e.isHalted() || e.in.phase.Load() == phaseClosed
}

// drivingEndedError returns the reason for drivingEnded.
func (e *Execution) drivingEndedError() error {
	if err, _ := e.haltError(); err != nil {
		return err
	}
	return ErrClosed
}

// wantsHistory reports whether anything receives the history.
func (e *Execution) wantsHistory() bool {
	m := e.extras.Load()
	return e.in.sink != nil || e.in.logs || m != nil && (m.sink != nil || m.log != nil)
}

// recordHistory gives events to the log, the sinks and the logger, in this order.
// For torn see endExecution.
func (d *driver) recordHistory(e *Execution, events []history.Event) (torn bool, err error) {
	in, m := e.in, e.extras.Load()
	if m != nil && m.log != nil {
		_ = m.log.Record(e.x.ID, events) // never fails
	}
	const doing, what = "recording its ", "history"
	if in.sink != nil {
		err = d.callExecutionHook(e, hookSink, doing, what, func() error { return in.sink.Record(e.x.ID, events) })
	}
	if err == nil && m != nil && m.sink != nil {
		err = d.callExecutionHook(e, hookOwnSink, doing, what, func() error { return m.sink.Record(e.x.ID, events) })
	}
	if err != nil || !in.logs {
		return true, err
	}
	return false, d.callExecutionHook(e, hookLogger, "logging its ", "history", func() error {
		logEvents(in.log, e.x.ID, events)
		return nil
	})
}

// executeCommands executes the commands of a Step.
func (d *driver) executeCommands(e *Execution) {
	first := len(d.newTasks)
	for i := range d.r.Commands {
		switch c := &d.r.Commands[i]; c.Kind {
		case machine.StartTask:
			if !d.startTask(e, c) {
				return
			}
		case machine.CancelTask:
			e.cancelTask(c)
		case machine.Complete:
			e.endExecution(nil, false)
		case machine.Yield:
			d.yielded = true
		}
	}
	d.announceStarts(e, d.newTasks[first:])
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
		if t.needsStartEvent(recorded) {
			n++
			if recorded && t.Resource.Kind == machine.Activity {
				d.local = append(d.local, machine.Event{Kind: machine.TaskScheduled, Task: t.id})
			}
		}
	}
	if n > 0 {
		n = e.in.reserveWorkerSlots(n)
	}
	for i := 0; n > 0; i++ {
		if t := tasks[i]; t.needsStartEvent(recorded) {
			t.reserved = true
			d.local = append(d.local, t.startEvent())
			n--
		}
	}
}

// startTask creates the task of a command. It returns false if the execution was
// halted.
func (d *driver) startTask(e *Execution, c *machine.Command) bool {
	h, ok, err := d.findHandler(e, c)
	if err != nil {
		e.haltExecution(err, false)
		return false
	}
	waits := c.Submitted && c.Resource.Pattern == machine.WaitForTaskToken
	if !ok && !waits {
		d.local = append(d.local, taskRefused(c))
		return true
	}
	t := &Task{
		State: c.State, Resource: c.Resource, Input: c.Input, Credentials: c.Credentials,
		Attempt: c.Attempt, Item: c.Item, Timeout: c.Timeout, HeartbeatTimeout: c.Heartbeat,
		Resumed: c.Started, id: c.Task, execution: e, handler: h,
	}
	if c.Started { // a store costs much more than a load
		t.startKnown.Store(true)
	}
	if c.Submitted {
		t.submitted.Store(true)
	}
	e.addOutstanding(t)
	if c.Resource.Token() {
		e.in.registerToken(t)
	}
	if waits {
		return true // the handler was called before: only the token is awaited
	}
	d.newTasks = append(d.newTasks, t)
	return true
}

// findHandler asks the resolver for the handler of a task.
func (d *driver) findHandler(e *Execution, c *machine.Command) (h Handler, ok bool, err error) {
	if !e.in.foreignResolver {
		h, ok = resolveTask(e.in.resolver, c.State, c.Resource.Name)
		return h, ok, nil
	}
	err = d.callExecutionHook(e, hookResolve, "resolving ", c.Resource.Name, func() error {
		h, ok = resolveTask(e.in.resolver, c.State, c.Resource.Name)
		return nil
	})
	return h, ok, err
}

// taskRefused is the event of a task without a handler.
func taskRefused(c *machine.Command) machine.Event {
	name, cause := asl.StatesRuntime, "No handler answers the resource "+c.Resource.Name+"."
	if c.Resource.Kind == machine.Activity {
		cause = "The activity " + c.Resource.Name + " does not exist."
	}
	return machine.Event{Kind: machine.TaskRefused, Task: c.Task, Error: &name, Cause: &cause}
}
