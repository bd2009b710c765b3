package interpreter

import (
	"context"
	"fmt"
	"time"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// ActivityTask is a task of an activity that a worker has polled.
type ActivityTask struct {
	Token            string        // for SendTaskSuccess, SendTaskFailure and SendTaskHeartbeat
	Activity         string        // the Resource of the definition
	State            string        // name of the Task state
	ExecutionArn     string        // of the task's execution
	Input            any           // a value of package value; shared, must not be changed
	Attempt          int           // 0, and 1 more for each retry
	Item             int           // index of the innermost Map iteration; -1 outside a Map
	Timeout          time.Duration // since ActivityStarted; 0: none
	HeartbeatTimeout time.Duration // since ActivityStarted, and the last heartbeat; 0: none
}

// InputJSON returns the input as JSON.
func (t *ActivityTask) InputJSON() []byte { return value.Append(nil, t.Input) }

// GetActivityTask waits for a task of an activity and gives it to a worker. The
// activity is a Resource of Config.Activities, as the definition spells it. The
// worker's name may be empty; the ActivityStarted event shows it. The worker answers
// with [Interpreter.SendTaskSuccess] or [Interpreter.SendTaskFailure].
//
// Tasks are given in the order in which they were scheduled. ActivityStarted is
// recorded before GetActivityTask returns, with a Config.Store it is stored, and the
// task's timeouts count from it. If ctx ends meanwhile, the task is not lost: the next
// worker gets it, without another ActivityStarted. A task is given to one worker only,
// and is not given again if that worker is gone: a state without TimeoutSeconds and
// HeartbeatSeconds then waits for ever. Only after a crash or Close just when a task
// is given may it be given again. With several processes and one shared store, workers
// must poll each of them: a process gives the tasks of the executions that it drives.
//
// GetActivityTask waits until ctx ends, and never returns nil without an error. A
// server that answers a poll after a minute, as AWS does, limits ctx, and uses
// [Interpreter.GetActivityTaskFunc]. The error is [ErrActivityDoesNotExist] if the
// activity is not in Config.Activities or Config.ActivityExists says so, a *[HookError]
// if that panics, [ErrActivityWorkerLimitExceeded] if Config.Pollers workers wait
// already, [ErrReentry] inside a hook, [ErrClosed] after Close or Shutdown was called,
// also during the call, or that of ctx.
func (in *Interpreter) GetActivityTask(ctx context.Context, activity, worker string) (task *ActivityTask, err error) {
	err = in.GetActivityTaskFunc(ctx, activity, worker, func(t *ActivityTask) error {
		task = t
		return nil
	})
	return task, err
}

// GetActivityTaskFunc is [Interpreter.GetActivityTask] for a worker behind a connection.
// It calls take once, with the task, after ActivityStarted is recorded. If take returns
// an error, panics or calls runtime.Goexit, the worker has not got the task: it is the
// next one that is given, without another ActivityStarted. GetActivityTaskFunc returns
// the error of take as it is. take may call the interpreter, but for Shutdown, which
// waits for it.
//
// Once take has returned nil, the task is the worker's. After a crash or Close during
// take the task is given again.
func (in *Interpreter) GetActivityTaskFunc(ctx context.Context, activity, worker string, take func(*ActivityTask) error) error {
	a := in.activities
	switch {
	case !a.isPolled(activity):
		return fmt.Errorf("%w: %q is not in Config.Activities", ErrActivityDoesNotExist, activity)
	case insideHook():
		return fmt.Errorf("interpreter: waiting for a task of the activity %s: %w", activity, ErrReentry)
	}
	if err := a.checkExists(activity); err != nil {
		return err
	}
	for {
		t, err := a.awaitTask(ctx, activity)
		if err != nil {
			return err
		}
		if given, err := a.giveTask(ctx, t, worker, take); given || err != nil {
			return err
		}
	}
}

// ActivityQueue returns how many tasks of an activity wait for workers, and how many
// workers wait for tasks. One of them is 0.
func (in *Interpreter) ActivityQueue(activity string) (tasks, workers int) {
	a := in.activities
	if a == nil {
		return 0, 0
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if q := a.queues[activity]; q != nil {
		tasks, workers = q.tasks.Len(), q.workers.Len()
	}
	return tasks, workers
}

func newActivityTask(t *Task) *ActivityTask {
	return &ActivityTask{
		Token: t.Token(), Activity: t.Resource.Name, State: t.State, ExecutionArn: t.ExecutionArn(),
		Input: t.Input, Attempt: t.Attempt, Item: t.Item, Timeout: t.Timeout, HeartbeatTimeout: t.HeartbeatTimeout,
	}
}

// giveTask gives a task of awaitTask to a worker. It returns false if the task has
// ended, or if the worker must not get it: then it is queued again. The error is that
// of take.
func (a *activities) giveTask(ctx context.Context, t *Task, worker string, take func(*ActivityTask) error) (given bool, err error) {
	started := make(chan error, 1)
	known := false // the result of started
	defer func() { // also if a hook or take ends the goroutine
		switch {
		case given:
		case known:
			a.offerTask(t, true)
		default:
			go a.offerWhenStarted(t, started)
		}
		a.in.endDrive()
	}()
	for err := errNotTaken; !t.startKnown.Load() && err == errNotTaken; { //nolint:errorlint // it is never wrapped
		m := mail{event: machine.Event{Kind: machine.TaskStarted, Task: t.id, Worker: worker}, task: t, reply: started}
		t.execution.deliverUntilDone(ctx, &m, keepNone)
		select {
		case err = <-started:
		case <-ctx.Done():
			return false, nil
		case <-a.in.draining:
			return false, nil
		}
		if err == nil {
			t.startKnown.Store(true)
		}
	}
	known = true
	if !t.startKnown.Load() || t.isAbandoned() || ctx.Err() != nil || a.in.phase.Load() != phaseOpen {
		return false, nil
	}
	if err := take(newActivityTask(t)); err != nil {
		return false, err
	}
	given = true
	// A snapshot without this event has the task queued again.
	t.execution.deliverUntilDone(ctx, &mail{event: machine.Event{Kind: machine.TaskSubmitted, Task: t.id}, task: t, special: mailReturned}, keepNone)
	return true, nil
}

// offerWhenStarted queues a task again when its start is recorded. The worker that it
// was for has gone.
func (a *activities) offerWhenStarted(t *Task, started <-chan error) {
	select {
	case err := <-started:
		if err == nil {
			t.startKnown.Store(true)
		}
		a.offerTask(t, true)
	case <-a.in.draining:
	}
}
