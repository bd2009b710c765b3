package machine

import (
	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
)

// seconds is a compiled TimeoutSeconds or HeartbeatSeconds field, or its Path form.
type seconds struct {
	name  string
	value int64 // 0: none
	path  field
	expr  *expression // of a JSONata state; nil: none
}

// maxSeconds is the longest timeout that AWS accepts.
const maxSeconds = 99_999_999

func (c *compiler) compileSeconds(st *state, n asl.Node, name string, number asl.Opt[asl.Integer], path asl.Opt[asl.Path]) seconds {
	f := seconds{name: name, value: number.Value.Value, path: compileNumberPath(path)}
	if st.query != nil {
		f.expr = c.compileInteger(n, number, name)
	}
	return f
}

// taskSeconds evaluates TimeoutSeconds or HeartbeatSeconds. 0 means none.
func (s *step) taskSeconds(slot int32, f *seconds, input any) (int64, *failure) {
	if f.expr != nil {
		return s.viewOf(slot, input).evalSeconds(f.expr)
	}
	if f.path.path == nil {
		return f.value, nil
	}
	v, failed := s.selectPath(slot, &f.path, input)
	if failed != nil {
		return 0, failed
	}
	n, ok := parseLong(v)
	if !ok || n <= 0 || n > maxSeconds {
		return 0, s.runtimeFailure(&s.x.scopes[slot], "The %sPath field refers to value \"%s\" which is not a valid integer: %s",
			f.name, plainText(v), f.path.path)
	}
	return n, nil
}

// taskTimedOut adds the event of a task whose timeout has passed or whose heartbeat
// is missing. Both have the error States.Timeout and no cause. A Retrier or Catcher
// can match a missing heartbeat by States.HeartbeatTimeout
// (docs/evidence.md#heartbeat-name).
func (s *step) taskTimedOut(sc *scope) *failure {
	st, w := &s.p.states[sc.state], sc.work
	match := asl.StatesTimeout
	if w.heartbeat > 0 && w.beat <= s.now && (w.timeout == 0 || w.beat < sc.deadline) {
		match = asl.StatesHeartbeatTimeout
	}
	f := s.addTimedOut(sc, match)
	s.r.Commands = append(s.r.Commands, Command{
		Kind: CancelTask, Task: w.task, State: st.name, Resource: &st.task.resource, Item: none, TimedOut: true,
	})
	return f
}

// addTimedOut adds the event of a task that has timed out. match is the name that a
// Retrier or Catcher matches.
func (s *step) addTimedOut(sc *scope, match string) *failure {
	st := &s.p.states[sc.state]
	f := &failure{err: &timeoutName, match: match}
	sc.phase, sc.deadline, sc.work.beat = phaseFailing, 0, 0
	sc.prev = s.addEvent(history.Event{
		Type:     taskEvents[st.task.resource.Kind].timedOut,
		Previous: sc.prev,
		Detail:   st.task.resource.failureDetail(f),
	})
	return f
}
