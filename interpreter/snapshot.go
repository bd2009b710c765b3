package interpreter

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/gostates/gostates/interpreter/machine"
)

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
			return nil, fmt.Errorf("interpreter: snapshot of execution %s in a hook called during a step: %w", e.Name(), ErrReentry)
		}
		mu := e.stepLock() // the driver may wait for this hook
		mu.Lock()
		if !e.isPassive() {
			defer mu.Unlock()
			return e.marshalSnapshot(&e.x)
		}
		mu.Unlock()
	}
	var data []byte
	var err error
	if s := e.in.durable; s.isShared() && e.isPassive() {
		failed := e.visitStored(context.Background(), func(x *machine.Execution) { data, err = e.program.Load().Marshal(x) })
		return data, errors.Join(err, failed)
	}
	reply := make(chan error, 1)
	e.deliverMail(&mail{visit: func(*driver) { data, err = e.marshalSnapshot(e.withBegunTasks()) }, reply: reply}, keepNone)
	if failed := <-reply; failed != nil {
		return nil, failed
	}
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
			if t != nil && (t.kept || t.begun.Load()) && !yield(t) {
				return
			}
		}
	}
}

func (e *Execution) applyTaskStarted(x *machine.Execution, t *Task) {
	ev := machine.Event{Kind: machine.TaskStarted, Task: t.id}
	_ = e.program.Load().Step(x, ev, x.Time(), new(machine.Result)) // it cannot fail: x knows the task
}

func (e *Execution) marshalSnapshot(x *machine.Execution) ([]byte, error) {
	if err, torn := e.haltError(); torn {
		return nil, fmt.Errorf("interpreter: no snapshot, because the last events of the execution were not recorded: %w", err)
	}
	return e.program.Load().Marshal(x)
}
