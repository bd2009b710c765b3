package graph

import (
	"fmt"
	"slices"
	"strings"
)

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

	padX, padY = 14, 8 // between the border of a node and its text
	padGroup   = 16    // around a group in its node
	between    = 24    // between the groups of a node

	markWidth, markHeight = 52, 20 // of start and end

	branchesInRow               = 8
	shownErrors, errorLines     = 3, 4
	statusWidth, mapStatusWidth = 124, 180
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
	error  bool
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
	label  []labelLine
	x, y   int // upper left corner of the label
	w, h   int // of the label
}

// labelLine is a line of a label, and the edges that it describes.
type labelLine struct {
	text  string
	edges []*Edge
}

// takenFirst returns an edge that was taken, if there is one, or else the first.
func takenFirst(edges []*Edge) *Edge {
	for _, e := range edges {
		if e.Taken > 0 {
			return e
		}
	}
	return edges[0]
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

// measureNode returns the box of a node with its contents. Its size does not depend on
// Node.Run: it always has room for the status.
func measureNode(n *Node) box {
	if n.Kind == Start || n.Kind == End {
		return box{node: n, w: markWidth, h: markHeight}
	}
	b := box{node: n}
	inside, deep := b.layOutGroups()
	b.text = nodeText(n, max(inside-2*padX, 0))
	status, lines := statusRoom(n)
	b.w, b.h = status, padY+lines*smallHeight
	for _, t := range b.text {
		b.w = max(b.w, textWidth(t.text, t.size))
		b.h += t.height()
	}
	b.w = max(b.w+2*padX, inside)
	room := b.w - 2*padX
	if n.Type == "Choice" {
		b.w += padX
	}
	b.h += padY
	if len(b.frames) > 0 {
		b.h += padY
		for i := range b.frames {
			b.frames[i].x += (b.w - inside) / 2
			b.frames[i].y += b.h
		}
		b.h += deep + padGroup
	}
	if n.Run != nil {
		for _, s := range wrapText(fittingStatus(n.Run, room*lines), smallSize, room, lines) {
			b.text = append(b.text, textLine{text: s, size: smallSize, status: true})
		}
	}
	return b
}

// fittingStatus leaves out what a status that is too wide says of time, and then its last
// parts, but not the first.
func fittingStatus(r *Run, room int) string {
	status := r.shortStatus(true)
	if textWidth(status, smallSize) > room {
		status = r.shortStatus(false)
	}
	for textWidth(status, smallSize) > room {
		end := strings.LastIndex(status, " · ")
		if end < 0 {
			return status
		}
		status = status[:end]
	}
	return status
}

// statusRoom returns the width and the number of lines that the status of a state has at
// least. Longer ones are cut off.
func statusRoom(n *Node) (width, lines int) {
	if strings.HasPrefix(n.Detail, distributedMap) { // counts of items
		return mapStatusWidth, smallLines
	}
	return statusWidth, 1
}

// layOutGroups lays out the groups of a node beside each other, in rows, from 0, 0. It
// returns their width, with the padding, and their height.
func (b *box) layOutGroups() (w, h int) {
	for row := range slices.Chunk(b.node.Groups, branchesInRow) {
		x, deepest, first := padGroup, 0, len(b.frames)
		if h > 0 {
			h += between
		}
		for _, g := range row {
			in := layOut(g)
			b.frames = append(b.frames, frame{group: g, x: x, y: h, w: in.w, h: in.h, in: in})
			x += in.w + between
			deepest = max(deepest, in.h)
		}
		for i := range b.frames[first:] {
			b.frames[first+i].h = deepest
		}
		w, h = max(w, x-between+padGroup), h+deepest
	}
	return w, h
}

func (t textLine) height() int {
	if t.size == nameSize {
		return nameHeight
	}
	return smallHeight
}

const noBreak = "\u00a0"

// joinParts makes the spaces in the short parts of a detail such at which no line breaks.
func joinParts(detail string) string {
	parts := strings.Split(detail, " · ")
	for i, p := range parts {
		if joined := strings.ReplaceAll(p, " ", noBreak); textWidth(joined, smallSize) <= smallWidth/2 {
			parts[i] = joined
		}
	}
	return strings.Join(parts, " · ")
}

// nodeText returns the detail and the name of a state. A wide one has long lines.
func nodeText(n *Node, room int) []textLine {
	var text []textLine
	for _, s := range wrapText(joinParts(n.Detail), smallSize, max(smallWidth, room), smallLines) {
		s = strings.TrimSuffix(strings.TrimPrefix(strings.ReplaceAll(s, noBreak, " "), "· "), " ·")
		text = append(text, textLine{text: s, size: smallSize})
	}
	for _, s := range wrapText(n.Name, nameSize, max(nameWidth, room), nameLines) {
		text = append(text, textLine{text: s, size: nameSize, strong: true})
	}
	for i, message := range n.Errors {
		if i == shownErrors {
			text = append(text, textLine{text: fmt.Sprintf("✕ %d more", len(n.Errors)-i), size: smallSize, error: true})
			break
		}
		for _, s := range wrapText("✕ "+message, smallSize, max(smallWidth, room), errorLines) {
			text = append(text, textLine{text: s, size: smallSize, error: true})
		}
	}
	return text
}
