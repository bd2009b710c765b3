package graph

import (
	"cmp"
	"slices"
)

const (
	gapHeight  = 26 // minimum between layers
	maxBend    = 60 // maximum added for wide bends
	bendShare  = 12 // a bend adds its width divided by this
	trackSpace = 8  // between lines that go to the side
	laneSpace  = 16 // between lines at the side
	portSpace  = 12 // between lines at one border of a node
)

// gap is the space below a layer: tracks on which lines leave to the side,
// space for bends, and tracks on which lines return.
type gap struct {
	leaving, bend, coming int // heights
	y                     int
}

// bus is the line at the side that all wires of a kind to one node share.
type bus struct {
	to     int
	wires  []int
	lo, hi int // layers that it passes
	left   bool
	x      int

	port  int  // at the node, from its axis
	track int  // of its return, in the gap above the node
	flat  bool // it returns to the side border of the node
}

// exit is the place at which a wire leaves to the side.
type exit struct {
	offset int // of the port from the node's axis
	track  int // in the gap below the node
	flat   bool
}

// routeEdges assigns y coordinates, draws the lines and returns the result.
func (s *sheet) routeEdges() *canvas {
	c := &canvas{}
	buses, exits := s.planBuses()
	bands := s.placeRows(c, buses, exits)
	s.placeLanes(c, buses)
	for i := range s.items {
		it := &s.items[i]
		c.w = max(c.w, it.x+it.right)
		if it.kind == nodeItem {
			it.box.x, it.box.y = it.x-it.left, it.y
			c.boxes = append(c.boxes, it.box)
		}
	}
	for i := range s.wires {
		switch w := &s.wires[i]; {
		case w.from == w.to:
			c.lines = append(c.lines, s.routeLoop(w))
		case !w.side:
			c.lines = append(c.lines, s.routeForward(w, bands))
		}
	}
	for i := range buses {
		for _, w := range buses[i].wires {
			c.lines = append(c.lines, s.routeAround(&buses[i], w, exits[w]))
		}
	}
	return c
}

// planBuses finds the wires at the side and reserves tracks for them.
func (s *sheet) planBuses() ([]bus, map[int]exit) {
	s.gaps = make([]gap, len(s.layers)+1)
	type key struct {
		to    int
		catch bool
	}
	index := make(map[key]int)
	var list []bus
	for i := range s.wires {
		w := &s.wires[i]
		if !w.side || w.from == w.to {
			continue
		}
		at, ok := index[key{w.to, w.catch}]
		if !ok {
			at = len(list)
			index[key{w.to, w.catch}] = at
			l := s.items[w.to].layer
			list = append(list, bus{to: w.to, lo: l, hi: l})
		}
		b := &list[at]
		b.wires = append(b.wires, i)
		b.lo, b.hi = min(b.lo, s.items[w.from].layer), max(b.hi, s.items[w.from].layer)
	}
	for i := range list {
		s.chooseSide(&list[i])
	}
	slices.SortStableFunc(list, func(a, b bus) int { return cmp.Compare(a.hi-a.lo, b.hi-b.lo) })
	return list, s.assignPorts(list)
}

// chooseSide moves a bus to the left if there are fewer items at that side of
// its nodes.
func (s *sheet) chooseSide(b *bus) {
	left, right := 0, 0
	count := func(i int) {
		left += s.place[i]
		right += len(s.layers[s.items[i].layer]) - 1 - s.place[i]
	}
	count(b.to)
	for _, w := range b.wires {
		count(s.wires[w].from)
	}
	b.left = left < right
}

// border is a border of a node at one side.
type border struct {
	item int
	left bool
}

