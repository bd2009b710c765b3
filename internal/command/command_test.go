package command

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	good = `{"StartAt": "Ask", "States": {
  "Ask": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f"},
    "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 60}], "ResultPath": "$.answer", "Next": "Rest"},
  "Rest": {"Type": "Wait", "Seconds": 2592000, "End": true}}}`
	bad = `{
  "StartAt": "A",
  "States": {"A": {"Type": "Pass", "Next": "B"}}
}`
	mocks = `{"StateMachines": {"M": {"TestCases": {
    "Happy": {"Ask": "BusyOnce"},
    "Sad": {"Ask": "Fails"},
    "Empty": {}}}},
  "MockedResponses": {
    "BusyOnce": {"0": {"Throw": {"Error": "Busy", "Cause": "later"}}, "1": {"Return": {"n": 1.0}}},
    "Fails": {"0-2": {"Throw": {"Error": "No", "Cause": "never"}}}}}`
)

// invoke runs the command in a folder with the files.
func invoke(t *testing.T, in string, args ...string) (code int, out, err string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"good.json": good, "bad.json": bad, "mocks.json": mocks, "input.json": `{"from": "file"}`,
		"context.json":  `{"Execution": {"Name": "x1"}, "StateMachine": {"Name": "Machine"}}`,
		"names.json":    `{"StartAt": "P", "States": {"P": {"Type": "Pass", "Parameters": {"n.$": "$$.Execution.Name", "m.$": "$$.StateMachine.Name", "id.$": "States.UUID()"}, "End": true}}}`,
		"fail.json":     `{"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Broken", "Cause": "by design"}}}`,
		"nameless.json": `{"StartAt": "F", "States": {"F": {"Type": "Fail", "Cause": "by design"}}}`,
		"late.json":     `{"StartAt": "W", "TimeoutSeconds": 5, "States": {"W": {"Type": "Wait", "Seconds": 9, "End": true}}}`,
		"pass.json":     `{"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}`,
		"null.json":     "null",
		"mocks.yaml":    "# mocks\nA: b",
		"jsonata.json":  `{"QueryLanguage": "JSONata", "StartAt": "F", "States": {"F": {"Type": "Succeed", "Output": "{% $nope() %}"}}}`,
	} {
		require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
	}
	return invokeHere(in, args...)
}

// invokeHere runs the command in the working directory.
func invokeHere(in string, args ...string) (code int, out, err string) {
	var stdout, stderr bytes.Buffer
	code = runCommand(args, streams{in: strings.NewReader(in), out: &stdout, err: &stderr})
	return code, stdout.String(), stderr.String()
}

func TestValidate(t *testing.T) {
	code, out, _ := invoke(t, "", "validate", "good.json")
	require.Zero(t, code)
	require.Equal(t, "1 file: no errors, no warnings\n", out)

	code, out, _ = invoke(t, "", "validate", "good.json", "bad.json")
	require.Equal(t, exitFailed, code)
	require.Equal(t, "bad.json:3:13: error: MISSING_END_STATE: Workflow has no terminal state\nbad.json:3:44: error: /States/A/Next: MISSING_TRANSITION_TARGET: Missing 'Next' target: B\n2 files: 2 errors in 1 file, no warnings\n", out)

	code, out, _ = invoke(t, "", "validate", "-json", "bad.json")
	require.Equal(t, exitFailed, code)
	var answer map[string]any
	require.NoError(t, json.Unmarshal([]byte(out), &answer))
	require.Equal(t, "FAIL", answer["result"])
	require.Len(t, answer["diagnostics"], 2)
}

// What the list of a file leaves out is counted; AWS's answer has 100 and no more.
func TestValidateManyMistakes(t *testing.T) {
	t.Chdir(t.TempDir())
	var states strings.Builder
	for i := range 500 {
		fmt.Fprintf(&states, `"S%d": {"Type": "Pass", "Parameters": {"a": "$.a"}, "Next": "x"},`, i)
	}
	text := `{"StartAt": "S0", "States": {` + states.String() + ` "Z": {"Type": "Succeed"}}}`
	code, out, _ := invoke(t, text, "validate", "-")
	require.Equal(t, exitFailed, code)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	require.Len(t, lines, 102)
	require.Contains(t, lines[100], "more errors and ")
	require.Equal(t, "1 file: 1000 errors, 500 warnings", lines[101]) // 499 states and Z are not reachable

	_, out, _ = invoke(t, text, "validate", "-severity", "ERROR", "-")
	require.Contains(t, out, "1 file: 1000 errors, no warnings")
	_, out, _ = invoke(t, text, "validate", "-json", "-")
	var answer struct {
		Truncated   bool
		Diagnostics []any
	}
	require.NoError(t, json.Unmarshal([]byte(out), &answer))
	require.True(t, answer.Truncated)
	require.Len(t, answer.Diagnostics, 100)
}

