package machine

import (
	"fmt"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/value"
)

// failure is an ASL error on its way to a Retrier, a Catcher or the end.
type failure struct {
	err, cause *string
	match      string // the name that ErrorEquals is compared with; States.Runtime: none
	state      string // where it came from: the innermost state
}

// The longest error and cause, in characters. Longer ones are cut
// (docs/evidence.md#cause-length).
const (
	MaxError = 256
	MaxCause = 32_768
)

func newFailure(name, cause string) *failure { return failed(&name, &cause) }

// failed is a failure as a task reports it: each part may be missing. Every error
// and cause of an execution comes through here.
func failed(err, cause *string) *failure {
	f := &failure{err: cutText(err, MaxError), cause: cutText(cause, MaxCause)}
	if err != nil {
		f.match = *f.err
	}
	return f
}

// cutText returns a string of at most so many characters.
func cutText(s *string, limit int) *string {
	if s == nil || len(*s) <= limit {
		return s
	}
	for at := range *s {
		if limit == 0 {
			cut := strings.Clone((*s)[:at])
			return &cut
		}
		limit--
	}
	return s
}

// output is the Error Output: what a Catcher works on. A timeout has no cause,
// which a Catcher sees as an empty string (docs/evidence.md#timeout-cause).
func (f *failure) output() any {
	cause := text(f.cause)
	if f.cause == nil && f.err != nil && *f.err == asl.StatesTimeout {
		cause = ""
	}
	o := value.NewObject(2)
	o.Set("Error", text(f.err))
	o.Set("Cause", cause)
	return o
}

func text(s *string) any {
	if s == nil {
		return nil
	}
	return *s
}

// runtime is a States.Runtime failure of a state: nothing retries or catches
// it, and it ends the whole execution, from within branches and iterations too.
func (s *step) runtime(sc *scope, format string, args ...any) *failure {
	return s.stateFailure(sc, asl.StatesRuntime, format, args...)
}

// stateFailure is a failure that the interpreter itself finds, with the prefix
// that AWS gives to those.
func (s *step) stateFailure(sc *scope, name, format string, args ...any) *failure {
	if s.r.Probe != nil {
		return newFailure(name, fmt.Sprintf(format, args...))
	}
	prefix := fmt.Sprintf("An error occurred while executing the state '%s' (entered at the event id #%d). ",
		s.p.states[sc.state].name, sc.enteredID)
	return newFailure(name, prefix+fmt.Sprintf(format, args...))
}

// conflict is the failure of a reference path that cannot be applied. Nothing
// retries or catches it, and its cause has no prefix
// (docs/evidence.md#reference-path).
func conflict(cause string) *failure {
	f := newFailure(asl.StatesReferencePathConflict, cause)
	f.match = asl.StatesRuntime
	return f
}

// tooLong is the failure of a state or task whose result is over the limit.
func tooLong(who string) *failure {
	return newFailure(asl.StatesDataLimitExceeded, fmt.Sprintf(
		"The state/task '%s' returned a result with a size exceeding the maximum number of bytes service limit.", who))
}

// tooLarge reports whether a value is over the payload limit, or nests deeper
// than any text of it could be read.
func (s *step) tooLarge(v any) bool {
	size, depth := value.MeasureWithin(v, s.p.limits.PayloadBytes)
	s.steps += int(uint(size) / measuredBytes)
	return size > s.p.limits.PayloadBytes || depth > value.MaxDepth
}

// measuredBytes is how many bytes of a value are measured in the time of a step.
const measuredBytes = 512

// fail is what happens to a state that failed: a Retrier tries it again, or
// else a Catcher goes on elsewhere, or else its scope fails.
func (s *step) fail(slot int32, f *failure) {
	sc := &s.x.scopes[slot]
	st := &s.p.states[sc.state]
	sc.deadline = 0
	s.x.clearTimer(sc)
	if f.state == "" {
		f.state = st.name
	}
	if s.r.Probe != nil {
		s.r.Probe.Fail(f.err, f.cause)
	}
	if f.match == asl.StatesRuntime {
		s.failExecution(f, sc.prev)
		return
	}
	if s.retry(slot, sc, st, f) {
		return
	}
	if failedEvent := containerFailed[st.kind]; failedEvent != 0 {
		sc.prev = s.event(history.Event{Type: failedEvent, Previous: sc.prev})
	}
	if i := st.catch.Match(f.match); i >= 0 {
		if s.r.Probe != nil {
			s.r.Probe.Catcher = i + 1
		}
		s.decide(MatchedCatcher, sc, i)
		f = s.caught(slot, sc, &st.catchers[i], f)
		if f == nil {
			return
		}
		f.state = st.name
		if f.match == asl.StatesRuntime {
			s.failExecution(f, sc.prev)
			return
		}
	}
	s.scopeFailed(slot, f)
}

// containerFailed is the event of a Parallel or Map that no Retrier saved.
var containerFailed = [kindMap + 1]history.Type{
	kindParallel: history.ParallelStateFailed,
	kindMap:      history.MapStateFailed,
}