// assignPorts chooses where each bus reaches its node and where its wires leave
// theirs. One of each may use the side border of a node that is the outermost
// one of its layer.
func (s *sheet) assignPorts(list []bus) map[int]exit {
	coming, leaving := make(map[border]int), make(map[border]int)
	exits := make(map[int]exit)
	for i := range list {
		b := &list[i]
		to := border{b.to, b.left}
		n := coming[to]
		coming[to]++
		if b.flat = n == 0 && s.isOutermost(to); !b.flat {
			g := &s.gaps[s.items[b.to].layer]
			b.track = g.coming
			b.port = s.portOffset(to, n)
			g.coming += trackSpace
		}
		for _, w := range b.wires {
			from := border{s.wires[w].from, b.left}
			n := leaving[from]
			leaving[from]++
			e := exit{flat: n == 0 && s.isOutermost(from)}
			if !e.flat {
				g := &s.gaps[s.items[from.item].layer+1]
				height := max(trackSpace, s.wires[w].lh)
				e.offset, e.track = s.portOffset(from, n), g.leaving+height/2
				g.leaving += height
			}
			exits[w] = e
		}
	}
	return exits
}

func (s *sheet) isOutermost(b border) bool {
	it := &s.items[b.item]
	if b.left {
		return s.place[b.item] == 0
	}
	return s.place[b.item] == len(s.layers[it.layer])-1 && it.right == it.box.w-it.box.w/2 // no edge to itself
}

// portOffset returns the offset of line n at a border from the axis, counted
// from the side.
func (s *sheet) portOffset(b border, n int) int {
	x := max(0, s.items[b.item].box.w/2-portSpace*(n+1))
	if b.left {
		return -x
	}
	return x
}

// The height of lines at a side border, in tenths.
const (
	comesAt, leavesAt, tenths = 3, 7, 10
)

// placeRows assigns each item its y coordinate, and returns where each layer
// ends.
func (s *sheet) placeRows(c *canvas, buses []bus, exits map[int]exit) []int {
	heights := make([]int, len(s.layers))
	for l, layer := range s.layers {
		for _, i := range layer {
			heights[l] = max(heights[l], s.items[i].h)
		}
	}
	for i := range buses {
		for _, w := range buses[i].wires {
			if from := &s.items[s.wires[w].from]; exits[w].flat {
				heights[from.layer] = max(heights[from.layer], from.box.h*leavesAt/tenths+s.wires[w].lh)
			}
		}
	}
	bands := make([]int, len(s.layers))
	y := s.gaps[0].coming
	for l, layer := range s.layers {
		widest := 0
		for _, i := range layer {
			s.items[i].y = y
			for _, j := range s.items[i].down {
				widest = max(widest, s.items[i].x-s.items[j].x, s.items[j].x-s.items[i].x)
			}
		}
		y += heights[l]
		bands[l] = y
		g := &s.gaps[l+1]
		g.y = y
		if l < len(s.layers)-1 {
			g.bend = gapHeight + min(maxBend, widest/bendShare)
		}
		y += g.leaving + g.bend + g.coming
	}
	c.h = y
	return bands
}

// placeLanes places each bus to the right or left of everything that it passes.
// If that is below 0, everything moves to the right.
func (s *sheet) placeLanes(c *canvas, buses []bus) {
	type extent struct{ left, right int }
	taken := make([]extent, len(s.layers))
	for l, layer := range s.layers {
		first, last := &s.items[layer[0]], &s.items[layer[len(layer)-1]]
		taken[l] = extent{first.x - first.left, last.x + last.right}
	}
	leftmost := 0
	for i := range buses {
		b := &buses[i]
		room := extent{taken[b.lo].left, taken[b.lo].right}
		for l := b.lo; l <= b.hi; l++ {
			room = extent{min(room.left, taken[l].left), max(room.right, taken[l].right)}
		}
		label := 1
		for _, w := range b.wires {
			label = max(label, s.wires[w].lw+1)
		}
		if b.left {
			b.x = room.left - laneSpace
			room.left = b.x - label
		} else {
			b.x = room.right + laneSpace
			room.right = b.x + label
		}
		for l := b.lo; l <= b.hi; l++ {
			if b.left {
				taken[l].left = room.left
			} else {
				taken[l].right = room.right
			}
		}
		leftmost, c.w = min(leftmost, room.left), max(c.w, room.right)
	}
	for i := range s.items {
		s.items[i].x -= leftmost
	}
	for i := range buses {
		buses[i].x -= leftmost
	}
	c.w -= leftmost
}

