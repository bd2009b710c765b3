package interpreter

import (
	"context"

	"github.com/gostates/gostates/interpreter/internal/hosterr"
	"github.com/gostates/gostates/interpreter/machine"
)

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
	r           machine.Result
	ownEvents   []machine.Event // events of the interpreter's own
	newTasks    []*Task
	mapCommands []mapCommand
	mail        []mail
	at          int // index of the next mail

	calls           []func() // to be called when the execution is at rest
	yielded         bool
	pooled          bool       // on a goroutine of driveYielded
	hook            string     // the hook being called; empty: none
	working         *Execution // the execution whose Step is in progress
	dropsCommands   bool       // Pending will make those of the Step, but for EndMapRun
	group           *group     // the change of a stored execution that is being made; nil: none yet
	record          machine.RecordWriter
	encoded         []byte          // a buffer to use again
	callerContext   context.Context // the context that limits how long the caller drives; nil: no limit
	stopWithContext bool            // the end of callerContext stops the execution
}

func (in *Interpreter) acquireDriver() *driver {
	if d, ok := in.spare.Get().(*driver); ok {
		return d
	}
	d := new(driver)
	d.r.Meanwhile = d.checkMeanwhile
	return d
}

// driveExecution is deliverMail for the goroutine that has claimed the execution.
// If a hook ends the goroutine, another one halts the execution and handles its
// mail.
func (e *Execution) driveExecution(m *mail, k keep) (kept *Task) {
	return e.driveUntilDone(context.Background(), false, m, k)
}

// driveUntilDone is driveExecution until ctx ends. Then the pool goes on, or with
// stops the execution is stopped. Shutdown goes on waiting for a drive that returns a
// task, since the mail with the task's result continues it.
func (e *Execution) driveUntilDone(ctx context.Context, stops bool, m *mail, k keep) (kept *Task) {
	e.in.beginDrive(m.counted)
	if insideStep() && insideHook() { // of an execution that may share the stepLock
		m := *m
		m.counted = false
		go func() {
			defer e.in.endDrive()
			e.driveUntilDone(ctx, stops, &m, keepNone)
		}()
		return nil
	}
	d := e.in.acquireDriver()
	d.pooled, d.callerContext, d.stopWithContext = k == keepDriver && e.in.virtual == nil, ctx, stops
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
	d.calls, d.callerContext = nil, nil
	e.in.spare.Put(d)
	if len(calls) > 0 {
		e.finishCalls(calls, kept)
		return nil
	}
	if kept != nil {
		e.in.countWork(-1)
		return kept
	}
	e.in.endDrive()
	return nil
}

// finishCalls ends a drive with calls to make. A hook of another execution may end this
// goroutine, so that it does not run the kept task.
func (e *Execution) finishCalls(calls []func(), kept *Task) {
	defer e.in.endDrive()
	if kept != nil {
		go e.in.runWorker(kept)
	}
	callAll(calls)
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
	if d.group != nil { // also if the finish fails
		defer sendReplies(d.group.replies, err)
		d.group = nil
	}
	d.ownEvents, d.newTasks, d.mapCommands, d.hook, d.working, d.pooled, d.dropsCommands, d.callerContext = nil, nil, nil, "", nil, false, false, nil
	d.processMail(e, &mail{visit: func(*driver) { e.haltExecution(e.wrapHookError("", "", err), torn) }}, keepNone)
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

func (d *driver) processMail(e *Execution, m *mail, k keep) *Task {
	if e.stored != nil {
		d.processStoredMail(e, m)
		return nil
	}
	in := e.in
	for {
		d.handleMail(e, m)
		kept := d.launchTasks(e, k)
		if m = d.nextMail(e, kept != nil); m == nil {
			return kept
		}
		if kept != nil { // it is no longer the only work
			in.countHandlers(-1)
			in.undoAcquireSlot(kept)
			kept.kept = false
			d.newTasks = append(d.newTasks, kept)
		}
	}
}
