package asltest

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/value"
)

// Scope is the machine, a branch of a Parallel state or an iteration of a Map
// state, with everything inside of it.
type Scope struct {
	x     *Execution
	owner *step // nil: the machine
	index int
	steps []*step
	none  bool // the test asked for a scope that does not exist, which was reported
}

// WantPath asserts the states that the scope went through, in order. A retry is
// an attempt, not a step. The states inside of a Parallel or Map state belong to
// [Scope.Branch] and [Scope.Iteration]. A loop may be written as one step:
//
//	x.WantPath("Submit", "3×(Wait, Poll)", "Done")
//
// The letter x or a star may replace the sign. One string may hold several
// states, separated by commas.
func (sc *Scope) WantPath(want ...string) {
	sc.x.t.Helper()
	if sc.missing() {
		return
	}
	expanded, problem := sc.x.expand(want)
	if problem != "" {
		sc.errorf("WantPath: %s", problem)
		return
	}
	got := sc.names()
	if equal(expanded, got) {
		return
	}
	sc.errorf("the path differs\n  want  %s\n  got   %s\n%s", compact(expanded), compact(got), indent(diff(expanded, got)))
}

// WantAttempts asserts how often a state was tried, over all its visits. A Task
// that failed twice and then succeeded has 3 attempts.
func (sc *Scope) WantAttempts(state string, want int) {
	sc.x.t.Helper()
	if sc.unknown(state) {
		return
	}
	got := 0
	var log []string
	sc.load().all(func(s *step) {
		if s.name == state {
			got += s.made()
			for _, a := range s.attempts {
				log = append(log, a.text())
			}
		}
	})
	if got != want {
		sc.errorf("state %q was tried %s, not %d%s", state, times(got), want, numbered(log))
	}
}

// WantVisited asserts that each of the states was entered.
func (sc *Scope) WantVisited(states ...string) {
	sc.x.t.Helper()
	for _, state := range states {
		if !sc.unknown(state) && len(sc.visits(state)) == 0 {
			sc.errorf("state %q was not visited; the path was\n  %s", state, compact(sc.names()))
		}
	}
}

// WantNotVisited asserts that none of the states was entered.
func (sc *Scope) WantNotVisited(states ...string) {
	sc.x.t.Helper()
	for _, state := range states {
		if n := len(sc.visits(state)); !sc.unknown(state) && n > 0 {
			sc.errorf("state %q was visited %s; the path was\n  %s", state, times(n), compact(sc.names()))
		}
	}
}

// WantInputOf asserts the input of a state, before InputPath. Use [Scope.Visit] if
// the state was visited more than once.
func (sc *Scope) WantInputOf(state string, want any) {
	sc.x.t.Helper()
	if s := sc.only(state); s != nil {
		sc.same(fmt.Sprintf("the input of state %q", state), want, s.entered.Value)
	}
}

// WantOutputOf asserts the output of a state, which is the input of the next one.
func (sc *Scope) WantOutputOf(state string, want any) {
	sc.x.t.Helper()
	if s := sc.only(state); s != nil {
		sc.output(s, want)
	}
}

// WantArguments asserts the evaluated Parameters or Arguments of a Task. After
// several attempts, the last one counts.
func (sc *Scope) WantArguments(state string, want any) {
	sc.x.t.Helper()
	if s := sc.only(state); s != nil {
		sc.arguments(s, want)
	}
}

// WantVariables asserts all variables that the states of the scope assigned, with
// their values at its end.
func (sc *Scope) WantVariables(want any) {
	sc.x.t.Helper()
	if !sc.missing() {
		sc.same("the variables", want, sc.load().variables())
	}
}

// WantVariable asserts the last value that a variable was assigned.
func (sc *Scope) WantVariable(name string, want any) {
	sc.x.t.Helper()
	if sc.missing() {
		return
	}
	vars := sc.load().variables()
	v, ok := vars.Get(name)
	if !ok {
		sc.errorf("no variable $%s was assigned, there are: %s", name, list(vars.Keys()))
		return
	}
	sc.same("the variable $"+name, want, v)
}

