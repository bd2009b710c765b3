package graph

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Mermaid returns the graph as a Mermaid flowchart.
func (g *Graph) Mermaid() []byte {
	w := mermaid{graph: g}
	w.writeLine("flowchart TD")
	w.writeGroup(&g.Group, 1)
	w.writeEdges(&g.Group)
	w.writeColours()
	return []byte(w.b.String())
}

// mermaid writes a flowchart. In contrast to Mermaid's state diagrams, a
// flowchart allows any character in a quoted label.
type mermaid struct {
	graph  *Graph
	b      strings.Builder
	indent int
	edge   int
	edges  map[string][]string // looks -> numbers of edges

	nodes    [Running + 1][]string // by outcome
	faulty   []string
	branches []string
}

func (w *mermaid) writeLine(parts ...string) {
	for range w.indent {
		w.b.WriteString("  ")
	}
	for _, p := range parts {
		w.b.WriteString(p)
	}
	w.b.WriteByte('\n')
}

func (w *mermaid) writeGroup(g *Group, indent int) {
	defer func(before int) { w.indent = before }(w.indent)
	w.indent = indent
	for _, n := range g.Nodes {
		switch {
		case n.Kind == Start:
			w.writeLine(n.ID, `(["Start"])`)
		case n.Kind == End:
			w.writeLine(n.ID, `(["End"])`)
		case len(n.Groups) > 0:
			w.writeComposite(n, indent)
		default:
			shape := mermaidShape(n.Type)
			w.writeLine(n.ID, shape[0], w.quoteText(n), shape[1])
		}
		if n.Kind == Missing || len(n.Errors) > 0 {
			w.faulty = append(w.faulty, n.ID)
		}
		if n.Kind == State && w.graph.Traced {
			outcome := NotReached
			if n.Run != nil && int(n.Run.Outcome) < len(w.nodes) {
				outcome = n.Run.Outcome
			}
			w.nodes[outcome] = append(w.nodes[outcome], n.ID)
		}
	}
}

func (w *mermaid) writeComposite(n *Node, indent int) {
	w.writeLine("subgraph ", n.ID, "[", mermaidTitle(n), "]")
	w.indent++
	w.writeLine("direction TB")
	w.indent--
	for i, inner := range n.Groups {
		id := n.ID + "b" + strconv.Itoa(i+1)
		if len(n.Groups) == 1 {
			w.writeInner(inner, id, indent+1)
			continue
		}
		w.indent++
		w.branches = append(w.branches, id)
		w.writeLine("subgraph ", id, "[", mermaidQuote(inner.Title), "]")
		w.indent++
		w.writeLine("direction TB")
		w.indent--
		w.writeInner(inner, id, indent+2)
		w.writeLine("end")
		w.indent--
	}
	w.writeLine("end")
}

// writeInner writes the contents of a subgraph, which must not be empty.
func (w *mermaid) writeInner(g *Group, id string, indent int) {
	if len(g.Nodes) > 0 {
		w.writeGroup(g, indent)
		return
	}
	w.indent++
	w.writeLine(id, `e[" "]`)
	w.indent--
}

func mermaidShape(stateType string) [2]string {
	switch stateType {
	case "Choice":
		return [2]string{"{", "}"}
	case "Succeed", "Fail":
		return [2]string{"([", "])"}
	case "Wait":
		return [2]string{"(", ")"}
	}
	return [2]string{"[", "]"}
}

// quoteText returns the label of a state, quoted.
func (w *mermaid) quoteText(n *Node) string {
	text := mermaidEscape(n.Name)
	if n.Detail != n.Type {
		text += "<br/><small>" + mermaidEscape(n.Detail) + "</small>"
	}
	for _, message := range n.Errors {
		text += "<br/>✕ " + mermaidEscape(message)
	}
	if n.Run != nil {
		text += "<br/>" + mermaidEscape(n.Run.statusLine())
	}
	return `"` + text + `"`
}

