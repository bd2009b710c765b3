package command

import (
	"slices"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/graph"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/value"
)

// isChild reports whether an execution is the child of a Map Run: its name is an ARN
// whose state machine has a label.
func isChild(execution string) bool {
	parts := strings.SplitN(execution, ":", 8) // arn:partition:states:region:account:execution:machine/label:name
	return len(parts) == 8 && parts[0] == "arn" && (parts[5] == "execution" || parts[5] == "express") && strings.Contains(parts[6], "/")
}

// childHistories adds the children of Map Runs to a graph as their histories end, so that
// few of them are in memory.
type childHistories struct {
	graph   *graph.Graph
	batched map[string]bool // names of the Map states with an ItemBatcher
	events  map[string][]history.Event
	added   bool
}

func newChildHistories(g *graph.Graph, m *asl.StateMachine) *childHistories {
	c := &childHistories{graph: g, batched: make(map[string]bool), events: make(map[string][]history.Event)}
	for st := range m.All() {
		if each, ok := st.(*asl.MapState); ok {
			c.batched[each.Name] = each.ItemBatcher != nil
		}
	}
	return c
}

func (c *childHistories) addEvent(child string, e history.Event) {
	c.added = true
	c.events[child] = append(c.events[child], e)
	if e.Type.EndsExecution() {
		c.addChild(child, e.Type)
	}
}

// finish adds the children that have not ended.
func (c *childHistories) finish() {
	names := make([]string, 0, len(c.events))
	for name := range c.events {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		c.addChild(name, 0)
	}
}

// addChild adds a child, and counts its items on its Map state.
func (c *childHistories) addChild(child string, end history.Type) {
	events := c.events[child]
	delete(c.events, child)
	c.graph.AddHistory(slices.Values(events))
	for i := range events {
		if n := c.graph.Node(events[i].Name); events[i].Type.IsStateEntered() && n != nil {
			if owner := n.In.Owner; owner != nil {
				c.graph.AddMapRun(owner.Name, countItems(c.itemsOf(owner.Name, &events[0]), end))
			}
			return
		}
	}
}

// itemsOf returns how many items the child of a Map state has, by its ExecutionStarted
// event.
func (c *childHistories) itemsOf(state string, started *history.Event) int64 {
	input, _ := started.Value.(*value.Object)
	if !c.batched[state] || input == nil {
		return 1
	}
	items, _ := input.Get("Items")
	list, _ := items.([]any)
	return int64(len(list))
}

// countItems returns the counts of the items of a child, by the event that ended it; 0
// means that it runs.
func countItems(n int64, end history.Type) graph.MapRunCounts {
	c := graph.MapRunCounts{Total: n}
	switch end {
	case history.ExecutionSucceeded:
		c.Succeeded = n
	case history.ExecutionFailed:
		c.Failed = n
	case history.ExecutionTimedOut:
		c.TimedOut = n
	case history.ExecutionAborted:
		c.Aborted = n
	default:
		c.Running = n
	}
	return c
}