func (sc *Scope) variables() *value.Object {
	vars := value.NewObject(0)
	for _, s := range sc.steps {
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

// Branch returns a branch of a Parallel state by its index, from 0. After several
// attempts of the state, it is a branch of the last one.
func (sc *Scope) Branch(state string, index int) *Scope {
	sc.x.t.Helper()
	return sc.child(state, "Parallel", "branch", index)
}

// Iteration returns an iteration of a Map state by its index, from 0.
func (sc *Scope) Iteration(state string, index int) *Scope {
	sc.x.t.Helper()
	return sc.child(state, "Map", "iteration", index)
}

func (sc *Scope) child(state, kind, what string, index int) *Scope {
	sc.x.t.Helper()
	nothing := &Scope{x: sc.x, none: true}
	s := sc.last(state)
	if s == nil {
		return nothing
	}
	if s.kind != kind {
		sc.errorf("state %q is a %s and has no %s", state, s.kind, what)
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
	sc.errorf("state %q has no %s %d: %d were started, counted from 0", state, what, index, count)
	return nothing
}

// Visit is one of several visits of a state, from 1.
type Visit struct {
	sc *Scope
	s  *step // nil: the visit does not exist, which was reported
}

// Visit returns the n-th visit of a state, from 1.
func (sc *Scope) Visit(state string, n int) Visit {
	sc.x.t.Helper()
	if sc.unknown(state) {
		return Visit{sc: sc}
	}
	all := sc.visits(state)
	if n < 1 || n > len(all) {
		sc.errorf("state %q was visited %s: there is no visit %d, counted from 1", state, times(len(all)), n)
		return Visit{sc: sc}
	}
	return Visit{sc, all[n-1]}
}

// WantInput is [Scope.WantInputOf] for this visit.
func (v Visit) WantInput(want any) {
	v.sc.x.t.Helper()
	if v.s != nil {
		v.sc.same(fmt.Sprintf("the input of state %q", v.s.name), want, v.s.entered.Value)
	}
}

// WantOutput is [Scope.WantOutputOf] this visit.
func (v Visit) WantOutput(want any) {
	v.sc.x.t.Helper()
	if v.s != nil {
		v.sc.output(v.s, want)
	}
}

// WantArguments is [Scope.WantArguments] for this visit.
func (v Visit) WantArguments(want any) {
	v.sc.x.t.Helper()
	if v.s != nil {
		v.sc.arguments(v.s, want)
	}
}

// WantAttempts is [Scope.WantAttempts] for this visit.
func (v Visit) WantAttempts(want int) {
	v.sc.x.t.Helper()
	if v.s != nil && v.s.made() != want {
		v.sc.errorf("this visit of state %q made %s, not %d", v.s.name, plural(v.s.made(), "attempt"), want)
	}
}

func (sc *Scope) output(s *step, want any) {
	sc.x.t.Helper()
	if s.exited == nil {
		sc.errorf("state %q has no output: %s", s.name, s.fate())
		return
	}
	sc.same(fmt.Sprintf("the output of state %q", s.name), want, s.exited.Value)
}

func (sc *Scope) arguments(s *step, want any) {
	sc.x.t.Helper()
	if len(s.attempts) == 0 {
		sc.errorf("state %q called no task: %s", s.name, s.fate())
		return
	}
	sc.same(fmt.Sprintf("the arguments of state %q", s.name), want, s.attempts[len(s.attempts)-1].scheduled.Value)
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

// load builds the tree when the first assertion needs it.
func (sc *Scope) load() *Scope {
	sc.x.grown()
	return sc
}

func (sc *Scope) names() []string {
	var names []string
	for _, s := range sc.load().steps {
		names = append(names, s.name)
	}
	return names
}

func (sc *Scope) visits(state string) []*step {
	var all []*step
	sc.load().all(func(s *step) {
		if s.name == state {
			all = append(all, s)
		}
	})
	return all
}

func (sc *Scope) last(state string) *step {
	sc.x.t.Helper()
	if sc.unknown(state) {
		return nil
	}
	all := sc.visits(state)
	if len(all) == 0 {
		sc.errorf("state %q was not visited; the path was\n  %s", state, compact(sc.names()))
		return nil
	}
	return all[len(all)-1]
}

func (sc *Scope) only(state string) *step {
	sc.x.t.Helper()
	s := sc.last(state)
	if n := len(sc.visits(state)); s != nil && n > 1 {
		sc.errorf("state %q was visited %s: say which with Visit(%q, n), or with Iteration or Branch before it", state, times(n), state)
		return nil
	}
	return s
}

// unknown reports a state that the machine does not have.
func (sc *Scope) unknown(state string) bool {
	sc.x.t.Helper()
	if sc.missing() {
		return true
	}
	if problem := stateProblem(sc.x.program, state, false); problem != "" {
		sc.errorf("%s", problem)
		return true
	}
	return false
}

func (sc *Scope) missing() bool { return sc.none }

func (sc *Scope) errorf(format string, args ...any) {
	sc.x.t.Helper()
	sc.x.t.Errorf("asltest: %s%s", sc.where(), fmt.Sprintf(format, args...))
}

// where names the branch or iteration, for error messages.
func (sc *Scope) where() string {
	if sc.owner == nil {
		return ""
	}
	what := "branch"
	if sc.owner.kind == "Map" {
		what = "iteration"
	}
	return fmt.Sprintf("%s%s %d of %q: ", sc.owner.line.where(), what, sc.index, sc.owner.name)
}

func (sc *Scope) same(what string, want, got any) {
	sc.x.t.Helper()
	w, err := toValue(want)
	if err != nil {
		sc.errorf("%s: the wanted value: %v", what, err)
		return
	}
	if !value.Equal(w, got) {
		sc.errorf("%s differs\n%s", what, indent(diff(pretty(w), pretty(got))))
	}
}

// stateProblem explains that a state does not exist, and suggests a similar name.
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
