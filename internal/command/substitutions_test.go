package command

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const withPlaceholders = `{"StartAt": "Wait", "TimeoutSeconds": ${Timeout}, "States": {
  "Wait": {"Type": "Wait", "Seconds": ${Seconds}, "Next": "Which"},
  "Which": {"Type": "Choice", "QueryLanguage": "JSONata", "Choices": [{"Condition": "{% ${Flag} %}", "Next": "Work"}], "Default": "Work"},
  "Work": {"Type": "Task", "Resource": "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:${Name}", "Parameters": {"text": "${Text}"}, "End": true}}}`

// withTemplate runs the command in a folder with a definition that has
// placeholders.
func withTemplate(t *testing.T, args ...string) (code int, out, err string) {
	t.Helper()
	_, _, _ = invoke(t, "")
	for name, text := range map[string]string{
		"t.json":      withPlaceholders,
		"values.json": `{"Timeout": 300, "Seconds": "5", "Flag": "true", "Other": 1, "Text": "of the file"}`,
		"list.json":   `[1]`,
		"mock.json":   `{"StateMachines": {"M": {"TestCases": {"C": {"Work": "R"}}}}, "MockedResponses": {"R": {"0": {"Return": "done"}}}}`,
	} {
		require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
	}
	var stdout, stderr strings.Builder
	code = runCommand(args, streams{in: strings.NewReader(`{"Timeout": 7, "Seconds": 7}`), out: &stdout, err: &stderr})
	return code, stdout.String(), stderr.String()
}

func TestValidateWithPlaceholders(t *testing.T) {
	for name, c := range map[string]struct {
		args      []string
		code      int
		out, errs string
	}{
		"without values": {nil, exitFailed, "t.json:1:39: error: PLACEHOLDER_WITHOUT_VALUE: no value for ${Timeout}\n" +
			"t.json:2:39: error: PLACEHOLDER_WITHOUT_VALUE: no value for ${Seconds}\n1 file: 2 errors, no warnings\n", "asl validate: give placeholders their values with -D"},
		"with values":      {[]string{"-D", "Timeout=300", "-D", "Seconds=5"}, exitOK, "1 file: no errors, no warnings\n", ""},
		"with all of them": {[]string{"-D", "Timeout=300", "-D", "Seconds=5", "-D", "Flag=$states.input.a = \"b\"", "-D", "AWS::Region=eu-central-1"}, exitOK, "1 file: no errors, no warnings\n", ""},
		"with a file":      {[]string{"-substitutions", "values.json"}, exitOK, "1 file: no errors, no warnings\n", ""},
		"-D overrides": {[]string{"-substitutions", "values.json", "-D", "Seconds=-5"}, exitFailed,
			"t.json:2:39: error: /States/Wait/Seconds: SCHEMA_VALIDATION_FAILED: Minimum value is 0\n1 file: 1 error, no warnings\n", ""},
		"a value that does not fit": {[]string{"-D", "Timeout=300", "-D", "Seconds=5", "-D", "Flag=$states.input.a = "}, exitFailed,
			"t.json:3:97: error: /States/Which/Choices[0]/Condition: INVALID_JSONATA_EXPRESSION", ""},
		"a value that is not JSON": {[]string{"-D", "Timeout=five", "-D", "Seconds=5"}, exitFailed, "the value of ${Timeout} is not JSON", ""},
		"a misspelt name":          {[]string{"-D", "Timeot=300"}, exitUsage, "", "-D Timeot: no definition has the placeholder ${Timeot}"},
		"no name":                  {[]string{"-D", "300"}, exitUsage, "", "must be Name=value"},
		"a name that is none":      {[]string{"-D", "two words=300"}, exitUsage, "", "must be Name=value"},
		"no file":                  {[]string{"-substitutions", "nowhere.json"}, exitUsage, "", "-substitutions: "},
		"a file with a list":       {[]string{"-substitutions", "list.json"}, exitUsage, "", "list.json has array, not an object of names and values"},
		"standard input":           {[]string{"-substitutions", "-"}, exitOK, "no errors", ""},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errs := withTemplate(t, append(append([]string{"validate"}, c.args...), "t.json")...)
			require.Equal(t, c.code, code, out+errs)
			require.Contains(t, out, c.out)
			require.Contains(t, errs, c.errs)
		})
	}
}

func TestRunWithPlaceholders(t *testing.T) {
	run := []string{"run", "-mock", "mock.json", "-case", "M/C", "-clock", "virtual", "-history", "h.ndjson"}
	code, out, errs := withTemplate(t, append(run, "-substitutions", "values.json", "-D", "Text=a \"b\"", "t.json")...)
	require.Zero(t, code, errs)
	require.Equal(t, "\"done\"\n", out)
	history, err := os.ReadFile("h.ndjson")
	require.NoError(t, err)
	require.Contains(t, string(history), `{\"text\":\"a \\\"b\\\"\"}`)
	require.Contains(t, string(history), `function:${Name}`, "what only names the task needs no value")

	code, _, errs = withTemplate(t, append(run, "-D", "Seconds=5", "t.json")...)
	require.Equal(t, exitFailed, code)
	require.Equal(t, "t.json:1:39: error: PLACEHOLDER_WITHOUT_VALUE: no value for ${Timeout}\n"+
		"t.json:3:89: error: PLACEHOLDER_WITHOUT_VALUE: no value for ${Flag}\n"+
		"asl run: give placeholders their values with -D Name=value or -substitutions FILE\n", errs)

	code, _, errs = withTemplate(t, append(run, "-D", "Secnds=5", "t.json")...)
	require.Equal(t, exitUsage, code)
	require.Contains(t, errs, "-D Secnds: no definition has the placeholder")

	code, _, errs = withTemplate(t, "run", "-substitutions", "values.json", "-history", "values.json", "-mock", "mock.json", "-case", "M/C", "-clock", "virtual", "t.json")
	require.Equal(t, exitUsage, code)
	require.Contains(t, errs, "would be overwritten")
}

