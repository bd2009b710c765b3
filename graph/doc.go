// Package graph draws a state machine, and what an execution did in it.
//
//	machine, err := asl.Parse(definition)
//	if err != nil {
//		return err
//	}
//	g := graph.New(machine)
//	g.AddHistory(events) // optional: colours the states by what happened
//	svg := g.SVG()       // or g.Mermaid(), g.DOT()
//
// A [Graph] is plain data made from the definition: nodes for states, nested
// groups for a Parallel's branches and a Map's processor, edges with what leads
// along them: Choice rules, Default, the errors of Catchers. Whoever wants other
// colours sets [Node.Run] and [Edge.Taken] as AddHistory does.
//
// # Formats
//
// Mermaid and DOT are text that other programs lay out. SVG is laid out here, top
// to bottom: layers by the longest path from the start, few crossings, branches
// and processors in boxes, loops and very long ways at the right side. It needs
// no program, script, font or style sheet besides what shows it.
//
// # Guarantees
//
// Equal machines and histories give equal bytes. Names may hold anything: what
// has a meaning in a format is escaped, and characters that cannot be shown have
// a sign in their place. A definition with errors is drawn as far as it was read.
// Time and memory grow about in proportion to the definition: ten thousand states
// take well below a second.
//
// Nothing here reads a clock or starts a goroutine. A Graph may be written from
// many goroutines, and must not be changed meanwhile.
package graph
