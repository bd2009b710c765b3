package asltest

import (
	"bytes"
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/graph"
)

// shownMachine is the coverage of a machine on the page.
type shownMachine struct {
	Package string // set if several packages are on the page
	ID      string // of its section
	Name    string
	Runs    int
	Hit     int
	All     int
	Counts  []string // "states 2/4"
	Missing []missingPart
	Gaps    int           // in all of Missing
	States  template.HTML // and the picture
	Source  []sourceLine
}

// missingPart is a point that no run reached, or a state that no run entered with all that
// it has.
type missingPart struct {
	Kind string
	Text string
	More int // points of the state
	Line int
	At   string // "3:5"
}

// Full reports whether all was covered.
func (m *shownMachine) Full() bool { return m.Hit == m.All }

// Percent is the part that was covered.
func (m *shownMachine) Percent() string { return fmt.Sprintf("%.1f", m.percent()) }

func (m *shownMachine) percent() float64 { return 100 * float64(m.Hit) / float64(max(1, m.All)) }

// renderPage renders the coverage of packages as one HTML page. Machines of which
// most is missing come first.
func renderPage(parts []pagePart) ([]byte, error) {
	merged, err := mergeParts(parts)
	if err != nil {
		return nil, err
	}
	var all []shownMachine
	for _, c := range merged {
		m := c.shownMachine()
		if len(parts) > 1 {
			m.Package = strings.Join(c.packages, ", ")
		}
		all = append(all, m)
	}
	slices.SortStableFunc(all, func(a, b shownMachine) int {
		return cmp.Or(cmp.Compare(a.percent(), b.percent()), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Package, b.Package))
	})
	for i := range all {
		all[i].ID = fmt.Sprintf("m%d", i+1)
		all[i].States = template.HTML(strings.ReplaceAll(string(all[i].States), linePlace, "#"+all[i].ID+"-"))
	}
	var b bytes.Buffer
	err = pageTemplate.Execute(&b, all)
	return b.Bytes(), err
}

// linePlace stands in links to lines of a definition for the ID of the machine's section.
// It cannot be part of escaped text.
const linePlace = "#<machine>-"

func (c *coverage) shownMachine() shownMachine {
	hit, all := c.countAll()
	m := shownMachine{Name: c.name, Runs: c.runs, Hit: hit, All: all, Source: c.sourceLines()}
	for kind, name := range pointKinds {
		if hit, all := c.countPoints(pointKind(kind)); all > 0 {
			m.Counts = append(m.Counts, fmt.Sprintf("%s %d/%d", name, hit, all))
		}
	}
	m.Missing = c.missingParts()
	for _, part := range m.Missing {
		m.Gaps += 1 + part.More
	}
	var b strings.Builder
	b.WriteString(`<div class="picture">`)
	b.Write(c.coverageGraph().SVG())
	b.WriteString("</div>\n<details class=\"states\"><summary>States</summary>\n")
	c.writeStates(&b, c.machine.States, len(m.Source) > 0)
	b.WriteString("</details>\n")
	m.States = template.HTML(b.String())
	return m
}

func (c *coverage) missingParts() (missing []missingPart) {
	states := make(map[string]int) // that were not entered: index of the part
	for _, p := range c.points {
		if p.count > 0 {
			continue
		}
		if i, ok := states[p.state]; ok {
			missing[i].More++
			continue
		}
		if p.kind == pointState {
			states[p.state] = len(missing)
		}
		missing = append(missing, missingPart{Kind: strings.TrimSuffix(pointKinds[p.kind], "s"), Text: p.label,
			Line: p.node.Pos.Line, At: fmt.Sprintf("%d:%d", p.node.Pos.Line, p.node.Pos.Column)})
	}
	return missing
}

// Path returns the parts of the package's path, after which a narrow page may break it.
func (m *shownMachine) Path() []string {
	if m.Package == "" {
		return nil
	}
	return strings.SplitAfter(m.Package, "/")
}

// coverageGraph returns the machine's graph with entered states and taken
// transitions marked.
func (c *coverage) coverageGraph() *graph.Graph {
	g := graph.New(c.machine)
	g.Traced = true
	c.colorGroup(&g.Group)
	return g
}

