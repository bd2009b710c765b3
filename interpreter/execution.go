package interpreter

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// Execution is the handle of one run of a state machine. The run goes on if the
// handle is dropped.
type Execution struct {
	// One goroutine at a time drives the execution. It alone uses x and the
	// driver's fields of extras. Others leave it mail.
	x       machine.Execution
	in      *Interpreter
	program *Program
	extras  atomic.Pointer[extras] // nil while not needed

	mu    sync.Mutex // for the fields below and those of extras that say so
	timer int32      // index in the heap of timers, under its lock
	seq   uint32     // orders executions with equal deadlines by their starts

	driving bool
	queued  bool // with driving: in the queue of executions that yielded
	armed   bool // the driver's: there may be a timer
	target  bool // under the lock of timers: a virtual clock may jump to it
	status  Status
	named   bool

	kept bool // under the lock of names: a parent needs it after its end
	gone bool // under the lock of names: its driving has ended
}

// extras holds the fields that only some executions need, while they need them.
type extras struct {
	mail    []mail        // under mu
	done    chan struct{} // under mu; closed at the end
	waiting int           // under mu: callers in Wait
	resting int           // under mu: of these, handlers that a virtual clock need not wait for
	err     error         // under mu: why the execution was halted
	torn    bool          // under mu: the history lacks the last Step
	after   []func()      // under mu: called when driving has ended

	stop atomic.Pointer[machine.Event] // a Stopped event in the mail; set under mu

	tasks   []*Task  // the driver's: outstanding tasks by slot
	awaited int      // the driver's: number of outstanding tasks
	calls   []func() // the driver's: to be called after the drive

	sink   history.Sink    // set at the start
	log    *history.Log    // set at the start
	values context.Context // set at the start
}

// isEmpty reports whether nothing needs the extras any longer.
func (m *extras) isEmpty() bool {
	return len(m.mail) == 0 && m.done == nil && m.err == nil && m.awaited == 0 &&
		m.sink == nil && m.log == nil && m.values == nil && len(m.after) == 0
}

// ensureExtras returns the extras and makes them if needed. The caller holds mu.
func (e *Execution) ensureExtras() *extras {
	m := e.extras.Load()
	if m == nil {
		m = new(extras)
		e.extras.Store(m)
	}
	return m
}

// Name returns the name of the execution, as the context object shows it.
func (e *Execution) Name() string { return machine.ExecutionName(e.x.ID) }

// Arn returns the ARN of the execution, as the context object shows it.
func (e *Execution) Arn() string { return e.program.ExecutionArn(e.x.ID) }

// Program returns the program of the execution.
func (e *Execution) Program() *Program { return e.program }

// Status returns the current status. An execution that was halted stays Running.
func (e *Execution) Status() Status {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.status
}

// Wait waits until the execution has ended. The error is nil if it succeeded, and
// an *[ExecutionError] if it failed, timed out or was stopped. Otherwise it is
// [ErrClosed] if the interpreter was closed before, the error of a hook that halted
// the execution (see [HookError]), [ErrReentry] inside a hook unless the execution
// has ended, or the error of ctx, which limits the wait and does not stop the
// execution.
func (e *Execution) Wait(ctx context.Context) error {
	if insideHook() && !e.isOver() {
		return fmt.Errorf("interpreter: waiting for execution %s: %w", e.Name(), ErrReentry)
	}
	resting := e.countRestingHandler(ctx)
	done := e.beginWait(resting)
	if done == nil {
		return e.endError()
	}
	defer e.endWait(resting) // also if a hook ends the goroutine, on which a virtual clock may jump
	for {
		if v := e.in.virtual; v != nil {
			v.jumpToDeadlines(done, ctx, e.in.ctx)
		}
		select {
		case <-done:
			return e.endError()
		default:
		}
		select {
		case <-done:
			return e.endError()
		case <-ctx.Done():
			return fmt.Errorf("interpreter: waiting for execution %s: %w", e.Name(), contextError(ctx))
		case <-e.in.ctx.Done():
			return ErrClosed
		case <-e.in.virtual.jumpSignal():
		}
	}
}

