package graph

import (
	"strings"
	"sync"
)

// style is the look of an outcome. Its sign tells it without colours.
type style struct{ fill, stroke, text, sign string }

var styles = [...]style{
	NotReached: {paper, faintColour, faintInk, "–"},
	Succeeded:  {"#def4e3", succeedColour, strongInk, "✓"},
	Aborted:    {"#eaecee", "#555c65", strongInk, "■"},
	Caught:     {"#ffecd1", catchColour, strongInk, "!"},
	Failed:     {"#fde1e0", failColour, strongInk, "✕"},
	Running:    {"#dcebff", "#0b56b3", strongInk, "▶"},
}

// lacking is the style of a state that is named but is not there.
var lacking = style{paper, failColour, failColour, ""}

// plain is the style of a state without a history.
var plain = style{paper, inkColour, strongInk, ""}

const (
	paper         = "#ffffff"
	strongInk     = "#1b1f24" // of names
	inkColour     = "#545f6d" // of edges and small text
	faintColour   = "#aab3bd" // of lines
	faintInk      = "#646e7a" // of text
	succeedColour = "#1a6f37"
	catchColour   = "#8a4b00"
	failColour    = "#b3201f"
)

// darkColours are what the colours become in a dark theme.
var darkColours = []struct{ light, dark string }{
	{paper, "#161b22"},
	{strongInk, "#e8ecf1"},
	{inkColour, "#a9b3bf"},
	{faintColour, "#4a535e"},
	{faintInk, "#8f99a5"},
	{succeedColour, "#57c878"},
	{catchColour, "#f0a94b"},
	{"#def4e3", "#12301c"},
	{"#eaecee", "#262c34"},
	{"#555c65", "#a3acb6"},
	{"#ffecd1", "#3a2609"},
	{"#fde1e0", "#421715"},
	{failColour, "#ff8f88"},
	{"#dcebff", "#12294a"},
	{"#0b56b3", "#79b4ff"},
}

// themeSheet is the style sheet of a picture. The colours that its elements have as
// attributes are those of a light theme, which programs without style sheets show. The
// selectors have no weight, so that any rule of a page goes before them.
var themeSheet = sync.OnceValue(func() string {
	var b strings.Builder
	b.WriteString("@media screen and (prefers-color-scheme:dark){\n")
	for _, c := range darkColours {
		for _, property := range []string{"fill", "stroke"} {
			b.WriteString(":where(.asl) :where([" + property + `="` + c.light + `"]){` + property + ":" + c.dark + "}\n")
		}
	}
	b.WriteString("}\n")
	return b.String()
})

func (g *Graph) styleOf(n *Node) style {
	switch {
	case n.Kind == Missing:
		return lacking
	case n.Run != nil && int(n.Run.Outcome) < len(styles):
		return styles[n.Run.Outcome]
	case g.Traced && n.Kind == State:
		return styles[NotReached]
	}
	return plain
}

// edgeColour returns the colour of an edge, and whether it is bold.
func (g *Graph) edgeColour(e *Edge) (colour string, bold bool) {
	switch {
	case e.To.Kind == Missing:
		return failColour, false
	case e.Taken > 0 && e.Kind == Exit && e.From.Type == "Fail":
		return failColour, true
	case e.Taken > 0 && e.Kind == Catch:
		return catchColour, true
	case e.Taken > 0:
		return succeedColour, true
	case g.Traced:
		return faintColour, false
	case e.Kind == Catch:
		return catchColour, false
	}
	return inkColour, false
}

// labelColour returns the colour of the text at an edge.
func (g *Graph) labelColour(e *Edge) string {
	switch colour, bold := g.edgeColour(e); {
	case bold, e.Kind == Catch && !g.Traced, e.To.Kind == Missing:
		return colour
	case g.Traced:
		return faintInk
	}
	return inkColour
}
