package asltest

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/value"
)

// Scope is the top level of a machine, a branch of a Parallel state or an iteration
// of a Map state. In DISTRIBUTED mode an iteration is a child of a Map Run: see also
// [Execution.MapRun].
type Scope struct {
	x     *Execution
	owner *step // nil: the top level
	index int
	steps []*step
	none  bool // the scope does not exist, which was reported: assertions are skipped
}

// WantPath asserts the states that the scope entered, in order. A retry is an
// attempt, not a step. The states inside a Parallel or Map state are not part of
// the path: use [Scope.Branch] and [Scope.Iteration]. A loop may be written as one
// step:
//
//	x.WantPath("Submit", "3×(Wait, Poll)", "Done")
//
// "x" and "*" may replace "×". One string may hold several states, separated by
// commas.
func (sc *Scope) WantPath(want ...string) {
	sc.x.t.Helper()
	if sc.none {
		return
	}
	expanded, problem := sc.x.expandPath(want)
	if problem != "" {
		sc.reportf("WantPath: %s", problem)
		return
	}
	got := sc.stateNames()
	if slices.Equal(expanded, got) {
		return
	}
	sc.reportf("the path differs\n  want  %s\n  got   %s\n%s", compactPath(expanded), compactPath(got), indentLines(diffLines(expanded, got)))
}

// WantAttempts asserts how often a state was attempted, in all its visits and all
// inner scopes. A Task that failed twice and then succeeded has 3 attempts.
func (sc *Scope) WantAttempts(state string, want int) {
	sc.x.t.Helper()
	if sc.reportUnknown(state) {
		return
	}
	got := 0
	var log []string
	sc.withTree().eachStep(func(s *step) {
		if s.name == state {
			got += s.attemptCount()
			for _, a := range s.attempts {
				log = append(log, a.outcomeText())
			}
		}
	})
	if got != want {
		sc.reportf("state %q was tried %s, not %d%s", state, countTimes(got), want, numberLines(log))
	}
}

// WantVisited asserts that each of the states was entered, in this scope or an
// inner one.
func (sc *Scope) WantVisited(states ...string) {
	sc.x.t.Helper()
	if len(states) == 0 {
		sc.reportf("WantVisited asserts nothing: name the states")
	}
	for _, state := range states {
		if !sc.reportUnknown(state) && len(sc.visitsOf(state)) == 0 {
			sc.reportf("state %q was not visited; the path was\n  %s", state, compactPath(sc.stateNames()))
		}
	}
}

// WantNotVisited asserts that none of the states was entered, in this scope or an
// inner one.
func (sc *Scope) WantNotVisited(states ...string) {
	sc.x.t.Helper()
	if len(states) == 0 {
		sc.reportf("WantNotVisited asserts nothing: name the states")
	}
	for _, state := range states {
		if n := len(sc.visitsOf(state)); !sc.reportUnknown(state) && n > 0 {
			sc.reportf("state %q was visited %s; the path was\n  %s", state, countTimes(n), compactPath(sc.stateNames()))
		}
	}
}

// WantInputOf asserts the input of a state, before InputPath. If the state was
// visited more than once, use [Scope.Visit].
func (sc *Scope) WantInputOf(state string, want any) {
	sc.x.t.Helper()
	if s := sc.onlyVisit(state); s != nil {
		sc.wantEqual(fmt.Sprintf("the input of state %q", state), want, s.entered.Value)
	}
}

// WantOutputOf asserts the output of a state, which is the input of the next state.
// If the state was visited more than once, use [Scope.Visit].
func (sc *Scope) WantOutputOf(state string, want any) {
	sc.x.t.Helper()
	if s := sc.onlyVisit(state); s != nil {
		sc.wantStepOutput(s, want)
	}
}

// WantArguments asserts the evaluated Parameters or Arguments of the last attempt
// of a Task. If the state was visited more than once, use [Scope.Visit].
func (sc *Scope) WantArguments(state string, want any) {
	sc.x.t.Helper()
	if s := sc.onlyVisit(state); s != nil {
		sc.wantStepArguments(s, want)
	}
}

