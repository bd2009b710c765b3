package asl

import (
	"github.com/gostates/gostates/jsonpath"
	"github.com/gostates/gostates/value"
)

// scope is a States object as validation sees it: its variables and
// transitions.
type scope struct {
	outer    *scope // nil for the machine's own scope
	within   int    // index in outer of the state that contains the scope
	isolated bool   // a distributed Map: it cannot read the variables of outer
	states   *States
	start    string      // StartAt
	graph    *stateGraph // nil if a state could not be read

	ends          bool            // a state is an end, or may be one
	otherTargets  map[string]bool // of transitions that are not in the graph: a misplaced Next, states without a known Type
	leadsAnywhere bool            // a state is not an object, so that nothing is known of its transitions

	current  int // index of the state being parsed
	assigned map[string]bool
	sorted   []string // assigned, sorted when first needed for a suggestion
	writes   []access
	reads    []access
	literals []literal
}

// literal is a member of a payload template whose value would be a variable if
// its key ended in ".$".
type literal struct {
	key string
	access
}

// access is where a state assigns a variable, or reads a variable, its input or
// the context object.
type access struct {
	variable string        // "" if the input or the context object is read
	context  bool          // the context object is read
	path     []string      // field names that follow
	state    int           // index of the state
	field    string        // of the state: Output, Parameters; "" or statesResult in an expression
	location func() string // called only if there is something to report
	offset   int
	tested   bool // the value may be missing: $exists, IsPresent
}

// enterScope begins the scope of a States object. leave ends it. The scope of a
// distributed Map is isolated: its states run in executions of their own.
func (p *parser) enterScope(s *States, start string, isolated bool) (leave func()) {
	outer := p.scope
	p.scope = &scope{outer: outer, isolated: isolated, states: s, start: start}
	if outer != nil {
		p.scope.within = outer.current
	}
	if p.thorough {
		p.scopes = append(p.scopes, p.scope)
	}
	return func() { p.scope = outer }
}

// noteTarget notes the target of a transition that is not in the graph, if it is
// a string.
func (s *scope) noteTarget(target any) {
	name, ok := target.(string)
	if !ok {
		return
	}
	if s.otherTargets == nil {
		s.otherTargets = make(map[string]bool)
	}
	s.otherTargets[name] = true
}

// noteBroken notes where a state without a known Type leads, whichever Type it
// should have (docs/evidence.md#unknown-type). o is nil if the state is not an object.
func (s *scope) noteBroken(o *object) {
	if o == nil {
		s.leadsAnywhere = true
		return
	}
	s.noteTarget(o.fieldValue("Next"))
	s.noteTarget(o.fieldValue("Default"))
	for _, field := range []string{"Choices", "Catch"} {
		elements, _ := o.fieldValue(field).([]any)
		for _, e := range elements {
			if e, ok := e.(*value.Object); ok {
				next, _ := e.Get("Next")
				s.noteTarget(next)
			}
		}
	}
}

// isDistributed reports whether a processor has Mode DISTRIBUTED.
func (o *object) isDistributed() bool {
	config, _ := o.fieldValue("ProcessorConfig").(*value.Object)
	if config == nil {
		return false
	}
	mode, _ := config.Get("Mode")
	return mode == "DISTRIBUTED"
}

// locate returns a function that calls locationOf when the location is needed.
func (o *object) locate(field string) func() string {
	return func() string { return o.locationOf(field) }
}

// noteRead notes a read of the current state.
func (o *object) noteRead(m access) {
	m.state = o.scope.current
	o.scope.reads = append(o.scope.reads, m)
}

// notePathRead notes the read of a path. ResultPath is written, not read.
func (o *object) notePathRead(p *jsonpath.Path, field string, offset int) {
	if field == "ResultPath" || !o.thorough {
		return
	}
	m := access{variable: p.Variable(), context: p.Root() == jsonpath.Context, path: p.Names(), field: field,
		location: o.locate(field), offset: offset}
	if o.statesMember == errorOutputMember {
		m.field = "Catch"
	}
	o.noteRead(m)
}

// markTested notes that the last read may find nothing.
func (o *object) markTested() {
	if o.thorough {
		o.scope.reads[len(o.scope.reads)-1].tested = true
	}
}

// canRead reports whether the scope, or an outer one that it can read, assigns
// a variable.
func (s *scope) canRead(name string) bool {
	for ; s != nil; s = s.readableOuter() {
		if s.assigned[name] {
			return true
		}
	}
	return false
}

// isComplete reports whether all states of the scope and of the outer scopes
// that it can read could be parsed.
func (s *scope) isComplete() bool {
	for ; s != nil; s = s.readableOuter() {
		if !s.states.isComplete() {
			return false
		}
	}
	return true
}

// readableOuter returns the outer scope if its variables can be read, or nil.
func (s *scope) readableOuter() *scope {
	if s.isolated {
		return nil
	}
	return s.outer
}

// connectStates makes the graph of each scope whose states are all known.
func (c *checker) connectStates() {
	for _, s := range c.scopes {
		if first, ok := s.states.index[s.start]; ok && s.states.isComplete() {
			s.graph = newStateGraph(s.states, first)
		}
	}
}