// A file as of 500: some are broken, some have a warning, one is not there.
func TestValidateManyFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	warned := `{"StartAt": "P", "States": {"P": {"Type": "Pass", "Parameters": {"a": "$.a"}, "End": true}}}`
	args := []string{"validate"}
	for i := range 500 {
		text := good
		switch {
		case i%100 == 7:
			text = bad
		case i%100 == 8:
			text = warned
		}
		name := fmt.Sprintf("m%03d.json", i)
		require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
		args = append(args, name)
	}
	var out bytes.Buffer
	require.Equal(t, exitFailed, runCommand(args, streams{out: &out, err: &out}))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 16)
	require.Equal(t, "m007.json:3:13: error: MISSING_END_STATE: Workflow has no terminal state", lines[0])
	require.Equal(t, "m008.json:1:71: warning: /States/P/Parameters: NO_DOLLAR: "+
		"The value of 'a' looks like a JSONPath. Instead of 'a', use 'a.$' to evaluate it as a JSONPath at runtime.", lines[2])
	require.Equal(t, "500 files: 10 errors in 5 files, 5 warnings", lines[15])
	require.NotContains(t, out.String(), "\x1b")

	out.Reset()
	t.Setenv("NO_COLOR", "")
	runCommand([]string{"validate", "m007.json"}, streams{out: &out, err: &out, terminal: true})
	require.Contains(t, out.String(), "\x1b[31m")
	out.Reset()
	t.Setenv("NO_COLOR", "1")
	runCommand([]string{"validate", "m007.json"}, streams{out: &out, err: &out, terminal: true})
	require.NotContains(t, out.String(), "\x1b")
	out.Reset()
	require.Equal(t, exitOK, runCommand([]string{"validate", "-severity", "ERROR", "m008.json"}, streams{out: &out, err: &out}))
	require.Equal(t, "1 file: no errors, no warnings\n", out.String())
	require.NoError(t, os.WriteFile("own.json", []byte(strings.ReplaceAll(good, "arn:aws:states:::lambda:invoke", "ask")), 0o600))
	require.Equal(t, exitOK, runCommand([]string{"validate", "own.json"}, streams{out: &out, err: &out}))
	require.Equal(t, exitFailed, runCommand([]string{"validate", "-resources", "AWS", "own.json"}, streams{out: &out, err: &out}))
}

func TestValidateExpress(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("m.json", []byte(`{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "Parameters": {}, "End": true}}}`), 0o600))
	var out bytes.Buffer
	require.Equal(t, exitFailed, runCommand([]string{"validate", "-type", "EXPRESS", "m.json"}, streams{out: &out, err: &out}))
	require.Contains(t, out.String(), "/States/T/Resource: SCHEMA_VALIDATION_FAILED: Express state machine does not support '.waitForTaskToken'")
	out.Reset()
	require.Zero(t, runCommand([]string{"validate", "m.json"}, streams{out: &out, err: &out}))
}

// A wait of thirty days takes no time on a virtual clock.
func TestRunWithMocks(t *testing.T) {
	code, out, err := invoke(t, "", "run", "-mock", "mocks.json", "-case", "M/Happy", "-clock", "virtual", "-input", `{"a": 1}`, "good.json")
	require.Zero(t, code, err)
	require.Equal(t, `{"a":1,"answer":{"n":1.0}}`+"\n", out)

	code, out, err = invoke(t, "", "run", "-mock", "mocks.json", "-case", "M/Sad", "-clock", "virtual=2024-01-01T00:00:00Z", "good.json")
	require.Equal(t, exitFailed, code)
	require.Empty(t, out)
	require.Equal(t, "No in state Ask\nnever\n", err)
}

