package asl

import (
	"maps"
	"slices"
)

// checkReachability checks that the machine can end and that all states are
// reachable. If the machine cannot end, AWS reports nothing else.
func (c *checker) checkReachability() {
	for i, s := range c.scopes {
		if i == 0 && !s.ends { // the machine's own scope
			c.addError(CodeMissingEndState, s.states.Pos, "", "Workflow has no terminal state")
			if i := slices.IndexFunc(s.states.Broken, func(b BrokenState) bool { return b.End }); i >= 0 {
				c.addAdvice("the state '" + s.states.Broken[i].Name + "' has no Type, so its End does not count")
			}
			return
		}
		switch {
		case s.graph != nil:
			c.refuseUnreachable(s, s.graph)
			c.warnEndlessLoops(s.graph)
		case s.start != "" && len(s.states.List) > 0 && !s.leadsAnywhere: // a state could not be read, or StartAt names none
			first, ok := s.states.index[s.start]
			if !ok {
				first = nowhere
			}
			c.refuseUnreachable(s, newStateGraph(s.states, first))
		}
	}
}

// refuseUnreachable reports unreachable states. As AWS does, it leaves out the
// states that an unreachable state leads to, and those that a misplaced Next or
// a state without a known Type leads to.
func (c *checker) refuseUnreachable(s *scope, g *stateGraph) {
	if c.leadsToPlaceholder(s, g) {
		return
	}
	named := func(i int) bool { return s.otherTargets[s.states.List[i].Base().Name] }
	first := make([]bool, len(g.next))
	for i := range first {
		first[i] = !g.isReached(i)
	}
	for i, edges := range g.next {
		for _, e := range edges {
			first[e.to] = first[e.to] && e.to == i
		}
	}
	for i := range first {
		first[i] = first[i] || named(i)
	}
	behind := g.reachableFrom(first)
	for i, st := range s.states.List {
		if b := st.Base(); !g.isReached(i) && !behind[i] && !named(i) {
			c.addError(CodeMissingTransitionTarget, b.Pos, b.Location, "State \"%s\" is not reachable.", b.Name)
		}
	}
}

// leadsToPlaceholder reports whether a placeholder without a value may name a
// state: the target of a transition, or a state that an unknown target may be.
// One outside of strings may be anything.
func (c *checker) leadsToPlaceholder(s *scope, g *stateGraph) bool {
	if c.expansion == nil || len(c.expansion.unknown) == 0 {
		return false
	}
	missing := slices.AppendSeq(slices.Clone(g.missing), maps.Keys(s.otherTargets))
	if _, known := s.states.index[s.start]; !known {
		missing = append(missing, s.start)
	}
	missing = slices.DeleteFunc(missing, func(name string) bool { return s.states.Get(name) != nil || s.states.broken[name] })
	return len(missing) > 0 && (slices.ContainsFunc(missing, hasPlaceholder) ||
		slices.ContainsFunc(s.states.List, func(st State) bool { return hasPlaceholder(st.Base().Name) }) ||
		slices.ContainsFunc(c.expansion.unknown, func(u unknownString) bool { return u.bare }))
}

// reachableFrom returns the states that can be reached from some states,
// without these.
func (g *stateGraph) reachableFrom(some []bool) []bool {
	reached := make([]bool, len(some))
	var open []int
	for i := range some {
		if some[i] {
			open = append(open, i)
		}
	}
	for len(open) > 0 {
		i := open[len(open)-1]
		open = open[:len(open)-1]
		for _, e := range g.next[i] {
			if !reached[e.to] && !some[e.to] {
				reached[e.to] = true
				open = append(open, e.to)
			}
		}
	}
	return reached
}

// warnEndlessLoops warns of states from which no path leads to an end.
func (c *checker) warnEndlessLoops(g *stateGraph) {
	if len(g.missing) > 0 {
		return
	}
	ending := make([]bool, g.cycles)
	for _, i := range slices.Backward(g.order) {
		ending[g.cycle[i]] = ending[g.cycle[i]] || leadsToEnd(g, i, ending)
	}
	for i, st := range g.states.List {
		if b := st.Base(); g.isReached(i) && !ending[g.cycle[i]] {
			c.addWarning(CodeEndlessLoop, b.Pos, b.Location, "No path leads from the state '%s' to an end", b.Name)
		}
	}
}

// leadsToEnd reports whether a state is an end or leads to one. A state without
// edges counts as an end, because its missing target is reported elsewhere.
func leadsToEnd(g *stateGraph, i int, ending []bool) bool {
	return len(g.next[i]) == 0 || isTerminal(g.states.List[i]) ||
		slices.ContainsFunc(g.next[i], func(e edge) bool { return ending[g.cycle[e.to]] })
}