// routeForward returns the line of a wire down through the layers.
func (s *sheet) routeForward(w *wire, bands []int) line {
	from, to := &s.items[w.from], &s.items[w.to]
	out := line{edges: w.edges}
	out.addPoint(from.x, from.y+from.box.h)
	out.addPoint(from.x, bands[from.layer])
	for _, i := range w.path {
		it := &s.items[i]
		if it.kind == labelItem {
			out.label, out.w, out.h = w.label, w.lw, w.lh
			out.x, out.y = it.x-it.left, it.y
		}
		out.addPoint(it.x, it.y)
		out.addPoint(it.x, bands[it.layer])
	}
	out.addPoint(to.x, to.y)
	return out
}

// addPoint adds a point, and removes the previous one if it is on the way.
func (l *line) addPoint(x, y int) {
	p := point{x, y}
	n := len(l.points)
	if n > 0 && l.points[n-1] == p {
		return
	}
	if n > 1 && l.points[n-1].x == x && l.points[n-2].x == x {
		l.points[n-1] = p
		return
	}
	l.points = append(l.points, p)
}

// routeAround returns the line of a wire at the side.
func (s *sheet) routeAround(b *bus, at int, e exit) line {
	w := &s.wires[at]
	from, to := &s.items[w.from], &s.items[w.to]
	out := line{edges: w.edges, label: w.label, x: b.x + 1, w: w.lw, h: w.lh}
	if b.left {
		out.x = b.x - 1 - w.lw
	}
	y := from.y + from.box.h*leavesAt/tenths
	if e.flat {
		out.addPoint(from.side(b.left), y)
		out.y = y - smallHeight/2 - labelPadY
	} else {
		out.addPoint(from.x+e.offset, from.y+from.box.h)
		y = s.gaps[from.layer+1].y + e.track
		out.addPoint(from.x+e.offset, y)
		out.y = y - w.lh/2
	}
	out.addPoint(b.x, y)
	if b.flat {
		y = to.y + to.box.h*comesAt/tenths
		out.addPoint(b.x, y)
		out.addPoint(to.side(b.left), y)
		return out
	}
	y = to.y - trackSpace - b.track
	out.addPoint(b.x, y)
	out.addPoint(to.x+b.port, y)
	out.addPoint(to.x+b.port, to.y)
	return out
}

// side returns the x coordinate at which lines reach the node's side border.
func (it *item) side(left bool) int {
	if left {
		return it.x - it.left + it.box.sideInset()
	}
	return it.x + it.right - it.box.sideInset()
}

// choiceSlant is how much narrower a Choice is at its upper and lower border.
const choiceSlant = 12

// sideInset is the distance between the box and the side border at the height
// of lines.
func (b *box) sideInset() int {
	if b.node.Type == "Choice" {
		return choiceSlant * (leavesAt - comesAt) / tenths
	}
	return 0
}

// routeLoop returns the line from a node to itself, at its right.
func (s *sheet) routeLoop(w *wire) line {
	it := &s.items[w.from]
	x := it.x + it.box.w - it.box.w/2 // the border
	for i := range s.wires {
		other := &s.wires[i]
		if other == w {
			break
		}
		if other.from == w.from && other.to == w.from {
			x += loopWidth + other.lw
		}
	}
	border := it.x + it.box.w - it.box.w/2 - it.box.sideInset()
	leaves, comes := it.y+it.box.h*leavesAt/tenths, it.y+it.box.h*comesAt/tenths
	x += loopWidth - 2
	return line{
		edges:  w.edges,
		points: []point{{border, leaves}, {x, leaves}, {x, comes}, {border, comes}},
		label:  w.label, w: w.lw, h: w.lh,
		x: x + 1, y: it.y + max(0, (it.box.h-w.lh)/2),
	}
}
