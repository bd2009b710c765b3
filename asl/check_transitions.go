package asl

import "slices"

// stateGraph has the transitions between the states of one scope.
type stateGraph struct {
	states  *States
	next    [][]edge // by state
	missing []string // unknown states that transitions name
	order   []int    // reachable states, each before its successors unless a loop leads back
	cycle   []int    // by state: number of its cycle (a state may be alone in one), or -1 if unreachable
	cycles  int
}

// edge is a transition to a state: of a Choice rule, of a Catcher, or of Next
// and Default if both are nil.
type edge struct {
	to      int
	rule    *ChoiceRule
	catcher *Catcher
}

// nowhere is the first state of a graph whose StartAt names an unknown state.
const nowhere = -1

// newStateGraph connects the states of s. first is the index of the state at
// StartAt.
func newStateGraph(s *States, first int) *stateGraph {
	g := &stateGraph{states: s, next: make([][]edge, len(s.List))}
	for i, st := range s.List {
		add := func(to Opt[string], e edge) {
			if !to.IsSet() {
				return
			}
			target, ok := s.index[to.Value]
			if !ok {
				g.missing = append(g.missing, to.Value)
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

// findCycles sets order and cycle, the strongly connected components of the
// reachable states (Tarjan's algorithm). The number of a cycle is greater than
// those of all cycles that it leads to.
func (g *stateGraph) findCycles(first int) {
	n := len(g.states.List)
	g.cycle = make([]int, n)
	entered := make([]int, n) // time of entry, from 1
	lowest := make([]int, n)  // the earliest entry that it leads back to
	followed := make([]int, n)
	var path, open []int // path leads from first to here; open was entered, but is not in a cycle yet
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

// isReached reports whether a path leads from StartAt to the state.
func (g *stateGraph) isReached(i int) bool { return g.cycle[i] >= 0 }

// assignField returns the Assign that a state applies on an edge.
func (e edge) assignField(st State) Opt[Template] {
	switch {
	case e.rule != nil:
		return e.rule.Assign
	case e.catcher != nil:
		return e.catcher.Assign
	}
	return *partsOf(st).assign // a state without Assign has no edges
}