func TestRunEndsAtTheDurationLimitOnAVirtualClock(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("m.json", []byte(`{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 63072000, "End": true}}}`), 0o600))
	for kind, limit := range map[string]string{"STANDARD": "8760h0m0s", "EXPRESS": "5m0s"} {
		var out, errs bytes.Buffer
		require.Equal(t, exitFailed, runCommand([]string{"run", "-clock", "virtual", "-type", kind, "m.json"}, streams{in: strings.NewReader(""), out: &out, err: &errs}))
		require.Equal(t, "States.Timeout while running W\nasl run: the execution reached the limit of "+limit+": no "+kind+" execution may take longer\n", errs.String())
	}
}

func TestRunInputs(t *testing.T) {
	for input, want := range map[string]string{`{"a": 1}`: `{"a":1,`, "@input.json": `{"from":"file",`, "-": `{"from":"stdin",`} {
		code, out, err := invoke(t, `{"from": "stdin"}`, "run", "-mock", "mocks.json", "-case", "M/Happy", "-clock", "virtual", "-input", input, "good.json")
		require.Zero(t, code, err)
		require.True(t, strings.HasPrefix(out, want), out)
	}
}

// Null is an input as any other; {} is what stands for none.
func TestRunInputNull(t *testing.T) {
	for input, want := range map[string]string{"null": "null\n", " null ": "null\n", "@null.json": "null\n", "-": "null\n", "{}": "{}\n", "": "{}\n"} {
		args := []string{"run", "-input", input, "pass.json"}
		if input == "" {
			args = []string{"run", "pass.json"}
		}
		code, out, err := invoke(t, "null", args...)
		require.Zero(t, code, err)
		require.Equal(t, want, out, input)
	}
	code, out, err := invoke(t, "", "teststate", "-state", "P", "-input", "null", "-level", "INFO", "pass.json")
	require.Zero(t, code, err)
	require.Contains(t, out, `"output": "null"`)
}

func TestRunHistory(t *testing.T) {
	code, out, err := invoke(t, "", "run", "-mock", "mocks.json", "-case", "M/Happy", "-clock", "virtual=2024-01-01T00:00:00Z", "-history", "-", "good.json")
	require.Zero(t, code, err)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	var last map[string]any
	for i, line := range lines[:len(lines)-1] {
		last = nil
		require.NoError(t, json.Unmarshal([]byte(line), &last))
		require.EqualValues(t, i+1, last["id"])
		require.NotContains(t, last, "execution")
	}
	require.Equal(t, "ExecutionSucceeded", last["type"])
	require.EqualValues(t, 1704067200+60+2592000, last["timestamp"])

	code, _, _ = invoke(t, "", "run", "-history", "h.ndjson", "fail.json")
	require.Equal(t, exitFailed, code)
	text, readErr := os.ReadFile("h.ndjson")
	require.NoError(t, readErr)
	require.Contains(t, string(text), "ExecutionFailed")
}

func TestRunQuery(t *testing.T) {
	code, out, err := invoke(t, "", "run", "-mock", "mocks.json", "-case", "M/Happy", "-clock", "virtual", "-query", "$.answer.n", "good.json")
	require.Zero(t, code, err)
	require.Equal(t, "1.0\n", out)
}

func TestRunContextAndSeed(t *testing.T) {
	run := func(seed string) string {
		code, out, err := invoke(t, "", "run", "-context", "context.json", "-seed", seed, "names.json")
		require.Zero(t, code, err)
		require.Contains(t, out, `"n":"x1"`)
		require.Contains(t, out, `"m":"Machine"`)
		return out
	}
	require.Equal(t, run("7"), run("7"))
	require.Equal(t, run("0"), run("0"))
	require.NotEqual(t, run("7"), run("8"))
}

