package asl

import (
	"github.com/gostates/gostates/jsonpath"
	"github.com/gostates/gostates/value"
)

// scope is one States object: variables live in it, and its states lead to each
// other.
type scope struct {
	outer    *scope // nil: it is that of the whole machine
	within   int    // the index in outer of the state that holds it
	isolated bool   // it cannot read the variables of outer
	states   *States
	start    string      // StartAt
	graph    *stateGraph // nil where it is not known which states there are

	ends      bool            // some state is an end, or may be one
	misplaced map[string]bool // what is named by the Next of a state that has no such field

	current  int // the index of the state that is being read
	assigned map[string]bool
	sorted   []string // of assigned, once they are suggested
	writes   []access
	reads    []access
	literals []literal
}

// literal is a member of a payload template that would be a variable if its key
// ended in ".$".
type literal struct {
	key string
	access
}

// access is where a variable is written, or where one is read, or a field of the
// input or of the context object.
type access struct {
	variable string        // or "", of the input or the context object
	context  bool          // of the context object
	path     []string      // names below
	state    int           // index of the state
	field    string        // of the state: Output, Parameters
	location func() string // few are ever spelled
	offset   int
	tested   bool // it may be missing: $exists, IsPresent
}

// enterScope begins the scope of a States object, and returns what ends it. The
// states of a distributed Map are executions of their own, isolated: they see
// nothing of what is around them.
func (p *parser) enterScope(s *States, start string, isolated bool) (leave func()) {
	outer := p.scope
	p.scope = &scope{outer: outer, isolated: isolated, states: s, start: start,
		misplaced: make(map[string]bool), assigned: make(map[string]bool)}
	if outer != nil {
		p.scope.within = outer.current
	}
	p.scopes = append(p.scopes, p.scope)
	return func() { p.scope = outer }
}

// isDistributed reports whether a processor's text says that its iterations are
// executions of their own.
func (o *object) isDistributed() bool {
	config, _ := o.fieldValue("ProcessorConfig").(*value.Object)
	if config == nil {
		return false
	}
	mode, _ := config.Get("Mode")
	return mode == "DISTRIBUTED"
}

// locate is at, for when the location is asked for.
func (o *object) locate(field string) func() string {
	return func() string { return o.locationOf(field) }
}

// noteRead notes what a field reads.
func (o *object) noteRead(m access) {
	m.state = o.scope.current
	o.scope.reads = append(o.scope.reads, m)
}

// notePathRead notes what a path reads; that of ResultPath is one to write.
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

// markTested notes that what was read last may be missing.
func (o *object) markTested() {
	if o.thorough {
		o.scope.reads[len(o.scope.reads)-1].tested = true
	}
}

// canRead reports whether the scope, or one around it that it can read, assigns a
// variable.
func (s *scope) canRead(name string) bool {
	for ; s != nil; s = s.readableOuter() {
		if s.assigned[name] {
			return true
		}
	}
	return false
}

// isComplete reports whether all states could be read whose variables the scope can
// read.
func (s *scope) isComplete() bool {
	for ; s != nil; s = s.readableOuter() {
		if !s.states.isComplete() {
			return false
		}
	}
	return true
}

// readableOuter is the scope around s whose variables it can read, or nil.
func (s *scope) readableOuter() *scope {
	if s.isolated {
		return nil
	}
	return s.outer
}

// connectStates connects the states, where all of them are known.
func (c *checker) connectStates() {
	for _, s := range c.scopes {
		if first, ok := s.states.index[s.start]; ok && s.states.isComplete() {
			s.graph = newStateGraph(s.states, first)
		}
	}
}
