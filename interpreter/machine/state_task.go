package machine

import (
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/value"
)

// task is a Task state, compiled.
type task struct {
	resource    Resource
	credentials *asl.TemplateNode
	timeout     seconds
	heartbeat   seconds
}

// seconds is TimeoutSeconds or HeartbeatSeconds, or its Path form.
type seconds struct {
	name  string
	value int64 // 0: none
	path  field
}

// taskEvents are the events of each family.
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

// runTask asks the host for the work. The token is minted first: it may stand
// in Parameters.
func (s *step) runTask(slot int32, sc *scope, st *state) {
	w := sc.needWork()
	w.task = taskID(s.x.Seq, slot)
	failure := s.prepareTask(slot, sc, st, w)
	if failure == nil && st.task.resource.rules != nil {
		failure = s.checkParameters(sc, st, w.input)
	}
	if failure != nil {
		s.fail(slot, failure)
		return
	}
	if s.meter.Made > 0 {
		s.holdWork(slot, w.input)
	}
	sc.phase = phaseArmed
	if st.task.resource.Kind != Activity {
		s.taskScheduled(sc, st)
	}
	s.r.Commands = append(s.r.Commands, s.startTask(slot))
}

func (s *step) prepareTask(slot int32, sc *scope, st *state, w *work) *failure {
	if st.query != nil {
		return s.queryTask(slot, sc, st, w)
	}
	input, failure := s.inputPath(slot, sc, st)
	if failure != nil {
		return failure
	}
	if w.timeout, failure = s.taskSeconds(slot, &st.task.timeout, input); failure != nil {
		return failure
	}
	if w.heartbeat, failure = s.taskSeconds(slot, &st.task.heartbeat, input); failure != nil {
		return failure
	}
	w.input, w.credentials = input, nil
	if st.parameters != nil {
		if w.input, failure = s.evaluate(slot, st.parameters, input); failure != nil {
			return failure
		}
		w.input = st.task.resource.complete(w.input)
		if s.tooLarge(w.input) {
			return tooLong(st.name)
		}
	}
	s.show("afterParameters", w.input)
	if st.task.credentials != nil {
		w.credentials, failure = s.evaluate(slot, st.task.credentials, input)
	}
	return failure
}

// queryTask is prepareTask for a JSONata state.
func (s *step) queryTask(slot int32, sc *scope, st *state, w *work) (failure *failure) {
	v, q := s.see(slot, sc.input), st.query
	w.timeout, w.heartbeat = st.task.timeout.value, st.task.heartbeat.value
	if q.timeout != nil {
		if w.timeout, failure = v.seconds(q.timeout); failure != nil {
			return failure
		}
	}
	if q.heartbeat != nil {
		if w.heartbeat, failure = v.seconds(q.heartbeat); failure != nil {
			return failure
		}
	}
	w.input, w.credentials = sc.input, nil
	if q.arguments != nil {
		if w.input, failure = v.data(q.arguments); failure != nil {
			return failure
		}
		w.input = st.task.resource.complete(w.input)
		if s.tooLarge(w.input) {
			return tooLong(st.name)
		}
		s.show("afterArguments", w.input)
	}
	if q.credentials != nil {
		w.credentials, failure = v.credentials(q.credentials)
	}
	return failure
}

// credentials makes the value of Credentials, whose RoleArn is a string.
func (v *view) credentials(d *data) (any, *failure) {
	made, failure := v.data(d)
	if failure != nil {
		return nil, failure
	}
	o, _ := made.(*value.Object)
	for i := range d.fields {
		if f := &d.fields[i]; f.key == "RoleArn" && f.expr != nil {
			arn, _ := o.Get(f.key)
			if _, ok := arn.(string); !ok {
				return nil, v.s.wrongType(v.slot, f.expr, "string", arn)
			}
		}
	}
	return made, nil
}

