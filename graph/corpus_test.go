package graph

import (
	"bufio"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/internal/race"
	"github.com/gostates/gostates/value"
)

// shared is where collections of definitions stand, beside the repository.
var shared = filepath.Join("..", "..", "shared")

func corpus() string {
	if folder := os.Getenv("ASL_CORPUS"); folder != "" {
		return folder
	}
	return filepath.Join(shared, "conformance")
}

// requireDrawn checks all that can be checked of a graph's pictures.
func requireDrawn(t *testing.T, g *Graph) {
	t.Helper()
	requireSound(t, g)
	requireXML(t, g.SVG())
	require.NotEmpty(t, g.Mermaid())
	require.NotEmpty(t, g.DOT())
}

// Definitions as people write them, the faulty ones too: no text leaves its box, nothing
// stands on anything else, and nothing moves whatever an execution did.
func TestRealDefinitions(t *testing.T) {
	race.OneGoroutine(t)
	file, err := os.Open(filepath.Join(shared, "real", "definitions.ndjson"))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("no real definitions beside the repository")
	}
	require.NoError(t, err)
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<24)
	drawn, sum := 0, orders{}
	for lines.Scan() {
		v, err := value.Parse(lines.Bytes())
		require.NoError(t, err)
		text, _ := v.(*value.Object).Get("text")
		if m, _ := asl.Parse([]byte(text.(string))); m != nil {
			g := New(m)
			requireDrawn(t, g)
			sum.add(&g.Group)
			want := places(layOut(&g.Group))
			g.Traced = true
			runAtRandom(rand.New(rand.NewPCG(uint64(drawn), 5)), &g.Group)
			requireDrawn(t, g)
			require.Equal(t, want, places(layOut(&g.Group)))
			drawn++
		}
	}
	require.NoError(t, lines.Err())
	require.Positive(t, drawn)
	require.LessOrEqual(t, sum.crossings, drawn/8)
	require.LessOrEqual(t, sum.inOtherOrder, sum.choices/50)
	t.Logf("%d real definitions are drawn: %d pairs of lines cross, the rules of %d of %d Choices are in another order",
		drawn, sum.crossings, sum.inOtherOrder, sum.choices)
}

// orders counts what is hard to read in drawings.
type orders struct{ crossings, choices, inOtherOrder int }

func (o *orders) add(g *Group) {
	s := inOrder(g)
	o.crossings += s.countCrossings()
	for _, l := range s.leaving {
		if len(l.ways) > 1 {
			o.choices++
			o.inOtherOrder += min(1, s.countSwapped(l.ways))
		}
	}
	for _, n := range g.Nodes {
		for _, inner := range n.Groups {
			o.add(inner)
		}
	}
}

// What was recorded running on AWS: the definitions, and the histories over them.
func TestRecordings(t *testing.T) {
	race.OneGoroutine(t)
	files, err := filepath.Glob(filepath.Join(corpus(), "*", "*.json"))
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skip("no recordings in " + corpus() + "; ASL_CORPUS names their folder")
	}
	drawn, traced := 0, 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		v, err := value.Parse(text)
		require.NoError(t, err, file)
		recording := v.(*value.Object)
		for _, definition := range definitions(recording) {
			text, ok := definition.(string)
			if !ok {
				text = value.String(definition)
			}
			m, _ := asl.Parse([]byte(text))
			if m == nil {
				continue
			}
			g := New(m)
			requireDrawn(t, g)
			drawn++
			events := recorded(recording)
			if len(events) == 0 {
				continue
			}
			g.AddHistory(slices.Values(events))
			requireDrawn(t, g)
			requireEntered(t, g, events, file)
			traced++
		}
	}
	require.Positive(t, drawn)
	t.Logf("%d recorded definitions are drawn, %d with a history", drawn, traced)
}

// definitions are those of a recording, or of its cases.
func definitions(recording *value.Object) []any {
	if definition, ok := recording.Get("definition"); ok && definition != nil {
		return []any{definition}
	}
	var list []any
	cases, _ := recording.Get("cases")
	each, _ := cases.([]any)
	for _, c := range each {
		if definition, ok := c.(*value.Object).Get("definition"); ok {
			list = append(list, definition)
		}
	}
	return list
}

// recorded are the events of a recording, with a time in place of the word that
// its recorder put. Recordings with events that cannot be read have none.
func recorded(recording *value.Object) []history.Event {
	expected, _ := recording.Get("expected")
	o, _ := expected.(*value.Object)
	if o == nil {
		return nil
	}
	list, _ := o.Get("events")
	each, _ := list.([]any)
	var events []history.Event
	for i, v := range each {
		object := v.(*value.Object)
		object.Set("timestamp", int64(i))
		var e history.Event
		if e.UnmarshalJSON(value.Append(nil, object)) != nil {
			return nil
		}
		events = append(events, e)
	}
	return events
}

// requireEntered checks that each state was entered as often as the history says,
// and that an execution that ended leaves nothing running.
func requireEntered(t *testing.T, g *Graph, events []history.Event, file string) {
	t.Helper()
	entered := make(map[string]int)
	ended := false
	failed := false
	for i := range events {
		if events[i].Type.IsStateEntered() {
			entered[events[i].Name]++
		}
		ended = events[i].Type.EndsExecution()
		failed = events[i].Type == history.ExecutionFailed
	}
	worst := NotReached
	for name, n := range g.states {
		if n.Run == nil {
			require.Zero(t, entered[name], "%s: %s", file, name)
			continue
		}
		require.Equal(t, entered[name], n.Run.Entered, "%s: %s", file, name)
		require.True(t, !ended || n.Run.Outcome != Running, "%s: %s", file, name)
		if n.Run.Outcome == Failed || n.Run.Outcome == Caught {
			worst = Failed
		}
	}
	if failed && len(entered) > 0 && !strings.Contains(file, "redrive") {
		require.Equal(t, Failed, worst, "%s: no state failed in %v", file, outcomes(g))
	}
}
