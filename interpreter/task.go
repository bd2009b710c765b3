package interpreter

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gostates/gostates/interpreter/machine"
)

// Task is the work that a Task state gives to its [Handler]. The methods of a Task that
// was made as a value, for a test of a handler, do nothing.
type Task struct {
	State            string            // name of the Task state
	Resource         *machine.Resource // the Resource of the definition, parsed
	Input            any               // a value of package value; shared, must not be changed
	Credentials      any               // nil: none
	Attempt          int               // 0, and 1 more for each retry
	Item             int               // index of the innermost Map iteration; -1 outside a Map
	Timeout          time.Duration     // 0: none
	HeartbeatTimeout time.Duration     // 0: none
	// Delivery counts how often the task was given to a handler, this time included,
	// because the process ended before the handler returned. It is 0 without
	// Config.Store.
	Delivery int
	// Resumed reports whether a handler had started the task before the snapshot
	// was taken that the execution was restored from.
	Resumed bool

	// A Task is most of what an item of a Map costs in memory. So what few tasks need is
	// in extras, and small fields stand together.

	stays    bool        // returned without an answer, but not because it comes by the token
	returned bool        // the driver's: with stays, Delivery does not count any longer
	idle     bool        // the driver's: it waits for an answer or for time, and needs no process
	reserved bool        // announced as started, so that its handler will be called
	kept     bool        // the driver's: given to its handler by the driver, without being announced
	begun    atomic.Bool // given to its handler otherwise, without being announced
	handler  Handler

	id         machine.TaskID
	execution  *Execution
	extras     atomic.Pointer[taskExtras] // nil while not needed; then it stays
	startKnown atomic.Bool                // the core knows that it has started
	submitted  atomic.Bool
	over       atomic.Int32 // a taskEnd: why its context has ended; 0: it has not
	dropped    atomic.Int32 // why nobody waits for it; 0: the execution waits
}

// taskExtras holds the fields that only some tasks need.
type taskExtras struct {
	inner    atomic.Pointer[cancelContext]        // made on first use, under mu
	room     cancelContext                        // inner points to it
	deadline time.Time                            // zero: none, or unknown
	after    atomic.Pointer[func(cancelled bool)] // called when nobody waits for it
	hasToken atomic.Bool                          // the interpreter knows the token

	mu    sync.Mutex
	token string // under mu until hasToken is set, then it no longer changes
}

// ensureExtras returns the extras and makes them if needed.
func (t *Task) ensureExtras() *taskExtras {
	if m := t.extras.Load(); m != nil {
		return m
	}
	t.extras.CompareAndSwap(nil, new(taskExtras))
	return t.extras.Load()
}

const none = -1

// Token returns the task's token, for [Interpreter.SendTaskSuccess]. It is the same
// after a restart, and so an idempotency key. It cannot be guessed.
func (t *Task) Token() string {
	if t.execution == nil {
		return t.outsideWork().Token
	}
	return t.execution.in.registerToken(t)
}

// Execution returns the name of the task's execution.
func (t *Task) Execution() string {
	if t.execution == nil {
		return machine.ExecutionName(t.outsideWork().Execution)
	}
	return t.execution.Name()
}

// ExecutionArn returns the ARN of the task's execution.
func (t *Task) ExecutionArn() string {
	if t.execution == nil {
		return t.outsideWork().Execution
	}
	return t.execution.Arn()
}

// Submitted says that a .sync or .waitForTaskToken task has made its call, and
// gives the response of the call. The handler's output is then the task's result.
// After nil a restored execution does not make the call again. Errors are as of
// [Interpreter.SendTaskSuccess]; after one the call may be made again.
func (t *Task) Submitted(output any) error {
	v, err := convertValue(output)
	if err != nil {
		return fmt.Errorf("interpreter: converting the output of Task.Submitted: %w", err)
	}
	t.submitted.Store(true)
	return t.requestEvent(context.Background(), machine.Event{Kind: machine.TaskSubmitted, Output: v})
}

func (t *Task) sendEvent(ev machine.Event) {
	if t.execution == nil {
		t.tellOrLog(ev)
		return
	}
	m := t.newMail(ev)
	t.execution.deliverMail(&m, keepNone)
}

// requestEvent is sendEvent that waits and returns whether the event was applied.
func (t *Task) requestEvent(ctx context.Context, ev machine.Event) error {
	if t.execution == nil {
		return t.tellOutside(ev)
	}
	return t.execution.requestEvent(ctx, t.newMail(ev))
}

func (t *Task) newMail(ev machine.Event) mail {
	ev.Task = t.id
	return mail{event: ev, task: t}
}

// taskEnd says why the context of a handler has ended.
type taskEnd int32

const (
	taskReturned taskEnd = 1 + iota
	taskUnneeded
	taskTimeout
	taskHalted
	taskLost
)

// cancelHandler ends the handler's context. Only the first call has an effect. It
// takes no lock: it sets over and then looks for what others add before they look at
// over, so that one of the two sees the other.
func (t *Task) cancelHandler(end taskEnd) {
	if t.over.Load() != 0 || !t.over.CompareAndSwap(0, int32(end)) {
		return
	}
	if m := t.extras.Load(); m != nil {
		if c := m.inner.Load(); c != nil {
			c.stop(taskEndCauses[end])
		}
	}
}

// Values of Task.dropped.
const (
	taskAnswered  = 1 + iota
	taskCancelled // it timed out, or its execution ended or no longer needs it
)

// whenDropped calls f when nobody waits for the task any longer, now or later. The
// handler may have returned before.
func (t *Task) whenDropped(f func(cancelled bool)) {
	t.ensureExtras().after.Store(&f)
	if t.dropped.Load() != 0 {
		t.notifyDropped()
	}
}

// notifyDropped calls the function given to whenDropped.
func (t *Task) notifyDropped() {
	if f := t.extras.Load().after.Swap(nil); f != nil {
		(*f)(t.dropped.Load() == taskCancelled)
	}
}

// notifiesDropped reports whether notifyDropped has a function to call.
func (t *Task) notifiesDropped() bool {
	m := t.extras.Load()
	return m != nil && m.after.Load() != nil
}

// isAbandoned reports whether nobody waits for the task.
func (t *Task) isAbandoned() bool { return t.over.Load() != 0 }
