package graph

// style is the look of an outcome.
type style struct{ fill, stroke, text string }

var styles = [...]style{
	NotReached: {"#ffffff", "#c3cad2", "#828c98"},
	Succeeded:  {"#dcf3e0", "#2e8b45", "#1b1f24"},
	Aborted:    {"#ebebeb", "#7a7f87", "#1b1f24"},
	Caught:     {"#ffebcf", "#d97a0b", "#1b1f24"},
	Failed:     {"#fcdede", "#c22f2f", "#1b1f24"},
	Running:    {"#dbe8fd", "#2467d0", "#1b1f24"},
}

// plain is the style of a state without a history.
var plain = style{"#ffffff", "#5b6878", "#1b1f24"}

const (
	inkColour     = "#5b6878" // of edges and small text
	catchColour   = "#b4542a"
	faintColour   = "#c3cad2"
	labelColour   = "#47515d"
	succeedColour = "#2e8b45"
	caughtColour  = "#d97a0b"
)

func (g *Graph) styleOf(n *Node) style {
	switch {
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
	case e.Taken > 0 && e.Kind == Catch:
		return caughtColour, true
	case e.Taken > 0:
		return succeedColour, true
	case g.Traced:
		return faintColour, false
	case e.Kind == Catch:
		return catchColour, false
	}
	return inkColour, false
}
