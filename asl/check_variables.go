package asl

import (
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/gostates/gostates/value"
)

// checkVariables checks what the states write and read.
func (c *checker) checkVariables() {
	arrivals := c.findArrivals()
	for _, s := range c.scopes {
		c.refuseShadowing(s, arrivals)
		c.warnUndollared(s)
		c.warnUndefinedReads(s, arrivals)
	}
}

// refuseShadowing refuses to assign a variable that an outer scope has assigned already. A
// variable that is assigned afterwards may have the same name, such as those of
// the Assign and the Catchers of the state that holds the scope
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
	may := s.testedReads()
	for _, r := range s.reads {
		if r.variable == "" || may(r) || s.graph != nil && !s.graph.isReached(r.state) {
			continue
		}
		switch {
		case s.canRead(r.variable):
			if !arrivals.readableBefore(s, r.state).hasNumber(arrivals.read[r.variable]) {
				c.warnUndefined(r, "no state on any way to this one assigns it")
			}
		case !s.isComplete(): // what could not be read may assign it
		case builtinFunctions.Has(r.variable): // a function that is passed on
		case c.warnUndefined(r, s.whyUnassigned(r.variable)) && c.canAdvise():
			if meant := didYouMean(r.variable, s.readableVariables()); meant != "" {
				c.addAdvice(meant)
			}
		}
	}
}

// warnUndefined warns of a variable that a state reads, and reports whether it did.
func (c *checker) warnUndefined(r access, why string) bool {
	told := c.addWarningOnce(CodePossiblyUndefinedVariable, r, "Variable '%s' is possibly not defined.", r.variable)
	if told {
		c.addAdvice(why)
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

// readableVariables are those that a scope can read, its own first.
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

// testedReads reports of what a state reads whether it asks somewhere if it is
// there.
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

// arrivals are the variables that may have been assigned before each state.
type arrivals struct {
	read   variableNumbers             // of what states read
	shared variableNumbers             // of what a scope and one around it assign
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

// variableNumbers numbers variables.
type variableNumbers map[string]int

func (n variableNumbers) addVariable(name string) {
	if _, ok := n[name]; !ok {
		n[name] = len(n)
	}
}

func (n variableNumbers) newVariableSet() variableSet { return make(variableSet, (len(n)+63)/64) }

// variableSet is a set of variables by their numbers.
type variableSet []uint64

func (v variableSet) addNumber(n int)      { v[n/64] |= 1 << (n % 64) }
func (v variableSet) hasNumber(n int) bool { return n/64 < len(v) && v[n/64]&(1<<(n%64)) != 0 }

func (v variableSet) addAll(others variableSet) {
	for i := range others {
		v[i] |= others[i]
	}
}

// findArrivals goes along all ways at once: a variable arrives at a state if any way
// to it assigns the variable. All states of a cycle lead to each other, so the
// same arrive at each of them.
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
	for _, s := range c.scopes { // each after those around it
		if s.graph != nil && !s.graph.dangling {
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

// addAssigned adds what a state assigns on its way along an edge: to shared only what
// its own Assign does, not those of its rules and Catchers.
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

// readableBefore is the set of a state: where the ways to it are not known, of all that
// its scope finds.
func (a arrivals) readableBefore(s *scope, state int) variableSet {
	if sets := a.sets[s]; sets != nil && s.graph.isReached(state) {
		return sets[s.graph.cycle[state]].read
	}
	return a.scopeVariables(s)
}

// definedBefore are the shared variables that the Assign of an earlier state defines, as
// far as the ways are known.
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
