package graph

import "slices"

// longWay is the largest number of layers that an edge crosses between the nodes. A
// longer edge goes along the side: the points at which edges pass layers would
// outnumber the nodes.
const longWay = 16

// sheet is a group during layout.
type sheet struct {
	group  *Group
	items  []item // nodes first, in the order of the group
	wires  []wire
	layers [][]int // items by layer, from left to right

	place []int // position of each item in its layer
	gaps  []gap // below each layer, starting above the first one

	leaving []leaving // of the nodes with several lines
}

// item takes up space in a layer: a node, the label of a wire, or a point that
// wires pass. Wires to the same node share points, so that they become one
// line.
type item struct {
	kind        itemKind
	box         box
	left, right int // from the axis of the item, at which wires start and end
	h           int
	layer       int
	x, y        int // of the axis, and of the upper border
	up, down    []int
}

type itemKind uint8

const (
	nodeItem itemKind = iota
	labelItem
	pointItem
)

// wire stands for all edges of a kind between two nodes.
type wire struct {
	edges    []*Edge
	from, to int
	catch    bool
	label    []labelLine
	lw, lh   int
	path     []int // items between from and to
	side     bool  // at the right side: a loop, or a very long wire
}

func (s *sheet) addItem(b box) {
	s.items = append(s.items, item{box: b, left: b.w / 2, right: b.w - b.w/2, h: b.h})
}

// bundleEdges makes one wire of all edges of a kind between two nodes.
func (s *sheet) bundleEdges() {
	index := make(map[*Node]int, len(s.group.Nodes))
	for i, n := range s.group.Nodes {
		index[n] = i
	}
	type way struct {
		from, to int
		catch    bool
	}
	wires := make(map[way]int, len(s.group.Edges))
	for _, e := range s.group.Edges {
		w := way{index[e.From], index[e.To], e.Kind == Catch}
		i, ok := wires[w]
		if !ok {
			i = len(s.wires)
			wires[w] = i
			s.wires = append(s.wires, wire{from: w.from, to: w.to, catch: w.catch})
		}
		s.wires[i].edges = append(s.wires[i].edges, e)
	}
	for i := range s.wires {
		w := &s.wires[i]
		w.measureWire()
		if w.from == w.to {
			s.makeRoom(w)
		}
	}
}

const (
	maxLabels = 5 // of a wire
	labelPadX = 4
	labelPadY = 2
	loopWidth = 16 // of an edge from a node to itself
)

func (w *wire) measureWire() {
	for i, e := range w.edges {
		if i == maxLabels && len(w.edges) > maxLabels+1 {
			w.label = append(w.label, labelLine{"and " + pluralOf(len(w.edges)-i, "other"), w.edges[i:]})
			break
		}
		lines := labelLines
		if len(w.edges) > 1 {
			lines = 2
		}
		text := e.text()
		if i > 0 && text != "" {
			text = "or " + text
		}
		if text != "" {
			for _, s := range wrapText(text, labelSize, labelWidth, lines) {
				w.label = append(w.label, labelLine{s, w.edges[i : i+1]})
			}
		}
	}
	if len(w.label) == 0 {
		return
	}
	for _, l := range w.label {
		w.lw = max(w.lw, textWidth(l.text, labelSize))
	}
	w.lw += 2 * labelPadX
	w.lh = len(w.label)*smallHeight + 2*labelPadY
}

// makeRoom widens a node at the right for an edge to itself.
func (s *sheet) makeRoom(w *wire) {
	n := &s.items[w.from]
	n.right += loopWidth + w.lw
	n.h = max(n.h, w.lh)
}

// assignLayers assigns each node a layer: the length of the longest path from a
// start. Edges that close a loop in depth-first order do not count.
func (s *sheet) assignLayers() {
	order := s.reverseLoops()
	out := s.outgoingWires()
	for _, i := range order {
		for _, w := range out[i] {
			if w := &s.wires[w]; !w.side {
				s.items[w.to].layer = max(s.items[w.to].layer, s.items[i].layer+1)
			}
		}
	}
	for i := range s.wires {
		w := &s.wires[i]
		w.side = w.side || s.items[w.to].layer-s.items[w.from].layer > longWay
	}
}

