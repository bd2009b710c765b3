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

// mail is what an execution's driver finds to do.
type mail struct {
	event   machine.Event
	task    *Task      // whose event it is
	visit   func()     // instead of an event: called between two Steps
	resume  bool       // instead of an event: go on after a restore
	yielded bool       // the execution can go on afterwards
	reply   chan error // if not nil: receives why the event was not applied, or nil, or errNotTaken
}

// keep says which new task the goroutine that drives runs itself.
type keep uint8

const (
	keepNone   keep = iota
	keepAlone       // the only one, if nothing else can happen meanwhile
	keepWorker      // the pool's: it asks the pool for work next
	keepDriver      // none: the goroutine is one for executions that yielded
)

// driver is what a goroutine needs while it drives an execution.
type driver struct {
	r     machine.Result
	local []machine.Event // what the interpreter itself answers
	fresh []*Task
	mail  []mail
	at    int // in mail

	calls   []func() // once the execution is at rest
	yielded bool
	pooled  bool            // on a goroutine of driveYielded
	hook    string          // that is being called; empty: none
	working *Execution      // whose Step is under way
	until   context.Context // of the caller, who drives no longer than that; nil: to the end
	stops   bool            // the execution is stopped when until ends
}

func (in *Interpreter) driver() *driver {
	if d, ok := in.spare.Get().(*driver); ok {
		return d
	}
	d := new(driver)
	d.r.Meanwhile = d.meanwhile
	return d
}

// deliver brings an execution its mail: to the goroutine that drives it, or else
// this one does until there is no more. It returns the task that the caller is
// to run, which only keepAlone asks for.
func (e *Execution) deliver(m mail, k keep) *Task {
	e.mu.Lock()
	switch {
	case !e.driving:
		e.driving = true
	case e.queued && (m.visit != nil || m.event.Kind == machine.Stopped):
		e.queued, m.yielded = false, true // does not wait for its turn in the pool
	default:
		e.postMail(m)
		e.mu.Unlock()
		return nil
	}
	e.mu.Unlock()
	return e.drive(m, k)
}

// postMail leaves mail for the goroutine that drives, under mu. A Stopped event comes
// before all other mail.
func (e *Execution) postMail(m mail) {
	more := e.needMore()
	more.mail = append(more.mail, m)
	if m.event.Kind == machine.Stopped {
		ev := m.event
		more.stop.Store(&ev)
	}
}

// claimQueued reports whether an execution still stands in the queue of those that
// yielded. If so, the caller is to drive it.
func (e *Execution) claimQueued() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	queued := e.queued
	e.queued = false
	return queued
}

// drive is deliver where nobody else drives. If a hook ends the goroutine, another
// one halts the execution and takes its mail.
func (e *Execution) drive(m mail, k keep) (kept *Task) {
	return e.driveUntil(context.Background(), false, m, k)
}

// driveUntil is drive for a caller who has no time for it once its context has
// ended: the pool goes on then, or with stops, the execution is stopped where it
// computes.
func (e *Execution) driveUntil(ctx context.Context, stops bool, m mail, k keep) (kept *Task) {
	e.in.beginDrive()
	if insideHook() && insideStep() { // of an execution whose stepLock may be the same
		go func() {
			defer e.in.endDrive()
			e.driveUntil(ctx, stops, m, keepNone)
		}()
		return nil
	}
	d := e.in.driver()
	d.pooled, d.until, d.stops = k == keepDriver && e.in.virtual == nil, ctx, stops
	done := false
	defer func() {
		if !done {
			err, torn := d.broken(recover())
			go d.driveOn(e, err, torn)
		}
	}()
	kept = d.run(e, m, k)
	done = true
	calls := d.calls
	d.calls, d.until = nil, nil
	e.in.spare.Put(d)
	defer e.in.endDrive()
	if len(calls) > 0 && kept != nil { // a hook of the others may end this goroutine
		go e.in.work(kept)
		kept = nil
	}
	if len(calls) > 0 {
		callAll(calls)
	}
	return kept
}

