package graph

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gostates/gostates/asl"
)

// New returns the graph of a machine. A state that a definition with errors names
// but lacks is a node of kind [Missing]; other things that it lacks are omitted. If m is
// nil, the graph is empty.
func New(m *asl.StateMachine) *Graph {
	if m == nil {
		m = &asl.StateMachine{}
	}
	g := &Graph{Comment: m.Comment.Value, states: make(map[string]*Node)}
	start := &Node{Kind: Start, ID: "start", In: &g.Group}
	g.Nodes = append(g.Nodes, start)
	b := builder{graph: g}
	b.addStates(&g.Group, m.States, m.StartAt.Value)
	end := &Node{Kind: End, ID: "finish", In: &g.Group}
	first := g.Start
	if first == nil && m.StartAt.IsSet() {
		first = b.addMissing(&g.Group, m.StartAt.Value)
	}
	if first != nil {
		entry := &Edge{Kind: Entry, From: start, To: first}
		g.Edges = append([]*Edge{entry}, g.Edges...)
	}
	for _, n := range g.Nodes {
		if b.ends[n] {
			g.Edges = append(g.Edges, &Edge{Kind: Exit, From: n, To: end})
		}
	}
	if len(g.Edges) > 0 && g.Edges[len(g.Edges)-1].Kind == Exit {
		g.Nodes = append(g.Nodes, end)
	}
	return g
}

type builder struct {
	graph *Graph
	ends  map[*Node]bool // states that end the machine
	count int

	missing map[missingState]*Node
}

// missingState is a state that a group names but lacks.
type missingState struct {
	in   *Group
	name string
}

// addMissing returns the node of a state that a group lacks.
func (b *builder) addMissing(group *Group, name string) *Node {
	at := missingState{group, name}
	if b.missing[at] == nil {
		if b.missing == nil {
			b.missing = make(map[missingState]*Node)
		}
		n := &Node{Kind: Missing, ID: "missing" + strconv.Itoa(len(b.missing)+1), Name: name, Detail: "no such state", In: group}
		b.missing[at] = n
		group.Nodes = append(group.Nodes, n)
	}
	return b.missing[at]
}

// addStates adds the states of a machine, branch or processor to its group.
func (b *builder) addStates(group *Group, states *asl.States, startAt string) {
	if states == nil {
		return
	}
	nodes := make(map[string]*Node, len(states.List))
	broken := states.Broken
	for _, s := range states.List {
		for len(broken) > 0 && broken[0].Pos.Offset < s.Base().Pos.Offset {
			b.addBroken(group, nodes, &broken[0])
			broken = broken[1:]
		}
		b.addNode(group, nodes, s)
	}
	for i := range broken {
		b.addBroken(group, nodes, &broken[i])
	}
	group.Start = nodes[startAt]
	for _, s := range states.List {
		b.addEdges(group, nodes, s)
	}
	for i := range states.Broken {
		b.addBrokenEdges(group, nodes, &states.Broken[i])
	}
}

// register adds a state to its group.
func (b *builder) register(group *Group, nodes map[string]*Node, n *Node) {
	b.count++
	n.ID, n.In = "s"+strconv.Itoa(b.count), group
	group.Nodes = append(group.Nodes, n)
	nodes[n.Name] = n
	if b.graph.states[n.Name] == nil {
		b.graph.states[n.Name] = n
	}
}

// addBroken adds a state whose type is not known.
func (b *builder) addBroken(group *Group, nodes map[string]*Node, s *asl.BrokenState) {
	detail := "no known Type"
	if s.Type != "" {
		detail = "unknown Type " + s.Type
	}
	b.register(group, nodes, &Node{Name: s.Name, Type: s.Type, Detail: detail, Location: s.Location})
}

func (b *builder) addBrokenEdges(group *Group, nodes map[string]*Node, s *asl.BrokenState) {
	if s.Next != "" {
		b.addEdge(group, nodes, Edge{Kind: Next, From: nodes[s.Name]}, s.Next)
	}
	if s.End {
		b.addEnd(group, nodes[s.Name])
	}
}

// addEdge adds an edge to a state, which may be missing.
func (b *builder) addEdge(group *Group, nodes map[string]*Node, e Edge, to string) {
	if e.To = nodes[to]; e.To == nil {
		e.To = b.addMissing(group, to)
	}
	group.Edges = append(group.Edges, &e)
}

func (b *builder) addNode(group *Group, nodes map[string]*Node, s asl.State) {
	base := s.Base()
	n := &Node{Name: base.Name, Type: base.Type, Detail: describeState(s), Comment: base.Comment.Value, Location: base.Location}
	b.register(group, nodes, n)
	switch s := s.(type) {
	case *asl.ParallelState:
		for i, branch := range s.Branches {
			inner := &Group{Title: fmt.Sprintf("branch %d", i), Owner: n}
			n.Groups = append(n.Groups, inner)
			b.addStates(inner, branch.States, branch.StartAt.Value)
		}
	case *asl.MapState:
		if p := s.Processor(); p != nil {
			inner := &Group{Owner: n}
			n.Groups = append(n.Groups, inner)
			b.addStates(inner, p.States, p.StartAt.Value)
		}
	}
}

// addEdges adds the edges that leave a state.
func (b *builder) addEdges(group *Group, nodes map[string]*Node, s asl.State) {
	from := nodes[s.Base().Name]
	add := func(e Edge, to asl.Opt[string]) {
		if to.IsSet() {
			e.From = from
			b.addEdge(group, nodes, e, to.Value)
		}
	}
	next := func(t asl.Transition) {
		add(Edge{Kind: Next}, t.Next)
		if t.End.Value {
			b.addEnd(group, from)
		}
	}
	catch := func(catchers []asl.Catcher) {
		for i := range catchers {
			c := &catchers[i]
			add(Edge{Kind: Catch, Label: strings.Join(c.ErrorEquals, ", "), Comment: c.Comment.Value, Location: c.Location}, c.Next)
		}
	}
	switch s := s.(type) {
	case *asl.TaskState:
		next(s.Transition)
		catch(s.Catch)
	case *asl.PassState:
		next(s.Transition)
	case *asl.WaitState:
		next(s.Transition)
	case *asl.ParallelState:
		next(s.Transition)
		catch(s.Catch)
	case *asl.MapState:
		next(s.Transition)
		catch(s.Catch)
	case *asl.ChoiceState:
		for i := range s.Choices {
			r := &s.Choices[i]
			add(Edge{Kind: Choice, Number: i + 1, Label: ruleText(r), Comment: r.Comment.Value, Location: r.Location}, r.Next)
		}
		add(Edge{Kind: Default, Label: "Default"}, s.Default)
	case *asl.SucceedState, *asl.FailState:
		b.addEnd(group, from)
	default:
		panic("graph: a state of no type") // guarded by a test over all state types
	}
}

// addEnd records that a state ends the machine. Inside of branches and
// processors, no end is drawn.
func (b *builder) addEnd(group *Group, n *Node) {
	if group.Owner != nil {
		return
	}
	if b.ends == nil {
		b.ends = make(map[*Node]bool)
	}
	b.ends[n] = true
}
