package asltest

import (
	"fmt"
	"slices"
	"time"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
)

// At calls f when d of virtual time has passed since the start of the execution, to look
// at it, stop it, redrive it or answer a task by its token while time stands still.
// Several At are called in the order of their times, and of their options.
//
//	x := asltest.Run(t, program, input, asltest.On("Approve").Hang(),
//		asltest.At(48*time.Hour, func(m *asltest.Moment) {
//			m.WantPath("Order", "Approve")
//			m.SendTaskSuccess(m.Token("Approve"), `"yes"`)
//		}))
//
// Everything else that is due at that time happens before; with a [Seed] it may happen
// after. If the execution has ended by then, f is called all the same. A time that has
// passed, in [Execution.Redrive], is now.
func At(d time.Duration, f func(m *Moment)) Option {
	return option(func(c *config) {
		switch {
		case d < 0 || d > longestDelay:
			c.addProblem("At(%s): the time since the start is from 0 to %s", d, longestDelay)
		case f == nil:
			c.addProblem("At(%s): the function is nil", d)
		default:
			c.moments = append(c.moments, moment{d, f})
		}
	})
}

// moment is a call of a function of the test.
type moment struct {
	after time.Duration // since the start
	call  func(*Moment)
}

// Moment is an execution at a virtual time, as the functions of [At] see it. The methods
// of [Scope] assert what the top level of the machine did until then. It must not be
// used after the function has returned.
type Moment struct {
	*Scope
	root *runner
}

// nextMoment returns the time of the next function of At.
func (w *world) nextMoment() (at int64, ok bool) {
	if len(w.moments) == 0 {
		return 0, false
	}
	return w.start.UnixNano() + int64(w.moments[0].after), true
}

// hasMoment reports whether a function of At is due.
func (w *world) hasMoment() bool {
	at, ok := w.nextMoment()
	return ok && at <= w.now
}

// callMoment calls the next function of At.
func (w *world) callMoment() {
	next := w.moments[0]
	w.moments = w.moments[1:]
	m := &Moment{root: w.root}
	m.reset()
	w.addTurn(nil, "the function of At(%s)", next.after)
	next.call(m)
}

// sortMoments puts the functions of At into the order of their calls.
func (w *world) sortMoments() {
	slices.SortStableFunc(w.moments, func(a, b moment) int { return int(min(max(a.after-b.after, -1), 1)) })
}

// reset makes the assertions be about what has happened until now.
func (m *Moment) reset() {
	x := &Execution{t: m.root.t, program: m.root.program, run: m.root}
	x.Scope = &Scope{x: x}
	m.Scope = x.Scope
}

// Elapsed returns the virtual time since the start of the execution.
func (m *Moment) Elapsed() time.Duration { return time.Duration(m.root.now - m.root.start.UnixNano()) }

// Status returns whether the execution runs, or how it has ended.
func (m *Moment) Status() machine.Status { return m.root.x.Status }

// Trace is [Execution.Trace], until now.
func (m *Moment) Trace() string { return m.x.Trace() }

// Token returns the token of the latest task of a state, which may have ended: its answer
// is then a stray one. That of another task is in [Invocation].Token. It ends the test if
// the state has had no task.
func (m *Moment) Token(state string) string {
	m.x.t.Helper()
	if problem := stateProblem(m.root.program, state, true); problem != "" {
		m.x.t.Fatalf("asltest: Token(%q): %s", state, problem)
	}
	for _, c := range slices.Backward(m.root.log) {
		if c.state == state {
			return c.of.x.Token(c.id)
		}
	}
	m.x.t.Fatalf("asltest: Token(%q): the state has had no task\n%s", state, indentLines(m.Trace()))
	return ""
}

// SendTaskSuccess ends the task of a token, which may also be of a child of a Map Run. The
// output is JSON in a string or []byte, or any other Go value. As that of
// [interpreter.Interpreter], it returns an error and changes nothing if the string is not
// a token (interpreter.ErrInvalidToken), or if no task waits under it
// (interpreter.ErrTaskTimedOut).
func (m *Moment) SendTaskSuccess(token string, output any) error {
	v, err := toValue(output)
	if err != nil {
		return fmt.Errorf("%w: %w", interpreter.ErrInvalidOutput, err)
	}
	return m.sendAnswer(token, machine.Event{Kind: machine.TaskSucceeded, Output: v})
}

// SendTaskFailure fails the task of a token. Errors are as of [Moment.SendTaskSuccess]. An
// empty name or cause is absent.
func (m *Moment) SendTaskFailure(token, name, cause string) error {
	return m.sendAnswer(token, machine.Event{Kind: machine.TaskFailed, Error: nilIfEmpty(name), Cause: nilIfEmpty(cause)})
}

// SendTaskHeartbeat reports that the task of a token is alive. Errors are as of
// [Moment.SendTaskSuccess].
func (m *Moment) SendTaskHeartbeat(token string) error {
	return m.sendAnswer(token, machine.Event{Kind: machine.TaskHeartbeat})
}

func (m *Moment) sendAnswer(token string, ev machine.Event) error {
	if _, ok := machine.TokenExecution(token); !ok {
		return fmt.Errorf("%w: %q", interpreter.ErrInvalidToken, token)
	}
	for _, r := range m.root.running {
		task, ok := r.x.TaskOf(token)
		i := slices.IndexFunc(r.calls, func(c *call) bool { return c.id == task })
		if !ok || i < 0 || r.calls[i].stage <= toStart {
			continue
		}
		ev.Task = task
		if ev.Kind != machine.TaskHeartbeat {
			r.cancelCall(&machine.Command{Task: task})
		}
		m.takeStep(r, ev)
		if slices.ContainsFunc(r.result.Commands, func(c machine.Command) bool { return c.Kind == machine.CancelTask && c.Task == task }) {
			break // its deadline is now
		}
		return nil
	}
	return interpreter.ErrTaskTimedOut
}

// Stop stops the execution, as StopExecution does. An empty name or cause is absent. It
// does nothing if the execution has ended.
func (m *Moment) Stop(name, cause string) {
	if m.Status() == machine.Running {
		m.takeStep(m.root, machine.Event{Kind: machine.Stopped, Error: nilIfEmpty(name), Cause: nilIfEmpty(cause)})
	}
}

// Redrive is [Execution.Redrive] at this time: the execution continues when the function
// of [At] has returned. It ends the test if the execution cannot be redriven.
func (m *Moment) Redrive(options ...Option) {
	m.x.t.Helper()
	m.x.beginRedrive(options)
	m.root.running = append(m.root.running, m.root)
	m.takeStep(m.root, machine.Event{Kind: machine.Redriven})
}

// takeStep makes an event happen now.
func (m *Moment) takeStep(r *runner, ev machine.Event) {
	if err := r.takeStep(ev); err != nil && m.root.problem == "" {
		m.root.problem = err.Error()
	}
	m.reset()
}
