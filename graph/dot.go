package graph

import (
	"cmp"
	"strconv"
	"strings"
)

// DOT returns the graph in the language of Graphviz.
func (g *Graph) DOT() []byte {
	w := dot{graph: g}
	w.b.WriteString(`digraph {
  graph [rankdir=TB, compound=true, fontname="Helvetica", fontsize=11, nodesep=0.35]
  node [shape=box, style="rounded,filled", fillcolor="#ffffff", fontname="Helvetica", fontsize=12]
  edge [fontname="Helvetica", fontsize=10, fontcolor="` + inkColour + `"]
`)
	w.indent = 1
	w.writeGroup(&g.Group, "")
	w.b.WriteString("}\n")
	return []byte(w.b.String())
}

type dot struct {
	graph  *Graph
	b      strings.Builder
	indent int
}

func (w *dot) writeLine(parts ...string) {
	for range w.indent {
		w.b.WriteString("  ")
	}
	for _, p := range parts {
		w.b.WriteString(p)
	}
	w.b.WriteByte('\n')
}

// writeGroup writes the nodes and edges of a group. A cluster has two invisible
// points, its entry and exit, to which edges from and to the cluster are
// attached.
func (w *dot) writeGroup(g *Group, cluster string) {
	for _, n := range g.Nodes {
		switch {
		case n.Kind == Start:
			w.writeLine(n.ID, ` [shape=oval, label="Start", height=0.25, color="`, inkColour, `"]`)
		case n.Kind == End:
			w.writeLine(n.ID, ` [shape=oval, label="End", height=0.25, peripheries=2, color="`, inkColour, `"]`)
		case len(n.Groups) > 0:
			w.writeComposite(n)
		default:
			s := w.graph.styleOf(n)
			w.writeLine(n.ID, ` [label=`, w.quoteText(n), dotShape(n.Type), `, fillcolor="`, s.fill, `", color="`, s.stroke, `", fontcolor="`, s.text, `"]`)
		}
	}
	if cluster != "" {
		w.writeEnds(g, cluster)
	}
	for _, e := range g.Edges {
		w.writeEdge(e)
	}
}

func dotShape(stateType string) string {
	switch stateType {
	case "Choice":
		return `, shape=hexagon, style=filled`
	case "Succeed", "Fail":
		return `, shape=oval, style=filled`
	}
	return ""
}

func (w *dot) writeComposite(n *Node) {
	s := w.graph.styleOf(n)
	w.writeLine(`subgraph "cluster_`, n.ID, `" {`)
	w.indent++
	w.writeLine(`label=`, w.quoteText(n), `; style="rounded,filled"; fillcolor="`, s.fill, `"; color="`, s.stroke, `"; fontcolor="`, s.text, `"`)
	w.writeLine(n.ID, `in [shape=point, style=invis]; `, n.ID, `out [shape=point, style=invis]`)
	for i, inner := range n.Groups {
		if inner.Title == "" {
			w.writeGroup(inner, n.ID)
			continue
		}
		w.writeLine(`subgraph "cluster_`, n.ID, "b", strconv.Itoa(i+1), `" {`)
		w.indent++
		w.writeLine(`label=`, dotQuote(inner.Title), `; style=dashed; color="`, faintColour, `"`)
		w.writeGroup(inner, n.ID)
		w.indent--
		w.writeLine("}")
	}
	w.indent--
	w.writeLine("}")
}

// writeEnds connects the first and last states of a cluster to its points,
// which keeps the points above and below them.
func (w *dot) writeEnds(g *Group, cluster string) {
	leaves := make(map[*Node]bool, len(g.Edges))
	for _, e := range g.Edges {
		leaves[e.From] = true
	}
	if g.Start != nil {
		w.writeLine(cluster, "in -> ", dotHead(g.Start), " [style=invis]")
	}
	for _, n := range g.Nodes {
		if !leaves[n] {
			w.writeLine(dotTail(n), " -> ", cluster, "out [style=invis]")
		}
	}
}

func dotHead(n *Node) string {
	if len(n.Groups) > 0 {
		return n.ID + "in"
	}
	return n.ID
}

func dotTail(n *Node) string {
	if len(n.Groups) > 0 {
		return n.ID + "out"
	}
	return n.ID
}

func (w *dot) writeEdge(e *Edge) {
	colour, bold := w.graph.edgeColour(e)
	attributes := []string{`color="` + colour + `"`}
	if text := e.text(); text != "" {
		attributes = append(attributes, "label="+dotLines(wrapText(text, labelSize, labelWidth, labelLines)))
	}
	if ink := w.graph.labelColour(e); e.Label != "" && ink != inkColour {
		attributes = append(attributes, `fontcolor="`+ink+`"`)
	}
	if e.Kind == Catch {
		attributes = append(attributes, "style=dashed")
	}
	if bold {
		attributes = append(attributes, "penwidth=2")
	}
	if len(e.To.Groups) > 0 && e.To != e.From {
		attributes = append(attributes, `lhead="cluster_`+e.To.ID+`"`)
	}
	if len(e.From.Groups) > 0 && e.To != e.From {
		attributes = append(attributes, `ltail="cluster_`+e.From.ID+`"`)
	}
	w.writeLine(dotTail(e.From), " -> ", dotHead(e.To), " [", strings.Join(attributes, ", "), "]")
}

// quoteText returns the label of a state in Graphviz's HTML, which has a bold name.
func (w *dot) quoteText(n *Node) string {
	lines := []string{dotHTML(replaceInvisible(n.Detail))}
	for _, s := range wrapText(n.Name, nameSize, nameWidth, nameLines) {
		lines = append(lines, "<b>"+dotHTML(s)+"</b>")
	}
	for _, message := range n.Errors {
		for _, s := range wrapText("✕ "+message, smallSize, smallWidth, smallLines) {
			lines = append(lines, dotHTML(s))
		}
	}
	if n.Run != nil {
		lines = append(lines, dotHTML(replaceInvisible(n.Run.statusLine())))
	}
	return "<" + strings.Join(lines, "<br/>") + ">"
}

// dotHTML escapes a string for a label in HTML, in which elements must not be empty.
func dotHTML(s string) string { return cmp.Or(dotEscaper.Replace(s), "&#160;") }

// Graphviz replaces \N by the name of the node in HTML too, unless a space of no width
// stands between.
var dotEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", `\`, `\&#8203;`)

func dotQuote(s string) string { return dotLines([]string{replaceInvisible(s)}) }

// dotLines quotes the lines of a label, in which backslashes and HTML entities
// are special.
func dotLines(lines []string) string {
	escaped := make([]string, len(lines))
	for i, s := range lines {
		escaped[i] = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "&", "&amp;").Replace(s)
	}
	return `"` + strings.Join(escaped, `\n`) + `"`
}
