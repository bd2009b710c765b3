package asltest

import (
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
)

// step is one visit of a state.
type step struct {
	name     string
	kind     string // the state's Type
	scope    *Scope
	entered  *history.Event
	exited   *history.Event // nil: the state failed or was aborted
	attempts []attempt      // of a Task
	children [][]*Scope     // of a Parallel or Map, by attempt
	failure  *history.Failure
}

// attempt holds the events of one attempt of a Task.
type attempt struct {
	scheduled, started, submitted, ended *history.Event
}

// tree assigns the events of a history to scopes and steps, following
// PreviousEventId.
type tree struct {
	program *Program // nil: unknown
	root    *Scope
	events  []history.Event
	stepOf  []*step // by event id, as scopeOf
	scopeOf []*Scope
}

func growTree(p *Program, root *Scope, events []history.Event) *tree {
	t := &tree{program: p, root: root, events: events,
		stepOf: make([]*step, len(events)+1), scopeOf: make([]*Scope, len(events)+1)}
	for i := range events {
		t.addEvent(&events[i])
	}
	return t
}

func (t *tree) placeOf(id uint32) (*step, *Scope) {
	s, sc := t.stepOf[id], t.scopeOf[id]
	if sc == nil {
		sc = t.root
	}
	return s, sc
}

func (t *tree) setPlace(e *history.Event, s *step, sc *Scope) {
	t.stepOf[e.ID], t.scopeOf[e.ID] = s, sc
}

func (t *tree) addEvent(e *history.Event) {
	s, sc := t.placeOf(e.Previous)
	switch {
	case e.Type.IsStateEntered():
		t.enterState(e, s, sc)
		return
	case e.Type.IsStateExited():
		if s = enclosingStep(s, sc, e.Name); s != nil {
			s.exited = e
			sc = s.scope
		}
	case e.Type == history.ParallelStateStarted, e.Type == history.MapStateStarted:
		if s = t.containerOf(e, s, sc); s != nil {
			s.children = append(s.children, nil)
			sc = s.scope
		}
	case e.Type == history.MapRunStarted && s != nil && len(s.children) > 0:
		s.children[len(s.children)-1] = t.root.x.childScopes(e.Name)
	case e.Type == history.ExecutionRedriven:
		s, sc = nil, t.root
	case isContainerEvent(e.Type):
		if s = t.containerOf(e, s, sc); s != nil {
			sc = s.scope
		}
	case e.Type == history.MapIterationStarted:
		if m := enclosingStep(s, sc, e.Name); m != nil && len(m.children) > 0 {
			sc = &Scope{x: sc.x, owner: m, index: int(e.Index)}
			last := len(m.children) - 1
			m.children[last] = append(m.children[last], sc)
		}
		s = nil
	case e.Type == history.MapIterationSucceeded, e.Type == history.MapIterationFailed, e.Type == history.MapIterationAborted:
		for sc.owner != nil && sc.owner.name != e.Name {
			sc = sc.owner.scope
		}
		s = nil
	default:
		t.addTaskEvent(e, s, sc)
	}
	t.setPlace(e, s, sc)
}

// enterState adds a step to the scope of the event's cause, or to a new branch.
func (t *tree) enterState(e *history.Event, s *step, sc *Scope) {
	if e.Previous > 0 && t.events[e.Previous-1].Type == history.ParallelStateStarted && s != nil {
		last := len(s.children) - 1
		sc = &Scope{x: sc.x, owner: s, index: t.branchIndex(s.name, e.Name, len(s.children[last]))}
		s.children[last] = append(s.children[last], sc)
	}
	s = &step{name: e.Name, kind: e.Type.StateType(), scope: sc, entered: e}
	sc.steps = append(sc.steps, s)
	t.setPlace(e, s, sc)
}

// branchIndex returns the index of the Parallel state's branch that starts at
// first, or def if it is not known.
func (t *tree) branchIndex(parallel, first string, def int) int {
	if t.program == nil {
		return def
	}
	if p, ok := stateNamed(t.program, parallel).(*asl.ParallelState); ok {
		for i, b := range p.Branches {
			if b.StartAt.Value == first {
				return i
			}
		}
	}
	return def
}

// enclosingStep returns the innermost step of the named state at s or around it, or
// nil.
func enclosingStep(s *step, sc *Scope, name string) *step {
	if s == nil {
		s = sc.owner
	}
	for s != nil && s.name != name {
		s = s.scope.owner
	}
	return s
}

func isContainerEvent(t history.Type) bool {
	return history.ParallelStateStarted <= t && t <= history.ParallelStateAborted ||
		history.MapStateStarted <= t && t <= history.MapStateAborted
}

// containerOf returns the Parallel or Map step of an event that has no state name.
// The event's cause is an event of that step, or of one of its children.
func (t *tree) containerOf(e *history.Event, s *step, sc *Scope) *step {
	kind := "Map"
	if strings.HasPrefix(e.Type.String(), "Parallel") {
		kind = "Parallel"
	}
	if s != nil && s.kind == kind && s.scope == sc && e.Previous > 0 {
		switch before := t.events[e.Previous-1].Type; before {
		case history.ParallelStateEntered, history.MapStateEntered, history.ParallelStateStarted, history.MapStateStarted:
			return s
		}
	}
	s = sc.owner
	for s != nil && s.kind != kind {
		s = s.scope.owner
	}
	return s
}

func (t *tree) addTaskEvent(e *history.Event, s *step, sc *Scope) {
	if s == nil && len(sc.steps) > 0 {
		s = sc.steps[len(sc.steps)-1]
	}
	if s == nil {
		return
	}
	if _, ok := e.Detail.(*history.Scheduled); ok || strings.HasSuffix(e.Type.String(), "Scheduled") {
		s.attempts = append(s.attempts, attempt{scheduled: e})
		return
	}
	if f, ok := e.Detail.(*history.Failure); ok && e.Type != history.ExecutionFailed && !strings.HasSuffix(e.Type.String(), "Aborted") {
		s.failure = f
	}
	if len(s.attempts) == 0 {
		return
	}
	a := &s.attempts[len(s.attempts)-1]
	switch name := e.Type.String(); {
	case e.Type.EndsExecution() || strings.HasSuffix(name, "Aborted") || e.Type == history.EvaluationFailed:
	case strings.HasSuffix(name, "Started"):
		a.started = e
	case strings.HasSuffix(name, "Submitted"):
		a.submitted = e
	default:
		a.ended = e
	}
}

// eachStep visits the steps of the scope and of its inner scopes, in order.
func (sc *Scope) eachStep(visit func(*step)) {
	for _, s := range sc.steps {
		visit(s)
		for _, scopes := range s.children {
			for _, child := range scopes {
				child.eachStep(visit)
			}
		}
	}
}

func (s *step) attemptCount() int {
	switch s.kind {
	case "Task":
		return len(s.attempts)
	case "Parallel", "Map":
		return max(1, len(s.children))
	}
	return 1
}

// eventsOf returns the events of one scope. Aborted events are left out: their
// position depends on the scope that failed.
func (t *tree) eventsOf(sc *Scope) []history.Event {
	var all []history.Event
	for i := range t.events {
		e := &t.events[i]
		if t.scopeOf[e.ID] == sc && !strings.HasSuffix(e.Type.String(), "Aborted") {
			all = append(all, *e)
		}
	}
	return all
}