// WantVariables asserts all variables that states of the scope assigned, with their
// last values.
func (sc *Scope) WantVariables(want any) {
	sc.x.t.Helper()
	if !sc.none {
		sc.wantEqual("the variables", want, sc.withTree().assignedVariables())
	}
}

// WantVariable asserts the last value that states of the scope assigned to a
// variable.
func (sc *Scope) WantVariable(name string, want any) {
	sc.x.t.Helper()
	if sc.none {
		return
	}
	vars := sc.withTree().assignedVariables()
	v, ok := vars.Get(name)
	if !ok {
		sc.reportf("variable $%s was not assigned; assigned variables: %s", name, joinNames(vars.Keys()))
		return
	}
	sc.wantEqual("the variable $"+name, want, v)
}

func (sc *Scope) assignedVariables() *value.Object {
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

// Branch returns a branch of a Parallel state by its index, counted from 0. After
// retries of the state, it is a branch of the last attempt. A branch that does not
// exist fails the test, and assertions about it are skipped.
func (sc *Scope) Branch(state string, index int) *Scope {
	sc.x.t.Helper()
	return sc.childScope(state, "Parallel", "branch", index)
}

// Iteration returns an iteration of a Map state by its index, counted from 0. After
// retries of the state, it is an iteration of the last attempt. An iteration that
// does not exist fails the test, and assertions about it are skipped.
func (sc *Scope) Iteration(state string, index int) *Scope {
	sc.x.t.Helper()
	return sc.childScope(state, "Map", "iteration", index)
}

func (sc *Scope) childScope(state, kind, what string, index int) *Scope {
	sc.x.t.Helper()
	nothing := &Scope{x: sc.x, none: true}
	s := sc.lastVisit(state)
	if s == nil {
		return nothing
	}
	if s.kind != kind {
		sc.reportf("state %q is a %s and has no %s", state, s.kind, what)
		return nothing
	}
	count := 0
	if len(s.children) > 0 {
		scopes := s.children[len(s.children)-1]
		count = len(scopes)
		for _, c := range scopes {
			if c.index == index {
				return c
			}
		}
	}
	sc.reportf("state %q has no %s %d: %d were started; the first is 0", state, what, index, count)
	return nothing
}

// Visit is one visit of a state. Get it from [Scope.Visit].
type Visit struct {
	sc *Scope
	s  *step // nil: the visit does not exist, which was reported
}

// Visit returns the n-th visit of a state, counted from 1. A visit that does not
// exist fails the test, and assertions about it are skipped.
func (sc *Scope) Visit(state string, n int) Visit {
	sc.x.t.Helper()
	if sc.reportUnknown(state) {
		return Visit{sc: sc}
	}
	all := sc.visitsOf(state)
	if n < 1 || n > len(all) {
		sc.reportf("state %q was visited %s: there is no visit %d; the first is 1", state, countTimes(len(all)), n)
		return Visit{sc: sc}
	}
	return Visit{sc, all[n-1]}
}

// WantInput is [Scope.WantInputOf] for this visit.
func (v Visit) WantInput(want any) {
	v.sc.x.t.Helper()
	if v.s != nil {
		v.sc.wantEqual(fmt.Sprintf("the input of state %q", v.s.name), want, v.s.entered.Value)
	}
}

// WantOutput is [Scope.WantOutputOf] for this visit.
func (v Visit) WantOutput(want any) {
	v.sc.x.t.Helper()
	if v.s != nil {
		v.sc.wantStepOutput(v.s, want)
	}
}

// WantArguments is [Scope.WantArguments] for this visit.
func (v Visit) WantArguments(want any) {
	v.sc.x.t.Helper()
	if v.s != nil {
		v.sc.wantStepArguments(v.s, want)
	}
}

// WantAttempts is [Scope.WantAttempts] for this visit.
func (v Visit) WantAttempts(want int) {
	v.sc.x.t.Helper()
	if v.s != nil && v.s.attemptCount() != want {
		v.sc.reportf("this visit of state %q made %s, not %d", v.s.name, pluralize(v.s.attemptCount(), "attempt"), want)
	}
}

func (sc *Scope) wantStepOutput(s *step, want any) {
	sc.x.t.Helper()
	if s.exited == nil {
		sc.reportf("state %q has no output: %s", s.name, s.whyNoOutput())
		return
	}
	sc.wantEqual(fmt.Sprintf("the output of state %q", s.name), want, s.exited.Value)
}

func (sc *Scope) wantStepArguments(s *step, want any) {
	sc.x.t.Helper()
	if len(s.attempts) == 0 {
		sc.reportf("state %q called no task: %s", s.name, s.whyNoOutput())
		return
	}
	sc.wantEqual(fmt.Sprintf("the arguments of state %q", s.name), want, s.attempts[len(s.attempts)-1].scheduled.Value)
}

// whyNoOutput explains why a step has no output or no task.
func (s *step) whyNoOutput() string {
	switch {
	case s.exited != nil:
		return "it is a " + s.kind
	case s.failure != nil:
		return "it failed: " + failureText(s.failure)
	case s.kind == "Fail":
		return "it is a Fail state"
	}
	return "it was aborted"
}

func failureText(f *history.Failure) string {
	description := cmp.Or(orEmpty(f.Error), "an error without a name")
	if cause := orEmpty(f.Cause); cause != "" {
		description += ": " + cause
	}
	return description
}

func (a attempt) outcomeText() string {
	if a.ended == nil {
		return "no answer"
	}
	if f, ok := a.ended.Detail.(*history.Failure); ok && f != nil {
		return failureText(f)
	}
	return "ok " + shortJSON(a.ended.Value)
}

// withTree returns the scope after building the tree of scopes, if necessary.
func (sc *Scope) withTree() *Scope {
	sc.x.loadTree()
	return sc
}

func (sc *Scope) stateNames() []string {
	var names []string
	for _, s := range sc.withTree().steps {
		names = append(names, s.name)
	}
	return names
}

func (sc *Scope) visitsOf(state string) []*step {
	var all []*step
	sc.withTree().eachStep(func(s *step) {
		if s.name == state {
			all = append(all, s)
		}
	})
	return all
}

func (sc *Scope) lastVisit(state string) *step {
	sc.x.t.Helper()
	if sc.reportUnknown(state) {
		return nil
	}
	all := sc.visitsOf(state)
	if len(all) == 0 {
		sc.reportf("state %q was not visited; the path was\n  %s", state, compactPath(sc.stateNames()))
		return nil
	}
	return all[len(all)-1]
}

func (sc *Scope) onlyVisit(state string) *step {
	sc.x.t.Helper()
	s := sc.lastVisit(state)
	if n := len(sc.visitsOf(state)); s != nil && n > 1 {
		sc.reportf("state %q was visited %s: choose one with Visit(%q, n), or with Iteration or Branch first", state, countTimes(n), state)
		return nil
	}
	return s
}

// reportUnknown reports a state that the machine does not have. It is also true in
// a scope that does not exist.
func (sc *Scope) reportUnknown(state string) bool {
	sc.x.t.Helper()
	if sc.none {
		return true
	}
	if problem := stateProblem(sc.x.program, state, false); problem != "" {
		sc.reportf("%s", problem)
		return true
	}
	return false
}

func (sc *Scope) reportf(format string, args ...any) {
	sc.x.t.Helper()
	sc.x.t.Errorf("asltest: %s%s", sc.messagePrefix(), fmt.Sprintf(format, args...))
}

// messagePrefix names the branch or iteration at the start of an error message.
func (sc *Scope) messagePrefix() string {
	if sc.owner == nil {
		return sc.x.prefix
	}
	what := "branch"
	if sc.owner.kind == "Map" {
		what = "iteration"
	}
	return fmt.Sprintf("%s%s %d of %q: ", sc.owner.scope.messagePrefix(), what, sc.index, sc.owner.name)
}

func (sc *Scope) wantEqual(what string, want, got any) {
	sc.x.t.Helper()
	w, err := toValue(want)
	if err != nil {
		sc.reportf("%s: the wanted value: %v", what, err)
		return
	}
	if !value.Equal(w, got) {
		sc.reportf("%s differs\n%s", what, indentLines(diffValues(w, got)))
	}
}
