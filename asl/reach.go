package asl

// graph is how the states of one States object lead to each other.
type graph struct {
	states   *States
	next     [][]int
	previous [][]int
	dangling bool // a transition leads to no state
}

func newGraph(s *States) *graph {
	g := &graph{states: s, next: make([][]int, len(s.List)), previous: make([][]int, len(s.List))}
	for i, st := range s.List {
		for _, name := range targets(st) {
			to, ok := s.index[name]
			if !ok {
				g.dangling = true
				continue
			}
			g.next[i] = append(g.next[i], to)
			g.previous[to] = append(g.previous[to], i)
		}
	}
	return g
}

// targets are the names of the states to which one leads.
func targets(st State) []string {
	var names []string
	add := func(to Opt[string]) {
		if to.Set() {
			names = append(names, to.Value)
		}
	}
	if t := transitionOf(st); t != nil {
		add(t.Next)
	}
	if c, ok := st.(*ChoiceState); ok {
		add(c.Default)
		for i := range c.Choices {
			add(c.Choices[i].Next)
		}
	}
	if w := workOf(st); w != nil {
		for i := range w.Catch {
			add(w.Catch[i].Next)
		}
	}
	return names
}

// transitionOf is the Next and End of a state, or nil where its type has none.
func transitionOf(st State) *Transition {
	switch st := st.(type) {
	case *TaskState:
		return &st.Transition
	case *PassState:
		return &st.Transition
	case *WaitState:
		return &st.Transition
	case *ParallelState:
		return &st.Transition
	case *MapState:
		return &st.Transition
	}
	return nil
}

// workOf is what Task, Parallel and Map have in common, or nil for the others.
func workOf(st State) *Work {
	switch st := st.(type) {
	case *TaskState:
		return &st.Work
	case *ParallelState:
		return &st.Work
	case *MapState:
		return &st.Work
	}
	return nil
}

// isTerminal reports whether nothing comes after a state.
func isTerminal(st State) bool {
	switch st.(type) {
	case *SucceedState, *FailState:
		return true
	}
	t := transitionOf(st)
	return t != nil && t.End.Value
}

// from marks all states to which a way leads from those in the list.
func from(ways [][]int, list []int) []bool {
	seen := make([]bool, len(ways))
	for _, i := range list {
		seen[i] = true
	}
	for len(list) > 0 {
		i := list[len(list)-1]
		list = list[:len(list)-1]
		for _, to := range ways[i] {
			if !seen[to] {
				seen[to] = true
				list = append(list, to)
			}
		}
	}
	return seen
}

func (g *graph) ends() []int {
	var ends []int
	for i, st := range g.states.List {
		if isTerminal(st) {
			ends = append(ends, i)
		}
	}
	return ends
}

// reachability checks that the machine can end, and that all states are there
// for something. Of a machine that cannot end AWS says nothing else (measured).
func (c *checker) reachability() {
	s := c.machine.States
	if s.complete() && len(newGraph(s).ends()) == 0 {
		c.found(SeverityError, CodeMissingEndState, s.Pos.Offset, "", "Workflow has no terminal state")
		return
	}
	c.reachable(c.machine.StartAt, s)
	for st := range c.machine.All() {
		switch st := st.(type) {
		case *ParallelState:
			for _, b := range st.Branches {
				c.reachable(b.StartAt, b.States)
			}
		case *MapState:
			if p := st.Processor(); p != nil {
				c.reachable(p.StartAt, p.States)
			}
		}
	}
}

// complete reports whether all states could be read, so that it is known where
// they lead.
func (s *States) complete() bool { return len(s.List) > 0 && len(s.broken) == 0 }

func (c *checker) reachable(start Opt[string], s *States) {
	if !s.complete() {
		return
	}
	first, ok := s.index[start.Value]
	if !ok {
		return // reported already, and all states would follow
	}
	g := newGraph(s)
	reached := from(g.next, []int{first})
	for i, st := range s.List {
		if !reached[i] {
			b := st.Base()
			c.foundAt(SeverityError, CodeMissingTransitionTarget, b.Pos, b.Location, "State \"%s\" is not reachable.", b.Name)
		}
	}
	if !g.dangling {
		c.loops(g, reached)
	}
	c.constants(g, first)
}

// loops warns of states from which no way leads to an end.
func (c *checker) loops(g *graph, reached []bool) {
	ending := from(g.previous, g.ends())
	for i, st := range g.states.List {
		_, choice := st.(*ChoiceState)
		if t := transitionOf(st); !choice && (t == nil || !t.Next.Set()) {
			continue // it leads nowhere, which is reported
		}
		if reached[i] && !ending[i] {
			b := st.Base()
			c.warn(CodeEndlessLoop, b.Pos, b.Location, "No way leads from the state '%s' to an end", b.Name)
		}
	}
}
