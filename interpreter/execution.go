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

// Execution is the handle of one run of a state machine. Nothing happens to the
// run when the handle is dropped.
type Execution struct {
	// One goroutine at a time drives the execution: it alone touches x, and
	// what is in more for it. The others leave it mail.
	x       machine.Execution
	in      *Interpreter
	program *Program
	more    atomic.Pointer[more] // nil where there is none of it

	mu    sync.Mutex // for the fields below and those of more that say so
	timer int32      // place in the heap of timers, under its lock
	seq   uint32     // deadlines at the same time fire in the order of starts

	driving bool
	queued  bool // driving, but only in the queue of those that yielded
	armed   bool // the driver's: there may be a timer
	target  bool // under the lock of timers: a clock may jump to it
	status  Status
	named   bool

	kept bool // under the lock of names: it is needed after its end
	gone bool // the same: it is driven no more
}

// more is what only some executions need, while they need it.
type more struct {
	mail    []mail        // under mu
	done    chan struct{} // under mu; closed at the end
	waiting int           // under mu: in Wait
	resting int           // under mu: of these, handlers that a virtual clock need not wait for
	err     error         // under mu: why it is driven no more, though it runs
	torn    bool          // under mu: its history lacks what its last Step did
	after   []func()      // under mu: called when it is driven no more

	stop atomic.Pointer[machine.Event] // among the mail; set under mu

	tasks   []*Task  // the driver's: outstanding, by slot
	awaited int      // the driver's: how many these are
	calls   []func() // the driver's: to be called after the drive

	sink   history.Sink    // set at the start
	log    *history.Log    // set at the start
	values context.Context // set at the start
}

// idle reports whether there is nothing in it to be kept.
func (m *more) idle() bool {
	return len(m.mail) == 0 && m.done == nil && m.err == nil && m.awaited == 0 &&
		m.sink == nil && m.log == nil && m.values == nil && len(m.after) == 0
}

// needMore returns more, under mu.
func (e *Execution) needMore() *more {
	m := e.more.Load()
	if m == nil {
		m = new(more)
		e.more.Store(m)
	}
	return m
}

// Name returns the name of the execution, which the context object shows.
func (e *Execution) Name() string { return machine.ExecutionName(e.x.ID) }

// Arn returns the ARN of the execution, which the context object shows.
func (e *Execution) Arn() string { return e.program.ExecutionArn(e.x.ID) }

// Program returns what the execution runs.
func (e *Execution) Program() *Program { return e.program }

// Status returns where the execution stands.
func (e *Execution) Status() Status {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.status
}

// Wait waits until the execution has ended. The error is nil when it succeeded;
// an *[ExecutionError] when it failed, timed out or was stopped; ErrClosed when
// the interpreter was closed before; that of a hook that failed, which halts the
// execution (see [HookError]); ErrReentry inside a hook, unless the execution has
// ended; or the context's, which bounds only the wait.
func (e *Execution) Wait(ctx context.Context) error {
	if insideHook() && !e.isOver() {
		return fmt.Errorf("interpreter: waiting for execution %s: %w", e.Name(), ErrReentry)
	}
	rests := e.restsHandler(ctx)
	done := e.wait(rests)
	if done == nil {
		return e.result()
	}
	defer e.unwait(rests) // also when a hook ends the goroutine, on which a virtual clock may jump
	for {
		if v := e.in.virtual; v != nil {
			v.jump(done, ctx, e.in.ctx)
		}
		select {
		case <-done:
			return e.result()
		default:
		}
		select {
		case <-done:
			return e.result()
		case <-ctx.Done():
			return fmt.Errorf("interpreter: waiting for execution %s: %w", e.Name(), cause(ctx))
		case <-e.in.ctx.Done():
			return ErrClosed
		case <-e.in.virtual.kicked():
		}
	}
}

// wait returns a channel that is closed at the end, or nil after it.
func (e *Execution) wait(rests int) <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.over() {
		return nil
	}
	m := e.needMore()
	if m.done == nil {
		m.done = make(chan struct{})
	}
	m.waiting++
	m.resting += rests
	e.in.virtual.wait(1)
	e.in.handling(-rests)
	return m.done
}

// unwait takes wait back, unless the end has.
func (e *Execution) unwait(rests int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.over() {
		m := e.needMore()
		m.waiting--
		m.resting -= rests
		e.in.handling(rests)
		e.in.virtual.wait(-1)
	}
}

// restsHandler returns 1 if the caller is a handler that waits, with its context, for
// an execution under the same virtual clock as its own, and else 0. The clock may
// jump meanwhile.
func (e *Execution) restsHandler(ctx context.Context) int {
	if e.in.virtual == nil {
		return 0
	}
	if t := TaskFrom(ctx); t != nil && t.execution != nil && t.execution.in.virtual == e.in.virtual && insideHandler() {
		return 1
	}
	return 0
}

// over reports whether the execution is driven no more, under mu.
func (e *Execution) over() bool {
	m := e.more.Load()
	return e.status != Running || m != nil && m.err != nil
}

func (e *Execution) isOver() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.over()
}

// result is what Wait returns at the end.
func (e *Execution) result() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if m := e.more.Load(); m != nil && m.err != nil {
		return m.err
	}
	if e.status == Succeeded {
		return nil
	}
	return e.executionError()
}

// cause is a context's error, and what its cancelling said.
func cause(ctx context.Context) error {
	err, why := ctx.Err(), context.Cause(ctx)
	if why == nil || errors.Is(err, why) {
		return err
	}
	return fmt.Errorf("%w: %w", err, why)
}

