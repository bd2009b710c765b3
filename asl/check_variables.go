package asl

import (
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/gostates/gostates/value"
)

// variables checks what the states write and read.
func (c *checker) variables() {
	arrivals := c.arrivals()
	for _, s := range c.scopes {
		c.writes(s, arrivals)
		c.literals(s)
		c.reads(s, arrivals)
	}
}

// writes refuses to assign a variable that an outer scope has assigned already. A
// variable that is assigned afterwards may have the same name, such as those of
// the Assign and the Catchers of the state that holds the scope
// (docs/evidence.md#outer-variables).
func (c *checker) writes(s *scope, a arrivals) {
	outer := s.readable()
	if outer == nil {
		return
	}
	for _, w := range s.writes {
		if n, ok := a.shared[w.variable]; ok && a.defined(outer, s.within).has(n) {
			c.refuse(CodeDuplicateVariableName, c.pos(w.offset), w.location(),
				"The variable name '%s' was already defined in a parent scope.", w.variable)
		}
	}
}

func (c *checker) literals(s *scope) {
	for _, l := range s.literals {
		if s.finds(l.variable) {
			c.warn(CodeNoDollar, c.pos(l.offset), l.location(), noDollar, l.key, l.key, l.key)
		}
	}
}

func (c *checker) reads(s *scope, arrivals arrivals) {
	may := s.mayBeMissing()
	for _, r := range s.reads {
		if r.variable == "" || may(r) || s.graph != nil && !s.graph.reached(r.state) {
			continue
		}
		switch {
		case s.finds(r.variable):
			if !arrivals.before(s, r.state).has(arrivals.read[r.variable]) {
				c.warnUndefined(r, "no state on any way to this one assigns it")
			}
		case !s.complete(): // what could not be read may assign it
		case anyExpression.Has(r.variable): // a function that is passed on
		case c.warnUndefined(r, s.whyUnassigned(r.variable)) && c.advisable():
			if meant := guess(r.variable, s.variables()); meant != "" {
				c.advise(meant)
			}
		}
	}
}

// warnUndefined warns of a variable that a state reads, and reports whether it did.
func (c *checker) warnUndefined(r mention, why string) bool {
	told := c.warnOnce(CodePossiblyUndefinedVariable, r, "Variable '%s' is possibly not defined.", r.variable)
	if told {
		c.advise(why)
	}
	return told
}

// whyUnassigned says why nothing that a scope can read assigns a variable.
func (s *scope) whyUnassigned(name string) string {
	for ; s != nil; s = s.outer {
		if s.assigned[name] {
			return "the states of a distributed Map cannot read the variables of the states around it"
		}
	}
	return "no state of its scope, or of those around it, assigns it"
}

// variables are those that a scope can read, its own first.
func (s *scope) variables() iter.Seq[string] {
	return func(yield func(string) bool) {
		for ; s != nil; s = s.readable() {
			if s.sorted == nil {
				s.sorted = slices.Sorted(maps.Keys(s.assigned))
			}
			for _, name := range s.sorted {
				if !yield(name) {
					return
				}
			}
		}
	}
}

// mayBeMissing reports of what a state reads whether it asks somewhere if it is
// there.
func (s *scope) mayBeMissing() func(mention) bool {
	type what struct {
		state          int
		context        bool
		variable, path string
	}
	of := func(m mention) what { return what{m.state, m.context, m.variable, strings.Join(m.path, "\x00")} }
	tested := map[what]bool{}
	for _, r := range s.reads {
		if r.tested {
			tested[of(r)] = true
		}
	}
	return func(m mention) bool { return len(tested) > 0 && tested[of(m)] }
}

// arrivals are the variables that may have been assigned before each state.
type arrivals struct {
	read   numbering                   // of what states read
	shared numbering                   // of what a scope and one around it assign
	sets   map[*scope][]cycleVariables // of each cycle of a scope whose ways are known
	found  map[*scope]variableSet      // all that a scope finds, of one whose ways are not known
}

// cycleVariables are the variables that may have been assigned before the states
// of a cycle.
type cycleVariables struct {
	read    variableSet // in whatever way, by states of the cycle too
	defined variableSet // shared ones, by the Assign of a state that leads here, and to which nothing leads back
	own     variableSet // shared ones, by the Assign of a state of the cycle
}

