package graph

import (
	"strconv"
	"strings"
)

// DOT writes the graph in the language of Graphviz.
func (g *Graph) DOT() []byte {
	w := dot{graph: g}
	w.b.WriteString(`digraph {
  graph [rankdir=TB, compound=true, fontname="Helvetica", fontsize=11, nodesep=0.35]
  node [shape=box, style="rounded,filled", fillcolor="#ffffff", fontname="Helvetica", fontsize=12]
  edge [fontname="Helvetica", fontsize=10]
`)
	w.indent = 1
	w.group(&g.Group, "")
	w.b.WriteString("}\n")
	return []byte(w.b.String())
}

type dot struct {
	graph  *Graph
	b      strings.Builder
	indent int
}

func (w *dot) line(parts ...string) {
	for range w.indent {
		w.b.WriteString("  ")
	}
	for _, p := range parts {
		w.b.WriteString(p)
	}
	w.b.WriteByte('\n')
}

// group writes nodes and edges of a group. A cluster has two invisible points,
// its in and out, that edges to and from the cluster really go to.
func (w *dot) group(g *Group, cluster string) {
	for _, n := range g.Nodes {
		switch {
		case n.Kind == Start:
			w.line(n.ID, ` [shape=circle, label="", width=0.2, fillcolor="`, inkColour, `"]`)
		case n.Kind == End:
			w.line(n.ID, ` [shape=doublecircle, label="", width=0.15, fillcolor="`, inkColour, `"]`)
		case len(n.Groups) > 0:
			w.composite(n)
		default:
			s := w.graph.style(n)
			w.line(n.ID, ` [label=`, w.text(n), dotShape(n.Type), `, fillcolor="`, s.fill, `", color="`, s.stroke, `", fontcolor="`, s.text, `"]`)
		}
	}
	if cluster != "" {
		w.ends(g, cluster)
	}
	for _, e := range g.Edges {
		w.edge(e)
	}
}

func dotShape(stateType string) string {
	switch stateType {
	case "Choice":
		return `, shape=diamond, style=filled`
	case "Succeed", "Fail":
		return `, shape=oval, style=filled`
	}
	return ""
}

func (w *dot) composite(n *Node) {
	s := w.graph.style(n)
	w.line(`subgraph "cluster_`, n.ID, `" {`)
	w.indent++
	w.line(`label=`, w.text(n), `; style="rounded,filled"; fillcolor="`, s.fill, `"; color="`, s.stroke, `"; fontcolor="`, s.text, `"`)
	w.line(n.ID, `in [shape=point, style=invis]; `, n.ID, `out [shape=point, style=invis]`)
	for i, inner := range n.Groups {
		if inner.Title == "" {
			w.group(inner, n.ID)
			continue
		}
		w.line(`subgraph "cluster_`, n.ID, "b", strconv.Itoa(i+1), `" {`)
		w.indent++
		w.line(`label=`, dotQuote(inner.Title), `; style=dashed; color="`, faintColour, `"`)
		w.group(inner, n.ID)
		w.indent--
		w.line("}")
	}
	w.indent--
	w.line("}")
}

// ends ties the first and last states of a cluster to its points, which keeps
// these above and below.
func (w *dot) ends(g *Group, cluster string) {
	leaves := make(map[*Node]bool, len(g.Edges))
	for _, e := range g.Edges {
		leaves[e.From] = true
	}
	if g.Start != nil {
		w.line(cluster, "in -> ", dotHead(g.Start), " [style=invis]")
	}
	for _, n := range g.Nodes {
		if !leaves[n] {
			w.line(dotTail(n), " -> ", cluster, "out [style=invis]")
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

func (w *dot) edge(e *Edge) {
	colour, bold := w.graph.edgeColour(e)
	attributes := []string{`color="` + colour + `"`}
	if e.Label != "" {
		attributes = append(attributes, "label="+dotLines(wrap(e.Label, labelSize, labelWidth, labelLines)))
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
	w.line(dotTail(e.From), " -> ", dotHead(e.To), " [", strings.Join(attributes, ", "), "]")
}

// text is the quoted text of a state.
func (w *dot) text(n *Node) string {
	lines := append([]string{visible(n.Detail)}, wrap(n.Name, nameSize, nameWidth, nameLines)...)
	if n.Run != nil {
		lines = append(lines, visible(n.Run.status()))
	}
	return dotLines(lines)
}

func dotQuote(s string) string { return dotLines([]string{visible(s)}) }

// dotLines quotes lines for a label, in which Graphviz knows backslashes and
// HTML's entities.
func dotLines(lines []string) string {
	escaped := make([]string, len(lines))
	for i, s := range lines {
		escaped[i] = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "&", "&amp;").Replace(s)
	}
	return `"` + strings.Join(escaped, `\n`) + `"`
}