// callAll calls all of them, even if one ends the goroutine.
func callAll(all []func()) {
	if len(all) > 0 {
		defer callAll(all[1:])
		all[0]()
	}
}

// broken returns why a drive did not end: a hook called runtime.Goexit, or our own
// code panicked with p. For torn see Execution.ended.
func (d *driver) broken(p any) (err *HookError, torn bool) {
	if p != nil || d.hook == "" {
		return newHookError(hookNone, p), true
	}
	return newHookError(d.hook, nil), d.hook == hookSink || d.hook == hookOwnSink || d.working != nil
}

// driveOn ends the drive of a goroutine that ended.
func (d *driver) driveOn(e *Execution, err *HookError, torn bool) {
	for _, t := range d.fresh {
		e.in.breakPromise(t)
	}
	d.local, d.fresh, d.hook, d.working, d.pooled, d.until = nil, nil, "", nil, false, nil
	d.run(e, mail{visit: func() { e.halt(e.hookFailed("", "", err), torn) }}, keepNone)
	defer e.in.endDrive()
	callAll(d.calls)
}

// hookFailed returns the error with which an execution ends because of a hook: doing
// what the hook was called for, and may be empty.
func (e *Execution) hookFailed(doing, what string, err error) error {
	text := "interpreter: execution " + e.Name() + ": "
	if doing != "" {
		text += doing + what + ": "
	}
	return &hookText{text + hosterr.Message(err), err}
}

// callHook calls a hook for the execution that is driven. Doing is as in hookFailed.
func (d *driver) callHook(e *Execution, hook, doing, what string, f func() error) error {
	d.hook = hook
	if d.pooled {
		e.in.block(1)
		defer e.in.block(-1)
	}
	err := callHook(hook, func() error {
		if err := f(); err != nil {
			return e.hookFailed(doing, what, err)
		}
		return nil
	})
	d.hook = ""
	if _, panicked := err.(*HookError); panicked {
		err = e.hookFailed(doing, what, err)
	}
	return err
}

func (d *driver) run(e *Execution, m mail, k keep) *Task {
	in := e.in
	for {
		d.take(e, &m)
		kept := d.launch(e, k)
		var more bool
		if m, more = d.next(e, kept != nil); !more {
			return kept
		}
		if kept != nil { // it is not alone any more
			in.handling(-1)
			in.putBack(kept)
			d.fresh = append(d.fresh, kept)
		}
	}
}

// next returns the next mail. Without any the execution is at rest, or stands in
// the queue of those that yielded. One that goes on with the task that was kept
// needs no timer: its deadline is far away.
func (d *driver) next(e *Execution, kept bool) (mail, bool) {
	if d.until != nil && !kept && d.until.Err() != nil && d.handOver(e) {
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
		e.arm()
		d.hook = ""
	}
	e.mu.Lock()
	more := e.more.Load()
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
		if !yielded && more.idle() {
			e.more.Store(nil)
		}
	}
	e.mu.Unlock()
	if yielded {
		e.in.yield(e)
	}
	return mail{}, false
}

// handOver leaves what there is to do to the pool. It is false if there is nothing.
func (d *driver) handOver(e *Execution) bool {
	e.mu.Lock()
	more := e.more.Load()
	if d.at == len(d.mail) && (more == nil || len(more.mail) == 0) {
		e.mu.Unlock()
		return false
	}
	more = e.needMore()
	more.mail = slices.Concat(d.mail[d.at:], more.mail)
	e.queued = true
	e.mu.Unlock()
	clear(d.mail)
	d.mail, d.at, d.yielded = d.mail[:0], 0, false
	e.in.yield(e)
	return true
}

