package graph

import (
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// The colours of a flowchart can be seen in Mermaid's light and dark themes: boxes that
// are filled say the colour of their text, and lines are of a colour between.
func TestMermaidInBothThemes(t *testing.T) {
	const light, dark = "#ffffff", "#333333" // backgrounds: GitHub's dark one is darker
	g := read(t, "trip")
	g.AddHistory(slices.Values(readHistory(t, "trip-sad")))
	text := string(g.Mermaid())
	classes := regexp.MustCompile(`classDef \w+ fill:(\S+?),stroke:(\S+?),color:(#\w+)`).FindAllStringSubmatch(text, -1)
	require.Len(t, classes, len(regexp.MustCompile("classDef").FindAllString(text, -1)))
	require.Greater(t, len(classes), 3)
	for _, c := range classes {
		require.GreaterOrEqual(t, contrast(parseColour(t, c[1]), parseColour(t, c[3])), 4.5, c[0])
	}
	lines := regexp.MustCompile(`linkStyle [\d,]+ stroke:(#\w+)`).FindAllStringSubmatch(text, -1)
	require.Len(t, lines, 4, "taken, caught, to the end of a failure, not taken")
	for _, l := range lines {
		for _, paper := range []string{light, dark} {
			require.GreaterOrEqual(t, contrast(parseColour(t, l[1]), parseColour(t, paper)), 2.8, l[0])
		}
	}
}

// Catch lines have their colour without a history, and an only branch needs no title.
func TestMermaidOfAMachine(t *testing.T) {
	require.Contains(t, string(read(t, "trip").Mermaid()), "linkStyle 1,4,10 stroke:"+mermaidColour(catchColour))
	g := parse(t, `{"StartAt": "A", "States": {"A": {"Type": "Parallel", "End": true, "Branches": [
		{"StartAt": "B", "States": {"B": {"Type": "Succeed"}}}]}}}`)
	require.NotContains(t, string(g.Mermaid()), "branch")
}
