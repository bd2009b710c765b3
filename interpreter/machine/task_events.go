package machine

import (
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/value"
)

// taskEvents are the history events by ResourceKind.
var taskEvents = [...]struct {
	scheduled, started, succeeded, failed, timedOut, refused history.Type
}{
	Function: {history.LambdaFunctionScheduled, history.LambdaFunctionStarted, history.LambdaFunctionSucceeded,
		history.LambdaFunctionFailed, history.LambdaFunctionTimedOut, history.LambdaFunctionScheduleFailed},
	Activity: {history.ActivityScheduled, history.ActivityStarted, history.ActivitySucceeded,
		history.ActivityFailed, history.ActivityTimedOut, history.ActivityScheduleFailed},
	Service: {history.TaskScheduled, history.TaskStarted, history.TaskSucceeded,
		history.TaskFailed, history.TaskTimedOut, history.TaskStartFailed},
}

// applyTaskEvent applies an event to the task of a scope.
func (s *step) applyTaskEvent(slot int32, ev *Event) {
	sc := &s.x.scopes[slot]
	st := &s.p.states[sc.state]
	if ev.Kind == TaskRefused {
		s.taskRefused(slot, sc, st, ev)
		return
	}
	s.taskScheduled(sc, st)
	if ev.Kind != TaskScheduled {
		s.taskStarted(slot, sc, st, ev)
	}
	switch ev.Kind {
	case TaskSubmitted:
		s.taskSubmitted(sc, st, ev.Output)
	case TaskSucceeded:
		s.taskSucceeded(slot, sc, st, ev.Output)
	case TaskFailed:
		f := failureOf(ev.Error, ev.Cause)
		s.taskFailed(sc, st, f)
		s.failState(slot, f)
	case TaskTimedOut:
		match := asl.StatesTimeout
		if ev.Error != nil && *ev.Error == asl.StatesHeartbeatTimeout {
			match = asl.StatesHeartbeatTimeout
		}
		s.failState(slot, s.addTimedOut(sc, match))
	case TaskHeartbeat:
		s.taskHeartbeat(slot, sc.work)
	}
}

// taskHeartbeat sets the next deadline for a heartbeat. A watch of the host ends.
func (s *step) taskHeartbeat(slot int32, w *work) {
	if w.heartbeat > 0 {
		w.beat = addDuration(s.now, time.Duration(w.heartbeat)*time.Second)
	}
	w.watched = false
	if w.timeout > 0 || w.heartbeat > 0 {
		s.x.setTimer(slot)
	}
}

// taskScheduled adds the Scheduled event, unless it was added before.
func (s *step) taskScheduled(sc *scope, st *state) {
	if sc.phase != phaseArmed {
		return
	}
	sc.phase = phaseTask
	ev := history.Event{Type: taskEvents[st.task.resource.Kind].scheduled, Previous: sc.prev}
	if s.r.History {
		w := sc.work
		ev.Value = w.input
		ev.Detail = &history.Scheduled{
			Resource:           &st.task.resource.events,
			TimeoutInSeconds:   w.timeout,
			HeartbeatInSeconds: w.heartbeat,
			RoleArn:            roleArn(w.credentials),
		}
	}
	sc.prev = s.addEvent(ev)
}

func roleArn(credentials any) string {
	o, _ := credentials.(*value.Object)
	v, _ := o.Get("RoleArn")
	arn, _ := v.(string)
	return arn
}

// taskRefused fails a task that cannot run. For States.Runtime before
// TaskScheduled, as of an activity that does not exist, there is no history event.
func (s *step) taskRefused(slot int32, sc *scope, st *state, ev *Event) {
	f := failureOf(ev.Error, ev.Cause)
	if f.match == asl.StatesRuntime && ev.Cause != nil {
		f = s.runtimeFailure(sc, "%s", *ev.Cause)
	}
	if f.match != asl.StatesRuntime {
		s.taskScheduled(sc, st)
	}
	if sc.phase != phaseArmed {
		sc.prev = s.addEvent(history.Event{
			Type:     taskEvents[st.task.resource.Kind].refused,
			Previous: sc.prev,
			Detail:   st.task.resource.failureDetail(f),
		})
	}
	sc.phase = phaseFailing
	s.failState(slot, f)
}

func (s *step) taskStarted(slot int32, sc *scope, st *state, ev *Event) {
	w := sc.work
	if w.started {
		return
	}
	w.started, w.watched = true, ev.Watched && ev.Kind == TaskStarted
	if w.timeout > 0 {
		sc.deadline = addDuration(s.now, time.Duration(w.timeout)*time.Second)
	}
	if w.heartbeat > 0 {
		w.beat = addDuration(s.now, time.Duration(w.heartbeat)*time.Second)
	}
	if !w.watched && (w.timeout > 0 || w.heartbeat > 0) {
		s.x.setTimer(slot)
	}
	sc.prev = s.addEvent(history.Event{
		Type:     taskEvents[st.task.resource.Kind].started,
		Previous: sc.prev,
		Name:     ev.Worker,
		Detail:   st.task.resource.eventDetail(),
	})
}

func (s *step) taskSubmitted(sc *scope, st *state, output any) {
	known := sc.work.submitted
	sc.work.submitted = true
	if known || st.task.resource.Kind != Service {
		return
	}
	sc.prev = s.addEvent(history.Event{
		Type:     history.TaskSubmitted,
		Previous: sc.prev,
		Value:    output,
		Detail:   st.task.resource.eventDetail(),
	})
}

func (s *step) taskSucceeded(slot int32, sc *scope, st *state, output any) {
	if s.size > s.p.limits.PayloadBytes {
		f := sizeFailure(st.task.resource.sizeErrorName)
		s.taskFailed(sc, st, f)
		s.failState(slot, f)
		return
	}
	sc.prev = s.addEvent(history.Event{
		Type:     taskEvents[st.task.resource.Kind].succeeded,
		Previous: sc.prev,
		Value:    output,
		Detail:   st.task.resource.eventDetail(),
	})
	sc.phase, sc.deadline, sc.work.beat = phaseFree, 0, 0
	s.showProbe("result", output)
	s.beginTurn()
	s.meter.Made = int64(value.Weight(output))
	if st.plain && s.r.Probe == nil {
		s.steps += int(uint(s.size) / measuredBytes)
		s.exitState(slot, output, nil, st.next)
		return
	}
	s.finishState(slot, output)
}

// taskFailed adds the event of a failed task.
func (s *step) taskFailed(sc *scope, st *state, f *failure) {
	sc.phase = phaseFailing
	sc.prev = s.addEvent(history.Event{
		Type:     taskEvents[st.task.resource.Kind].failed,
		Previous: sc.prev,
		Detail:   st.task.resource.failureDetail(f),
	})
}

// eventDetail returns the detail of a service task's events.
func (r *Resource) eventDetail() any {
	if r.Kind != Service {
		return nil
	}
	return &r.events
}

func (r *Resource) failureDetail(f *failure) *history.Failure {
	d := &history.Failure{Error: f.err, Cause: f.cause}
	if r.Kind == Service {
		d.Resource = &r.events
	}
	return d
}
