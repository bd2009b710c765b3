package interpreter

import (
	"context"
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
	program atomic.Pointer[Program] // the driver changes it: see Interpreter.Move
	extras  atomic.Pointer[extras]  // nil while not needed
	stored  *stored                 // nil without Config.Store

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
	idle    int      // the driver's: of these, tasks that need no process: see Task.idle
	calls   []func() // the driver's: to be called after the drive

	mapRuns   map[machine.TaskID]*mapRun // set under mu; the driver's
	endedRuns []machine.MapRun           // set under mu; the driver's: Map Runs that have ended since the execution was loaded
	ending    []*mapRun                  // set under mu; the driver's: Map Runs of a stored execution that have ended, and leave something until they are released

	keptChildren map[string]map[int64]*Execution // under mu: children to be redriven, in memory, by Map Run and index
	aborted      map[string]abortedResults       // under mu: by Map Run, the latest attempt that was aborted

	origin atomic.Pointer[origin] // nil: all of it is empty

	sink   history.Sink    // set at the start
	log    *history.Log    // set at the start
	trail  *history.Trail  // the driver's: of what is logged; nil: none, or the execution has ended
	values context.Context // set at the start
}

// origin is what an execution in memory has of whoever has started it. The children of a
// Map Run share one.
type origin struct {
	resolver Resolver // StartOptions.Resolver, or nil
	mapRun   string   // ARN of the Map Run that has started it, or empty
}

// isEmpty reports whether nothing needs the extras any longer.
func (m *extras) isEmpty() bool {
	return len(m.mail) == 0 && m.origin.Load() == nil && m.done == nil && m.err == nil && m.awaited == 0 &&
		m.sink == nil && m.log == nil && m.trail == nil && m.values == nil && len(m.after) == 0 &&
		len(m.mapRuns) == 0 && len(m.endedRuns) == 0 && len(m.ending) == 0 && len(m.keptChildren) == 0
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

// originOf returns the origin, which is empty if there is none.
func (e *Execution) originOf() origin {
	if m := e.extras.Load(); m != nil {
		if o := m.origin.Load(); o != nil {
			return *o
		}
	}
	return origin{}
}

// Name returns the name of the execution, as the context object shows it.
func (e *Execution) Name() string { return machine.ExecutionName(e.id()) }

// id returns the name or ARN that the execution was started with.
func (e *Execution) id() string {
	if e.stored != nil {
		return e.stored.name // x changes when the execution is loaded
	}
	return e.x.ID
}

// Arn returns the ARN of the execution, as the context object shows it.
func (e *Execution) Arn() string { return e.program.Load().ExecutionArn(e.id()) }

// Program returns the program of the execution. [Interpreter.Move] changes it.
func (e *Execution) Program() *Program { return e.program.Load() }

// Status returns the current status. An execution that was halted, such as by the
// error of a sink, has not ended and stays Running: [Execution.Wait] returns why.
func (e *Execution) Status() Status {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.status
}

// Output returns the output of an execution that succeeded, a value of package
// value. The error is [ErrRunning] before the end, and otherwise as of
// [Execution.Wait].
func (e *Execution) Output() (any, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.isOverLocked() {
		return nil, ErrRunning
	}
	if err := e.endErrorLocked(); err != nil {
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

// History iterates over the history so far, as [Interpreter.History] does for a stored
// execution. One in memory needs StartOptions.KeepHistory; otherwise the error says so.
// Of one that was restored from a [Execution.Snapshot] it has the events since then. A
// page costs what its events do, however long the history is.
func (e *Execution) History(ctx context.Context, o HistoryOptions) iter.Seq2[*history.Event, error] {
	if e.stored != nil {
		return e.in.History(ctx, e.stored.id, o)
	}
	return func(yield func(*history.Event, error) bool) {
		m := e.extras.Load()
		switch {
		case ctx.Err() != nil:
			yield(nil, fmt.Errorf("interpreter: reading the history of execution %s: %w", e.Name(), contextError(ctx)))
			return
		case m == nil || m.log == nil:
			yield(nil, fmt.Errorf("interpreter: execution %s: %w", e.Name(), errNoHistory))
			return
		}
		for ev := range m.log.From(e.x.ID, o.After, o.Reverse) {
			if o.WithoutData {
				bare := ev.WithoutData()
				ev = &bare
			}
			if !yield(ev, nil) {
				return
			}
		}
	}
}

// Events iterates over the history so far. It is empty unless
// StartOptions.KeepHistory was set.
func (e *Execution) Events() iter.Seq[*history.Event] {
	if m := e.extras.Load(); m != nil && m.log != nil {
		return m.log.All()
	}
	return func(func(*history.Event) bool) {}
}
