package build

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

// StateMachine is a machine that is being built.
type StateMachine struct {
	machine asl.StateMachine
	states  *States
}

// Machine makes a machine of the states to which start leads. States that are listed
// too come first, in their order.
func Machine(start State, listed ...State) *StateMachine {
	return &StateMachine{states: &States{listed: append([]State{start}, listed...), at: callerPlace(1)}}
}

// Comment sets Comment.
func (m *StateMachine) Comment(text string) *StateMachine {
	m.machine.Comment = present(text)
	return m
}

// QueryLanguage sets QueryLanguage, of all states that do not set their own.
func (m *StateMachine) QueryLanguage(l asl.QueryLanguage) *StateMachine {
	m.machine.QueryLanguage = present(l.String())
	return m
}

// Version sets Version, the version of the language: "1.0".
func (m *StateMachine) Version(version string) *StateMachine {
	m.machine.Version = present(version)
	return m
}

// TimeoutSeconds sets TimeoutSeconds.
func (m *StateMachine) TimeoutSeconds(seconds int) *StateMachine {
	m.machine.TimeoutSeconds = present(int64(seconds))
	return m
}

// JSON returns the definition, as the command asl fmt formats it. The error is an
// *[Error] of everything that is wrong. Options are as of [asl.ParseValid]; the last
// one counts.
func (m *StateMachine) JSON(o ...asl.Options) ([]byte, error) {
	text, _, err := m.build(o)
	return text, err
}

// AST returns what [asl.ParseValid] returns for JSON: the positions are those in it.
func (m *StateMachine) AST(o ...asl.Options) (*asl.StateMachine, error) {
	_, parsed, err := m.build(o)
	return parsed, err
}

func (m *StateMachine) build(o []asl.Options) ([]byte, *asl.StateMachine, error) {
	w := walk{places: make(map[*part]string), byLocation: map[string]place{"": m.states.at}}
	machine := m.machine
	var branch asl.Branch
	w.fillBranch(m.states, &branch, "")
	machine.StartAt, machine.States = branch.StartAt, branch.States
	if len(w.problems) > 0 {
		return nil, nil, &Error{w.problems}
	}
	text, err := asl.Marshal(&machine)
	if err == nil {
		text, err = asl.Format(text)
	}
	var parsed *asl.StateMachine
	if err == nil {
		parsed, err = asl.ParseValid(text, append([]asl.Options{{}}, o...)[len(o)])
	}
	var list asl.ErrorList
	switch {
	case errors.As(err, &list):
		for _, d := range list {
			w.problems = append(w.problems, Problem{w.placeOf(d.Location).file, w.placeOf(d.Location).line, d})
		}
		return nil, nil, &Error{w.problems}
	case err != nil:
		return nil, nil, err
	}
	return text, parsed, nil
}

// States is a branch of a Parallel, or the processor of a Map.
type States struct {
	listed  []State
	comment asl.Opt[string]
	at      place
}

// Branch makes a branch, or the processor of a Map, of the states to which start leads.
// States that are listed too come first, in their order. A state belongs to one branch
// only.
func Branch(start State, listed ...State) *States {
	return &States{listed: append([]State{start}, listed...), at: callerPlace(1)}
}

// Comment sets Comment.
func (s *States) Comment(text string) *States {
	s.comment = present(text)
	return s
}

// State is a state of any type: *[TaskState], *[PassState], *[ChoiceState],
// *[WaitState], *[SucceedState], *[FailState], *[ParallelState] or *[MapState].
type State interface{ node() *part }

// part is what the types of states have in common.
type part struct {
	state      asl.State
	transition *asl.Transition // nil: it has no Next
	at         place
	next       State
	targets    []State // of Choices
	otherwise  State   // Default
	handlers   []State // of Catch
	branches   []branchOf
	problems   []string
}

// branchOf is a branch of a Parallel, or the processor of a Map.
type branchOf struct {
	states *States
	into   *asl.Branch
	field  string // as in a location: Branches[0]
}

func (p *part) addProblem(format string, args ...any) {
	p.problems = append(p.problems, fmt.Sprintf(format, args...))
}

// name returns the name of the state that a field leads to.
func (p *part) name(field string, s State) string {
	if to := partOf(s); to != nil {
		return to.state.Base().Name
	}
	p.addProblem("%s leads to a state that is nil", field)
	return ""
}

// partOf returns nil for a nil state, and for one that no function of this package made.
func partOf(s State) (p *part) {
	defer func() {
		if recover() != nil { // a method of a nil state
			p = nil
		}
	}()
	return s.node()
}

// place is a line of Go.
type place struct {
	file string
	line int
}

// callerPlace returns the line that called the function which many functions away from
// here.
func callerPlace(functions int) (p place) {
	_, p.file, p.line, _ = runtime.Caller(1 + functions)
	return p
}

// walk finds the states of a machine.
type walk struct {
	places     map[*part]string // where a state is: the location of its branch
	byLocation map[string]place
	problems   []Problem
}

func (w *walk) addProblem(at place, location, message string) {
	w.problems = append(w.problems, Problem{at.file, at.line, asl.Diagnostic{
		Severity: asl.SeverityError, Code: CodeNotBuilt, Message: message, Location: location,
	}})
}

