package graph

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// SVG returns the graph as a picture in its natural size. It follows the viewer's light
// or dark theme by a style element; without that, it is light. A page that contains it
// can change its colours by a style sheet: states are of class state, with data-node
// (Node.ID) and, in a traced graph, data-outcome (Node.Run's, as a word); in them frame,
// name and status are classes. Lines, arrows and labels are of class line, arrow and
// label, with data-edge (Edge.ID), and taken if they were. Lines and arrows from a Fail state
// to the end are also of class fails.
func (g *Graph) SVG() []byte {
	c := layOut(&g.Group)
	w := svg{graph: g}
	var legend []legendEntry
	width, height := c.w+2*margin, c.h+2*margin
	if g.Legend {
		var w, h int
		legend, w, h = layOutLegend(max(c.w, minLegendWidth), margin, height)
		width, height = max(width, w+2*margin), height+h+margin
	}
	w.openTag("svg", "xmlns", "http://www.w3.org/2000/svg", "class", "asl", "role", "img", "width", width, "height", height,
		"viewBox", fmt.Sprintf("0 0 %d %d", width, height), "font-family", "Helvetica, Arial, 'Liberation Sans', sans-serif", ">")
	w.writeTitle(cmp.Or(g.Comment, "State machine"))
	w.b.WriteString("<desc>" + escapeXML(g.countStates()) + "</desc>\n<style>" + themeSheet() + "</style>\n")
	w.openTag("rect", "width", width, "height", height, "class", "background", "fill", paper, "/>")
	w.drawCanvas(c, margin, margin)
	w.drawLegend(legend)
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
	if _, bold := w.graph.edgeColour(takenFirst(l.edges)); bold {
		return 1
	}
	return 0
}

func (w *svg) drawLine(l *line, x, y int) {
	e := takenFirst(l.edges)
	colour, bold := w.graph.edgeColour(e)
	width := "1.3"
	if bold {
		width = "2.2"
	}
	class := ""
	if e.Taken > 0 {
		class = " taken"
	}
	if e.Kind == Exit && e.From.Type == "Fail" {
		class += " fails"
	}
	attributes := []any{"class", "line" + class, "data-edge", e.ID(), "d", linePath(l.points, x, y, e.Kind == Catch), "fill", "none", "stroke", colour, "stroke-width", width}
	if e.Kind == Catch {
		attributes = append(attributes, "stroke-dasharray", "5 3")
	}
	w.openTag("path", append(attributes, "/>")...)
	w.openTag("path", "class", "arrow"+class, "data-edge", e.ID(), "d", arrowHead(l.points, x, y), "fill", colour, "/>")
}

// linePath returns the path of a line up to its arrow. A dashed one begins at the arrow:
// where several lines come together, their dashes do too.
func linePath(points []point, x, y int, dashed bool) string {
	steps := pathSteps(points)
	at := func(p point) string { return strconv.Itoa(p.x+x) + " " + strconv.Itoa(p.y+y) }
	var b strings.Builder
	write := func(command byte, points ...point) {
		b.WriteByte(command)
		for i, p := range points {
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(at(p))
		}
	}
	if !dashed {
		write('M', points[0])
		for _, s := range steps {
			write(s.command, s.points...)
		}
		return b.String()
	}
	for i, s := range slices.Backward(steps) {
		end := len(s.points) - 1
		if i == len(steps)-1 {
			write('M', s.points[end])
		}
		back := slices.Clone(s.points[:end])
		slices.Reverse(back)
		start := points[0]
		if i > 0 {
			start = steps[i-1].points[len(steps[i-1].points)-1]
		}
		write(s.command, append(back, start)...)
	}
	return b.String()
}

// pathStep is a line (L) or a curve (Q, C) to the last of its points.
type pathStep struct {
	command byte
	points  []point
}