func (s *step) retry(slot int32, sc *scope, st *state, f *failure) bool {
	if st.retry.Len() == 0 {
		return false
	}
	p, before := s.r.Probe, int32(0)
	if p != nil {
		before = p.Retries
	}
	w := sc.needWork()
	for len(w.attempts) < st.retry.Len() {
		w.attempts = append(w.attempts, before)
	}
	i, delay, ok := st.retry.Next(f.match, w.attempts, s.Uint64)
	if p != nil {
		p.Retrier, p.Retried, p.Delay = i+1, ok, delay
	}
	if i >= 0 {
		s.decide(MatchedRetrier, sc, i)
	}
	if !ok {
		return false
	}
	s.letGo(slot)
	*w = work{attempts: w.attempts, retries: w.retries + 1}
	if delay <= 0 {
		s.goOn(slot, phaseAgain)
		return true
	}
	sc.phase = phaseDelay
	sc.deadline = later(s.now, delay)
	s.x.setTimer(slot)
	return true
}

// catcher is a Catcher, compiled.
type catcher struct {
	next       int32
	resultPath field
	assign     *asl.TemplateNode
	query      *query // its Output and Assign in a JSONata state
}

// caught leaves a state by a Catcher. State-level ResultPath, OutputPath and
// Assign play no part (recorded). It returns the failure of the Catcher itself.
func (s *step) caught(slot int32, sc *scope, c *catcher, f *failure) *failure {
	s.revisit()
	if c.query != nil {
		v := s.see(slot, sc.input)
		v.errorOutput = f.output()
		output, assigned, failure := v.leaving(c.query.assign, c.query.output, v.errorOutput)
		if failure != nil {
			return failure
		}
		if c.query.output == nil && s.tooLarge(output) {
			return tooLong(s.p.states[sc.state].name)
		}
		s.leave(slot, output, assigned, c.next)
		return nil
	}
	output := f.output()
	assigned, failure := s.evalAssign(slot, c.assign, output)
	if failure != nil {
		return failure
	}
	output, failure = s.applyResultPath(sc, &c.resultPath, output)
	if failure != nil {
		return failure
	}
	if c.resultPath.path != nil {
		s.show("afterResultPath", output)
	}
	if s.tooLarge(output) {
		return tooLong(s.p.states[sc.state].name)
	}
	s.leave(slot, output, assigned, c.next)
	return nil
}

// scopeFailed ends a scope by a failure that nothing in it caught.
func (s *step) scopeFailed(slot int32, f *failure) {
	sc := &s.x.scopes[slot]
	if sc.parent < 0 {
		s.failExecution(f, sc.prev)
		return
	}
	s.childFailed(slot, f)
}

// childFailed fails the container of a branch or iteration: its other children
// are aborted, and all their events point to the one that failed.
func (s *step) childFailed(slot int32, f *failure) {
	child := s.x.scopes[slot]
	parent := &s.x.scopes[child.parent]
	if s.p.states[parent.state].kind == kindMap {
		s.iterationEvent(history.MapIterationFailed, child.parent, child.index, child.prev)
	}
	if s.p.states[child.state].kind == kindTask {
		s.event(history.Event{Type: history.TaskStateAborted, Previous: child.prev})
	}
	s.release(slot)
	if c := parent.work.children; c.started-c.ended > 1 {
		s.abortChildren(child.parent, child.prev)
	}
	parent.work.children = nil
	parent.prev = child.prev
	s.fail(child.parent, f)
}

// abortChildren ends all branches or iterations of a container, in their order.
func (s *step) abortChildren(parent int32, cause uint32) {
	s.abortAll(parent, cause)
	s.x.scopes[parent].needWork().children = nil
}

func (s *step) abortAll(parent int32, cause uint32) {
	isMap := s.p.states[s.x.scopes[parent].state].kind == kindMap
	for _, k := range s.x.childrenOf(parent) {
		if isMap {
			s.iterationEvent(history.MapIterationAborted, parent, k.index, cause)
		}
		s.abort(k.slot, cause)
	}
}

// aborted is the event of a state that was entered and never left.
var aborted = [kindMap + 1]history.Type{
	kindTask:     history.TaskStateAborted,
	kindWait:     history.WaitStateAborted,
	kindParallel: history.ParallelStateAborted,
	kindMap:      history.MapStateAborted,
}

// abort ends a scope because of a failure elsewhere.
func (s *step) abort(slot int32, cause uint32) {
	sc := &s.x.scopes[slot]
	s.abortAll(slot, cause)
	s.cancel(slot)
	if t := aborted[s.p.states[sc.state].kind]; t != 0 && sc.inState() {
		s.event(history.Event{Type: t, Previous: cause})
	}
	s.x.drop(slot)
	s.release(slot)
}

// inState reports whether the scope has entered its state and not left it.
func (sc *scope) inState() bool {
	return sc.phase != phaseEnter && sc.phase != phaseItem && sc.phase != phaseFree
}

// cancel tells the host that nobody waits for a scope's task any more.
func (s *step) cancel(slot int32) {
	sc := &s.x.scopes[slot]
	if !sc.waitsForTask() {
		return
	}
	st := &s.p.states[sc.state]
	s.r.Commands = append(s.r.Commands, Command{
		Kind:     CancelTask,
		Task:     sc.work.task,
		State:    st.name,
		Resource: &st.task.resource,
		Item:     none,
	})
}

func (sc *scope) needWork() *work {
	if sc.work == nil {
		sc.work = new(work)
	}
	return sc.work
}