// fillBranch finds the states of a branch at a location, and makes their definitions.
func (w *walk) fillBranch(s *States, into *asl.Branch, location string) {
	into.Comment, into.States = s.comment, &asl.States{}
	w.byLocation[location] = s.at
	var found []*part
	add := func(state State) bool {
		p := partOf(state)
		if p == nil {
			return false // reported where it is referred to
		}
		at := location + "/States/" + p.state.Base().Name
		switch where, placed := w.places[p]; {
		case !placed && w.hasName(at):
			w.places[p] = location
			w.addProblem(p.at, at, "another state of the branch has this name")
		case !placed:
			w.places[p], w.byLocation[at] = location, p.at
			found = append(found, p)
			into.States.List = append(into.States.List, p.state)
			return true
		case where != location:
			w.addProblem(p.at, at, fmt.Sprintf("the state is also in %s/States: a state belongs to one branch, and no transition leaves a branch", where))
		}
		return false
	}
	for _, state := range s.listed {
		if partOf(state) == nil {
			w.addProblem(s.at, location, "a state is nil")
			return
		}
		add(state)
	}
	into.StartAt = present(partOf(s.listed[0]).state.Base().Name)
	for _, p := range append([]*part(nil), found...) {
		w.follow(p, add)
	}
	for _, p := range found {
		at := location + "/States/" + p.state.Base().Name
		for _, message := range p.problems {
			w.addProblem(p.at, at, message)
		}
		if p.transition != nil {
			p.transition.End = asl.Opt[bool]{}
			if p.next == nil {
				p.transition.End = present(true)
			}
		}
		for _, b := range p.branches {
			if b.states == nil {
				w.addProblem(p.at, at+"/"+b.field, "the branch is nil")
				continue
			}
			w.fillBranch(b.states, b.into, at+"/"+b.field)
		}
	}
}

func (w *walk) hasName(location string) bool {
	_, taken := w.byLocation[location]
	return taken
}

// follow adds the states to which a state leads, each before those to which it leads.
func (w *walk) follow(p *part, add func(State) bool) {
	targets := append([]State{p.next}, p.targets...)
	for _, to := range append(append(targets, p.otherwise), p.handlers...) {
		if add(to) {
			w.follow(partOf(to), add)
		}
	}
}

// placeOf returns the line that made the innermost part that has a location.
func (w *walk) placeOf(location string) place {
	for {
		if at, ok := w.byLocation[location]; ok {
			return at
		}
		location = location[:max(0, strings.LastIndexByte(location, '/'))]
	}
}

// CodeNotBuilt is the code of a [Problem] that is found before there is a definition: a
// state that is nil or in two branches, or data that is not JSON.
const CodeNotBuilt = "NOT_BUILT"

// Error is the error of [StateMachine.JSON] and [StateMachine.AST].
type Error struct{ Problems []Problem }

// Problem is an error of a machine and the line of Go that made its state. Pos is zero,
// or the position in the JSON that would have been returned.
type Problem struct {
	File string // as the compiler has it
	Line int
	asl.Diagnostic
}

// Error returns the problems, one a line:
//
//	order.go:12: /States/Ship/Next: MISSING_TRANSITION_TARGET: Missing 'Next' target: Shp
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		d := p.Diagnostic
		lines[i] = fmt.Sprintf("%s:%d: %s: %s: %s", filepath.Base(p.File), p.Line, cmp.Or(d.Location, "/"), d.Code, d.Message)
		if d.Detail != "" {
			lines[i] += " (" + d.Detail + ")"
		}
		lines[i] = value.Printable(lines[i])
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the problems as an [asl.ErrorList].
func (e *Error) Unwrap() error {
	list := make(asl.ErrorList, len(e.Problems))
	for i, p := range e.Problems {
		list[i] = p.Diagnostic
	}
	return list
}

func present[T any](v T) asl.Opt[T] { return asl.Opt[T]{Value: v, Presence: asl.Present} }

// Null is a path that is written as null: InputPath and OutputPath are then {}, and
// ResultPath drops the result.
const Null = "null"

func path(text string) asl.Opt[asl.Path] {
	if text == Null {
		return asl.Opt[asl.Path]{Presence: asl.Null}
	}
	return present(asl.Path{Text: text})
}

// isExpression reports whether a From method was called in a JSONata state.
func isExpression(text string) bool { return strings.HasPrefix(text, "{%") }

// setFrom sets a field from data: a number by an expression, or its Path.
func setFrom(text string, number *asl.Opt[asl.Integer], byPath *asl.Opt[asl.Path]) {
	if isExpression(text) {
		*number = present(asl.Integer{Expression: &asl.Expression{Text: text}})
	} else {
		*byPath = path(text)
	}
}

func integer(n int) asl.Opt[asl.Integer] { return present(asl.Integer{Value: int64(n)}) }

// convert converts data of the host, whose methods may panic.
func (p *part) convert(field string, v any) (converted any) {
	defer func() {
		if r := recover(); r != nil {
			p.addProblem("%s: a method of the value panicked: %v", field, r)
		}
	}()
	converted, err := value.From(v)
	if err != nil {
		p.addProblem("%s: %s", field, strings.TrimPrefix(err.Error(), "value: "))
	}
	return converted
}

func (p *part) template(field string, v any) asl.Opt[asl.Template] {
	return present(asl.Template{Source: p.convert(field, v)})
}
