package asl

import "slices"

// stateGraph is how the states of one States object lead to each other.
type stateGraph struct {
	states   *States
	next     [][]edge // of each state
	dangling bool     // a transition leads to no state
	order    []int    // the states that can be reached, each before those it leads to but for loops
	cycle    []int    // the number of the cycle that each state is in, alone or not; see connect
	cycles   int
}

// edge is a transition to the state of an index: of a Choice rule, of a Catcher,
// or else of Next and Default.
type edge struct {
	to      int
	rule    *ChoiceRule
	catcher *Catcher
}

// nowhere is the first state of a graph whose StartAt names none.
const nowhere = -1

// newStateGraph connects the states; first is the index of that at StartAt.
func newStateGraph(s *States, first int) *stateGraph {
	g := &stateGraph{states: s, next: make([][]edge, len(s.List))}
	for i, st := range s.List {
		add := func(to Opt[string], e edge) {
			if !to.IsSet() {
				return
			}
			target, ok := s.index[to.Value]
			if !ok {
				g.dangling = true
				return
			}
			e.to = target
			g.next[i] = append(g.next[i], e)
		}
		if t := transitionOf(st); t != nil {
			add(t.Next, edge{})
		}
		if c, ok := st.(*ChoiceState); ok {
			for j := range c.Choices {
				add(c.Choices[j].Next, edge{rule: &c.Choices[j]})
			}
			add(c.Default, edge{})
		}
		if w := workOf(st); w != nil {
			for j := range w.Catch {
				add(w.Catch[j].Next, edge{catcher: &w.Catch[j]})
			}
		}
	}
	g.findCycles(first)
	return g
}

// findCycles finds the order and the cycles (Tarjan's strongly connected
// components) of what can be reached. The number of a cycle is above those of
// all that it leads to.
func (g *stateGraph) findCycles(first int) {
	n := len(g.states.List)
	g.cycle = make([]int, n)
	entered := make([]int, n) // when, from 1
	lowest := make([]int, n)  // the earliest entered state that it leads back to
	followed := make([]int, n)
	var path, open []int // from the first state to here; entered, but of no cycle yet
	enter := func(i int) {
		path, open = append(path, i), append(open, i)
		entered[i] = len(g.order) + len(path)
		lowest[i] = entered[i]
		g.cycle[i] = -1
	}
	for i := range g.cycle {
		g.cycle[i] = -1
	}
	if first != nowhere {
		enter(first)
	}
	for len(path) > 0 {
		i := path[len(path)-1]
		if k := followed[i]; k < len(g.next[i]) {
			followed[i]++
			switch to := g.next[i][k].to; {
			case entered[to] == 0:
				enter(to)
			case g.cycle[to] < 0:
				lowest[i] = min(lowest[i], entered[to])
			}
			continue
		}
		path = path[:len(path)-1]
		g.order = append(g.order, i)
		if len(path) > 0 {
			last := path[len(path)-1]
			lowest[last] = min(lowest[last], lowest[i])
		}
		if lowest[i] < entered[i] {
			continue
		}
		for done := false; !done; {
			j := open[len(open)-1]
			open = open[:len(open)-1]
			g.cycle[j] = g.cycles
			done = j == i
		}
		g.cycles++
	}
	slices.Reverse(g.order)
}

// isReached reports whether a way leads from StartAt to the state.
func (g *stateGraph) isReached(i int) bool { return g.cycle[i] >= 0 }

// assignField is what a state assigns on its way along an edge.
func (e edge) assignField(st State) Opt[Template] {
	switch {
	case e.rule != nil:
		return e.rule.Assign
	case e.catcher != nil:
		return e.catcher.Assign
	}
	return *partsOf(st).assign // no edge leaves a state without one
}