// numbering numbers variables.
type numbering map[string]int

func (n numbering) add(name string) {
	if _, ok := n[name]; !ok {
		n[name] = len(n)
	}
}

func (n numbering) newSet() variableSet { return make(variableSet, (len(n)+63)/64) }

// variableSet is a set of variables by their numbers.
type variableSet []uint64

func (v variableSet) add(n int)      { v[n/64] |= 1 << (n % 64) }
func (v variableSet) has(n int) bool { return n/64 < len(v) && v[n/64]&(1<<(n%64)) != 0 }

func (v variableSet) addAll(others variableSet) {
	for i := range others {
		v[i] |= others[i]
	}
}

// arrivals goes along all ways at once: a variable arrives at a state if any way
// to it assigns the variable. All states of a cycle lead to each other, so the
// same arrive at each of them.
func (c *checker) arrivals() arrivals {
	a := arrivals{make(numbering), make(numbering), make(map[*scope][]cycleVariables), make(map[*scope]variableSet)}
	for _, s := range c.scopes {
		for _, r := range s.reads {
			if s.finds(r.variable) {
				a.read.add(r.variable)
			}
		}
		for _, w := range s.writes {
			if outer := s.readable(); outer != nil && outer.finds(w.variable) {
				a.shared.add(w.variable)
			}
		}
	}
	for _, s := range c.scopes { // each after those around it
		if s.graph != nil && !s.graph.dangling {
			a.follow(s)
		}
	}
	return a
}

func (a arrivals) follow(s *scope) {
	g := s.graph
	sets := make([]cycleVariables, g.cycles)
	for i := range sets {
		sets[i] = cycleVariables{a.read.newSet(), a.shared.newSet(), a.shared.newSet()}
	}
	a.sets[s] = sets
	if outer := s.readable(); outer != nil {
		first := sets[g.cycle[g.order[0]]]
		first.read.addAll(a.before(outer, s.within))
		first.defined.addAll(a.defined(outer, s.within))
	}
	for _, i := range g.order {
		for _, e := range g.next[i] {
			if g.cycle[e.to] == g.cycle[i] {
				a.assign(sets[g.cycle[i]].read, sets[g.cycle[i]].own, g.states.List[i], e)
			}
		}
	}
	byCycle := slices.SortedFunc(slices.Values(g.order), func(i, j int) int { return g.cycle[j] - g.cycle[i] })
	for _, i := range byCycle {
		from := sets[g.cycle[i]]
		for _, e := range g.next[i] {
			if g.cycle[e.to] == g.cycle[i] {
				continue
			}
			to := sets[g.cycle[e.to]]
			to.read.addAll(from.read)
			to.defined.addAll(from.defined)
			to.defined.addAll(from.own)
			a.assign(to.read, to.defined, g.states.List[i], e)
		}
	}
}

// assign adds what a state assigns on its way along an edge: to shared only what
// its own Assign does, not those of its rules and Catchers.
func (a arrivals) assign(read, shared variableSet, st State, e edge) {
	names, _ := e.assign(st).Value.Source.(*value.Object)
	for key := range names.All() {
		name := variableOf(key, st.Base().Language)
		if n, ok := a.read[name]; ok {
			read.add(n)
		}
		if n, ok := a.shared[name]; ok && e.rule == nil && e.catcher == nil {
			shared.add(n)
		}
	}
}

// before is the set of a state: where the ways to it are not known, of all that
// its scope finds.
func (a arrivals) before(s *scope, state int) variableSet {
	if sets := a.sets[s]; sets != nil && s.graph.reached(state) {
		return sets[s.graph.cycle[state]].read
	}
	return a.finds(s)
}

// defined are the shared variables that the Assign of an earlier state defines, as
// far as the ways are known.
func (a arrivals) defined(s *scope, state int) variableSet {
	if sets := a.sets[s]; sets != nil && s.graph.reached(state) {
		return sets[s.graph.cycle[state]].defined
	}
	return nil
}

func (a arrivals) finds(s *scope) variableSet {
	if set, ok := a.found[s]; ok {
		return set
	}
	set := a.read.newSet()
	if outer := s.readable(); outer != nil {
		set.addAll(a.finds(outer))
	}
	for name := range s.assigned {
		if n, ok := a.read[name]; ok {
			set.add(n)
		}
	}
	a.found[s] = set
	return set
}
