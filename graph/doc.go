// Package graph draws state machines, and the progress of an execution in them.
//
//	machine, err := asl.Parse(definition)
//	if err != nil {
//		return err
//	}
//	g := graph.New(machine)
//	g.AddHistory(events) // optional: colours the states by their outcome
//	svg := g.SVG()       // or g.Mermaid(), g.DOT()
//
// A [Graph] is plain data: nodes for states, nested groups for the branches of
// a Parallel and the processor of a Map, and edges with labels: Choice rules,
// Default, the errors of Catchers. To choose other colours, set [Node.Run] and
// [Edge.Taken] as AddHistory does.
//
// # Formats
//
// Other programs lay out Mermaid and DOT. This package lays out the SVG, from
// top to bottom: layers by the longest path from the start, few crossings,
// branches and processors in boxes, loops and very long edges at the side. The
// SVG needs no program, script, font or style sheet except for the viewer.
//
// # Guarantees
//
// Equal machines and histories give equal bytes. In the SVG, everything of a
// machine is in the same place whatever an execution did, an outcome can be told
// without colours, and text has a contrast of at least 4.5 in a light and in a
// dark theme. Names may contain anything: special characters of a format are
// escaped, and characters that cannot be shown are replaced by signs. A definition
// with errors is drawn as far as it was parsed, with states that it lacks, and
// [Graph.AddErrors] adds the messages. Time and memory are about
// proportional to the size of the definition: ten thousand states take well below
// a second.
//
// This package does not read a clock or start goroutines. Concurrent calls may
// write the same Graph, but it must not be changed meanwhile.
package graph
