package machine

import (
	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

// task is a compiled Task state.
type task struct {
	resource    Resource
	credentials payload // nil: none
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
	s.r.growCommands()
	s.r.Commands = append(s.r.Commands, s.startTaskCommand(slot))
}

// prepareTask evaluates TimeoutSeconds, HeartbeatSeconds, Parameters or Arguments, and
// Credentials, in this order.
func (s *step) prepareTask(slot int32, sc *scope, st *state, w *work) *failure {
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
		if w.input, failed = st.parameters.evaluate(s, slot, input); failed != nil {
			return failed
		}
		w.input = st.task.resource.addDefaultParameter(w.input)
		if s.exceedsPayload(w.input) {
			return sizeFailure(st.name)
		}
	}
	switch {
	case st.query == nil:
		s.showProbe("afterParameters", w.input)
	case st.parameters != nil:
		s.showProbe("afterArguments", w.input)
	}
	if st.task.credentials != nil {
		w.credentials, failed = st.task.credentials.evaluate(s, slot, input)
	}
	return failed
}

// credentials is the Credentials field of a JSONata state, whose RoleArn must be a
// string.
type credentials struct{ *data }

func (c credentials) evaluate(s *step, slot int32, input any) (any, *failure) {
	made, failed := c.data.evaluate(s, slot, input)
	if failed != nil {
		return nil, failed
	}
	o, _ := made.(*value.Object)
	for i := range c.fields {
		if f := &c.fields[i]; f.key == "RoleArn" && f.expr != nil {
			arn, _ := o.Get(f.key)
			if _, ok := arn.(string); !ok {
				return nil, s.wrongType(slot, f.expr, "string", arn)
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

func (c *compiler) compileTask(source *asl.TaskState, st *state) *task {
	t := &task{
		resource:    ParseResource(source.Resource.Value),
		credentials: c.compilePayload(st, source.Node, source.Credentials, source.Credentials, "Credentials"),
		timeout:     c.compileSeconds(st, source.Node, "TimeoutSeconds", source.TimeoutSeconds, source.TimeoutSecondsPath),
		heartbeat:   c.compileSeconds(st, source.Node, "HeartbeatSeconds", source.HeartbeatSeconds, source.HeartbeatSecondsPath),
	}
	if d, ok := t.credentials.(*data); ok {
		t.credentials = credentials{d}
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