// Output returns the output of an execution that succeeded, a value of package
// value. The error is [ErrRunning] or as of [Execution.Wait].
func (e *Execution) Output() (any, error) {
	if !e.isOver() {
		return nil, ErrRunning
	}
	if err := e.result(); err != nil {
		return nil, err
	}
	return e.x.Outcome.Output, nil
}

// Decode puts the output into what dst points to, as [value.Decode] does. A panic
// in a method of its type is a *[HookError].
func (e *Execution) Decode(dst any) error {
	output, err := e.Output()
	if err != nil {
		return err
	}
	if err := recovered("decoding", func() error { return value.Decode(output, dst) }); err != nil {
		return fmt.Errorf("interpreter: the output of execution %s: %w", e.Name(), err)
	}
	return nil
}

// Stop aborts the execution. The error and the cause may be empty. It returns nil
// when the execution is stopped, or was before. It ends a state that computes, and
// waits for a hook that is being called; if the execution ends otherwise
// meanwhile, or has ended before, the error is [ErrEnded]. It is [ErrClosed], or as
// of [Execution.Wait], for one that is not driven any more.
//
// Inside a hook Stop does not wait: after nil the execution is stopped as soon as
// the hook has returned, before anything else happens to it, unless the interpreter
// is closed.
func (e *Execution) Stop(name, cause string) error {
	if e.in.phase.Load() == phaseClosed {
		return ErrClosed
	}
	m := mail{event: machine.Event{Kind: machine.Stopped, Error: optional(name), Cause: optional(cause)}}
	if insideHook() {
		if insideStep() {
			return fmt.Errorf("interpreter: stopping execution %s while one changes: %w", e.Name(), ErrReentry)
		}
		if posted, err := e.stopInHook(m); posted {
			return err
		}
	}
	return e.request(m)
}

// stopInHook posts a Stopped event to an execution that a hook may be part of, while
// it does not change. It is false where the execution is not driven.
func (e *Execution) stopInHook(m mail) (posted bool, err error) {
	if !e.watched() {
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
	if err, _ := e.halting(); err != nil || e.x.Status != Running {
		return true, e.whyNot(err)
	}
	e.postMail(m)
	return true, nil
}

// stopSoon is Stop for who does not want to know.
func (e *Execution) stopSoon(cause string) {
	e.deliver(mail{event: machine.Event{Kind: machine.Stopped, Cause: optional(cause)}}, keepNone)
}

// whyNotStopped is what Stop returns once it has been tried.
func (e *Execution) whyNotStopped() error {
	err, _ := e.haltError()
	return e.whyNot(err)
}

func (e *Execution) whyNot(halted error) error {
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

// Events iterates over the history so far, of an execution that was started with
// StartOptions.KeepHistory.
func (e *Execution) Events() iter.Seq[*history.Event] {
	if m := e.more.Load(); m != nil && m.log != nil {
		return m.log.All()
	}
	return func(func(*history.Event) bool) {}
}

// Snapshot returns the execution as it is, for [Interpreter.Restore]: it can be
// taken at any time, also after the interpreter was closed. Inside a hook, such as
// [history.Sink], it is the state that the events lead to which are being recorded.
// Elsewhere it waits for a hook that is being called, and for a state that computes.
//
// An execution whose last events could not be recorded has no Snapshot, as its
// history would have a hole: the error is that of the sink.
func (e *Execution) Snapshot() ([]byte, error) {
	if e.watched() && insideHook() {
		if insideStep() {
			return nil, fmt.Errorf("interpreter: a snapshot of execution %s while one changes: %w", e.Name(), ErrReentry)
		}
		mu := e.stepLock() // the driver may wait for the hook
		mu.Lock()
		defer mu.Unlock()
		return e.marshal(&e.x)
	}
	var data []byte
	var err error
	done := make(chan struct{})
	e.deliver(mail{visit: func() {
		data, err = e.marshal(e.withBegun())
		close(done)
	}}, keepNone)
	<-done
	return data, err
}

// withBegun returns the execution, or a copy that knows of all tasks that handlers
// have begun. Only the driver calls it.
func (e *Execution) withBegun() *machine.Execution {
	x := &e.x
	for t := range e.begun() {
		if x == &e.x {
			x = x.Clone()
		}
		e.noteStart(x, t)
	}
	return x
}

// begun are the tasks that handlers have begun, and that nobody told the core of as
// it made no difference.
func (e *Execution) begun() iter.Seq[*Task] {
	return func(yield func(*Task) bool) {
		m := e.more.Load()
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

func (e *Execution) noteStart(x *machine.Execution, t *Task) {
	ev := machine.Event{Kind: machine.TaskStarted, Task: t.id}
	_ = e.program.Step(x, ev, x.Time(), new(machine.Result)) // it knows both
}

func (e *Execution) marshal(x *machine.Execution) ([]byte, error) {
	if err, torn := e.haltError(); torn {
		return nil, fmt.Errorf("interpreter: no snapshot of an execution whose last events are not recorded: %w", err)
	}
	return e.program.Marshal(x)
}

// haltError is why the execution is driven no more though it runs; nil if that is
// not so. torn is as of ended.
func (e *Execution) haltError() (err error, torn bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.halting()
}

// halting is haltError under mu.
func (e *Execution) halting() (err error, torn bool) {
	if m := e.more.Load(); m != nil {
		return m.err, m.torn
	}
	return nil, false
}
