package asltest

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"

	"github.com/gostates/gostates/asl"
)

// page is the coverage of all machines as one page of HTML.
func page(all []*coverage) []byte {
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, all); err != nil {
		fmt.Fprintf(&b, "%v", err)
	}
	return b.Bytes()
}

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"line":    (*coverage).line,
	"missing": (*coverage).missing,
	"picture": picture,
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
ul { margin: .2em 0; padding-left: 1.4em } .label { color: #666 }
</style></head><body>
<h1>Coverage of state machines</h1>
<p><span class="hit">✓</span> was reached, so many times; <span class="miss">✗</span> never. Green: everything of the state; amber: a part; red: it was never entered.</p>
{{range .}}<h2>{{line .}}</h2>
{{with missing .}}<details><summary>{{len .}} not covered</summary><ul>{{range .}}<li class="miss">{{.}}</li>{{end}}</ul></details>{{end}}
{{picture .}}
{{else}}<p>No machine was run.</p>
{{end}}</body></html>
`))

// picture shows a machine's states in their order, each with its ways out, and
// branches and processors as groups.
func picture(c *coverage) template.HTML {
	var b strings.Builder
	c.draw(&b, c.program.Machine().States)
	return template.HTML(b.String())
}

func (c *coverage) draw(b *strings.Builder, states *asl.States) {
	for _, st := range states.List {
		c.drawState(b, st)
	}
}

func (c *coverage) drawState(b *strings.Builder, st asl.State) {
	base := st.Base()
	entered := c.byPlace[place{kind: pointState, state: base.Name}].count
	hit, all := 0, 0
	var rows strings.Builder
	for _, p := range c.points {
		if p.state != base.Name || p.kind == pointState {
			continue
		}
		all++
		mark := `<span class="miss">✗`
		if p.count > 0 {
			hit++
			mark = fmt.Sprintf(`<span class="hit">✓ %d×`, p.count)
		}
		text := template.HTMLEscapeString(strings.TrimPrefix(strings.TrimPrefix(p.text, base.Name), ": "))
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
		class, template.HTMLEscapeString(base.Name), base.Type, times(entered))
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
		c.draw(b, inner)
		b.WriteString("</div>")
	}
	b.WriteString("</div>\n")
}
