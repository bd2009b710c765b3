package page

import (
	"html/template"
	"strings"

	"github.com/gostates/gostates/graph"
)

// outcomeLooks are the words in the boxes of states. The widest fits into the smallest
// box, so that the picture has the same layout whatever has happened.
var outcomeLooks = [...]look{
	graph.NotReached: {"not reached", "–", "–"},
	graph.Succeeded:  {"succeeded", "✓", "✓ succeeded"},
	graph.Aborted:    {"aborted", "■", "■ aborted"},
	graph.Caught:     {"caught", "!", "! caught"},
	graph.Failed:     {"failed", "✕", "✕ failed"},
	graph.Running:    {"running", "▶", "▶ running"},
}

// shown is what a graph shows of an execution, for the script: of each state its outcome
// and the words in its box, and which lines were taken.
type shown struct {
	States map[string][2]string `json:"states,omitempty"` // by Node.ID
	Lines  map[string]bool      `json:"lines,omitempty"`  // by Edge.ID
}

// showOutcomes sets the words in the boxes of a traced graph, and returns what it shows.
func showOutcomes(g *graph.Graph) shown {
	s := shown{map[string][2]string{}, map[string]bool{}}
	s.addGroup(&g.Group)
	return s
}

func (s *shown) addGroup(g *graph.Group) {
	for _, n := range g.Nodes {
		if n.Kind != graph.State {
			continue
		}
		if n.Run == nil {
			n.Run = &graph.Run{}
		}
		l := outcomeLooks[min(int(n.Run.Outcome), len(outcomeLooks)-1)]
		n.Run.Text = l.Word
		s.States[n.ID] = [2]string{l.Class, l.Word}
		for _, in := range n.Groups {
			s.addGroup(in)
		}
	}
	for _, e := range g.Edges {
		s.Lines[e.ID()] = s.Lines[e.ID()] || e.Taken > 0
	}
}

// since returns what differs from what was shown before.
func (s *shown) since(before *shown) shown {
	d := shown{map[string][2]string{}, map[string]bool{}}
	for id, v := range s.States {
		if before.States[id] != v {
			d.States[id] = v
		}
	}
	for id, v := range s.Lines {
		if was, known := before.Lines[id]; was != v || !known {
			d.Lines[id] = v
		}
	}
	return d
}

// embedSVG returns the picture of a graph as part of a page, whose style sheet colours it.
func embedSVG(g *graph.Graph, label string) template.HTML {
	picture := string(g.SVG()) // which has escaped all names
	before, rest, _ := strings.Cut(picture, "<style>")
	_, after, _ := strings.Cut(rest, "</style>")
	picture = strings.Replace(before, ` class="asl" role="img"`, "", 1) + after
	attributes := `<svg class="graph" role="img" aria-label="` + template.HTMLEscapeString(label) + `" `
	return template.HTML(attributes + strings.TrimPrefix(picture, "<svg ")) //nolint:gosec // see above
}
