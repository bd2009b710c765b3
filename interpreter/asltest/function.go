package asltest

import (
	"context"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
)

// function is a call of Go code by a task: the function of a Script, or a handler of a
// Resolver. It runs on a goroutine of its own, and only while the run waits for it.
type function struct {
	work   func(context.Context) // sets the answer of its task
	delay  time.Duration         // from the start of the task to the call
	ctx    context.Context
	cancel context.CancelCauseFunc
	paused chan struct{}
	resume chan struct{}
	free   chan struct{} // closed: it pauses no longer
	ended  chan struct{} // nil: it was not called yet
}

func newFunction(work func(context.Context), delay time.Duration) *function {
	f := &function{work: work, delay: delay, paused: make(chan struct{}), resume: make(chan struct{}), free: make(chan struct{})}
	f.ctx, f.cancel = context.WithCancelCause(context.WithValue(context.Background(), functionKey{}, f))
	return f
}

func (f *function) begun() bool { return f.ended != nil }

// blockLimit is how long a function may block, in real time. A function that waits for
// virtual time, or for its context, would block for ever.
const blockLimit = time.Minute

// proceed runs the function until it pauses or returns. ok is false if it blocks.
func (f *function) proceed() (returned, ok bool) {
	if f.begun() {
		select {
		case f.resume <- struct{}{}:
		case <-f.ended:
			return true, true
		}
	} else {
		f.ended = make(chan struct{})
		go func() {
			defer close(f.ended)
			f.work(f.ctx)
		}()
	}
	limit := time.NewTimer(blockLimit)
	defer limit.Stop()
	select {
	case <-f.paused:
		return false, true
	case <-f.ended:
		f.cancel(interpreter.ErrStopped)
		return true, true
	case <-limit.C:
		f.cancel(interpreter.ErrStopped)
		return false, false
	}
}

// finish runs a function that was called to its end.
func (f *function) finish() {
	close(f.free)
	limit := time.NewTimer(blockLimit)
	defer limit.Stop()
	select {
	case <-f.ended:
	case <-limit.C:
	}
	f.cancel(interpreter.ErrStopped)
}

type functionKey struct{}

// Pause is a place in a handler, or in a function of [Script.Call], where others may run:
// with a [Seed], and so in [Explore], other handlers may be called, go on and return before
// it does. Call it where the real handler calls a database or another service, best in the
// fake of that:
//
//	func (s *fakeStore) Get(ctx context.Context, key string) (int, error) {
//		asltest.Pause(ctx)
//		return s.values[key], nil
//	}
//
// Only one of them runs at a time, so that data they share needs no lock. Virtual time
// does not pass meanwhile. Without a seed, and with a context of any other origin, Pause
// does nothing.
func Pause(ctx context.Context) {
	f, ok := ctx.Value(functionKey{}).(*function)
	if !ok {
		return
	}
	select { // a free function does not pause
	case <-f.free:
		return
	default:
	}
	select {
	case f.paused <- struct{}{}:
	case <-f.free:
		return
	case <-f.ended: // by a goroutine that its function has left behind
		return
	}
	select {
	case <-f.resume:
	case <-f.free:
	case <-f.ended:
	}
}

// goexit is the error of a function that called runtime.Goexit, as FailNow does.
var goexit = &thrown{asl.StatesTaskFailed, "runtime.Goexit was called"}