// beginWait counts a waiter and returns a channel that is closed at the end. It
// returns nil after the end.
func (e *Execution) beginWait(resting int) <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.isOverLocked() {
		return nil
	}
	m := e.ensureExtras()
	if m.done == nil {
		m.done = make(chan struct{})
	}
	m.waiting++
	m.resting += resting
	e.in.virtual.countWaiters(1)
	e.in.countHandlers(-resting)
	return m.done
}

// endWait undoes beginWait, unless the end of the execution has.
func (e *Execution) endWait(resting int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.isOverLocked() {
		m := e.ensureExtras()
		m.waiting--
		m.resting -= resting
		e.in.countHandlers(resting)
		e.in.virtual.countWaiters(-1)
	}
}

// countRestingHandler returns 1 if the caller is a handler that waits, with its
// context, for an execution under the same virtual clock as its own, and 0 otherwise.
// The clock may jump meanwhile.
func (e *Execution) countRestingHandler(ctx context.Context) int {
	if e.in.virtual == nil {
		return 0
	}
	if t := TaskFrom(ctx); t != nil && t.execution != nil && t.execution.in.virtual == e.in.virtual && insideHandler() {
		return 1
	}
	return 0
}

// isOverLocked reports whether the execution has ended or was halted. The caller
// holds mu.
func (e *Execution) isOverLocked() bool {
	m := e.extras.Load()
	return e.status != Running || m != nil && m.err != nil
}

func (e *Execution) isOver() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.isOverLocked()
}

// endError returns the result of Wait after the end.
func (e *Execution) endError() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if m := e.extras.Load(); m != nil && m.err != nil {
		return m.err
	}
	if e.status == Succeeded {
		return nil
	}
	return e.executionError()
}

// contextError returns the error of a context together with its cause.
func contextError(ctx context.Context) error {
	err, why := ctx.Err(), context.Cause(ctx)
	if why == nil || errors.Is(err, why) {
		return err
	}
	return fmt.Errorf("%w: %w", err, why)
}

// Output returns the output of an execution that succeeded, a value of package
// value. The error is [ErrRunning] before the end, and otherwise as of
// [Execution.Wait].
func (e *Execution) Output() (any, error) {
	if !e.isOver() {
		return nil, ErrRunning
	}
	if err := e.endError(); err != nil {
		return nil, err
	}
	return e.x.Outcome.Output, nil
}

// Decode stores the output in dst, a pointer, as [value.Decode] does. A panic in a
// method of its type is a *[HookError].
func (e *Execution) Decode(dst any) error {
	output, err := e.Output()
	if err != nil {
		return err
	}
	if err := callRecovered("decoding", func() error { return value.Decode(output, dst) }); err != nil {
		return fmt.Errorf("interpreter: the output of execution %s: %w", e.Name(), err)
	}
	return nil
}

// Stop aborts the execution. The name of the error and the cause may be empty. It
// returns nil if the execution is stopped now or was stopped before. It interrupts
// a state that computes, and waits for a hook that is being called. If the
// execution has ended otherwise, the error is [ErrEnded]. If it is no longer
// driven, the error is [ErrClosed] or as of [Execution.Wait].
//
// Inside a hook Stop does not wait: after nil the execution is stopped when the
// hook has returned, before anything else happens to it, unless the interpreter is
// closed.
func (e *Execution) Stop(name, cause string) error {
	if e.in.phase.Load() == phaseClosed {
		return ErrClosed
	}
	m := mail{event: machine.Event{Kind: machine.Stopped, Error: nilIfEmpty(name), Cause: nilIfEmpty(cause)}}
	if insideHook() {
		if insideStep() {
			return fmt.Errorf("interpreter: stopping execution %s while one changes: %w", e.Name(), ErrReentry)
		}
		if posted, err := e.postStopInHook(m); posted {
			return err
		}
	}
	return e.requestEvent(m)
}

// postStopInHook leaves a Stopped event for an execution whose hook may be the
// caller. It returns false if the execution is not driven.
func (e *Execution) postStopInHook(m mail) (posted bool, err error) {
	if !e.isWatched() {
		return false, nil
	}
	mu := e.stepLock()
	mu.Lock()
	defer mu.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.driving || e.queued {
		return false, nil
	}
	if err, _ := e.haltErrorLocked(); err != nil || e.x.Status != Running {
		return true, e.stopError(err)
	}
	e.enqueueMail(m)
	return true, nil
}

