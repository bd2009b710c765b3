package asltest

import (
	"fmt"
	"strings"

	"github.com/gostates/gostates/asl"
)

// sourceLine is a line of a definition, with what was covered of it.
type sourceLine struct {
	Number int    `json:"n"`
	Text   string `json:"text"`
	Count  string `json:"count,omitempty"` // how often what begins in the line was reached
	Class  string `json:"class,omitempty"` // hits, some if a part of it never was, or gap if nothing ever was
}

// keepSource keeps the text of a definition for the coverage page.
func keepSource(p *Program, text string) {
	covered.Lock()
	defer covered.Unlock()
	covered.sources[p.Digest()] = text
}

// findSource sets source. There is none if the text is not known, or is of another layout
// than the program that ran.
func (c *coverage) findSource() {
	covered.Lock()
	text := covered.sources[c.digest]
	covered.Unlock()
	c.source = ""
	m, _ := asl.Parse([]byte(text))
	if m == nil {
		return
	}
	places := make(map[string]asl.Pos)
	for st := range m.All() {
		places[st.Base().Name] = st.Base().Pos
	}
	for st := range c.machine.All() {
		if b := st.Base(); places[b.Name] != b.Pos {
			return
		}
	}
	c.source = text
}

// sourceLines returns the lines of the definition.
func (c *coverage) sourceLines() []sourceLine {
	var lines []sourceLine
	for line := range strings.Lines(c.source) {
		lines = append(lines, sourceLine{Number: len(lines) + 1, Text: strings.TrimRight(line, "\r\n")})
	}
	hit, all := make([]int, len(lines)), make([]int, len(lines)) // points that begin in a line
	for _, p := range c.points {
		i := p.node.Pos.Line - 1
		if i < 0 || i >= len(lines) {
			continue
		}
		all[i]++
		if p.count > 0 {
			hit[i]++
		}
		if lines[i].Count == "" { // a state goes before what it does
			lines[i].Count = fmt.Sprintf("%d×", p.count)
		}
	}
	for i := range lines {
		switch l := &lines[i]; {
		case all[i] == 0:
		case hit[i] == all[i]:
			l.Class = "hits"
		case hit[i] == 0:
			l.Count, l.Class = "✗", "gap"
		default:
			l.Count, l.Class = fmt.Sprintf("! %d of %d", hit[i], all[i]), "some"
		}
	}
	return lines
}
