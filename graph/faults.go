package graph

import (
	"strings"

	"github.com/gostates/gostates/asl"
)

// AddErrors shows the errors of a definition on the states that they are about, with a red
// outline and their message. It leaves out warnings, and errors that are about no state.
func (g *Graph) AddErrors(found asl.ErrorList) {
	var states []*Node
	var collect func(in *Group)
	collect = func(in *Group) {
		for _, n := range in.Nodes {
			if n.Kind == State {
				states = append(states, n)
			}
			for _, inner := range n.Groups {
				collect(inner)
			}
		}
	}
	collect(&g.Group)
	for i := range found {
		d := &found[i]
		if d.Severity == asl.SeverityWarning {
			continue
		}
		var at *Node // the innermost state
		for _, n := range states {
			rest, inside := strings.CutPrefix(d.Location, n.Location)
			if inside && (rest == "" || rest[0] == '/') && (at == nil || len(n.Location) > len(at.Location)) {
				at = n
			}
		}
		if at != nil {
			at.Errors = append(at.Errors, d.Message)
		}
	}
}
