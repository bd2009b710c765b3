package graph

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A rule has its number, because order matters, and its Comment says more than its
// condition.
func TestRulesAreNumbered(t *testing.T) {
	rule := func(more string) string {
		return `{"Variable": "$.a", "IsNull": true, ` + more + `"Next": "B"}`
	}
	g := parse(t, `{"StartAt": "A", "States": {"A": {"Type": "Choice", "Choices": [`+
		strings.Repeat(rule("")+",", 20)+rule(`"Comment": "large\norder", `)+`], "Default": "B"}, "B": {"Type": "Succeed"}}}`)
	require.Equal(t, "① $.a is null", g.Edges[1].text())
	require.Equal(t, "⑳ $.a is null", g.Edges[20].text())
	require.Equal(t, "(21) large order", g.Edges[21].text())
	require.Equal(t, "$.a is null", g.Edges[21].Label)
	require.Equal(t, "Default", g.Edges[22].text())
	require.Contains(t, string(g.SVG()), "\n② $.a is null\n")
	require.Contains(t, string(g.SVG()), "(21) large order\n$.a is null")
	require.Contains(t, string(g.Mermaid()), "|\"① #36;.a is null\"|")
	require.Contains(t, string(g.DOT()), `label="① $.a is null"`)
}

func TestCommentsOfExpressions(t *testing.T) {
	for source, want := range map[string]string{
		`{% /* try it */ $a /* b */ = 1 %}`:    "$a = 1",
		`{% "/* no */" & '/*' & $x %}`:         `"/* no */" & '/*' & $x`,
		`{% "\"/*" /* c */ %}`:                 `"\"/*"`,
		"{% `a\\` /* c */ %}":                  "`a\\`",
		`{% $a / 2 /* open %}`:                 "$a / 2 /* open",
		`{% "open %}`:                          `"open`,
		`{% /* only a comment */ %}`:           "/* only a comment */",
		`{% $match($a, /x*/) ? 1 /*c*/ : 2 %}`: "$match($a, /x*/) ? 1 : 2",
	} {
		require.Equal(t, want, shortenExpression(source))
	}
}

// A state shows how often it is retried before an execution does.
func TestRetryIsVisible(t *testing.T) {
	for retry, want := range map[string]string{
		`[{"ErrorEquals": ["A"]}]`: "Task · r · up to 3 retries",
		`[{"ErrorEquals": ["A"], "MaxAttempts": 2}, {"ErrorEquals": ["States.ALL"], "MaxAttempts": 5}]`: "Task · r · up to 7 retries",
		`[{"ErrorEquals": ["A"], "MaxAttempts": 0}]`:                                                    "Task · r",
		`[]`: "Task · r",
	} {
		g := parse(t, `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "r", "End": true, "Retry": `+retry+`}}}`)
		require.Equal(t, want, g.Node("A").Detail)
		require.Contains(t, string(g.SVG()), want)
	}
	inner := `{"StartAt": "I", "States": {"I": {"Type": "Succeed"}}}`
	for state, want := range map[string]string{
		`"Type": "Parallel", "Branches": [` + inner + `]`: "Parallel · up to 3 retries",
		`"Type": "Map", "ItemProcessor": ` + inner:        "Map · up to 3 retries",
	} {
		g := parse(t, `{"StartAt": "A", "States": {"A": {`+state+`, "End": true, "Retry": [{"ErrorEquals": ["A"]}]}}}`)
		require.Equal(t, want, g.Node("A").Detail)
	}
}

// Lines break at the best place, and none is of one or two letters.
func TestLinesBreakWell(t *testing.T) {
	require.Equal(t, []string{"Task · events:putEvents.", "waitForTaskToken"}, wrapText("Task · events:putEvents.waitForTaskToken", 11, 230, 2))
	require.Equal(t, []string{"BadInput,", "States.Timeout"}, wrapText("BadInput, States.Timeout", 11, 110, 3))
	for width := 80; width < 200; width++ {
		for _, s := range []string{`$states.input.kind = "abcdefgh"`, "abcdefghijklmnopq", "日本語日本語日本語日本語"} {
			lines := wrapText(s, 11, width, 50)
			require.GreaterOrEqual(t, len([]rune(lines[len(lines)-1])), 3, lines)
		}
	}
}
