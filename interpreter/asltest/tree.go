package asltest

import (
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
)

// step is one state that a line of control went through.
type step struct {
	name     string
	kind     string // the Type of the state
	line     *Scope
	entered  *history.Event
	exited   *history.Event // nil: it failed, or was cut short
	attempts []attempt      // of a Task
	children [][]*Scope     // of a Parallel or Map, by attempt
	failure  *history.Failure
}

// attempt is one task.
type attempt struct {
	scheduled, started, submitted, ended *history.Event
}

// tree makes lines and steps of a history, by what each event says caused it.
type tree struct {
	program *Program // nil: unknown
	root    *Scope
	events  []history.Event
	stepOf  []*step // by event id
	lineOf  []*Scope
}

func grow(p *Program, root *Scope, events []history.Event) *tree {
	t := &tree{program: p, root: root, events: events,
		stepOf: make([]*step, len(events)+1), lineOf: make([]*Scope, len(events)+1)}
	for i := range events {
		t.add(&events[i])
	}
	return t
}

func (t *tree) at(id uint32) (*step, *Scope) {
	s, l := t.stepOf[id], t.lineOf[id]
	if l == nil {
		l = t.root
	}
	return s, l
}

func (t *tree) set(e *history.Event, s *step, l *Scope) { t.stepOf[e.ID], t.lineOf[e.ID] = s, l }

func (t *tree) add(e *history.Event) {
	s, l := t.at(e.Previous)
	switch {
	case e.Type.IsStateEntered():
		t.enter(e, s, l)
		return
	case e.Type.IsStateExited():
		if s = named(s, l, e.Name); s != nil {
			s.exited = e
			l = s.line
		}
	case e.Type == history.ParallelStateStarted, e.Type == history.MapStateStarted:
		if s = t.container(e, s, l); s != nil {
			s.children = append(s.children, nil)
			l = s.line
		}
	case isContainer(e.Type):
		if s = t.container(e, s, l); s != nil {
			l = s.line
		}
	case e.Type == history.MapIterationStarted:
		if m := named(s, l, e.Name); m != nil && len(m.children) > 0 {
			l = &Scope{x: l.x, owner: m, index: int(e.Index)}
			last := len(m.children) - 1
			m.children[last] = append(m.children[last], l)
		}
		s = nil
	case e.Type == history.MapIterationSucceeded, e.Type == history.MapIterationFailed, e.Type == history.MapIterationAborted:
		for l.owner != nil && l.owner.name != e.Name {
			l = l.owner.line
		}
		s = nil
	default:
		t.task(e, s, l)
	}
	t.set(e, s, l)
}

// enter adds a step to the line of its cause, or to a new branch.
func (t *tree) enter(e *history.Event, s *step, l *Scope) {
	if e.Previous > 0 && t.events[e.Previous-1].Type == history.ParallelStateStarted && s != nil {
		last := len(s.children) - 1
		l = &Scope{x: l.x, owner: s, index: t.branch(s.name, e.Name, len(s.children[last]))}
		s.children[last] = append(s.children[last], l)
	}
	s = &step{name: e.Name, kind: e.Type.StateType(), line: l, entered: e}
	l.steps = append(l.steps, s)
	t.set(e, s, l)
}

// branch is the index of the branch that starts at a state.
func (t *tree) branch(parallel, first string, def int) int {
	if t.program == nil {
		return def
	}
	if p, ok := stateOf(t.program, parallel).(*asl.ParallelState); ok {
		for i, b := range p.Branches {
			if b.StartAt.Value == first {
				return i
			}
		}
	}
	return def
}

// named is the step of a state, at a place or around it.
func named(s *step, l *Scope, name string) *step {
	if s == nil {
		s = l.owner
	}
	for s != nil && s.name != name {
		s = s.line.owner
	}
	return s
}

func isContainer(t history.Type) bool {
	return history.ParallelStateStarted <= t && t <= history.ParallelStateAborted ||
		history.MapStateStarted <= t && t <= history.MapStateAborted
}

// container is the Parallel or Map that an event without a name belongs to: the
// one that its cause is an event of, or that its cause is in a child of.
func (t *tree) container(e *history.Event, s *step, l *Scope) *step {
	kind := "Map"
	if strings.HasPrefix(e.Type.String(), "Parallel") {
		kind = "Parallel"
	}
	if s != nil && s.kind == kind && s.line == l && e.Previous > 0 {
		switch before := t.events[e.Previous-1].Type; before {
		case history.ParallelStateEntered, history.MapStateEntered, history.ParallelStateStarted, history.MapStateStarted:
			return s
		}
	}
	s = l.owner
	for s != nil && s.kind != kind {
		s = s.line.owner
	}
	return s
}

func (t *tree) task(e *history.Event, s *step, l *Scope) {
	if s == nil && len(l.steps) > 0 {
		s = l.steps[len(l.steps)-1]
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

func stateOf(p *Program, name string) asl.State {
	for st := range p.Machine().All() {
		if st.Base().Name == name {
			return st
		}
	}
	return nil
}

// all calls visit for the steps of a line and of those inside, in order.
func (l *Scope) all(visit func(*step)) {
	for _, s := range l.steps {
		visit(s)
		for _, lines := range s.children {
			for _, child := range lines {
				child.all(visit)
			}
		}
	}
}

// made is how many attempts a step made.
func (s *step) made() int {
	switch s.kind {
	case "Task":
		return len(s.attempts)
	case "Parallel", "Map":
		return max(1, len(s.children))
	}
	return 1
}