func pathSteps(points []point) []pathStep {
	var steps []pathStep
	for i := 1; i < len(points); i++ {
		from, p := points[i-1], points[i]
		switch {
		case from.x != p.x && from.y != p.y:
			middle := (from.y + p.y) / 2
			if i == len(points)-1 {
				p.y -= arrowLength - 1
			}
			steps = append(steps, pathStep{'C', []point{{from.x, middle}, {p.x, middle}, p}})
		case i == len(points)-1:
			steps = append(steps, pathStep{'L', []point{pointTowards(p, from, arrowLength-1)}})
		case isCorner(from, p, points[i+1]):
			next := points[i+1]
			r := min(corner, pointDistance(from, p)/2, pointDistance(p, next)/2)
			steps = append(steps, pathStep{'L', []point{pointTowards(p, from, r)}}, pathStep{'Q', []point{p, pointTowards(p, next, r)}})
		default:
			steps = append(steps, pathStep{'L', []point{p}})
		}
	}
	return steps
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
	class, lead := "label", takenFirst(l.edges)
	if lead.Taken > 0 {
		class = "label taken"
	}
	w.openTag("g", "class", class, "data-edge", lead.ID(), ">")
	var all []string
	for _, e := range l.edges {
		all = append(all, e.text())
		switch {
		case e.Comment == "":
		case e.Kind == Choice: // which the text has
			all = append(all, e.Label)
		default:
			all = append(all, e.Comment)
		}
	}
	w.writeTitle(all...)
	w.openTag("rect", "x", x+l.x, "y", y+l.y, "width", l.w, "height", l.h, "rx", 3, "fill", paper, "fill-opacity", "0.9", "/>")
	for i, text := range l.label {
		const baseline = 11
		w.drawText(text.text, x+l.x+l.w/2, y+l.y+labelPadY+i*smallHeight+baseline, labelSize, w.graph.labelColour(takenFirst(text.edges)), "")
	}
	w.b.WriteString("</g>\n")
}

func (w *svg) drawText(s string, x, y, size int, colour, class string) {
	w.drawAnchoredText(s, x, y, size, "middle", colour, class)
}

func (w *svg) drawAnchoredText(s string, x, y, size int, anchor, colour, class string) {
	attributes := []any{"x", x, "y", y, "font-size", size, "text-anchor", anchor, "fill", colour}
	if class != "" {
		attributes = append(attributes, "class", class)
	}
	if class == "name" {
		attributes = append(attributes, "font-weight", "600")
	}
	w.openTag("text", append(attributes, ">")...)
	w.b.WriteString(escapeXML(s) + "</text>\n")
}

func (w *svg) drawBox(b *box, x, y int) {
	x, y = x+b.x, y+b.y
	n := b.node
	if n.Kind == Start || n.Kind == End {
		w.drawMark(b, x, y)
		return
	}
	s := w.graph.styleOf(n)
	attributes := []any{"class", "state", "data-node", n.ID, "data-state", n.Name}
	if w.graph.Traced && n.Kind == State {
		attributes = append(attributes, "data-outcome", n.outcome().String())
	}
	w.openTag("g", append(attributes, ">")...)
	w.writeTitle(tooltipLines(n)...)
	w.drawOutline(b, x, y, s)
	for _, f := range b.frames {
		w.drawFrame(&f, x, y, s)
	}
	at, anchor := b.w/2, "middle"
	if len(n.Groups) > 0 { // the middle of a wide one may be far away
		at, anchor = padX, "start"
	}
	baseline := y + padY
	if _, lines := statusRoom(n); !w.graph.Traced && len(n.Groups) == 0 {
		baseline += lines * smallHeight / 2 // in the middle of a box without a status
	}
	for _, t := range b.text {
		colour, class := inkColour, ""
		switch {
		case t.strong:
			colour, class = s.text, "name"
		case t.status:
			colour, class = s.stroke, "status"
		}
		if s == styles[NotReached] {
			colour = s.text
		}
		if t.error {
			colour, class = failColour, "error"
		}
		const descent = 4
		baseline += t.height()
		w.drawAnchoredText(t.text, x+at, baseline-descent, t.size, anchor, colour, class)
	}
	w.b.WriteString("</g>\n")
}