// launch starts the new tasks, or returns the one that this goroutine is to run.
func (d *driver) launch(e *Execution, k keep) *Task {
	if len(d.fresh) == 0 {
		return nil
	}
	in := e.in
	phase := in.phase.Load()
	d.fresh = slices.DeleteFunc(d.fresh, func(t *Task) bool {
		if t.dead() || phase != phaseOpen && !(t.promised && phase == phaseDrain) {
			in.breakPromise(t) // those that nobody cancelled stay outstanding
			return true
		}
		return false
	})
	tasks := d.fresh
	var kept *Task
	if k == keepAlone && len(tasks) == 1 && e.alone(tasks[0]) && in.acquire(tasks[0]) {
		kept, tasks = tasks[0], nil
		in.handling(1)
	}
	if len(tasks) > 0 {
		asking := 0
		if k == keepWorker {
			asking = 1
		}
		in.handling(len(tasks))
		in.launch(tasks, asking)
	}
	clear(d.fresh)
	d.fresh = d.fresh[:0]
	return kept
}

// farAway is how long a task may run on the goroutine of Run before a deadline
// of its execution: one that is later than that, such as the limit of a year, is
// acted on when the task is over.
const farAway = 24 * time.Hour

// alone reports whether nothing can happen to the execution before the task has
// its result.
func (e *Execution) alone(t *Task) bool {
	if e.more.Load().awaited > 1 || t.Timeout > 0 || t.HeartbeatTimeout > 0 {
		return false
	}
	at, timed := e.program.Wake(&e.x)
	return !timed || at.Sub(e.x.Time()) > farAway
}

// take does what one mail says, and what follows from it.
func (d *driver) take(e *Execution, m *mail) {
	d.yielded = d.yielded || m.yielded
	switch {
	case m.visit != nil:
		m.visit()
		return
	case m.reply != nil:
		d.takeRequest(e, m)
	case e.x.Status != Running || e.stands():
		return
	case m.resume:
		d.resume(e)
	case m.task != nil && !e.awaits(m.task, m.event.Kind):
		return // nobody waits for this answer
	default:
		_ = d.step(e, m.event)
	}
	for i := 0; i < len(d.local); i++ {
		_ = d.step(e, d.local[i])
	}
	clear(d.local)
	d.local = d.local[:0]
}

// takeRequest takes the event of a caller who waits in request, and replies once it
// is applied and recorded.
func (d *driver) takeRequest(e *Execution, m *mail) {
	err := errNotTaken // if a hook ends the goroutine
	defer func() { m.reply <- err }()
	switch {
	case m.event.Kind == machine.Stopped:
		if e.x.Status == Running && !e.stands() {
			_ = d.step(e, m.event)
		}
		err = e.whyNotStopped()
	case e.x.Status == Running && e.stands():
		err = e.whyStands()
	case e.x.Status != Running || !e.awaits(m.task, m.event.Kind):
		err = ErrTaskTimedOut
	default:
		err = d.step(e, m.event)
	}
}

// errNotTaken says that the goroutine ended which took a request. The execution is
// halted next.
var errNotTaken = errors.New("interpreter: a hook ended the goroutine that took the event")

