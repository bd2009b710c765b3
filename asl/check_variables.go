package asl

import (
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/gostates/gostates/value"
)

// checkVariables checks the variables that states assign and read.
func (c *checker) checkVariables() {
	arrivals := c.findArrivals()
	for _, s := range c.scopes {
		c.refuseShadowing(s, arrivals)
		c.warnUndollared(s)
		c.warnUndefinedReads(s, arrivals)
	}
}

// refuseShadowing refuses to assign a variable that the Assign of an earlier
// state in an outer scope has assigned. A variable that is assigned later, or
// by the state that contains the scope, may have the same name
// (docs/evidence.md#outer-variables).
func (c *checker) refuseShadowing(s *scope, a arrivals) {
	outer := s.readableOuter()
	if outer == nil {
		return
	}
	for _, w := range s.writes {
		if n, ok := a.shared[w.variable]; ok && a.definedBefore(outer, s.within).hasNumber(n) {
			c.addError(CodeDuplicateVariableName, c.positionOf(w.offset), w.location(),
				"The variable name '%s' was already defined in a parent scope.", w.variable)
		}
	}
}

func (c *checker) warnUndollared(s *scope) {
	for _, l := range s.literals {
		if s.canRead(l.variable) {
			c.addWarning(CodeNoDollar, c.positionOf(l.offset), l.location(), noDollar, l.key, l.key, l.key)
		}
	}
}

func (c *checker) warnUndefinedReads(s *scope, arrivals arrivals) {
	isTested := s.testedReads()
	for _, r := range s.reads {
		if r.variable == "" || isTested(r) || s.graph != nil && !s.graph.isReached(r.state) {
			continue
		}
		switch {
		case s.canRead(r.variable):
			if !arrivals.readableBefore(s, r.state).hasNumber(arrivals.read[r.variable]) {
				c.warnUndefined(r, "no state on any path to this one assigns it")
			}
		case !s.isComplete(): // a state that could not be parsed may assign it
		case builtinFunctions.Has(r.variable): // a function as a value
		case c.warnUndefined(r, s.whyUnassigned(r.variable)) && c.canAdvise():
			if meant := didYouMean(r.variable, s.readableVariables()); meant != "" {
				c.addAdvice(meant)
			}
		}
	}
}

// warnUndefined warns of a read variable that may not be assigned, and reports
// whether it did.
func (c *checker) warnUndefined(r access, why string) bool {
	told := c.addWarningOnce(CodePossiblyUndefinedVariable, r, "Variable '%s' is possibly not defined.", r.variable)
	if told {
		c.addAdvice(why)
	}
	return told
}

// whyUnassigned returns why no scope that s can read assigns a variable.
func (s *scope) whyUnassigned(name string) string {
	for ; s != nil; s = s.outer {
		if s.assigned[name] {
			return "the states in a distributed Map cannot read outer variables"
		}
	}
	return "no state in its scope or in an outer scope assigns it"
}