func TestRunReportsErrors(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		code int
		err  string
	}{
		"the execution failed":      {[]string{"fail.json"}, exitFailed, "Broken in state F\nby design\n"},
		"the definition has errors": {[]string{"bad.json"}, exitFailed, "bad.json:3:44: error: /States/A/Next: MISSING_TRANSITION_TARGET"},
		"a failure without a name":  {[]string{"nameless.json"}, exitFailed, "FAILED in state F\nby design\n"},
		"the limit of EXPRESS": {[]string{"-clock", "virtual", "-type", "EXPRESS", "-mock", "mocks.json", "-case", "M/Happy", "good.json"}, exitFailed,
			"States.Timeout while running Rest\nasl run: the execution reached the limit of 5m0s: no EXPRESS execution may take longer\n"},
		"a time that is over":          {[]string{"-clock", "virtual", "late.json"}, exitFailed, "States.Timeout while running W\n"},
		"JSONata":                      {[]string{"jsonata.json"}, exitFailed, "T1006: Attempted to invoke a non-function"},
		"a task that nothing answers":  {[]string{"good.json"}, exitUsage, "arn:aws:states:::lambda:invoke"},
		"a case that leaves out tasks": {[]string{"-mock", "mocks.json", "-case", "M/Empty", "good.json"}, exitUsage, "Ask"},
		"no such case":                 {[]string{"-mock", "mocks.json", "-case", "M/Odd", "good.json"}, exitUsage, "Happy"},
		"a case without a file":        {[]string{"-case", "M/Happy", "good.json"}, exitUsage, "-case needs the file that has it: -mock FILE"},
		"a case of no file":            {[]string{"-mock", "auto", "-case", "M/Happy", "good.json"}, exitUsage, "-mock auto takes no -case"},
		"a file without a case":        {[]string{"-mock", "mocks.json", "good.json"}, exitUsage, "-case must be a MACHINE/CASE of the mock file: M/Happy, M/Sad, M/Empty\n"},
		"a case without a machine":     {[]string{"-mock", "mocks.json", "-case", "Happy", "good.json"}, exitUsage, "-case must be a MACHINE/CASE of the mock file: M/Happy, M/Sad, M/Empty\n"},
		"no input":                     {[]string{"-input", "{", "fail.json"}, exitUsage, "-input"},
		"no file":                      {[]string{"nowhere.json"}, exitUsage, "nowhere.json"},
		"no argument":                  {nil, exitUsage, "no FILE is given"},
		"a bad clock":                  {[]string{"-clock", "sun", "fail.json"}, exitUsage, "-clock"},
		"a clock too late":             {[]string{"-clock", "virtual=9999-01-01T00:00:00Z", "fail.json"}, exitUsage, "-clock: an execution can only run between"},
		"a bad type":                   {[]string{"-type", "FAST", "fail.json"}, exitUsage, "-type"},
		"a bad query":                  {[]string{"-query", "$[", "names.json"}, exitUsage, "-query"},
		"an unknown option":            {[]string{"-frobnicate"}, exitUsage, "frobnicate"},
	} {
		t.Run(name, func(t *testing.T) {
			code, _, err := invoke(t, "", append([]string{"run"}, c.args...)...)
			require.Equal(t, c.code, code, err)
			require.Contains(t, err, c.err)
		})
	}
}

func TestGraph(t *testing.T) {
	for format, want := range map[string]string{"mermaid": "flowchart TD\n", "dot": "digraph {\n", "svg": "<svg "} {
		code, out, err := invoke(t, "", "graph", "-format", format, "good.json")
		require.Zero(t, code, err)
		require.True(t, strings.HasPrefix(out, want), out)
		require.Contains(t, out, "Rest")
		require.NotContains(t, out, "succeeded")
	}
	_, byDefault, _ := invoke(t, "", "graph", "good.json")
	require.True(t, strings.HasPrefix(byDefault, "flowchart"))
}

// What asl run writes, asl graph reads.
func TestGraphOfAHistory(t *testing.T) {
	code, out, err := invoke(t, "", "run", "-mock", "mocks.json", "-case", "M/Happy", "-clock", "virtual", "-history", "-", "good.json")
	require.Zero(t, code, err)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	events := strings.Join(lines[:len(lines)-1], "\n")
	for name, text := range map[string]string{
		"JSON Lines":          events,
		"GetExecutionHistory": `{"events":[` + strings.Join(lines[:len(lines)-1], ",") + `]}`,
		"several executions":  `{"execution":"other","id":1,"timestamp":0,"type":"ExecutionStarted"}` + "\n" + strings.ReplaceAll(events, `{"id"`, `{"execution":"x","id"`),
	} {
		t.Run(name, func(t *testing.T) {
			args := []string{"graph", "-history", "-", "good.json"}
			if name == "several executions" {
				code, _, err := invoke(t, text, args...)
				require.Equal(t, exitUsage, code)
				require.Contains(t, err, `-execution: ["other" "x"]`)
				args = append([]string{"graph", "-execution", "x"}, args[1:]...)
			}
			code, out, err := invoke(t, text, args...)
			require.Zero(t, code, err)
			require.Contains(t, out, "succeeded, 2 attempts, 1 min")
			require.Contains(t, out, "succeeded, 30 d")
		})
	}
}

