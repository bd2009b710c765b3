package graph

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// SVG returns the graph as a picture in its natural size.
func (g *Graph) SVG() []byte {
	c := layOut(&g.Group)
	w := svg{graph: g}
	width, height := c.w+2*margin, c.h+2*margin
	w.openTag("svg", "xmlns", "http://www.w3.org/2000/svg", "width", width, "height", height,
		"viewBox", fmt.Sprintf("0 0 %d %d", width, height), "font-family", "Helvetica, Arial, 'Liberation Sans', sans-serif", ">")
	if g.Comment != "" {
		w.writeTitle(g.Comment)
	}
	w.openTag("rect", "width", width, "height", height, "fill", "#ffffff", "/>")
	w.drawCanvas(c, margin, margin)
	w.b.WriteString("</svg>\n")
	return []byte(w.b.String())
}

const (
	margin      = 16
	corner      = 6 // radius of bends
	arrowLength = 8
	arrowWidth  = 4 // to each side
)

type svg struct {
	graph *Graph
	b     strings.Builder
}

// openTag writes the start of an element: names and values of its attributes,
// and the end of the tag, "/>" or ">".
func (w *svg) openTag(name string, parts ...any) {
	w.b.WriteString("<" + name)
	last := len(parts) - 1
	for i := 0; i < last; i += 2 {
		w.b.WriteString(" " + parts[i].(string) + `="`)
		switch v := parts[i+1].(type) {
		case int:
			w.b.WriteString(strconv.Itoa(v))
		case string:
			w.b.WriteString(escapeXML(v))
		}
		w.b.WriteByte('"')
	}
	w.b.WriteString(parts[last].(string))
	if parts[last] == "/>" {
		w.b.WriteByte('\n')
	}
}

// writeTitle writes the tooltip.
func (w *svg) writeTitle(lines ...string) {
	for i := range lines {
		lines[i] = escapeXML(lines[i])
	}
	w.b.WriteString("<title>" + strings.Join(lines, "\n") + "</title>\n")
}

func escapeXML(s string) string { return xmlEscaper.Replace(replaceInvisible(s)) }

var xmlEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;")

// drawCanvas draws a group with its upper left corner at x, y. Taken lines are
// above others, and boxes above lines.
func (w *svg) drawCanvas(c *canvas, x, y int) {
	lines := slices.Clone(c.lines)
	slices.SortStableFunc(lines, func(a, b line) int { return w.drawRank(a) - w.drawRank(b) })
	for i := range lines {
		w.drawLine(&lines[i], x, y)
	}
	for i := range c.boxes {
		w.drawBox(&c.boxes[i], x, y)
	}
	for i := range lines {
		w.drawLabel(&lines[i], x, y)
	}
}

func (w *svg) drawRank(l line) int {
	if _, bold := w.graph.edgeColour(l.edges[0]); bold {
		return 1
	}
	return 0
}

func (w *svg) drawLine(l *line, x, y int) {
	colour, bold := w.graph.edgeColour(l.edges[0])
	width := "1.3"
	if bold {
		width = "2.2"
	}
	attributes := []any{"d", linePath(l.points, x, y), "fill", "none", "stroke", colour, "stroke-width", width}
	if l.edges[0].Kind == Catch {
		attributes = append(attributes, "stroke-dasharray", "5 3")
	}
	w.openTag("path", append(attributes, "/>")...)
	w.openTag("path", "d", arrowHead(l.points, x, y), "fill", colour, "/>")
}

// linePath returns the path of a line up to its arrow.
func linePath(points []point, x, y int) string {
	var b strings.Builder
	at := func(p point) string { return strconv.Itoa(p.x+x) + " " + strconv.Itoa(p.y+y) }
	b.WriteString("M" + at(points[0]))
	for i := 1; i < len(points); i++ {
		from, p := points[i-1], points[i]
		switch {
		case from.x != p.x && from.y != p.y:
			middle := (from.y + p.y) / 2
			if i == len(points)-1 {
				p.y -= arrowLength - 1
			}
			b.WriteString("C" + at(point{from.x, middle}) + " " + at(point{p.x, middle}) + " " + at(p))
		case i == len(points)-1:
			b.WriteString("L" + at(pointTowards(p, from, arrowLength-1)))
		case isCorner(from, p, points[i+1]):
			next := points[i+1]
			r := min(corner, pointDistance(from, p)/2, pointDistance(p, next)/2)
			b.WriteString("L" + at(pointTowards(p, from, r)) + "Q" + at(p) + " " + at(pointTowards(p, next, r)))
		default:
			b.WriteString("L" + at(p))
		}
	}
	return b.String()
}

// isCorner reports whether a line turns between horizontal and vertical at b.
func isCorner(a, b, c point) bool {
	return a.x == b.x && b.y == c.y || a.y == b.y && b.x == c.x
}

// pointDistance returns the distance of two points on a horizontal or vertical
// line.
func pointDistance(a, b point) int {
	return max(a.x-b.x, b.x-a.x, a.y-b.y, b.y-a.y)
}

// pointTowards returns the point some pixels from p towards another point on a
// horizontal or vertical line.
func pointTowards(p, to point, by int) point {
	switch {
	case to.x > p.x:
		p.x += by
	case to.x < p.x:
		p.x -= by
	case to.y > p.y:
		p.y += by
	case to.y < p.y:
		p.y -= by
	}
	return p
}

