package command

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// steering are texts with which data would steer a terminal, as JSON escapes.
const steering = `\u001b[2J\u001b]0;owned\u0007\u009b31m\u007f\u202e`

// Nothing that a definition or an execution holds steers the terminal of whoever
// runs the command.
func TestDataDoesNotSteerTheTerminal(t *testing.T) {
	t.Chdir(t.TempDir())
	data := strings.ReplaceAll(strings.ReplaceAll(`{"text": "STEER"}`, "STEER", steering), "\\u009b", "\u009b") // raw, as JSON allows
	data = strings.ReplaceAll(data, `\u007f`, "\u007f")
	for name, text := range map[string]string{
		"fail.json": `{"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E STEER", "Cause": "C STEER\n\tline two"}}}`,
		"pass.json": `{"StartAt": "P STEER", "States": {"P STEER": {"Type": "Pass", "Result": "STEER", "Next": "Q\n> fake"}, "Q\n> fake": {"Type": "Succeed"}}}`,
		"bad.json":  `{"StartAt": "P STEER", "States": {"P": {"Type": "STEER", "QueryLanguage": "STEER"}}}`,
		"null.json": `{"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}`,
		"data.json": data,
		"task.json": `{"StartAt": "T STEER", "States": {"T STEER": {"Type": "Task", "Resource": "r STEER", "End": true}}}`,
		"mock.json": `{"StateMachines": {"M": {"TestCases": {"C": {"T STEER": "R"}}}}, "MockedResponses": {"R": {"0": {"Throw": {"Error": "E STEER", "Cause": "C STEER"}}}}}`,
		"h.ndjson":  `{"execution":"x STEER","id":1,"timestamp":0,"type":"ExecutionStarted"}` + "\n" + `{"execution":"y STEER","id":1,"timestamp":0,"type":"ExecutionStarted"}`,
	} {
		require.NoError(t, os.WriteFile(name, []byte(strings.ReplaceAll(text, "STEER", steering)), 0o600))
	}
	for name, args := range map[string][]string{
		"an error and its cause":   {"run", "fail.json"},
		"names of states":          {"run", "pass.json"},
		"an output":                {"run", "-input", "@data.json", "null.json"},
		"a query":                  {"run", "-input", "@data.json", "-query", "$.text", "null.json"},
		"a history":                {"run", "-history", "-", "-input", "@data.json", "null.json"},
		"a task that nobody does":  {"run", "task.json"},
		"a task that fails":        {"run", "-mock", "mock.json", "-case", "M/C", "task.json"},
		"a case that is not there": {"run", "-mock", "mock.json", "-case", "M/\x1b[2J", "task.json"},
		"findings":                 {"validate", "pass.json", "bad.json"},
		"findings as JSON":         {"validate", "-json", "bad.json"},
		"a run of a bad one":       {"run", "bad.json"},
		"a picture":                {"graph", "pass.json"},
		"a picture in DOT":         {"graph", "-format", "dot", "pass.json"},
		"a picture in SVG":         {"graph", "-format", "svg", "pass.json"},
		"names of executions":      {"graph", "-history", "h.ndjson", "null.json"},
		"an answer":                {"teststate", "-input", "@data.json", "null.json"},
		"a pretty answer":          {"teststate", "-pretty", "-input", "@data.json", "null.json"},
		"a failed state":           {"teststate", "fail.json"},
		"a file name":              {"validate", "\x1b[2J.json"},
		"an option":                {"run", "-clock", "\x1b[2J", "null.json"},
		"an unknown option":        {"run", "-\x1b[2J", "null.json"},
		"a command":                {"\x1b[2J"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("NO_COLOR", "1")
			var out bytes.Buffer
			runCommand(args, streams{out: &out, err: &out, terminal: true})
			require.NotEmpty(t, out.String())
			for _, r := range []string{"\x1b", "\a", "\u009b", "\u007f", "\u202e"} {
				require.NotContains(t, out.String(), r)
			}
			require.NotContains(t, out.String(), "\n> fake", "a name makes no line of its own")
		})
	}

	// Only what people read is escaped.
	var out, errs bytes.Buffer
	require.Zero(t, runCommand([]string{"run", "-input", "@data.json", "-query", "$.text", "null.json"}, streams{out: &out, err: &errs}))
	require.Contains(t, out.String(), "\u009b31m")
	out.Reset()
	require.Equal(t, exitFailed, runCommand([]string{"run", "fail.json"}, streams{out: &out, err: &errs}))
	require.Contains(t, errs.String(), "\n\tline two\n")
	require.NotContains(t, errs.String(), "\x1b")
}
