package asltest

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/value"
)

// Line is one line of control and what is inside of it: the machine, a branch of
// a Parallel state or an iteration of a Map state.
type Line struct {
	x     *Execution
	owner *step // nil: the machine
	index int
	steps []*step
	none  bool // there is no such line, which was reported
}

// Path asserts through which states the line went, in order. Retries are
// attempts and not steps; what happened inside of a Parallel or Map state is for
// [Line.Branch] and [Line.Iteration] to ask. A loop may be written as one step:
//
//	x.Path("Submit", "3×(Wait, Poll)", "Done")
//
// The letter x and a star do for the sign too. States may also all stand in one
// text, with commas.
func (l *Line) Path(want ...string) {
	l.x.t.Helper()
	if l.missing() {
		return
	}
	expanded, problem := l.x.expand(want)
	if problem != "" {
		l.errorf("Path: %s", problem)
		return
	}
	got := l.names()
	if equal(expanded, got) {
		return
	}
	l.errorf("the path differs\n  want  %s\n  got   %s\n%s", compact(expanded), compact(got), indent(diff(expanded, got)))
}

// Attempts asserts how often a state was tried, all its visits together: a Task
// that failed twice and then succeeded has 3.
func (l *Line) Attempts(state string, want int) {
	l.x.t.Helper()
	if l.unknown(state) {
		return
	}
	got := 0
	var log []string
	l.load().all(func(s *step) {
		if s.name == state {
			got += s.made()
			for _, a := range s.attempts {
				log = append(log, a.text())
			}
		}
	})
	if got != want {
		l.errorf("state %q was tried %s, not %d%s", state, times(got), want, numbered(log))
	}
}

// Visited asserts that each of the states was entered.
func (l *Line) Visited(states ...string) {
	l.x.t.Helper()
	for _, state := range states {
		if !l.unknown(state) && len(l.visits(state)) == 0 {
			l.errorf("state %q was not visited; the path was\n  %s", state, compact(l.names()))
		}
	}
}

// NotVisited asserts that none of the states was entered.
func (l *Line) NotVisited(states ...string) {
	l.x.t.Helper()
	for _, state := range states {
		if n := len(l.visits(state)); !l.unknown(state) && n > 0 {
			l.errorf("state %q was visited %s; the path was\n  %s", state, times(n), compact(l.names()))
		}
	}
}

// InputOf asserts the input of a state, before InputPath. Of a state that was
// visited more than once, see [Line.Visit].
func (l *Line) InputOf(state string, want any) {
	l.x.t.Helper()
	if s := l.only(state); s != nil {
		l.same(fmt.Sprintf("the input of state %q", state), want, s.entered.Value)
	}
}

// OutputOf asserts the output of a state: the input of the next.
func (l *Line) OutputOf(state string, want any) {
	l.x.t.Helper()
	if s := l.only(state); s != nil {
		l.output(s, want)
	}
}

// Arguments asserts what a Task was called with: its Parameters or Arguments,
// evaluated. Of several attempts it is the last.
func (l *Line) Arguments(state string, want any) {
	l.x.t.Helper()
	if s := l.only(state); s != nil {
		l.arguments(s, want)
	}
}

// Variables asserts all variables that the states of the line assigned, as they
// were at its end.
func (l *Line) Variables(want any) {
	l.x.t.Helper()
	if !l.missing() {
		l.same("the variables", want, l.load().variables())
	}
}

// Variable asserts the last value that a variable was assigned.
func (l *Line) Variable(name string, want any) {
	l.x.t.Helper()
	if l.missing() {
		return
	}
	vars := l.load().variables()
	v, ok := vars.Get(name)
	if !ok {
		l.errorf("no variable $%s was assigned, there are: %s", name, list(vars.Keys()))
		return
	}
	l.same("the variable $"+name, want, v)
}

func (l *Line) variables() *value.Object {
	vars := value.NewObject(0)
	for _, s := range l.steps {
		if s.exited == nil {
			continue
		}
		if assigned, ok := s.exited.Detail.(*value.Object); ok && assigned != nil {
			for name, v := range assigned.All() {
				vars = vars.With(name, v)
			}
		}
	}
	return vars
}

// Branch is the branch of that index of a Parallel state, from 0. Of several
// attempts of the state it is the last's.
func (l *Line) Branch(state string, index int) *Line {
	l.x.t.Helper()
	return l.child(state, "Parallel", "branch", index)
}

// Iteration is the iteration of that index of a Map state, from 0.
func (l *Line) Iteration(state string, index int) *Line {
	l.x.t.Helper()
	return l.child(state, "Map", "iteration", index)
}

func (l *Line) child(state, kind, what string, index int) *Line {
	l.x.t.Helper()
	nothing := &Line{x: l.x, none: true}
	s := l.last(state)
	if s == nil {
		return nothing
	}
	if s.kind != kind {
		l.errorf("state %q is a %s and has no %s", state, s.kind, what)
		return nothing
	}
	count := 0
	if len(s.children) > 0 {
		lines := s.children[len(s.children)-1]
		count = len(lines)
		for _, c := range lines {
			if c.index == index {
				return c
			}
		}
	}
	l.errorf("state %q has no %s %d: %d were started, counted from 0", state, what, index, count)
	return nothing
}

// Visit is one of several visits of a state, from 1.
type Visit struct {
	l *Line
	s *step // nil: there is none, which was reported
}