// stopAsync stops the execution without waiting.
func (e *Execution) stopAsync(cause string) {
	e.deliverMail(mail{event: machine.Event{Kind: machine.Stopped, Cause: nilIfEmpty(cause)}}, keepNone)
}

// stopResult is the result of Stop after its event was handled.
func (e *Execution) stopResult() error {
	err, _ := e.haltError()
	return e.stopError(err)
}

func (e *Execution) stopError(halted error) error {
	switch {
	case halted != nil:
		return halted
	case e.x.Status == Aborted:
		return nil
	case e.x.Status == Running:
		return ErrClosed
	}
	return fmt.Errorf("interpreter: stopping execution %s: %w: %s", e.Name(), ErrEnded, e.x.Status)
}

// Events iterates over the history so far. It is empty unless
// StartOptions.KeepHistory was set.
func (e *Execution) Events() iter.Seq[*history.Event] {
	if m := e.extras.Load(); m != nil && m.log != nil {
		return m.log.All()
	}
	return func(func(*history.Event) bool) {}
}

// Snapshot returns the current state of the execution, for [Interpreter.Restore].
// It can be taken at any time, also after the interpreter was closed. Inside a
// hook, such as [history.Sink], it contains the state that the events being
// recorded lead to. Elsewhere it waits for a hook that is being called, and for a
// state that computes.
//
// If the last events of an execution could not be recorded, Snapshot returns the
// error of the sink, because the history would have a gap.
func (e *Execution) Snapshot() ([]byte, error) {
	if e.isWatched() && insideHook() {
		if insideStep() {
			return nil, fmt.Errorf("interpreter: a snapshot of execution %s while one changes: %w", e.Name(), ErrReentry)
		}
		mu := e.stepLock() // the driver may wait for this hook
		mu.Lock()
		defer mu.Unlock()
		return e.marshalSnapshot(&e.x)
	}
	var data []byte
	var err error
	done := make(chan struct{})
	e.deliverMail(mail{visit: func() {
		data, err = e.marshalSnapshot(e.withBegunTasks())
		close(done)
	}}, keepNone)
	<-done
	return data, err
}

// withBegunTasks returns the execution, or a copy in which the tasks of begunTasks
// have started. Only the driver calls it.
func (e *Execution) withBegunTasks() *machine.Execution {
	x := &e.x
	for t := range e.begunTasks() {
		if x == &e.x {
			x = x.Clone()
		}
		e.applyTaskStarted(x, t)
	}
	return x
}

// begunTasks iterates over the tasks whose handlers were called without a
// TaskStarted event, because it made no difference.
func (e *Execution) begunTasks() iter.Seq[*Task] {
	return func(yield func(*Task) bool) {
		m := e.extras.Load()
		if m == nil {
			return
		}
		for _, t := range m.tasks {
			if t != nil && t.begun.Load() && !yield(t) {
				return
			}
		}
	}
}

func (e *Execution) applyTaskStarted(x *machine.Execution, t *Task) {
	ev := machine.Event{Kind: machine.TaskStarted, Task: t.id}
	_ = e.program.Step(x, ev, x.Time(), new(machine.Result)) // it cannot fail: x knows the task
}

func (e *Execution) marshalSnapshot(x *machine.Execution) ([]byte, error) {
	if err, torn := e.haltError(); torn {
		return nil, fmt.Errorf("interpreter: no snapshot of an execution whose last events are not recorded: %w", err)
	}
	return e.program.Marshal(x)
}

// haltError returns why the execution was halted, or nil. For torn see
// endExecution.
func (e *Execution) haltError() (err error, torn bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.haltErrorLocked()
}

// haltErrorLocked is haltError for a caller that holds mu.
func (e *Execution) haltErrorLocked() (err error, torn bool) {
	if m := e.extras.Load(); m != nil {
		return m.err, m.torn
	}
	return nil, false
}