// readableVariables iterates over the variables that a scope can read, its own
// first.
func (s *scope) readableVariables() iter.Seq[string] {
	return func(yield func(string) bool) {
		for ; s != nil; s = s.readableOuter() {
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

// testedReads returns a function that reports whether a state tests, with
// $exists or IsPresent, whether what it reads exists.
func (s *scope) testedReads() func(access) bool {
	type what struct {
		state          int
		context        bool
		variable, path string
	}
	of := func(m access) what { return what{m.state, m.context, m.variable, strings.Join(m.path, "\x00")} }
	tested := map[what]bool{}
	for _, r := range s.reads {
		if r.tested {
			tested[of(r)] = true
		}
	}
	return func(m access) bool { return len(tested) > 0 && tested[of(m)] }
}

// arrivals has the variables that may have been assigned before each state.
type arrivals struct {
	read   variableNumbers             // variables that states read
	shared variableNumbers             // variables that a scope and one of its outer scopes assign
	sets   map[*scope][]cycleVariables // by cycle, of scopes with a complete graph
	found  map[*scope]variableSet      // all readable variables, of the other scopes
}

// cycleVariables has the variables that may have been assigned before the
// states of a cycle.
type cycleVariables struct {
	read    variableSet // by any earlier state, including those of the cycle
	defined variableSet // shared, by the Assign of a state before the cycle
	own     variableSet // shared, by the Assign of a state in the cycle
}

// variableNumbers gives each variable a number.
type variableNumbers map[string]int

func (n variableNumbers) addVariable(name string) {
	if _, ok := n[name]; !ok {
		n[name] = len(n)
	}
}

func (n variableNumbers) newVariableSet() variableSet { return make(variableSet, (len(n)+63)/64) }

// variableSet is a bit set of variable numbers.
type variableSet []uint64

func (v variableSet) addNumber(n int)      { v[n/64] |= 1 << (n % 64) }
func (v variableSet) hasNumber(n int) bool { return n/64 < len(v) && v[n/64]&(1<<(n%64)) != 0 }

func (v variableSet) addAll(others variableSet) {
	for i := range others {
		v[i] |= others[i]
	}
}

// findArrivals follows all paths at once: a variable arrives at a state if any
// path to the state assigns it. The states of a cycle lead to each other, so
// the same variables arrive at all of them.
func (c *checker) findArrivals() arrivals {
	a := arrivals{make(variableNumbers), make(variableNumbers), make(map[*scope][]cycleVariables), make(map[*scope]variableSet)}
	for _, s := range c.scopes {
		for _, r := range s.reads {
			if s.canRead(r.variable) {
				a.read.addVariable(r.variable)
			}
		}
		for _, w := range s.writes {
			if outer := s.readableOuter(); outer != nil && outer.canRead(w.variable) {
				a.shared.addVariable(w.variable)
			}
		}
	}
	for _, s := range c.scopes { // outer scopes come first
		if s.graph != nil && len(s.graph.missing) == 0 {
			a.followScope(s)
		}
	}
	return a
}

func (a arrivals) followScope(s *scope) {
	g := s.graph
	sets := make([]cycleVariables, g.cycles)
	for i := range sets {
		sets[i] = cycleVariables{a.read.newVariableSet(), a.shared.newVariableSet(), a.shared.newVariableSet()}
	}
	a.sets[s] = sets
	if outer := s.readableOuter(); outer != nil {
		first := sets[g.cycle[g.order[0]]]
		first.read.addAll(a.readableBefore(outer, s.within))
		first.defined.addAll(a.definedBefore(outer, s.within))
	}
	for _, i := range g.order {
		for _, e := range g.next[i] {
			if g.cycle[e.to] == g.cycle[i] {
				a.addAssigned(sets[g.cycle[i]].read, sets[g.cycle[i]].own, g.states.List[i], e)
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
			a.addAssigned(to.read, to.defined, g.states.List[i], e)
		}
	}
}

// addAssigned adds the variables that a state assigns on an edge to read, and
// those of its own Assign, but not of its rules and Catchers, to shared.
func (a arrivals) addAssigned(read, shared variableSet, st State, e edge) {
	names, _ := e.assignField(st).Value.Source.(*value.Object)
	for key := range names.All() {
		name := assignedVariable(key, st.Base().Language)
		if n, ok := a.read[name]; ok {
			read.addNumber(n)
		}
		if n, ok := a.shared[name]; ok && e.rule == nil && e.catcher == nil {
			shared.addNumber(n)
		}
	}
}

// readableBefore returns the variables that may have been assigned before a
// state. If the graph is not known, these are all that the scope can read.
func (a arrivals) readableBefore(s *scope, state int) variableSet {
	if sets := a.sets[s]; sets != nil && s.graph.isReached(state) {
		return sets[s.graph.cycle[state]].read
	}
	return a.scopeVariables(s)
}

// definedBefore returns the shared variables that the Assign of an earlier
// state defines, or nil if the graph is not known.
func (a arrivals) definedBefore(s *scope, state int) variableSet {
	if sets := a.sets[s]; sets != nil && s.graph.isReached(state) {
		return sets[s.graph.cycle[state]].defined
	}
	return nil
}

func (a arrivals) scopeVariables(s *scope) variableSet {
	if set, ok := a.found[s]; ok {
		return set
	}
	set := a.read.newVariableSet()
	if outer := s.readableOuter(); outer != nil {
		set.addAll(a.scopeVariables(outer))
	}
	for name := range s.assigned {
		if n, ok := a.read[name]; ok {
			set.addNumber(n)
		}
	}
	a.found[s] = set
	return set
}
