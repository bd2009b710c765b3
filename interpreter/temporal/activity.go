package temporal

import (
	"context"
	"errors"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
)

// performTask is the activity.
func (e *engine) performTask(ctx context.Context, a taskArguments, input, credentials converter.RawValue) (converter.RawValue, error) {
	w, err := e.workOf(ctx, &a, input, credentials)
	if err != nil {
		return converter.RawValue{}, err
	}
	var told told
	w.Tell = func(ev machine.Event) { told.tell(ctx, ev) }
	stop := told.beat(ctx, a.Beat)
	ev, ok := interpreter.Perform(ctx, e.Resolver, *w)
	stop()
	switch {
	case !ok && errors.Is(ctx.Err(), context.DeadlineExceeded): // is the outcome of a local activity; the SDK drops that of others
		return converter.RawValue{}, temporal.NewTimeoutError(enumspb.TIMEOUT_TYPE_START_TO_CLOSE, nil)
	case !ok && interrupted(ctx):
		return converter.RawValue{}, temporal.NewApplicationError("the worker gave the task up", "Interrupted")
	case !ok:
		return told.result(nil, kindPending), nil
	}
	switch ev.Kind {
	case machine.TaskSucceeded:
		return told.resultWithin(&a, ev.Output, "")
	case machine.TaskSubmitted:
		return told.resultWithin(&a, ev.Output, kindSubmitted)
	case machine.TaskRefused:
		return converter.RawValue{}, temporal.NewApplicationError("this worker has no handler for "+a.Resource, "NoHandler")
	}
	return converter.RawValue{}, told.failure(&ev)
}

func (e *engine) workOf(ctx context.Context, a *taskArguments, input, credentials converter.RawValue) (*interpreter.Work, error) {
	in, err := parsePayload(input.Payload())
	if err != nil {
		return nil, err
	}
	resource := machine.ParseResource(a.Resource)
	resource.Region = a.Region
	w := &interpreter.Work{Token: a.Token, Execution: a.Execution, Draining: activity.GetWorkerStopChannel(ctx)}
	w.Command = machine.Command{
		Kind: machine.StartTask, Task: a.Task, State: a.State, Resource: &resource, Input: in,
		Timeout: time.Duration(a.Timeout) * time.Second, Heartbeat: time.Duration(a.Heartbeat) * time.Second,
		Attempt: a.Attempt, Item: a.Item - 1,
		Started: activity.GetInfo(ctx).Attempt > 1,
	}
	if a.HasCredentials {
		w.Credentials, err = parsePayload(credentials.Payload())
	}
	return w, err
}

// interrupted reports whether a handler was interrupted, so that the task must be done
// again unless it was cancelled.
func interrupted(ctx context.Context) bool {
	select {
	case <-activity.GetWorkerStopChannel(ctx):
		return true
	default:
		return ctx.Err() != nil
	}
}

// beat says that the worker lives, until stop is called.
func (t *told) beat(ctx context.Context, every time.Duration) (stop func()) {
	if every <= 0 {
		return func() {}
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				t.mu.Lock()
				t.heartbeat(ctx)
				t.mu.Unlock()
			}
		}
	}()
	return func() { close(done); <-ended }
}