// arrowHead returns the head of a line. It has the direction of the line, or
// points down at the end of a bend.
func arrowHead(points []point, x, y int) string {
	p, from := points[len(points)-1], points[len(points)-2]
	length := arrowLength
	if from.x < p.x {
		length = -length
	}
	if p.y == from.y {
		return fmt.Sprintf("M%d %dl%d %dv%dz", p.x+x, p.y+y, length, -arrowWidth, 2*arrowWidth)
	}
	return fmt.Sprintf("M%d %dl%d %dh%dz", p.x+x, p.y+y, -arrowWidth, -arrowLength, 2*arrowWidth)
}

func (w *svg) drawLabel(l *line, x, y int) {
	if len(l.label) == 0 {
		return
	}
	w.b.WriteString("<g>")
	var all []string
	for _, e := range l.edges {
		all = append(all, strings.TrimSpace(e.Label+" "+e.Comment))
	}
	w.writeTitle(all...)
	w.openTag("rect", "x", x+l.x, "y", y+l.y, "width", l.w, "height", l.h, "rx", 3, "fill", "#ffffff", "fill-opacity", "0.9", "/>")
	colour := labelColour
	if c, bold := w.graph.edgeColour(l.edges[0]); bold || w.graph.Traced || l.edges[0].Kind == Catch {
		colour = c
	}
	if colour == faintColour {
		colour = styles[NotReached].text
	}
	for i, s := range l.label {
		const baseline = 11
		w.drawText(s, x+l.x+l.w/2, y+l.y+labelPadY+i*smallHeight+baseline, labelSize, colour, false)
	}
	w.b.WriteString("</g>\n")
}

func (w *svg) drawText(s string, x, y, size int, colour string, strong bool) {
	attributes := []any{"x", x, "y", y, "font-size", size, "text-anchor", "middle", "fill", colour}
	if strong {
		attributes = append(attributes, "font-weight", "600")
	}
	w.openTag("text", append(attributes, ">")...)
	w.b.WriteString(escapeXML(s) + "</text>\n")
}

func (w *svg) drawBox(b *box, x, y int) {
	x, y = x+b.x, y+b.y
	n := b.node
	if n.Kind != State {
		w.drawMark(n, x+b.w/2, y+b.h/2)
		return
	}
	s := w.graph.styleOf(n)
	w.openTag("g", "data-state", n.Name, ">")
	w.writeTitle(tooltipLines(n)...)
	w.drawOutline(b, x, y, s)
	for _, f := range b.frames {
		w.drawFrame(&f, x, y, s)
	}
	baseline := y + padY
	for _, t := range b.text {
		colour := inkColour
		switch {
		case t.status:
			colour = s.stroke
		case t.strong:
			colour = s.text
		case s == styles[NotReached]:
			colour = s.text
		}
		const descent = 4
		baseline += t.height()
		w.drawText(t.text, x+b.w/2, baseline-descent, t.size, colour, t.strong)
	}
	w.b.WriteString("</g>\n")
}

// drawOutline draws the shape of a state.
func (w *svg) drawOutline(b *box, x, y int, s style) {
	width := "1.5"
	if b.node.Run != nil {
		width = "2"
	}
	if b.node.Type == "Choice" {
		d := fmt.Sprintf("M%d %dh%dl%d %dl%d %dh%dl%d %dz", x+choiceSlant, y, b.w-2*choiceSlant,
			choiceSlant, b.h/2, -choiceSlant, b.h-b.h/2, -(b.w - 2*choiceSlant), -choiceSlant, -(b.h - b.h/2))
		w.openTag("path", "d", d, "fill", s.fill, "stroke", s.stroke, "stroke-width", width, "/>")
		return
	}
	const rounded, pill = 8, 24
	radius := rounded
	if b.node.Type == "Succeed" || b.node.Type == "Fail" {
		radius = min(b.h/2, pill)
	}
	w.openTag("rect", "x", x, "y", y, "width", b.w, "height", b.h, "rx", radius, "fill", s.fill, "stroke", s.stroke, "stroke-width", width, "/>")
}

// drawFrame draws a group in its node; x and y are those of the node.
func (w *svg) drawFrame(f *frame, x, y int, s style) {
	x, y = x+f.x, y+f.y
	const around = 8
	w.openTag("rect", "x", x-around, "y", y-around, "width", f.w+2*around, "height", f.h+2*around, "rx", 5,
		"fill", "#ffffff", "fill-opacity", "0.75", "stroke", s.stroke, "stroke-opacity", "0.5", "stroke-dasharray", "3 3", "/>")
	w.drawCanvas(f.in, x, y)
}

// drawMark draws a start or end.
func (w *svg) drawMark(n *Node, x, y int) {
	const inner, outer = 5, 8
	if n.Kind == Start {
		w.openTag("circle", "cx", x, "cy", y, "r", outer, "fill", inkColour, "/>")
		return
	}
	w.openTag("circle", "cx", x, "cy", y, "r", outer, "fill", "#ffffff", "stroke", inkColour, "stroke-width", "1.5", "/>")
	w.openTag("circle", "cx", x, "cy", y, "r", inner, "fill", inkColour, "/>")
}

// tooltipLines returns everything that is known about a state.
func tooltipLines(n *Node) []string {
	lines := []string{n.Name, n.Detail}
	if n.Comment != "" {
		lines = append(lines, n.Comment)
	}
	r := n.Run
	if r == nil {
		return lines
	}
	lines = append(lines, r.statusLine(), "entered "+r.Began.Format(time.RFC3339Nano))
	if !r.Ended.IsZero() {
		lines = append(lines, "left "+r.Ended.Format(time.RFC3339Nano))
	}
	if r.Cause != "" {
		const most = 500
		cause := []rune(r.Cause)
		if len(cause) > most {
			cause = append(cause[:most], '…')
		}
		lines = append(lines, string(cause))
	}
	return lines
}