// request delivers an event and waits until it is applied and its history recorded.
// The error says why it was not: ErrClosed also if the interpreter is closed while
// request waits, when the event may or may not be applied. Inside a hook, which may
// hold up the execution, request does not wait: nil then says that the event comes
// after the hook, unless the interpreter is closed.
func (e *Execution) request(m mail) error {
	reply, ok := e.in.replies.Get().(chan error)
	if !ok {
		reply = make(chan error, 1)
	}
	m.reply = reply
	for {
		e.deliver(m, keepNone)
		err, replied := e.awaitReply(reply)
		if !replied {
			return err // the driver still has the channel
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
	if insideHook() && e.watched() {
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

// resume goes on with an execution that was restored. Its tasks are known by their
// tokens before anything else happens, and what was due while it was away happens
// before a handler is called.
func (d *driver) resume(e *Execution) {
	if e.x.Seq == 0 {
		_ = d.step(e, machine.Event{Kind: machine.Started})
		return
	}
	if err := e.program.Pending(&e.x, &d.r); err != nil {
		e.halt(err, false)
		return
	}
	d.act(e)
	if m := e.more.Load(); m != nil {
		for _, t := range m.tasks {
			if t != nil {
				e.in.register(t)
			}
		}
	}
	d.yielded = false // the Tick goes on
	_ = d.step(e, machine.Event{Kind: machine.Tick})
}

// step takes one event: what it writes into the history is recorded before what
// it asks for is done. The error says why the event was not applied, or that it is
// not recorded.
func (d *driver) step(e *Execution, ev machine.Event) error {
	if e.stands() {
		return e.whyStands()
	}
	now, err := d.now(e)
	if err != nil {
		e.halt(err, false)
		return err
	}
	kind := ev.Kind
	d.r.History = e.recorded()
	d.working = e
	if e.watched() {
		err = e.stepWatched(&ev, now, &d.r)
	} else {
		e.preferStop(&ev)
		err = e.program.Step(&e.x, ev, now, &d.r)
	}
	d.working = nil
	if err != nil {
		e.halt(err, false)
		return err
	}
	late := d.r.Late || ev.Kind != kind
	if len(d.r.Events) > 0 {
		if torn, err := d.record(e, d.r.Events); err != nil {
			e.halt(err, torn)
			return err
		}
	}
	d.act(e)
	if late {
		return ErrTaskTimedOut
	}
	return nil
}

// meanwhile tells a Step that computes what would end the execution now: the time,
// and a Stopped event that is among the mail or that the end of the context means
// for which the goroutine drives.
func (d *driver) meanwhile() (at time.Time, stopped *machine.Event) {
	e := d.working
	if m := e.more.Load(); m != nil {
		stopped = m.stop.Load()
	}
	if stopped == nil && d.stops && d.until.Err() != nil {
		stopped = contextStop(d.until)
	}
	at, err := e.in.nowInStep(d)
	if err != nil {
		return e.x.Time(), stopped // the driver finds out soon
	}
	return at, stopped
}

// now returns the time of a Step.
func (d *driver) now(e *Execution) (now time.Time, err error) {
	d.hook = hookClock
	now, err = e.in.now()
	d.hook = ""
	if err != nil {
		err = e.hookFailed("", "", err)
	}
	return now, err
}

// watched reports whether a hook may take a Snapshot of the execution while it is
// driven.
func (e *Execution) watched() bool {
	if e.in.foreignHooks {
		return true
	}
	m := e.more.Load()
	return m != nil && m.sink != nil
}

// stepWatched is a Step during which no hook takes a Snapshot.
func (e *Execution) stepWatched(ev *machine.Event, now time.Time, r *machine.Result) error {
	mu := e.stepLock()
	mu.Lock()
	defer mu.Unlock()
	e.preferStop(ev)
	return e.program.Step(&e.x, *ev, now, r)
}

// preferStop replaces an event by the Stopped event that is among the mail, if there
// is one. Nothing comes before Started.
func (e *Execution) preferStop(ev *machine.Event) {
	if m := e.more.Load(); m != nil && ev.Kind != machine.Started {
		if stop := m.stop.Load(); stop != nil {
			*ev = *stop
		}
	}
}

// stepLock is held while a watched execution changes. Executions share few locks:
// no hook is called under one.
func (e *Execution) stepLock() *sync.Mutex {
	return &e.in.stepping[e.seq%uint32(len(e.in.stepping))]
}

// stands reports whether the execution is driven no more.
func (e *Execution) stands() bool {
	return e.halted() || e.in.phase.Load() == phaseClosed
}

// whyStands returns the reason for stands.
func (e *Execution) whyStands() error {
	if err, _ := e.haltError(); err != nil {
		return err
	}
	return ErrClosed
}

// recorded reports whether something wants the history.
func (e *Execution) recorded() bool {
	m := e.more.Load()
	return e.in.sink != nil || e.in.logs || m != nil && (m.sink != nil || m.log != nil)
}

// record gives events to all who want them: those who only look come last. For torn
// see Execution.ended.
func (d *driver) record(e *Execution, events []history.Event) (torn bool, err error) {
	in, m := e.in, e.more.Load()
	if m != nil && m.log != nil {
		_ = m.log.Record(e.x.ID, events) // it never fails
	}
	const doing, what = "recording its ", "history"
	if in.sink != nil {
		err = d.callHook(e, hookSink, doing, what, func() error { return in.sink.Record(e.x.ID, events) })
	}
	if err == nil && m != nil && m.sink != nil {
		err = d.callHook(e, hookOwnSink, doing, what, func() error { return m.sink.Record(e.x.ID, events) })
	}
	if err != nil || !in.logs {
		return true, err
	}
	return false, d.callHook(e, hookLogger, "logging its ", "history", func() error {
		logEvents(in.log, e.x.ID, events)
		return nil
	})
}

// act carries out the commands of a Step.
func (d *driver) act(e *Execution) {
	first := len(d.fresh)
	for i := range d.r.Commands {
		switch c := &d.r.Commands[i]; c.Kind {
		case machine.StartTask:
			if !d.startTask(e, c) {
				return
			}
		case machine.CancelTask:
			e.cancelTask(c)
		case machine.Complete:
			e.ended(nil, false)
		case machine.Yield:
			d.yielded = true
		}
	}
	d.tell(e, d.fresh[first:])
}

// tell says of new tasks that they have started, where it makes a difference to
// say it now: all are scheduled first, then all are started. It is said of those
// whose handlers will be called for certain, even if the interpreter shuts down.
func (d *driver) tell(e *Execution, tasks []*Task) {
	if e.in.phase.Load() != phaseOpen {
		return
	}
	recorded := e.recorded()
	n := 0
	for _, t := range tasks {
		if t.toTell(recorded) {
			n++
			if recorded && t.Resource.Kind == machine.Activity {
				d.local = append(d.local, machine.Event{Kind: machine.TaskScheduled, Task: t.id})
			}
		}
	}
	if n > 0 {
		n = e.in.promise(n) // the others start when they get a place
	}
	for i := 0; n > 0; i++ {
		if t := tasks[i]; t.toTell(recorded) {
			t.promised = true
			d.local = append(d.local, t.started())
			n--
		}
	}
}

// startTask reports whether the execution can go on.
func (d *driver) startTask(e *Execution, c *machine.Command) bool {
	h, ok, err := d.findHandler(e, c)
	if err != nil {
		e.halt(err, false)
		return false
	}
	waits := c.Submitted && c.Resource.Pattern == machine.WaitForTaskToken
	if !ok && !waits {
		d.local = append(d.local, refusal(c))
		return true
	}
	t := &Task{
		State: c.State, Resource: c.Resource, Input: c.Input, Credentials: c.Credentials,
		Attempt: c.Attempt, Item: c.Item, Timeout: c.Timeout, HeartbeatTimeout: c.Heartbeat,
		Resumed: c.Started, id: c.Task, execution: e, handler: h,
	}
	if c.Started { // stores cost much more
		t.told.Store(true)
	}
	if c.Submitted {
		t.submitted.Store(true)
	}
	e.outstanding(t)
	if c.Resource.Token() {
		e.in.register(t)
	}
	if waits {
		return true // the call was made: only the token is awaited
	}
	d.fresh = append(d.fresh, t)
	return true
}

// resolve finds the handler of a task.
func (d *driver) findHandler(e *Execution, c *machine.Command) (h Handler, ok bool, err error) {
	if !e.in.foreignResolver {
		h, ok = resolveTask(e.in.resolver, c.State, c.Resource.Name)
		return h, ok, nil
	}
	err = d.callHook(e, hookResolve, "resolving ", c.Resource.Name, func() error {
		h, ok = resolveTask(e.in.resolver, c.State, c.Resource.Name)
		return nil
	})
	return h, ok, err
}

// refusal is the answer to a task that nobody handles.
func refusal(c *machine.Command) machine.Event {
	name, cause := asl.StatesRuntime, "No handler answers the resource "+c.Resource.Name+"."
	if c.Resource.Kind == machine.Activity {
		cause = "The activity " + c.Resource.Name + " does not exist."
	}
	return machine.Event{Kind: machine.TaskRefused, Task: c.Task, Error: &name, Cause: &cause}
}