// complete adds what AWS adds to the parameters.
func (r *Resource) complete(parameters any) any {
	o, ok := parameters.(*value.Object)
	if r.adds == nil || !ok || o.Has(r.adds.Key) {
		return parameters
	}
	return o.With(r.adds.Key, r.adds.Value)
}

func (s *step) taskSeconds(slot int32, f *seconds, input any) (int64, *failure) {
	if f.path.path == nil {
		return f.value, nil
	}
	v, failure := s.selectPath(slot, &f.path, input)
	if failure != nil {
		return 0, failure
	}
	n, ok := parseLong(v)
	if !ok || n <= 0 || n > maxSeconds {
		return 0, s.runtime(&s.x.scopes[slot], "The %s field refers to value \"%s\" which is not a valid integer: %s",
			f.name, plainText(v), f.path.path)
	}
	return n, nil
}

// maxSeconds is the highest number of seconds that AWS takes.
const maxSeconds = 99_999_999

// startTask is the command for the task that a scope waits for.
func (s *step) startTask(slot int32) Command {
	sc := &s.x.scopes[slot]
	st, w := &s.p.states[sc.state], sc.work
	return Command{
		Kind:        StartTask,
		Task:        w.task,
		State:       st.name,
		Resource:    &st.task.resource,
		Input:       w.input,
		Credentials: w.credentials,
		Timeout:     time.Duration(w.timeout) * time.Second,
		Heartbeat:   time.Duration(w.heartbeat) * time.Second,
		Attempt:     int(w.retries),
		Item:        s.item(slot),
		Started:     w.started,
		Submitted:   w.submitted,
	}
}

// item is the index of the innermost iteration around a scope.
func (s *step) item(slot int32) int {
	for s.x.scopes[slot].parent >= 0 {
		parent := s.x.scopes[slot].parent
		if s.p.states[s.x.scopes[parent].state].kind == kindMap {
			return int(s.x.scopes[slot].index)
		}
		slot = parent
	}
	return none
}

// taskScheduled writes the Scheduled event of a task that was only armed.
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
	sc.prev = s.event(ev)
}

func roleArn(credentials any) string {
	o, _ := credentials.(*value.Object)
	v, _ := o.Get("RoleArn")
	arn, _ := v.(string)
	return arn
}

// answer takes the host's word about a task.
func (s *step) answer(slot int32, ev *Event) {
	sc := &s.x.scopes[slot]
	st := &s.p.states[sc.state]
	if ev.Kind == TaskRefused {
		s.taskRefused(slot, sc, st, ev)
		return
	}
	s.taskScheduled(sc, st)
	if ev.Kind != TaskScheduled {
		s.taskStarted(slot, sc, st, ev.Worker)
	}
	switch ev.Kind {
	case TaskSubmitted:
		s.taskSubmitted(sc, st, ev.Output)
	case TaskSucceeded:
		s.taskSucceeded(slot, sc, st, ev.Output)
	case TaskFailed:
		f := failed(ev.Error, ev.Cause)
		s.taskFailed(sc, st, f)
		s.fail(slot, f)
	case TaskHeartbeat:
		if sc.work.heartbeat > 0 {
			sc.work.beat = later(s.now, time.Duration(sc.work.heartbeat)*time.Second)
			s.x.setTimer(slot)
		}
	}
}

// taskRefused fails a task that cannot be. States.Runtime of one that was not
// scheduled yet leaves no event (recorded of an activity that does not exist).
func (s *step) taskRefused(slot int32, sc *scope, st *state, ev *Event) {
	f := failed(ev.Error, ev.Cause)
	if f.match == asl.StatesRuntime && ev.Cause != nil {
		f = s.runtime(sc, "%s", *ev.Cause)
	}
	if f.match != asl.StatesRuntime {
		s.taskScheduled(sc, st)
	}
	if sc.phase != phaseArmed {
		sc.prev = s.event(history.Event{
			Type:     taskEvents[st.task.resource.Kind].refused,
			Previous: sc.prev,
			Detail:   st.task.resource.failure(f),
		})
	}
	sc.phase = phaseFailing
	s.fail(slot, f)
}