// outgoingWires lists the wires that leave each node, without edges to itself.
func (s *sheet) outgoingWires() [][]int {
	out := make([][]int, len(s.items))
	for i := range s.wires {
		if w := &s.wires[i]; w.from != w.to {
			out[w.from] = append(out[w.from], i)
		}
	}
	return out
}

// reverseLoops marks the wires that close a loop. It returns the nodes in an
// order in which all other wires go forward.
func (s *sheet) reverseLoops() []int {
	const unseen, inside, done = 0, 1, 2
	state := make([]uint8, len(s.items))
	out := s.outgoingWires()
	var order []int
	var visit func(i int)
	visit = func(i int) {
		state[i] = inside
		for _, w := range out[i] {
			switch w := &s.wires[w]; state[w.to] {
			case inside:
				w.side = true
			case unseen:
				visit(w.to)
			}
		}
		state[i] = done
		order = append(order, i)
	}
	for _, i := range s.firstNodes() {
		if state[i] == unseen {
			visit(i)
		}
	}
	slices.Reverse(order)
	return order
}

// firstNodes lists the nodes in the order in which they are followed: the start
// of the group, nodes without incoming wires, all others.
func (s *sheet) firstNodes() []int {
	led := make([]bool, len(s.items))
	for i := range s.wires {
		led[s.wires[i].to] = true
	}
	var first, free, rest []int
	for i := range s.items {
		switch n := s.items[i].box.node; {
		case n.Kind == Start || n == s.group.Start && s.group.Owner != nil:
			first = append(first, i)
		case !led[i]:
			free = append(free, i)
		default:
			rest = append(rest, i)
		}
	}
	return slices.Concat(first, free, rest)
}

// addItemsBetween adds the items between nodes: labels in layers of their own
// below their node, and points in all layers that a wire passes.
func (s *sheet) addItemsBetween() {
	s.insertLayers()
	type passing struct {
		to, layer int
		catch     bool
	}
	points := make(map[passing]int)
	for i := range s.wires {
		w := &s.wires[i]
		if w.side || w.from == w.to {
			continue
		}
		layer, last := s.items[w.from].layer+1, w.from
		if w.label != nil {
			last = s.addBelow(item{kind: labelItem, left: w.lw / 2, right: w.lw - w.lw/2, h: w.lh, layer: layer}, last)
			w.path = append(w.path, last)
			layer++
		}
		known := false
		for ; layer < s.items[w.to].layer; layer++ {
			key := passing{w.to, layer, w.catch}
			p, ok := points[key]
			switch {
			case !ok:
				p = s.addBelow(item{kind: pointItem, layer: layer}, last)
				points[key] = p
			case !known:
				s.linkItems(last, p)
			}
			known = ok
			last = p
			w.path = append(w.path, p)
		}
		if !known {
			s.linkItems(last, w.to)
		}
	}
}

// insertLayers makes layers for labels.
func (s *sheet) insertLayers() {
	deepest := 0
	for i := range s.items {
		deepest = max(deepest, s.items[i].layer)
	}
	labelled := make([]bool, deepest+1)
	for i := range s.wires {
		if w := &s.wires[i]; w.label != nil && !w.side && w.from != w.to {
			labelled[s.items[w.from].layer] = true
		}
	}
	moved := make([]int, deepest+1)
	for l := 1; l <= deepest; l++ {
		moved[l] = moved[l-1] + 1
		if labelled[l-1] {
			moved[l]++
		}
	}
	for i := range s.items {
		s.items[i].layer = moved[s.items[i].layer]
	}
}

// addBelow adds an item below another one.
func (s *sheet) addBelow(it item, above int) int {
	s.items = append(s.items, it)
	s.linkItems(above, len(s.items)-1)
	return len(s.items) - 1
}

func (s *sheet) linkItems(above, below int) {
	s.items[above].down = append(s.items[above].down, below)
	s.items[below].up = append(s.items[below].up, above)
}