func TestGraphWithPlaceholders(t *testing.T) {
	code, out, errs := withTemplate(t, "graph", "-D", "Seconds=90", "t.json")
	require.Zero(t, code, errs)
	require.Contains(t, out, "1 min 30 s")
	require.Contains(t, out, "Work")
}

func TestTestStateWithPlaceholders(t *testing.T) {
	writeFiles(t, map[string]string{
		"m.json": `{"StartAt": "A", "States": {
  "A": {"Type": "Pass", "Result": "${Text}", "Next": "${Next}"},
  "B": {"Type": "Wait", "Seconds": ${Seconds}, "End": true}}}`,
		"next.json":   `{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "${Next}"}, "B": {"Type": "Succeed"}}}`,
		"pass.json":   "{\"Type\": \"Pass\",\n \"Result\": \"${Text}\", \"Next\": \"B\"}",
		"wait.json":   "{\"Type\": \"Wait\",\n \"Seconds\": ${Seconds}, \"Next\": \"B\"}",
		"values.json": `{"Text": "of the file", "Seconds": 5, "Next": "B"}`,
	})
	const (
		advice  = "asl teststate: give placeholders their values with -D Name=value or -substitutions FILE\n"
		noValue = ": error: PLACEHOLDER_WITHOUT_VALUE: no value for "
		invalid = "InvalidDefinition: Invalid State Machine Definition: '"
		notJSON = invalid + "INVALID_JSON_DESCRIPTION: unexpected '$' where a value should be at null'\n"
	)
	for name, c := range map[string]struct {
		args      []string
		code      int
		out, errs string
	}{
		"a target without a value":        {[]string{"-state", "A", "next.json"}, exitFailed, "", invalid + "MISSING_TRANSITION_TARGET: Missing 'Next' target: ${Next} at /States/A/Next'\nnext.json:1:60" + noValue + "${Next}\n" + advice},
		"a target with one":               {[]string{"-state", "A", "-D", "Next=B", "next.json"}, exitOK, `"nextState": "B"`, ""},
		"a number without a value":        {[]string{"-state", "B", "m.json"}, exitFailed, "", notJSON + "m.json:2:55" + noValue + "${Next}\nm.json:3:36" + noValue + "${Seconds}\n" + advice},
		"some of the values":              {[]string{"-state", "B", "-D", "Seconds=5", "m.json"}, exitFailed, "", "m.json:2:55" + noValue + "${Next}\n" + advice},
		"all of the values":               {[]string{"-state", "A", "-substitutions", "values.json", "-D", "Text=\"a\"", "m.json"}, exitOK, `"output": "\"\\\"a\\\"\""`, ""},
		"a state alone":                   {[]string{"-D", "Text=a", "pass.json"}, exitOK, `"output": "\"a\""`, ""},
		"its text without a value":        {[]string{"pass.json"}, exitOK, `"output": "\"${Text}\""`, ""},
		"its number":                      {[]string{"-D", "Seconds=5", "wait.json"}, exitOK, `"nextState": "B"`, ""},
		"its number without a value":      {[]string{"wait.json"}, exitFailed, "", notJSON + "wait.json:2:13" + noValue + "${Seconds}\n" + advice},
		"its number that is out of range": {[]string{"-D", "Seconds=-5", "wait.json"}, exitFailed, "", "wait.json:2:13: error: /States/StateName/Seconds: SCHEMA_VALIDATION_FAILED: Minimum value is 0\n"},
		"a misspelt name":                 {[]string{"-D", "Txt=a", "pass.json"}, exitUsage, "", "asl teststate: wrong use: -D Txt: no definition has the placeholder ${Txt}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errs := invokeHere("", append([]string{"teststate", "-level", "INFO"}, c.args...)...)
			require.Equal(t, c.code, code, errs)
			require.Equal(t, c.errs, errs)
			require.Contains(t, out, c.out)
		})
	}
	code, _, errs := invokeHere("", "mock", "next.json")
	require.Equal(t, exitFailed, code)
	require.Equal(t, "next.json:1:60"+noValue+"${Next}\n"+strings.Replace(advice, "teststate", "mock", 1), errs)
}

// The public definitions that carry placeholders are no worse for them.
func TestValidatePublicDefinitionsWithPlaceholders(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "real", "definitions.ndjson"))
	if err != nil {
		t.Skip("the public definitions are not beside the repository")
	}
	t.Chdir(t.TempDir())
	args := []string{"validate", "-severity", "ERROR"}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		var d struct{ ID, Verdict, Text string }
		require.NoError(t, json.Unmarshal([]byte(line), &d))
		if d.Verdict == "valid" && strings.Contains(d.Text, "${") {
			require.NoError(t, os.WriteFile(d.ID+".json", []byte(d.Text), 0o600))
			args = append(args, d.ID+".json")
		}
	}
	var out strings.Builder
	require.Zero(t, runCommand(args, streams{out: &out, err: &out}), out.String())
	require.Greater(t, len(args), 100)
}