func (s *step) taskStarted(slot int32, sc *scope, st *state, worker string) {
	w := sc.work
	if w.started {
		return
	}
	w.started = true
	if w.timeout > 0 {
		sc.deadline = later(s.now, time.Duration(w.timeout)*time.Second)
	}
	if w.heartbeat > 0 {
		w.beat = later(s.now, time.Duration(w.heartbeat)*time.Second)
	}
	if w.timeout > 0 || w.heartbeat > 0 {
		s.x.setTimer(slot)
	}
	sc.prev = s.event(history.Event{
		Type:     taskEvents[st.task.resource.Kind].started,
		Previous: sc.prev,
		Name:     worker,
		Detail:   st.task.resource.detail(),
	})
}

func (s *step) taskSubmitted(sc *scope, st *state, output any) {
	known := sc.work.submitted
	sc.work.submitted = true
	if known || st.task.resource.Kind != Service {
		return
	}
	sc.prev = s.event(history.Event{
		Type:     history.TaskSubmitted,
		Previous: sc.prev,
		Value:    output,
		Detail:   st.task.resource.detail(),
	})
}

func (s *step) taskSucceeded(slot int32, sc *scope, st *state, output any) {
	if s.size > s.p.limits.PayloadBytes {
		f := tooLong(st.task.resource.failed)
		s.taskFailed(sc, st, f)
		s.fail(slot, f)
		return
	}
	sc.prev = s.event(history.Event{
		Type:     taskEvents[st.task.resource.Kind].succeeded,
		Previous: sc.prev,
		Value:    output,
		Detail:   st.task.resource.detail(),
	})
	sc.phase, sc.deadline, sc.work.beat = phaseFree, 0, 0
	s.show("result", output)
	s.visit()
	s.meter.Made = int64(value.Weight(output))
	if st.plain && s.r.Probe == nil {
		s.steps += int(uint(s.size) / measuredBytes)
		s.leave(slot, output, nil, st.next)
		return
	}
	s.finish(slot, output)
}

// taskFailed writes the event of a failed task.
func (s *step) taskFailed(sc *scope, st *state, f *failure) {
	sc.phase = phaseFailing
	sc.prev = s.event(history.Event{
		Type:     taskEvents[st.task.resource.Kind].failed,
		Previous: sc.prev,
		Detail:   st.task.resource.failure(f),
	})
}

// taskTimedOut writes the event of a task that ran into its timeout, or whose
// heartbeat did not come: both say States.Timeout and give no cause (recorded),
// but a Retrier or Catcher can tell a heartbeat (measured).
func (s *step) taskTimedOut(sc *scope) *failure {
	st, w := &s.p.states[sc.state], sc.work
	name := asl.StatesTimeout
	f := &failure{err: &name, match: name}
	if w.heartbeat > 0 && w.beat <= s.now && (w.timeout == 0 || w.beat < sc.deadline) {
		f.match = asl.StatesHeartbeatTimeout
	}
	sc.phase, sc.deadline, w.beat = phaseFailing, 0, 0
	sc.prev = s.event(history.Event{
		Type:     taskEvents[st.task.resource.Kind].timedOut,
		Previous: sc.prev,
		Detail:   st.task.resource.failure(f),
	})
	s.r.Commands = append(s.r.Commands, Command{
		Kind: CancelTask, Task: w.task, State: st.name, Resource: &st.task.resource, Item: none, TimedOut: true,
	})
	return f
}

// detail is what the events of a Service task say of it.
func (r *Resource) detail() any {
	if r.Kind != Service {
		return nil
	}
	return &r.events
}

func (r *Resource) failure(f *failure) *history.Failure {
	d := &history.Failure{Error: f.err, Cause: f.cause}
	if r.Kind == Service {
		d.Resource = &r.events
	}
	return d
}