func TestGraphReportsErrors(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		in   string
		code int
		err  string
	}{
		"no file":                        {[]string{"nowhere.json"}, "", exitUsage, "nowhere.json"},
		"no argument":                    {nil, "", exitUsage, "no FILE is given"},
		"a bad format":                   {[]string{"-format", "png", "good.json"}, "", exitUsage, "-format"},
		"no history file":                {[]string{"-history", "nowhere.ndjson", "good.json"}, "", exitUsage, "nowhere.ndjson"},
		"a history that is none":         {[]string{"-history", "-", "good.json"}, "[1]", exitUsage, "-history"},
		"a history without events":       {[]string{"-history", "-", "good.json"}, "", exitUsage, "no events"},
		"an execution that is not there": {[]string{"-history", "-", "-execution", "x", "good.json"}, "", exitUsage, `no execution "x"`},
		"an execution without a history": {[]string{"-execution", "x", "good.json"}, "", exitUsage, "-history"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, err := invoke(t, c.in, append([]string{"graph"}, c.args...)...)
			require.Equal(t, c.code, code, err)
			require.Contains(t, err, c.err)
			require.Empty(t, out)
		})
	}
	code, out, err := invoke(t, "", "graph", "-format", "svg", "bad.json")
	require.Equal(t, exitFailed, code)
	require.Contains(t, err, "bad.json:3:44: error: /States/A/Next: MISSING_TRANSITION_TARGET")
	require.Contains(t, out, "Missing &#39;Next&#39; target: B</text>", "a definition with errors is drawn, with these")
	for _, text := range []string{"", "{", "[]", `{"States": {}}`} {
		code, out, err = invokeHere(text, "graph", "-")
		require.Equal(t, exitFailed, code)
		require.Empty(t, out)
		require.Contains(t, err, ": error: ")
	}
	code, help, _ := invoke(t, "", "graph", "-h")
	require.Zero(t, code)
	require.Contains(t, help, "mermaid, dot or svg")
}

func TestTerminalShowsTheStates(t *testing.T) {
	t.Setenv("NO_COLOR", "1")
	_, _, _ = invoke(t, "") // writes the files
	var out, errs bytes.Buffer
	code := runCommand([]string{"run", "-mock", "mocks.json", "-case", "M/Happy", "-clock", "virtual=2024-01-01T00:00:00Z", "good.json"},
		streams{out: &out, err: &errs, terminal: true, errTerminal: true})
	require.Zero(t, code, errs.String())
	require.Equal(t, "{\"answer\":{\"n\":1.0}}\n", out.String())
	require.Equal(t, `  1m0s  Ask                           ↻ attempt 2 after 1m0s: Busy: later
  1m0s  Ask                           ✓ 2 attempts
720h1m0s  Rest                          ✓
SUCCEEDED after 720h1m0s
`, withoutProgress(errs.String()))
}

func TestWrongUse(t *testing.T) {
	for _, args := range [][]string{{}, {"dance"}, {"validate"}, {"validate", "-type", "x", "f"}, {"validate", "nowhere.json"}} {
		code, _, err := invoke(t, "", args...)
		require.Equal(t, exitUsage, code)
		require.NotEmpty(t, err)
	}
	code, out, _ := invoke(t, "", "help")
	require.Zero(t, code)
	require.Contains(t, out, "validate")
}

// The example definitions have no errors.
func TestExamplesAreValid(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "examples", "*", "*.asl.json"))
	require.NoError(t, err)
	require.Len(t, files, 9)
	var out bytes.Buffer
	require.Zero(t, runCommand(append([]string{"validate"}, files...), streams{out: &out, err: &out}), out.String())
}
