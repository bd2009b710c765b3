package asl

import "github.com/gostates/gostates/asl/value"

// scope is where variables live: one States object.
type scope struct {
	outer    *scope // nil: none, or one that cannot be read
	assigned map[string]bool
	writes   []mention
	reads    []mention
}

// mention is a variable where it is written or read.
type mention struct {
	name     string
	location string
	offset   int
}

// enter begins the scope of a States object, and returns what ends it. The
// states of a distributed Map are executions of their own: they see nothing of
// what is around them.
func (p *parser) enter() (leave func()) {
	outer := p.scope
	p.scope = &scope{outer: outer, assigned: make(map[string]bool)}
	if p.isolated {
		p.scope.outer, p.isolated = nil, false
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

func (o *object) write(name string, offset int) {
	if o.scope != nil {
		o.scope.assigned[name] = true
		o.scope.writes = append(o.scope.writes, mention{name, o.at("Assign"), offset})
	}
}

func (o *object) read(name, field string, offset int) {
	if o.thorough && o.scope != nil {
		o.scope.reads = append(o.scope.reads, mention{name, o.at(field), offset})
	}
}

// finds reports whether the scope or one around it has a variable.
func (s *scope) finds(name string) bool {
	for ; s != nil; s = s.outer {
		if s.assigned[name] {
			return true
		}
	}
	return false
}

// variables checks what the states write and read.
func (c *checker) variables() {
	for _, s := range c.scopes {
		for _, w := range s.writes {
			if s.outer.finds(w.name) {
				c.found(SeverityError, CodeInvalidVariableName, w.offset, w.location,
					"Invalid variable name '%s': the variable is already assigned in an outer scope.", w.name)
			}
		}
		for _, r := range s.reads {
			if !s.finds(r.name) && !anyExpression.Has(r.name) {
				c.found(SeverityWarning, CodeVariableNeverAssigned, r.offset, r.location,
					"No state assigns the variable '$%s'", r.name)
			}
		}
	}
}
