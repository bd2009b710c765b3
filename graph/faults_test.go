package graph

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
)

// Errors are on the innermost state that they are about, and a state that is not there
// is drawn where a line leads to it.
func TestErrorsAreDrawn(t *testing.T) {
	m, err := asl.Parse([]byte(`{"StartAt": "A", "States": {
		"A": {"Type": "Map", "Next": "Nowhere", "ItemProcessor": {"StartAt": "B", "States": {
			"B": {"Type": "Wait", "Next": "Gone"}, "B2": {"Type": "Pass", "End": true}}}},
		"C": {"Type": "Pass", "Next": "Nowhere"}}}`))
	var list asl.ErrorList
	require.True(t, errors.As(err, &list))
	g := New(m)
	g.AddErrors(list)
	require.Equal(t, []string{"Missing 'Next' target: Nowhere"}, g.Node("A").Errors)
	require.Contains(t, g.Node("B").Errors, "Missing 'Next' target: Gone")
	require.Greater(t, len(g.Node("B").Errors), 1, "Seconds is missing too")
	require.Empty(t, g.Node("B2").Errors)
	requireSound(t, g)

	var missing []string
	for _, e := range append(g.Edges, g.Node("A").Groups[0].Edges...) {
		if e.To.Kind == Missing {
			missing = append(missing, e.From.Name+" → "+e.To.Name+" "+e.To.ID)
		}
	}
	require.ElementsMatch(t, []string{"A → Nowhere missing2", "C → Nowhere missing2", "B → Gone missing1"}, missing)
	svg := string(g.SVG())
	require.Contains(t, svg, "class=\"error\">✕ Missing &#39;Next&#39; target: Nowhere</text>")
	require.Contains(t, svg, `stroke="#b3201f" stroke-width="1.5" stroke-dasharray="2 3"/>`)
	require.Contains(t, string(g.Mermaid()), "class ")
	require.Contains(t, string(g.Mermaid()), "classDef faulty")
	require.Contains(t, string(g.DOT()), "Missing 'Next' target: Nowhere")

	// The first state may be missing too. Warnings are left out, and so are errors about
	// the whole machine.
	m, _ = asl.Parse([]byte(`{"StartAt": "X", "States": {"A": {"Type": "Pass", "End": true}}}`))
	g = New(m)
	g.AddErrors(asl.ErrorList{{Severity: asl.SeverityWarning, Location: "/States/A", Message: "w"}, {Severity: asl.SeverityError, Message: "m"}, {Severity: asl.SeverityError, Location: "/States/AB", Message: "m"}})
	require.Empty(t, g.Node("A").Errors)
	require.Equal(t, "X", g.Edges[0].To.Name)
	require.Equal(t, Missing, g.Edges[0].To.Kind)
}

// States whose type is not known are drawn where they are written, with what they lead to.
func TestBrokenStatesAreDrawn(t *testing.T) {
	m, err := asl.Parse([]byte(`{"StartAt": "A", "States": {
		"A": {"Type": "Tsk", "Next": "B"},
		"B": {"Type": "Map", "Next": "C", "ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Wat", "End": true}}}},
		"C": {"Next": "D"}, "D": 5, "E": {"Type": "Tsk", "End": true}}}`))
	var list asl.ErrorList
	require.True(t, errors.As(err, &list))
	g := New(m)
	g.AddErrors(list)
	requireSound(t, g)
	var drawn []string
	for _, n := range append(g.Nodes, g.Node("B").Groups[0].Nodes...) {
		drawn = append(drawn, n.Name+": "+n.Detail)
	}
	require.Equal(t, []string{": ", "A: unknown Type Tsk", "B: Map", "C: no known Type", "D: no known Type", "E: unknown Type Tsk", ": ", "I: unknown Type Wat"}, drawn)
	var edges []string
	for _, e := range g.Edges {
		edges = append(edges, e.From.Name+" → "+e.To.Name)
		require.NotEqual(t, Missing, e.To.Kind)
	}
	require.ElementsMatch(t, []string{" → A", "A → B", "B → C", "C → D", "E → "}, edges)
	for _, name := range []string{"A", "C", "D", "E", "I"} {
		require.Len(t, g.Node(name).Errors, 1, name)
	}
	require.Contains(t, string(g.SVG()), "unknown Type Tsk")
}