// drawOutline draws the shape of a state.
func (w *svg) drawOutline(b *box, x, y int, s style) {
	attributes := []any{"fill", s.fill, "stroke", s.stroke, "stroke-width", "1.5"}
	if b.node.Run != nil {
		attributes[5] = "2"
	}
	switch b.node.outcome() { // without colours too
	case Failed:
		attributes[5] = "3"
	case Running:
		attributes = append(attributes, "stroke-dasharray", "7 4")
	}
	switch n := b.node; {
	case n.Kind == Missing:
		attributes = append(attributes, "stroke-dasharray", "2 3")
	case len(n.Errors) > 0:
		attributes[3], attributes[5] = failColour, "3"
	}
	attributes = append(attributes, "/>")
	if b.node.Type == "Choice" {
		d := fmt.Sprintf("M%d %dh%dl%d %dl%d %dh%dl%d %dz", x+choiceSlant, y, b.w-2*choiceSlant,
			choiceSlant, b.h/2, -choiceSlant, b.h-b.h/2, -(b.w - 2*choiceSlant), -choiceSlant, -(b.h - b.h/2))
		w.openTag("path", append([]any{"d", d}, attributes...)...)
		return
	}
	const rounded, pill = 8, 24
	radius := rounded
	if b.node.Type == "Succeed" || b.node.Type == "Fail" {
		radius = min(b.h/2, pill)
	}
	w.openTag("rect", append([]any{"x", x, "y", y, "width", b.w, "height", b.h, "rx", radius}, attributes...)...)
}

// drawFrame draws a group in its node; x and y are those of the node.
func (w *svg) drawFrame(f *frame, x, y int, s style) {
	x, y = x+f.x, y+f.y
	const around, offset = 8, 3
	outline := func(by int, class, opacity string, dash ...any) {
		w.openTag("rect", append(append([]any{"x", x - around + by, "y", y - around + by, "width", f.w + 2*around, "height", f.h + 2*around,
			"rx", 5, "class", class, "fill", paper, "fill-opacity", opacity, "stroke", s.stroke, "stroke-opacity", "0.5"}, dash...), "/>")...)
	}
	if f.group.Owner.Type == "Map" { // a stack, because there are many
		outline(2*offset, "frame deck", "1")
		outline(offset, "frame deck", "1")
		outline(0, "frame deck", "1")
	} else {
		outline(0, "frame", "0.75", "stroke-dasharray", "3 3")
	}
	w.drawCanvas(f.in, x, y)
}

// drawMark draws a start or end.
func (w *svg) drawMark(b *box, x, y int) {
	const inset, baseline = 3, 14
	outline := func(in int) {
		w.openTag("rect", "x", x+in, "y", y+in, "width", b.w-2*in, "height", b.h-2*in, "rx", b.h/2-in, "class", "ring",
			"fill", paper, "stroke", inkColour, "stroke-width", "1.5", "/>")
	}
	outline(0)
	word := "Start"
	if b.node.Kind == End {
		outline(inset)
		word = "End"
	}
	w.drawText(word, x+b.w/2, y+baseline, smallSize, inkColour, "mark")
}

// tooltipLines returns everything that is known about a state.
func tooltipLines(n *Node) []string {
	lines := append([]string{n.Name, n.Detail}, n.Errors...)
	if n.Comment != "" {
		lines = append(lines, n.Comment)
	}
	r := n.Run
	if r == nil {
		return lines
	}
	lines = append(lines, r.statusLine())
	for _, moment := range []struct {
		word string
		time time.Time
	}{{"entered ", r.Began}, {"left ", r.Ended}} {
		if !moment.time.IsZero() {
			lines = append(lines, moment.word+moment.time.Format("2006-01-02T15:04:05.000Z07:00"))
		}
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
