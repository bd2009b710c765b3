package graph

import (
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
	bold   map[string][]string // colour -> numbers of edges

	nodes    [Running + 1][]string // by outcome
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
			w.writeLine(n.ID, `((" "))`)
		case n.Kind == End:
			w.writeLine(n.ID, `(((" ")))`)
		case len(n.Groups) > 0:
			w.writeComposite(n, indent)
		default:
			shape := mermaidShape(n.Type)
			w.writeLine(n.ID, shape[0], w.quoteText(n), shape[1])
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
		if inner.Title == "" {
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
	if n.Run != nil {
		text += "<br/>" + mermaidEscape(n.Run.statusLine())
	}
	return `"` + text + `"`
}

// mermaidTitle returns the label of a state with groups. It has one line,
// because more would cover the groups.
func mermaidTitle(n *Node) string {
	parts := []string{n.Name, n.Detail}
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
	if e.Label != "" {
		arrow = strings.TrimRight(arrow, " ") + "|" + mermaidQuote(e.Label) + "| "
	}
	w.writeLine(e.From.ID, arrow, e.To.ID)
	if colour, bold := w.graph.edgeColour(e); bold {
		if w.bold == nil {
			w.bold = make(map[string][]string)
		}
		w.bold[colour] = append(w.bold[colour], strconv.Itoa(w.edge))
	}
	w.edge++
}

// writeColours writes the styles of branches and outcomes.
func (w *mermaid) writeColours() {
	if len(w.branches) > 0 {
		w.writeLine("classDef branch fill:none,stroke:", faintColour, ",stroke-dasharray:3")
		w.writeLine("class ", strings.Join(w.branches, ","), " branch")
	}
	for outcome, ids := range w.nodes {
		if len(ids) == 0 {
			continue
		}
		s := styles[outcome]
		name := strings.ReplaceAll(Outcome(outcome).String(), " ", "")
		w.writeLine("classDef ", name, " fill:", s.fill, ",stroke:", s.stroke, ",color:", s.text)
		w.writeLine("class ", strings.Join(ids, ","), " ", name)
	}
	for _, colour := range []string{succeedColour, caughtColour} {
		if edges := w.bold[colour]; len(edges) > 0 {
			w.writeLine("linkStyle ", strings.Join(edges, ","), " stroke:", colour, ",stroke-width:2px")
		}
	}
}
