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
	start    string // StartAt
	graph    *graph // nil where it is not known which states there are

	ends      bool            // some state is an end, or may be one
	misplaced map[string]bool // what is named by the Next of a state that has no such field

	current  int // the index of the state that is being read
	assigned map[string]bool
	sorted   []string // of assigned, once they are suggested
	writes   []mention
	reads    []mention
	literals []literal
}

// literal is a member of a payload template that would be a variable if its key
// ended in ".$".
type literal struct {
	key string
	mention
}

// mention is where a variable is written, or where one is read, or a field of the
// input or of the context object.
type mention struct {
	variable string        // or "", of the input or the context object
	context  bool          // of the context object
	path     []string      // names below
	state    int           // index of the state
	field    string        // of the state: Output, Parameters
	location func() string // few are ever spelled
	offset   int
	tested   bool // it may be missing: $exists, IsPresent
}

// enter begins the scope of a States object, and returns what ends it. The
// states of a distributed Map are executions of their own, isolated: they see
// nothing of what is around them.
func (p *parser) enter(s *States, start string, isolated bool) (leave func()) {
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
	config, _ := o.valueOf("ProcessorConfig").(*value.Object)
	if config == nil {
		return false
	}
	mode, _ := config.Get("Mode")
	return mode == "DISTRIBUTED"
}

// locate is at, for when the location is asked for.
func (o *object) locate(field string) func() string {
	return func() string { return o.at(field) }
}

// read notes what a field reads.
func (o *object) read(m mention) {
	m.state = o.scope.current
	o.scope.reads = append(o.scope.reads, m)
}

// readPath notes what a path reads; that of ResultPath is one to write.
func (o *object) readPath(p *jsonpath.Path, field string, offset int) {
	if field == "ResultPath" || !o.thorough {
		return
	}
	m := mention{variable: p.Variable(), context: p.Root() == jsonpath.Context, path: p.Names(), field: field,
		location: o.locate(field), offset: offset}
	if o.statesMember == errorOutputMember {
		m.field = "Catch"
	}
	o.read(m)
}

// tested notes that what was read last may be missing.
func (o *object) tested() {
	if o.thorough {
		o.scope.reads[len(o.scope.reads)-1].tested = true
	}
}

// finds reports whether the scope, or one around it that it can read, assigns a
// variable.
func (s *scope) finds(name string) bool {
	for ; s != nil; s = s.readable() {
		if s.assigned[name] {
			return true
		}
	}
	return false
}

// complete reports whether all states could be read whose variables the scope can
// read.
func (s *scope) complete() bool {
	for ; s != nil; s = s.readable() {
		if !s.states.complete() {
			return false
		}
	}
	return true
}

// readable is the scope around s whose variables it can read, or nil.
func (s *scope) readable() *scope {
	if s.isolated {
		return nil
	}
	return s.outer
}

// graphs connects the states, where all of them are known.
func (c *checker) graphs() {
	for _, s := range c.scopes {
		if first, ok := s.states.index[s.start]; ok && s.states.complete() {
			s.graph = newGraph(s.states, first)
		}
	}
}
