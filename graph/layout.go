package graph

// The layout is in layers from top to bottom, after Sugiyama, Tagawa and Toda.
// The steps per group, innermost first:
//
//	measure   sizes of nodes and labels (this file)
//	layers    nodes into rows (layers.go)
//	order     order within each row (order.go)
//	position  x coordinates (position.go)
//	route     lines (route.go)
//
// All numbers are whole pixels, which gives the same result on every platform.

const (
	nameSize, nameWidth, nameLines    = 13, 200, 8
	smallSize, smallWidth, smallLines = 11, 240, 2
	labelSize, labelWidth, labelLines = 11, 150, 3

	nameHeight, smallHeight = 17, 14 // of lines

	padX, padY   = 14, 8 // between the border of a node and its text
	padGroup     = 16    // around a group in its node
	between      = 24    // between the groups of a node
	minNodeWidth = 90
	markSize     = 18 // of start and end
)

type point struct{ x, y int }

// canvas is a group after layout. Coordinates are relative to its upper left
// corner.
type canvas struct {
	w, h  int
	boxes []box
	lines []line
}

// box is a node.
type box struct {
	node       *Node
	x, y, w, h int
	text       []textLine
	frames     []frame
}

type textLine struct {
	text   string
	size   int
	strong bool
	status bool
}

// frame is a group inside of a box.
type frame struct {
	group *Group
	x, y  int // in the box
	w, h  int
	in    *canvas
}

// line stands for one or more edges between the same points. Between two points
// that differ in x and y it bends. The arrow has the direction of the last
// part.
type line struct {
	edges  []*Edge
	points []point
	label  []string
	x, y   int // upper left corner of the label
	w, h   int // of the label
}

// layOut places everything in a group.
func layOut(g *Group) *canvas {
	s := &sheet{group: g}
	for _, n := range g.Nodes {
		s.addItem(measureNode(n))
	}
	s.bundleEdges()
	s.assignLayers()
	s.addItemsBetween()
	s.orderLayers()
	s.positionItems()
	return s.routeEdges()
}

// measureNode returns the box of a node with its contents.
func measureNode(n *Node) box {
	if n.Kind != State {
		return box{node: n, w: markSize, h: markSize}
	}
	b := box{node: n, text: nodeText(n)}
	h := padY
	for _, t := range b.text {
		b.w = max(b.w, textWidth(t.text, t.size))
		h += t.height()
	}
	b.w = max(b.w+2*padX, minNodeWidth)
	if n.Type == "Choice" {
		b.w += padX
	}
	b.h = h + padY
	if len(n.Groups) > 0 {
		b.layOutGroups()
	}
	return b
}

// layOutGroups lays out the groups of a node beside each other, below its text.
func (b *box) layOutGroups() {
	b.h += padY
	x, deepest := padGroup, 0
	for _, g := range b.node.Groups {
		in := layOut(g)
		f := frame{group: g, x: x, y: b.h, w: in.w, h: in.h, in: in}
		b.frames = append(b.frames, f)
		x += f.w + between
		deepest = max(deepest, f.h)
	}
	inner := x - between - padGroup
	if missing := b.w - 2*padGroup - inner; missing > 0 {
		for i := range b.frames {
			b.frames[i].x += missing / 2
		}
	}
	b.w = max(b.w, inner+2*padGroup)
	for i := range b.frames {
		b.frames[i].h = deepest
	}
	b.h += deepest + padGroup
}

func (t textLine) height() int {
	if t.size == nameSize {
		return nameHeight
	}
	return smallHeight
}

func nodeText(n *Node) []textLine {
	var text []textLine
	for _, s := range wrapText(n.Detail, smallSize, smallWidth, smallLines) {
		text = append(text, textLine{text: s, size: smallSize})
	}
	for _, s := range wrapText(n.Name, nameSize, nameWidth, nameLines) {
		text = append(text, textLine{text: s, size: nameSize, strong: true})
	}
	if n.Run != nil {
		for _, s := range wrapText(n.Run.statusLine(), smallSize, smallWidth, smallLines) {
			text = append(text, textLine{text: s, size: smallSize, status: true})
		}
	}
	return text
}
