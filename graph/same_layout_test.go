package graph

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/race"
)

// places lists where everything is, without the words of statuses.
func places(c *canvas) []string {
	var all []string
	for i := range c.boxes {
		b := &c.boxes[i]
		all = append(all, fmt.Sprint(b.node.ID, b.area()))
		for _, f := range b.frames {
			all = append(all, fmt.Sprint(f.x, f.y, f.w, f.h))
			all = append(all, places(f.in)...)
		}
	}
	for _, l := range c.lines {
		all = append(all, fmt.Sprint(l.points, l.x, l.y, l.w, l.h))
	}
	return all
}

// runAtRandom sets the Run of most states, and takes some edges.
func runAtRandom(r *rand.Rand, g *Group) {
	for _, n := range g.Nodes {
		if n.Run = nil; n.Kind == State && r.IntN(4) > 0 {
			n.Run = &Run{
				Outcome: Outcome(r.IntN(int(Running) + 2)), Entered: r.IntN(3000), Attempts: r.IntN(5000),
				Error: strings.Repeat("States.", r.IntN(20)), Longest: time.Duration(r.Int64N(1e15)),
				Items: MapRunCounts{Total: r.Int64N(1e9), Failed: r.Int64N(1e9), TimedOut: r.Int64N(2) * 1e9, Running: r.Int64N(1e9)},
			}
		}
		for _, inner := range n.Groups {
			runAtRandom(r, inner)
		}
	}
	for _, e := range g.Edges {
		e.Taken = r.IntN(2)
	}
}

// Nothing moves whatever has happened: pictures of a machine can be compared, and a page
// can go through an execution.
func TestOneLayoutPerDefinition(t *testing.T) {
	race.OneGoroutine(t)
	g := read(t, "trip")
	want := places(layOut(&g.Group))
	for _, name := range []string{"trip-happy", "trip-sad", "trip-running"} {
		g := read(t, "trip")
		g.AddHistory(slices.Values(readHistory(t, name)))
		require.Equal(t, want, places(layOut(&g.Group)), name)
	}
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 3))
		g := parse(t, randomMachine(seed, 1+int(seed)%30, int(seed)%4))
		want := places(layOut(&g.Group))
		g.Traced = true
		for range 3 {
			runAtRandom(r, &g.Group)
			require.Equal(t, want, places(layOut(&g.Group)), "seed %d", seed)
			requireSound(t, g)
		}
	}
}

// Outcomes differ by a sign, and most by their outline, for those who see no colours.
func TestOutcomesDifferWithoutColours(t *testing.T) {
	g := read(t, "line")
	g.Traced = true
	signs, outlines := map[string]Outcome{}, map[string]Outcome{}
	for o := range Running + 1 {
		g.Node("Fetch").Run = &Run{Outcome: o}
		_, state, _ := strings.Cut(string(g.SVG()), `data-outcome="`+o.String())
		state, _, _ = strings.Cut(state, "</g>")
		_, status, _ := strings.Cut(state, `class="status">`)
		status, _, _ = strings.Cut(status, "</text>")
		sign, word, _ := strings.Cut(status, " ")
		require.Equal(t, o.String(), word)
		require.NotContains(t, signs, sign)
		signs[sign] = o
		_, outline, _ := strings.Cut(state, "stroke-width")
		outline, _, _ = strings.Cut(outline, "/>")
		outlines[outline] = o
	}
	require.GreaterOrEqual(t, len(outlines), 3)
}

func TestShortStatus(t *testing.T) {
	for want, r := range map[string]Run{
		"✓ succeeded":               {Outcome: Succeeded, Entered: 1, Attempts: 1},
		"✓ 6 s · ↻ 2":               {Outcome: Succeeded, Entered: 1, Attempts: 3, Shortest: 6 * time.Second, Longest: 6 * time.Second, Error: "Busy"},
		"✓ 4× · ≤ 3 s · ↻ 4":        {Outcome: Succeeded, Entered: 4, Attempts: 8, Longest: 3 * time.Second},
		"! OutOfStock":              {Outcome: Caught, Entered: 1, Error: "OutOfStock"},
		"! caught":                  {Outcome: Caught, Entered: 1},
		"✕ Busy · ↻ 1":              {Outcome: Failed, Entered: 1, Attempts: 2, Error: "Busy"},
		"■ aborted · 5 s":           {Outcome: Aborted, Entered: 1, Error: "Busy", Shortest: 5 * time.Second, Longest: 5 * time.Second},
		"▶ running":                 {Outcome: Running, Entered: 1, Error: "Busy"},
		"▶ 3 of 7 items · 1 failed": {Outcome: Running, Entered: 1, Items: MapRunCounts{Total: 7, Succeeded: 3, Failed: 1}},
		"1 of 3 covered":            {Outcome: Caught, Text: "1 of 3 covered"},
		"Outcome(99)":               {Outcome: 99},
		"– 3 of 7 items":            {Items: MapRunCounts{Total: 7, Succeeded: 3}},
	} {
		require.Equal(t, want, r.shortStatus(true))
	}
}

// If not all of it fits, the retries stay and the times are left out. The items of a Map
// have many of both.
func TestRetriesOfItemsAreShown(t *testing.T) {
	const room = statusWidth
	for want, r := range map[string]*Run{
		"✓ 3× · 1 s · ↻ 3":    {Outcome: Succeeded, Entered: 3, Attempts: 6, Shortest: time.Second, Longest: time.Second},
		"✓ 1200× · ↻ 34":      {Outcome: Succeeded, Entered: 1200, Attempts: 1234, Longest: 90 * time.Second},
		"✕ States.TaskFailed": {Outcome: Failed, Entered: 3, Attempts: 1234, Longest: 90 * time.Second, Error: "States.TaskFailed"},
	} {
		require.Equal(t, want, fittingStatus(r, room))
	}
}

// The legend explains each outcome below the states, and is absent where other things are
// coloured.
func TestLegend(t *testing.T) {
	g := read(t, "trip")
	require.NotContains(t, string(g.SVG()), `class="legend"`)
	g.AddHistory(slices.Values(readHistory(t, "trip-sad")))
	_, legend, found := strings.Cut(string(g.SVG()), `<g class="legend">`)
	require.True(t, found)
	for o := range Running + 1 {
		require.Contains(t, legend, ">"+styles[o].sign+" "+o.String()+"</text>")
	}
	for _, width := range []int{1, 240, 1000} {
		entries, w, h := layOutLegend(width, 5, 7)
		var areas []area
		for _, e := range entries {
			a := area{e.x, e.y, e.w, e.h}
			require.True(t, a.inside(area{5, 7, w, h}), "%s", a)
			require.LessOrEqual(t, textWidth(e.text(), smallSize), e.w)
			areas = append(areas, a)
		}
		requireApart(t, areas)
	}
	g.Legend = false
	require.NotContains(t, string(g.SVG()), `class="legend"`)
}
