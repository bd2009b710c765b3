package command

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
)

func TestWrapLines(t *testing.T) {
	for text, want := range map[string]string{
		"":                             "",
		"short\n":                      "short\n",
		"one two three":                "one two\nthree",
		"  one two three\nnext":        "  one two\n  three\nnext",
		"\tone two":                    "    one\n    two",
		"incomprehensibilities":        "incomprehensibilities",
		"an incomprehensibility a":     "an\nincomprehensibility\na",
		"\x1b[31mone\x1b[0m two three": "\x1b[31mone\x1b[0m two\nthree",
		"日本 日本 日本":                     "日本 日本\n日本",
		"ends here  \n":                "ends here\n",
	} {
		require.Equal(t, want, wrapLines(text, 9), text)
		require.Equal(t, text, wrapLines(text, 0))
	}
}

// No help and no finding has a line that a narrow terminal would break, unless a word is
// wider than it.
func TestNarrowTerminalBreaksNoWord(t *testing.T) {
	t.Setenv("NO_COLOR", "1")
	_, _, _ = invoke(t, "") // writes the files
	calls := [][]string{{"help"}, {"validate", "bad.json"}, {"run", "good.json"}, {"explain", "NO_DOLLAR"}, {"run", "-clock", "virtual", "late.json"}, {"dance"}}
	for _, c := range commands {
		calls = append(calls, []string{c.name, "-h"})
	}
	for _, args := range calls {
		var out bytes.Buffer
		runCommand(args, streams{in: strings.NewReader(""), out: &out, err: &out, terminal: true, width: 40, errTerminal: true, errWidth: 40})
		for _, line := range strings.Split(withoutProgress(out.String()), "\n") {
			if words := strings.Fields(line); len(words) > 1 {
				require.LessOrEqual(t, columnsOf(line), 40, "%q: %s", args, line)
			}
		}
	}
}

// On a terminal a finding has the line of the file, with a caret under the place.
func TestFindingsShowTheSource(t *testing.T) {
	_, _, _ = invoke(t, "") // writes the files
	t.Setenv("NO_COLOR", "1")
	var out bytes.Buffer
	runCommand([]string{"validate", "bad.json"}, streams{out: &out, err: &out, terminal: true})
	require.Equal(t, `bad.json:3:13: error: MISSING_END_STATE: Workflow has no terminal state
  3 | "States": {"A": {"Type": "Pass", "Next": "B"}}
    |           ^
bad.json:3:44: error: /States/A/Next: MISSING_TRANSITION_TARGET: Missing 'Next' target: B
  3 | "States": {"A": {"Type": "Pass", "Next": "B"}}
    |                                          ^
1 file: 2 errors, no warnings
`, out.String())

	// Of a long line the part around the place is shown.
	text := `{"StartAt": "A", "States": {` + strings.Repeat(" ", 2000) + `"A": {"Type": "Pass", "Comment": "日本", "Next": "B"}` + strings.Repeat(" ", 2000) + "}}"
	require.NoError(t, os.WriteFile("long.json", []byte(text), 0o600))
	out.Reset()
	runCommand([]string{"validate", "long.json"}, streams{out: &out, err: &out, terminal: true, width: 60})
	lines := strings.Split(out.String(), "\n")
	require.Contains(t, out.String(), "Missing 'Next'")
	for _, line := range lines {
		require.LessOrEqual(t, columnsOf(line), 60, line)
		if at := strings.Index(line, "^"); at >= 0 {
			require.Contains(t, []string{"{", `"`}, cutAt(lines, line, at))
		}
	}

	// Colours are on the word and not on the message.
	t.Setenv("NO_COLOR", "")
	t.Setenv("TERM", "xterm")
	out.Reset()
	runCommand([]string{"validate", "bad.json"}, streams{out: &out, err: &out, terminal: true})
	require.Contains(t, out.String(), "\x1b[1mbad.json:3:44:\x1b[0m \x1b[31merror:\x1b[0m /States/A/Next")
}

// cutAt returns the character above a caret.
func cutAt(lines []string, caret string, column int) string {
	for i, line := range lines {
		if line != caret || i == 0 {
			continue
		}
		at := 0
		for _, r := range lines[i-1] {
			if at == column {
				return string(r)
			}
			at += runeColumns(r)
		}
	}
	return ""
}

// On a terminal the outcome is below the answer, which may fill the screen.
func TestTestStateHeadline(t *testing.T) {
	_, _, _ = invoke(t, "") // writes the files
	for _, terminal := range []bool{false, true} {
		var out, errs bytes.Buffer
		runCommand([]string{"teststate", "-state", "Ask", "-error", "Busy", "good.json"}, streams{in: strings.NewReader(""), out: &out, err: &errs, errTerminal: terminal})
		want := ""
		if terminal {
			want = "RETRIABLE: Busy\n"
		}
		require.Equal(t, want, errs.String())
	}
}

// A mistake in JSON is where an editor finds it.
func TestInputMistakesHaveLines(t *testing.T) {
	for _, option := range []string{"input", "context", "substitutions"} {
		_, _, _ = invoke(t, "")
		require.NoError(t, os.WriteFile("broken.json", []byte("{\n  bad"), 0o600))
		name := "broken.json"
		if option == "input" {
			name = "@" + name
		}
		code, _, err := invokeHere("", "run", "-"+option, name, "pass.json")
		require.Equal(t, exitUsage, code)
		require.Contains(t, err, "asl run: wrong use: -"+option+": line 2, column 3: ")
	}
}

// A definition may be one line of a mebibyte. The part that is shown does not depend on how
// much is before it.
func TestFindingsShowTheSourceOfLongLines(t *testing.T) {
	const want = "  1 | éééééé\"Nxt\":…\n    |       ^"
	for _, n := range []int{100, 400_000} {
		before, after := strings.Repeat("é", n), "\"Nxt\": 1"+strings.Repeat("é", n)
		at := asl.Pos{Offset: len(before), Line: 1, Column: len(before) + 1}
		require.Equal(t, want, sourceLines([]byte(before+after), at, 20))
	}
}
