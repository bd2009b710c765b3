package machine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/machine"
)

// Children that end after ReadItems was made have room for more items.
func TestWantedItemsGrowWhileChildrenEnd(t *testing.T) {
	p := compile(t, distributed(`"MaxConcurrency": 5, "ItemReader": {"Resource": "r", "Parameters": {}}`), machine.Options{})
	h := newMapHost(t, p, `{}`)
	h.hold = true
	for i := range 20 {
		h.items = append(h.items, int64(i))
	}
	h.settle()
	require.Len(t, h.open, 5)
	task := p.MapRuns(h.x)[0].Task
	_, _, ok := p.WantedItems(h.x, task)
	require.False(t, ok, "none are asked for")
	for i, n := range []int{1, 2, 3} {
		h.queue = nil // ReadItems is not answered yet
		h.endChild(task, h.open[int64(i)])
		h.step(h.queue[0])
		items, bytes, ok := p.WantedItems(h.x, task)
		require.True(t, ok)
		require.Equal(t, n, items)
		require.Positive(t, bytes)
	}
	_, _, ok = p.WantedItems(h.x, task+1)
	require.False(t, ok)
}

// The EndMapRun of a Map Run that is aborted says what a host needs to stop it that does
// not know it: its children, and how far its results are durable.
func TestAbortedMapRunNamesItsChildren(t *testing.T) {
	p := compile(t, distributed(`"MaxConcurrency": 3, "ItemReader": {"Resource": "r", "Parameters": {}}, "ResultWriter": {"Resource": "w", "Parameters": {}}`), machine.Options{})
	h := newMapHost(t, p, `{}`)
	h.hold = true
	for i := range 5 {
		h.items = append(h.items, int64(i))
	}
	h.settle()
	h.endChild(p.MapRuns(h.x)[0].Task, h.open[1])
	h.settle()
	h.step(machine.Event{Kind: machine.Stopped})
	var end *machine.MapRunCommand
	for _, c := range h.r.Commands {
		if c.Kind == machine.EndMapRun {
			end = c.MapRun
		}
	}
	require.NotNil(t, end)
	var open []int64
	for _, c := range end.Open {
		open = append(open, c.Index)
		require.Equal(t, c.Index, c.Input)
		require.NotEmpty(t, c.ID)
	}
	require.Equal(t, []int64{0, 2, 3}, open)
	require.Equal(t, "ended 1", string(end.Receipt))
}