// Visit is the n-th visit of a state, from 1.
func (l *Line) Visit(state string, n int) Visit {
	l.x.t.Helper()
	if l.unknown(state) {
		return Visit{l: l}
	}
	all := l.visits(state)
	if n < 1 || n > len(all) {
		l.errorf("state %q was visited %s: there is no visit %d, counted from 1", state, times(len(all)), n)
		return Visit{l: l}
	}
	return Visit{l, all[n-1]}
}

// Input is [Line.InputOf] this visit.
func (v Visit) Input(want any) {
	v.l.x.t.Helper()
	if v.s != nil {
		v.l.same(fmt.Sprintf("the input of state %q", v.s.name), want, v.s.entered.Value)
	}
}

// Output is [Line.OutputOf] this visit.
func (v Visit) Output(want any) {
	v.l.x.t.Helper()
	if v.s != nil {
		v.l.output(v.s, want)
	}
}

// Arguments is [Line.Arguments] of this visit.
func (v Visit) Arguments(want any) {
	v.l.x.t.Helper()
	if v.s != nil {
		v.l.arguments(v.s, want)
	}
}

// Attempts is [Line.Attempts] of this visit.
func (v Visit) Attempts(want int) {
	v.l.x.t.Helper()
	if v.s != nil && v.s.made() != want {
		v.l.errorf("this visit of state %q made %s, not %d", v.s.name, plural(v.s.made(), "attempt"), want)
	}
}

func (l *Line) output(s *step, want any) {
	l.x.t.Helper()
	if s.exited == nil {
		l.errorf("state %q has no output: %s", s.name, s.fate())
		return
	}
	l.same(fmt.Sprintf("the output of state %q", s.name), want, s.exited.Value)
}

func (l *Line) arguments(s *step, want any) {
	l.x.t.Helper()
	if len(s.attempts) == 0 {
		l.errorf("state %q called no task: %s", s.name, s.fate())
		return
	}
	l.same(fmt.Sprintf("the arguments of state %q", s.name), want, s.attempts[len(s.attempts)-1].scheduled.Value)
}

// fate says why a step has no output.
func (s *step) fate() string {
	switch {
	case s.exited != nil:
		return "it is a " + s.kind
	case s.failure != nil:
		return "it failed: " + failureText(s.failure)
	case s.kind == "Fail":
		return "it is a Fail state"
	}
	return "it was cut short"
}

func failureText(f *history.Failure) string {
	text := cmp.Or(orNone(f.Error), "no error")
	if cause := orNone(f.Cause); cause != "" {
		text += ": " + cause
	}
	return text
}

func (a attempt) text() string {
	if a.ended == nil {
		return "no answer"
	}
	if f, ok := a.ended.Detail.(*history.Failure); ok && f != nil {
		return failureText(f)
	}
	return "ok " + short(a.ended.Value)
}

// load makes the tree, on the first question.
func (l *Line) load() *Line {
	l.x.grown()
	return l
}

func (l *Line) names() []string {
	var names []string
	for _, s := range l.load().steps {
		names = append(names, s.name)
	}
	return names
}

func (l *Line) visits(state string) []*step {
	var all []*step
	l.load().all(func(s *step) {
		if s.name == state {
			all = append(all, s)
		}
	})
	return all
}

func (l *Line) last(state string) *step {
	l.x.t.Helper()
	if l.unknown(state) {
		return nil
	}
	all := l.visits(state)
	if len(all) == 0 {
		l.errorf("state %q was not visited; the path was\n  %s", state, compact(l.names()))
		return nil
	}
	return all[len(all)-1]
}

func (l *Line) only(state string) *step {
	l.x.t.Helper()
	s := l.last(state)
	if n := len(l.visits(state)); s != nil && n > 1 {
		l.errorf("state %q was visited %s: say which with Visit(%q, n), or with Iteration or Branch before it", state, times(n), state)
		return nil
	}
	return s
}

// unknown reports a state that the machine does not have.
func (l *Line) unknown(state string) bool {
	l.x.t.Helper()
	if l.missing() {
		return true
	}
	if problem := stateProblem(l.x.program, state, false); problem != "" {
		l.errorf("%s", problem)
		return true
	}
	return false
}

func (l *Line) missing() bool { return l.none }

func (l *Line) errorf(format string, args ...any) {
	l.x.t.Helper()
	l.x.t.Errorf("asltest: %s%s", l.where(), fmt.Sprintf(format, args...))
}

// where says which line it is.
func (l *Line) where() string {
	if l.owner == nil {
		return ""
	}
	what := "branch"
	if l.owner.kind == "Map" {
		what = "iteration"
	}
	return fmt.Sprintf("%s%s %d of %q: ", l.owner.line.where(), what, l.index, l.owner.name)
}

func (l *Line) same(what string, want, got any) {
	l.x.t.Helper()
	w, err := toValue(want)
	if err != nil {
		l.errorf("%s: the wanted value: %v", what, err)
		return
	}
	if !value.Equal(w, got) {
		l.errorf("%s differs\n%s", what, indent(diff(pretty(w), pretty(got))))
	}
}

// stateProblem says that there is no such state, and which may be meant.
func stateProblem(p *Program, name string, task bool) string {
	var names []string
	for st := range p.Machine().All() {
		_, isTask := st.(*asl.TaskState)
		if st.Base().Name == name {
			if task && !isTask {
				return fmt.Sprintf("state %q is a %s: only a Task is scripted", name, st.Base().Type)
			}
			return ""
		}
		if !task || isTask {
			names = append(names, st.Base().Name)
		}
	}
	text := fmt.Sprintf("the machine has no state %q", name)
	if near := nearest(name, names); near != "" {
		return text + fmt.Sprintf("; did you mean %q?", near)
	}
	return text + ", there are: " + list(names)
}

func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
