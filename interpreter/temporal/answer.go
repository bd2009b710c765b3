package temporal

import (
	"encoding/json"
	"errors"
	"slices"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// answer is the first argument of the update and the signal with which a task is
// answered by its token. The output follows it.
type answer struct {
	Token string
	Kind  string  // see answerKinds
	Error *string `json:",omitempty"`
	Cause *string `json:",omitempty"`
}

var answerKinds = map[string]machine.EventKind{
	"success": machine.TaskSucceeded, "failure": machine.TaskFailed, "heartbeat": machine.TaskHeartbeat,
}

// Types of the errors with which updates are refused.
const (
	invalidToken  = "InvalidToken"
	taskTimedOut  = "TaskTimedOut"
	invalidOutput = "InvalidOutput"
	ended         = "Ended"
)

// stopRequest is the argument of the update that stops an execution.
type stopRequest struct {
	Error *string `json:",omitempty"`
	Cause *string `json:",omitempty"`
}

// listen makes what wakes the workflow, apart from tasks and timers.
func (r *run) listen(cancelled workflow.Context) error {
	r.wake = workflow.NewBufferedChannel(r.ctx, 1)
	r.selector = workflow.NewSelector(r.ctx)
	// A Selector that waits sees no case that is added meanwhile, so updates wake it.
	r.selector.AddReceive(r.wake, func(c workflow.ReceiveChannel, _ bool) { c.Receive(r.ctx, nil) })
	r.selector.AddReceive(workflow.GetSignalChannel(r.ctx, answerName), func(workflow.ReceiveChannel, bool) { r.takeSignals() })
	r.selector.AddReceive(cancelled.Done(), func(workflow.ReceiveChannel, bool) { r.hosted.post(machine.Event{Kind: machine.Stopped}) })
	return errors.Join(
		workflow.SetUpdateHandlerWithOptions(r.ctx, answerName, r.takeAnswer, workflow.UpdateHandlerOptions{Validator: r.checkAnswer}),
		workflow.SetUpdateHandler(r.ctx, stopName, r.takeStop))
}

func (r *run) answerQueries() error {
	return errors.Join(
		workflow.SetQueryHandler(r.ctx, whereName, r.where),
		workflow.SetQueryHandler(r.ctx, historyName, r.queryHistory))
}

var errNoHistory = errors.New("its history is not kept: ClientOptions.KeepHistory was not set")

// queryHistory is the handler of a query. A Map Run has no history of AWS's events.
func (r *run) queryHistory(q pageRequest) (converter.RawValue, error) {
	if r.mapRun != nil {
		return converter.RawValue{}, errors.New("it is a Map Run, which has no history")
	}
	if !r.args.KeepHistory {
		return converter.RawValue{}, errNoHistory
	}
	return r.history.query(q)
}

// where is the handler of a query. There is no execution if it could not begin.
func (r *run) where() ([]string, error) {
	if r.x == nil {
		return nil, nil
	}
	return r.program.Where(r.x), nil
}

// takeSignals takes all answers that have come as signals. Those that are refused change
// nothing, and are logged without their data and tokens, which are secret. The SDK logs
// those that it cannot decode.
func (r *run) takeSignals() {
	c := workflow.GetSignalChannel(r.ctx, answerName)
	for {
		var s signal
		if !c.ReceiveAsync(&s) {
			return
		}
		output, err := value.Parse(s.Output)
		if s.Kind != "success" {
			output, err = nil, nil
		}
		to, ev, err := r.answerEvent(&s.answer, output, err)
		if err != nil {
			var refused *temporal.ApplicationError
			_ = errors.As(err, &refused) // all are
			workflow.GetLogger(r.ctx).Warn("temporal: a signal "+answerName+" is refused", "error", refused.Type())
			continue
		}
		to.post(ev)
	}
}

// signal is an answer in one argument, since a signal has no more.
type signal struct {
	answer
	Output json.RawMessage `json:",omitempty"`
}

// checkAnswer is the validator of takeAnswer: an answer that is refused leaves no event.
func (r *run) checkAnswer(a answer, output converter.RawValue) error {
	v, err := parsePayload(output.Payload())
	_, _, err = r.answerEvent(&a, v, err)
	return err
}

func (r *run) answerEvent(a *answer, output any, invalid error) (*hosted, machine.Event, error) {
	kind, known := answerKinds[a.Kind]
	to, id := r.taskOf(a.Token)
	own := to != nil
	if !own && r.mapRun != nil && known && invalid == nil { // of a child that may have ended
		return nil, machine.Event{}, temporal.NewNonRetryableApplicationError("no task waits under this token", taskTimedOut, nil)
	}
	switch {
	case !known || !own:
		return nil, machine.Event{}, temporal.NewNonRetryableApplicationError("not a task token of this execution", invalidToken, nil)
	case invalid != nil:
		return nil, machine.Event{}, applicationError(invalid.Error(), invalidOutput)
	case !to.waitsFor(id):
		return nil, machine.Event{}, temporal.NewNonRetryableApplicationError("no task waits under this token", taskTimedOut, nil)
	}
	return to, machine.Event{Kind: kind, Task: id, Output: output, Error: a.Error, Cause: a.Cause}, nil
}

// taskOf returns the execution and the task of a token; nil if there is none.
func (r *run) taskOf(token string) (*hosted, machine.TaskID) {
	for _, h := range r.executions() {
		if id, ok := h.x.TaskOf(token); ok {
			return h, id
		}
	}
	return nil, 0
}

// waitsFor reports whether the execution waits for a task, for which there is no answer
// in the mail yet.
func (h *hosted) waitsFor(id machine.TaskID) bool {
	for _, l := range h.run.mail {
		if l.to == h && l.event.Task == id && endsTask[l.event.Kind] {
			return false
		}
	}
	var pending machine.Result
	if h.program.Pending(h.x, &pending) != nil {
		return false
	}
	return slices.ContainsFunc(pending.Commands, func(c machine.Command) bool { return c.Kind == machine.StartTask && c.Task == id })
}

var endsTask = map[machine.EventKind]bool{
	machine.TaskSucceeded: true, machine.TaskFailed: true, machine.TaskRefused: true, machine.TaskTimedOut: true,
}

// takeAnswer is the handler of an update. It returns when the answer is applied.
func (r *run) takeAnswer(ctx workflow.Context, a answer, output converter.RawValue) error {
	v, err := parsePayload(output.Payload())
	to, ev, err := r.answerEvent(&a, v, err)
	if err != nil {
		return err
	}
	if late := r.deliver(ctx, to, ev); late {
		return temporal.NewNonRetryableApplicationError("the task has timed out", taskTimedOut, nil)
	}
	return nil
}

// takeStop is the handler of an update.
func (r *run) takeStop(ctx workflow.Context, s stopRequest) error {
	if late := r.deliver(ctx, r.hosted, machine.Event{Kind: machine.Stopped, Error: s.Error, Cause: s.Cause}); late && r.x.Status != machine.Aborted {
		return temporal.NewNonRetryableApplicationError("the execution has ended", ended, nil)
	}
	return nil
}

// deliver posts the event of an update, and waits until it is applied.
func (r *run) deliver(ctx workflow.Context, to *hosted, ev machine.Event) (late bool) {
	if r.x.Status != machine.Running { // nobody reads the mail any more
		return true
	}
	l := &letter{to: to, event: ev}
	r.mail = append(r.mail, l)
	r.wake.SendAsync(nil)
	_ = workflow.Await(ctx, func() bool { return l.applied })
	return l.late
}