// mermaidTitle returns the label of a state with groups. It has one line,
// because more would cover the groups.
func mermaidTitle(n *Node) string {
	parts := append([]string{n.Name, n.Detail}, n.Errors...)
	if n.Run != nil {
		parts = append(parts, n.Run.statusLine())
	}
	return mermaidQuote(strings.Join(parts, " · "))
}

func mermaidQuote(s string) string { return `"` + mermaidEscape(s) + `"` }

// mermaidEscape replaces everything except for letters, digits and harmless
// signs by Mermaid's entities, such as #34; for a quote. A colon is not
// harmless: Mermaid parses "style a:#b;" as a style sheet anywhere.
func mermaidEscape(s string) string {
	if s == "" {
		return " "
	}
	var b strings.Builder
	for _, r := range replaceInvisible(s) {
		switch {
		case r >= utf8.RuneSelf, r >= '0' && r <= '9', r >= 'A' && r <= 'Z', r >= 'a' && r <= 'z', strings.ContainsRune(" ,.-/()=", r):
			b.WriteRune(r)
		default:
			b.WriteString("#" + strconv.Itoa(int(r)) + ";")
		}
	}
	return b.String()
}

// writeEdges writes the edges of a group after those inside of its nodes. In
// the opposite order, Mermaid 11 fails on some deeply nested machines.
func (w *mermaid) writeEdges(g *Group) {
	for _, n := range g.Nodes {
		for _, inner := range n.Groups {
			w.writeEdges(inner)
		}
	}
	w.indent = 1
	for _, e := range g.Edges {
		w.writeArrow(e)
	}
}

func (w *mermaid) writeArrow(e *Edge) {
	arrow := " --> "
	if e.Kind == Catch {
		arrow = " -.-> "
	}
	if text := e.text(); text != "" {
		arrow = strings.TrimRight(arrow, " ") + "|" + mermaidQuote(text) + "| "
	}
	w.writeLine(e.From.ID, arrow, e.To.ID)
	colour, bold := w.graph.edgeColour(e)
	look := "stroke:" + mermaidColour(colour)
	if bold {
		look += ",stroke-width:2px"
	}
	if colour != inkColour { // which is that of the theme
		if w.edges == nil {
			w.edges = make(map[string][]string)
		}
		w.edges[look] = append(w.edges[look], strconv.Itoa(w.edge))
	}
	w.edge++
}

// mermaidColour returns the colour of a line or of text outside of filled boxes, which has
// to be seen on the light and on the dark background of a theme.
func mermaidColour(colour string) string {
	switch colour {
	case succeedColour:
		return "#2e8b45"
	case catchColour:
		return "#c46a00"
	case failColour:
		return "#d9463f"
	}
	return "#828c98"
}

// writeColours writes the styles of branches and outcomes. Each has a colour for its text:
// that of a dark theme is light.
func (w *mermaid) writeColours() {
	if len(w.branches) > 0 {
		w.writeLine("classDef branch fill:", paper, ",stroke:", faintColour, ",color:", strongInk, ",stroke-dasharray:3")
		w.writeLine("class ", strings.Join(w.branches, ","), " branch")
	}
	for outcome, ids := range w.nodes {
		if len(ids) == 0 {
			continue
		}
		s := styles[outcome]
		name := strings.ReplaceAll(Outcome(outcome).String(), " ", "")
		more := ""
		switch Outcome(outcome) { // without colours too
		case Failed:
			more = ",stroke-width:3px"
		case Running:
			more = ",stroke-dasharray:7 4"
		}
		w.writeLine("classDef ", name, " fill:", s.fill, ",stroke:", s.stroke, ",color:", s.text, more)
		w.writeLine("class ", strings.Join(ids, ","), " ", name)
	}
	if len(w.faulty) > 0 {
		w.writeLine("classDef faulty fill:", styles[Failed].fill, ",stroke:", failColour, ",color:", strongInk, ",stroke-width:3px")
		w.writeLine("class ", strings.Join(w.faulty, ","), " faulty")
	}
	for _, look := range slices.Sorted(maps.Keys(w.edges)) {
		w.writeLine("linkStyle ", strings.Join(w.edges[look], ","), " ", look)
	}
}
