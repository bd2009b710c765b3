package graph

import "fmt"

// MapRunCounts counts the items of Map Runs, as AWS's itemCounts do. The fields are those
// of the counts in package interpreter, so that one converts into the other:
//
//	for _, run := range runs { // of Execution.MapRuns
//		g.AddMapRun(run.State, graph.MapRunCounts(run.Items))
//	}
type MapRunCounts struct {
	Pending               int64
	Running               int64
	Succeeded             int64
	Failed                int64
	TimedOut              int64
	Aborted               int64
	Total                 int64
	ResultsWritten        int64
	FailuresNotRedrivable int64
	PendingRedrive        int64
}

// AddMapRun adds the counts of a Map Run to a Map state in DISTRIBUTED mode. Those of
// several Map Runs of a state are added up. It ignores states of other machines.
//
// [Graph.AddHistory] says how the state ended. It also adds the histories of child
// executions, one by one: they colour the states of the processor.
func (g *Graph) AddMapRun(state string, items MapRunCounts) {
	n := g.Node(state)
	if n == nil {
		return
	}
	g.Traced = true
	if n.Run == nil {
		n.Run = &Run{}
	}
	c := &n.Run.Items
	c.Pending += items.Pending
	c.Running += items.Running
	c.Succeeded += items.Succeeded
	c.Failed += items.Failed
	c.TimedOut += items.TimedOut
	c.Aborted += items.Aborted
	c.Total += items.Total
	c.ResultsWritten += items.ResultsWritten
	c.FailuresNotRedrivable += items.FailuresNotRedrivable
	c.PendingRedrive += items.PendingRedrive
}

// describe returns the counts that are not 0, for a picture.
func (c MapRunCounts) describe() []string {
	if c == (MapRunCounts{}) {
		return nil
	}
	items := "items"
	if c.Total == 1 {
		items = "item"
	}
	parts := []string{fmt.Sprintf("%d of %d %s", c.Succeeded, c.Total, items)}
	for _, count := range []struct {
		n    int64
		what string
	}{{c.Failed, "failed"}, {c.TimedOut, "timed out"}, {c.Aborted, "aborted"}, {c.Running, "running"}, {c.Pending, "pending"}} {
		if count.n != 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count.n, count.what))
		}
	}
	return parts
}