func (c *coverage) colorGroup(g *graph.Group) {
	for _, n := range g.Nodes {
		if entered, hit, all := c.tallyState(n.Name); n.Kind == graph.State && entered > 0 {
			n.Run = &graph.Run{Outcome: graph.Succeeded, Text: fmt.Sprintf("✓ entered %d×", entered)}
			if hit < all { // partly covered: amber
				n.Run.Outcome = graph.Caught
				n.Run.Text = fmt.Sprintf("! %d of %d covered", hit, all)
			}
		}
		for _, inner := range n.Groups {
			c.colorGroup(inner)
		}
	}
	for _, e := range g.Edges {
		e.Taken = c.countTaken(e)
	}
}

// countAt returns how often the runs reached a point.
func (c *coverage) countAt(at place) int {
	if p := c.byPlace[at]; p != nil {
		return p.count
	}
	return 0
}

// countTaken returns how often the runs took an edge.
func (c *coverage) countTaken(e *graph.Edge) int {
	switch e.Kind {
	case graph.Entry:
		return c.countAt(place{kind: pointTransition, to: e.To.Name})
	case graph.Exit:
		if e.From.Type == "Fail" { // which no event leaves
			entered, _, _ := c.tallyState(e.From.Name)
			return entered
		}
		return c.countAt(place{kind: pointTransition, state: e.From.Name})
	case graph.Default:
		return c.byPlace[place{kind: pointRule, state: e.From.Name, index: -1}].count
	}
	if e.Kind == graph.Next {
		return c.countAt(place{kind: pointTransition, state: e.From.Name, to: e.To.Name})
	}
	for _, p := range c.points {
		if p.state == e.From.Name && p.node.Location == e.Location { // a rule or a Catcher
			return p.count
		}
	}
	return 0
}

// tallyState returns how often a state was entered, and how many of all its points, that of
// the state itself included, were hit.
func (c *coverage) tallyState(state string) (entered, hit, all int) {
	for _, p := range c.points {
		if p.state != state {
			continue
		}
		if p.kind == pointState {
			entered = p.count
		}
		all++
		if p.count > 0 {
			hit++
		}
	}
	return entered, hit, all
}

func (c *coverage) writeStates(b *strings.Builder, states *asl.States, linked bool) {
	for _, st := range states.List {
		c.writeState(b, st, linked)
	}
}

func (c *coverage) writeState(b *strings.Builder, st asl.State, linked bool) {
	base := st.Base()
	entered, hit, all := c.tallyState(base.Name)
	var rows strings.Builder
	for _, p := range c.points {
		if p.state != base.Name || p.kind == pointState {
			continue
		}
		mark := `<span class="miss">✗`
		if p.count > 0 {
			mark = fmt.Sprintf(`<span class="hit">✓ %d×`, p.count)
		}
		text := template.HTMLEscapeString(strings.TrimPrefix(strings.TrimPrefix(p.label, base.Name), ": "))
		fmt.Fprintf(&rows, "<li>%s %s</span></li>\n", mark, text)
	}
	class := "some"
	switch {
	case entered == 0:
		class = "none"
	case hit == all:
		class = "all"
	}
	name := "<b>" + template.HTMLEscapeString(base.Name) + "</b>"
	if linked {
		name = fmt.Sprintf(`<a href="%sL%d">%s</a>`, linePlace, base.Pos.Line, name)
	}
	fmt.Fprintf(b, `<div class="part %s">%s<span class="kind">%s, entered %s</span>`,
		class, name, base.Type, countTimes(entered))
	if rows.Len() > 0 {
		fmt.Fprintf(b, "<ul>%s</ul>", rows.String())
	}
	what := "branch"
	if base.Type == "Map" {
		what = "processor"
	}
	for i, inner := range asl.Children(st) {
		label := what
		if what == "branch" {
			label = fmt.Sprintf("branch %d", i)
		}
		fmt.Fprintf(b, `<div class="group"><span class="label">%s</span>`, label)
		c.writeStates(b, inner, linked)
		b.WriteString("</div>")
	}
	b.WriteString("</div>\n")
}
