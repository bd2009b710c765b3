package graph

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// However an execution is followed, the picture is the same as that of its history.
func TestTrace(t *testing.T) {
	for _, name := range []string{"trip-happy", "trip-sad", "trip-running"} {
		events := readHistory(t, name)
		for _, step := range []int{1, 3, len(events)} {
			g := read(t, "trip")
			tracer := g.Trace()
			done := 0
			for part := range slices.Chunk(events, step) {
				for i := range part {
					tracer.Add(&part[i])
				}
				tracer.Update()
				done += len(part)
				want := read(t, "trip")
				want.AddHistory(slices.Values(events[:done]))
				want.Legend = false // which a page has of its own
				require.Equal(t, string(want.SVG()), string(g.SVG()), "%s: after event %d", name, done)
			}
		}
	}
}

func TestSVGNamesWhatItShows(t *testing.T) {
	g := read(t, "trip")
	g.AddHistory(slices.Values(readHistory(t, "trip-sad")))
	picture := string(g.SVG())
	require.Contains(t, picture, `data-outcome="caught"`)
	require.Contains(t, picture, `class="line taken" data-edge="start-s1-entry"`)
	for _, n := range g.Nodes {
		if n.Kind == State {
			require.Contains(t, picture, `class="state" data-node="`+n.ID+`"`)
		}
	}
	for _, e := range g.Edges {
		require.Contains(t, picture, `data-edge="`+e.ID()+`"`)
	}
}
