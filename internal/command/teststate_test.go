package command

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// testOne runs asl teststate in a folder with the files.
func testOne(t *testing.T, in string, args ...string) (code int, out, err string) {
	t.Helper()
	return invoke(t, in, append([]string{"teststate"}, args...)...)
}

// A request that cannot be read is refused as the API does.
func TestTestStateRefusesRequests(t *testing.T) {
	for _, text := range []string{"", "{", `{"definition": 1}`, `[]`} {
		code, out, err := testOne(t, text, "-request", "-")
		require.Equal(t, exitFailed, code, text)
		require.Empty(t, out)
		require.NotEmpty(t, err, text)
	}
}

func TestTestState(t *testing.T) {
	code, out, err := testOne(t, "", "-state", "Ask", "-input", `{"a": 1}`, "-result", "@input.json", "-pretty", "good.json")
	require.Zero(t, code, err)
	require.Equal(t, `{
  "output": {
    "a": 1,
    "answer": {
      "from": "file"
    }
  },
  "inspectionData": {
    "input": {
      "a": 1
    },
    "afterInputPath": {
      "a": 1
    },
    "afterParameters": {
      "FunctionName": "f"
    },
    "result": {
      "from": "file"
    },
    "afterResultSelector": {
      "from": "file"
    },
    "afterResultPath": {
      "a": 1,
      "answer": {
        "from": "file"
      }
    }
  },
  "nextState": "Rest",
  "status": "SUCCEEDED"
}
`, out)

	code, out, err = testOne(t, `{"a": 1}`, "-state", "Ask", "-level", "INFO", "-error", "Busy", "-cause", "later", "-retries", "1", "-input", "-", "good.json")
	require.Equal(t, exitFailed, code)
	require.Empty(t, err)
	require.Equal(t, `{
  "error": "Busy",
  "cause": "later",
  "status": "RETRIABLE"
}
`, out)
}

func TestTestStateOfARequest(t *testing.T) {
	_, _, _ = invoke(t, "") // goes to a folder of its own
	require.NoError(t, os.WriteFile("request.json", []byte(`{
		"definition": {"Type": "Map", "ItemProcessor": {"StartAt": "B", "States": {"B": {"Type": "Pass", "End": true}}}, "ToleratedFailureCount": 0,
			"Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": null, "Next": "C"}], "End": true},
		"input": "[1]", "mock": {"result": "[1]"}, "stateConfiguration": {"mapIterationFailureCount": 1}}`), 0o600))
	var out, errs bytes.Buffer
	require.Zero(t, runCommand([]string{"teststate", "-request", "request.json"}, streams{out: &out, err: &errs}), errs.String())
	require.Contains(t, out.String(), `"output": "[1]"`)
	require.Contains(t, out.String(), `"status": "CAUGHT_ERROR"`)
}

func TestTestStateReportsErrors(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		code int
		err  string
	}{
		"nothing does the work":    {[]string{"-state", "Ask", "good.json"}, exitFailed, "mock the state's work with -result or -error"},
		"no such state":            {[]string{"-state", "Nobody", "good.json"}, exitFailed, "ValidationException: State not found in definition"},
		"a definition with errors": {[]string{"-state", "A", "bad.json"}, exitFailed, "InvalidDefinition: Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: "},
		"result and error":         {[]string{"-state", "Ask", "-result", "1", "-error", "E", "good.json"}, exitFailed, "only one of the following fields"},
		"a bad request":            {[]string{"-request", "input.json"}, exitFailed, "InvalidDefinition"},
		"no file":                  {[]string{"nowhere.json"}, exitUsage, "nowhere.json"},
		"no file of a text":        {[]string{"-result", "@nowhere.json", "good.json"}, exitUsage, "-result: "},
		"no request":               {[]string{"-request", "nowhere.json"}, exitUsage, "-request: "},
		"a request and more":       {[]string{"-request", "r.json", "-input", "1"}, exitUsage, "-request goes with no other option"},
		"a request and a file":     {[]string{"-request", "r.json", "good.json"}, exitUsage, "no FILE goes with it"},
		"negative retries":         {[]string{"-retries", "-1", "good.json"}, exitUsage, "-retries"},
		"no argument":              {nil, exitUsage, "no FILE is given"},
		"an unknown option":        {[]string{"-frobnicate"}, exitUsage, "frobnicate"},
	} {
		t.Run(name, func(t *testing.T) {
			code, _, err := testOne(t, "", c.args...)
			require.Equal(t, c.code, code, err)
			require.Contains(t, err, c.err)
		})
	}
}
