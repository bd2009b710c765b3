package machine

import (
	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

// task is a compiled Task state.
type task struct {
	resource    Resource
	credentials *asl.TemplateNode
	timeout     seconds
	heartbeat   seconds
}

// runTask evaluates the fields and starts the task. The ID comes first, since
// Parameters may contain the token.
func (s *step) runTask(slot int32, sc *scope, st *state) {
	w := sc.ensureWork()
	w.task = taskID(s.x.Seq, slot)
	failed := s.prepareTask(slot, sc, st, w)
	if failed == nil && st.task.resource.rules != nil {
		failed = s.checkParameters(sc, st, w.input)
	}
	if failed != nil {
		s.failState(slot, failed)
		return
	}
	if s.meter.Made > 0 {
		s.holdWork(slot, w.input)
	}
	sc.phase = phaseArmed
	if st.task.resource.Kind != Activity {
		s.taskScheduled(sc, st)
	}
	s.r.Commands = append(s.r.Commands, s.startTaskCommand(slot))
}

func (s *step) prepareTask(slot int32, sc *scope, st *state, w *work) *failure {
	if st.query != nil {
		return s.evalTaskFields(slot, sc, st, w)
	}
	input, failed := s.inputPath(slot, sc, st)
	if failed != nil {
		return failed
	}
	if w.timeout, failed = s.taskSeconds(slot, &st.task.timeout, input); failed != nil {
		return failed
	}
	if w.heartbeat, failed = s.taskSeconds(slot, &st.task.heartbeat, input); failed != nil {
		return failed
	}
	w.input, w.credentials = input, nil
	if st.parameters != nil {
		if w.input, failed = s.evaluateTemplate(slot, st.parameters, input); failed != nil {
			return failed
		}
		w.input = st.task.resource.addDefaultParameter(w.input)
		if s.exceedsPayload(w.input) {
			return sizeFailure(st.name)
		}
	}
	s.showProbe("afterParameters", w.input)
	if st.task.credentials != nil {
		w.credentials, failed = s.evaluateTemplate(slot, st.task.credentials, input)
	}
	return failed
}

// evalTaskFields is prepareTask for a JSONata state.
func (s *step) evalTaskFields(slot int32, sc *scope, st *state, w *work) (failed *failure) {
	v, q := s.viewOf(slot, sc.input), st.query
	w.timeout, w.heartbeat = st.task.timeout.value, st.task.heartbeat.value
	if q.timeout != nil {
		if w.timeout, failed = v.evalSeconds(q.timeout); failed != nil {
			return failed
		}
	}
	if q.heartbeat != nil {
		if w.heartbeat, failed = v.evalSeconds(q.heartbeat); failed != nil {
			return failed
		}
	}
	w.input, w.credentials = sc.input, nil
	if q.arguments != nil {
		if w.input, failed = v.evalField(q.arguments); failed != nil {
			return failed
		}
		w.input = st.task.resource.addDefaultParameter(w.input)
		if s.exceedsPayload(w.input) {
			return sizeFailure(st.name)
		}
		s.showProbe("afterArguments", w.input)
	}
	if q.credentials != nil {
		w.credentials, failed = v.evalCredentials(q.credentials)
	}
	return failed
}

// evalCredentials evaluates Credentials, whose RoleArn must be a string.
func (v *view) evalCredentials(d *data) (any, *failure) {
	made, failed := v.evalField(d)
	if failed != nil {
		return nil, failed
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

// addDefaultParameter adds the parameter that AWS adds.
func (r *Resource) addDefaultParameter(parameters any) any {
	o, ok := parameters.(*value.Object)
	if r.adds == nil || !ok || o.Has(r.adds.Key) {
		return parameters
	}
	return o.With(r.adds.Key, r.adds.Value)
}

func (c *compiler) compileTask(source *asl.TaskState) *task {
	t := &task{
		resource:    ParseResource(source.Resource.Value),
		credentials: compileTemplate(source.Credentials),
		timeout:     seconds{"TimeoutSecondsPath", source.TimeoutSeconds.Value.Value, compileNumberPath(source.TimeoutSecondsPath)},
		heartbeat:   seconds{"HeartbeatSecondsPath", source.HeartbeatSeconds.Value.Value, compileNumberPath(source.HeartbeatSecondsPath)},
	}
	t.resource.Region = c.p.region
	if t.resource.Kind == Service {
		t.resource.events.Region = c.p.region
	}
	for _, name := range c.p.options.Activities {
		if name == t.resource.Name {
			t.resource.Kind = Activity
		}
	}
	return t
}
