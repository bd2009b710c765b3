package asltest

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/graph"
)

// renderPage renders the coverage of all machines as one HTML page.
func renderPage(all []*coverage) []byte {
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, all); err != nil {
		fmt.Fprintf(&b, "%v", err)
	}
	return b.Bytes()
}

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"summary":   (*coverage).summaryLine,
	"uncovered": (*coverage).uncoveredPoints,
	"machine":   renderMachine,
}).Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Coverage of state machines</title>
<style>
body { font: 14px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 60em; padding: 0 1em; color: #222 }
h2 { font-size: 1.1em; margin: 2em 0 .5em }
.state, .group { border: 2px solid; border-radius: 6px; padding: .4em .8em; margin: .5em 0; overflow-wrap: anywhere }
.group { border-style: dashed; border-color: #999; background: #fff; margin-left: 1em }
.all { border-color: #2a8a3e; background: #edf8ef } .some { border-color: #c98a00; background: #fff8e6 }
.none { border-color: #c0392b; background: #fdeeec }
.kind { color: #666; margin-left: .5em } .hit { color: #1d6b2d } .miss { color: #a5281b; font-weight: 600 }
.graph { overflow-x: auto; margin: 1em 0 }
ul { margin: .2em 0; padding-left: 1.4em } .label { color: #666 }
</style></head><body>
<h1>Coverage of state machines</h1>
<p><span class="hit">✓</span> was reached that many times; <span class="miss">✗</span> was never reached. Green: the whole state was covered; amber: a part of it; red, and faint in the graph: it was never entered.</p>
{{range .}}<h2>{{summary .}}</h2>
{{with uncovered .}}<details><summary>{{len .}} not covered</summary><ul>{{range .}}<li class="miss">{{.}}</li>{{end}}</ul></details>{{end}}
{{machine .}}
{{else}}<p>No machine was run.</p>
{{end}}</body></html>
`))

// renderMachine draws the graph of a machine and lists its states in order. Each
// state has its transitions, rules, Retriers and Catchers; branches and processors
// are nested groups.
func renderMachine(c *coverage) template.HTML {
	var b strings.Builder
	b.WriteString(`<div class="graph">`)
	b.Write(c.coverageGraph().SVG())
	b.WriteString("</div>\n")
	c.writeStates(&b, c.program.Machine().States)
	return template.HTML(b.String())
}

// coverageGraph returns the machine's graph with entered states and taken
// transitions marked.
func (c *coverage) coverageGraph() *graph.Graph {
	g := graph.New(c.program.Machine())
	g.Traced = true
	c.colorGroup(&g.Group)
	return g
}

func (c *coverage) colorGroup(g *graph.Group) {
	for _, n := range g.Nodes {
		if entered, hit, all := c.tallyState(n.Name); n.Kind == graph.State && entered > 0 {
			n.Run = &graph.Run{Outcome: graph.Succeeded, Text: "entered " + countTimes(entered)}
			if hit < all { // partly covered: amber
				n.Run.Outcome = graph.Caught
				n.Run.Text = fmt.Sprintf("%d of %d covered", hit, all)
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

// countTaken returns how often the runs took an edge.
func (c *coverage) countTaken(e *graph.Edge) int {
	switch e.Kind {
	case graph.Entry:
		return c.entries[e.To.Name]
	case graph.Exit:
		return c.exits[e.From.Name]
	case graph.Default:
		return c.byPlace[place{kind: pointRule, state: e.From.Name, index: -1}].count
	}
	taken := 0
	if e.Kind == graph.Next {
		taken = c.byPlace[place{kind: pointTransition, state: e.From.Name, to: e.To.Name}].count
	}
	for _, p := range c.points {
		switch {
		case p.state != e.From.Name:
		case e.Kind == graph.Next && p.kind == pointCatcher && p.next == e.To.Name:
			taken -= p.count // the Catcher has an edge of its own
		case e.Kind != graph.Next && p.node.Location == e.Location:
			taken = p.count
		}
	}
	return taken
}

// tallyState returns how often a state was entered, and how many of its all
// transitions, rules, Retriers and Catchers were hit.
func (c *coverage) tallyState(state string) (entered, hit, all int) {
	for _, p := range c.points {
		switch {
		case p.state != state:
		case p.kind == pointState:
			entered = p.count
		default:
			all++
			if p.count > 0 {
				hit++
			}
		}
	}
	return entered, hit, all
}

func (c *coverage) writeStates(b *strings.Builder, states *asl.States) {
	for _, st := range states.List {
		c.writeState(b, st)
	}
}

func (c *coverage) writeState(b *strings.Builder, st asl.State) {
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
	fmt.Fprintf(b, `<div class="state %s"><b>%s</b><span class="kind">%s, entered %s</span>`,
		class, template.HTMLEscapeString(base.Name), base.Type, countTimes(entered))
	if all > 0 {
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
		c.writeStates(b, inner)
		b.WriteString("</div>")
	}
	b.WriteString("</div>\n")
}
