package command

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/mock"
)

const mocked = `{"StartAt": "Each", "States": {
  "Each": {"Type": "Map", "ItemsPath": "$.items", "ResultPath": "$.each", "Next": "Pay", "ItemProcessor": {"StartAt": "Ask", "States": {
    "Ask": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f"}, "OutputPath": "$.Payload", "End": true}}}},
  "Pay": {"Type": "Task", "Resource": "pay", "Next": "Done",
    "Retry": [{"ErrorEquals": ["Busy"], "MaxAttempts": 1}, {"ErrorEquals": ["Never"], "MaxAttempts": 0}],
    "Catch": [{"ErrorEquals": ["Busy", "Declined"], "Next": "Refused"}, {"ErrorEquals": ["States.ALL"], "Next": "Broken"}]},
  "Done": {"Type": "Pass", "Result": "done", "End": true},
  "Refused": {"Type": "Pass", "Result": "refused", "End": true},
  "Broken": {"Type": "Pass", "Result": "broken", "End": true}}}`

// Each case of the file that is written runs, with the error that it is named after.
func TestMockFileRuns(t *testing.T) {
	writeFiles(t, map[string]string{"m.asl.json": mocked})
	code, out, err := invokeHere("", "mock", "-o", "mocks.json", "m.asl.json")
	require.Zero(t, code, err)
	require.Empty(t, out)
	text, readErr := os.ReadFile("mocks.json")
	require.NoError(t, readErr)
	var file struct {
		StateMachines   map[string]struct{ TestCases map[string]map[string]string }
		MockedResponses map[string]map[string]any
	}
	require.NoError(t, json.Unmarshal(text, &file))
	require.Equal(t, map[string]any{"0-999": map[string]any{"Return": map[string]any{"StatusCode": 200.0, "ExecutedVersion": "$LATEST", "Payload": map[string]any{}}}}, file.MockedResponses["Ask"])
	got := make(map[string]string)
	for name := range file.StateMachines["m"].TestCases {
		code, out, err := invokeHere("", "run", "-mock", "mocks.json", "-case", "m/"+name, "-clock", "virtual", "-input", `{"items": [1, 2, 3]}`, "m.asl.json")
		require.Zero(t, code, err)
		got[name] = out
	}
	require.Equal(t, map[string]string{
		"Happy": "\"done\"\n", "PayBusyOnce": "\"done\"\n", "PayBusy": "\"refused\"\n", "PayDeclined": "\"refused\"\n", "PayStates.TaskFailed": "\"broken\"\n",
	}, got)

	code, _, err = invokeHere("", "mock", "-o", "mocks.json", "m.asl.json")
	require.Equal(t, exitUsage, code, "a file that was filled in is not overwritten")
	require.Contains(t, err, "mocks.json")
	again, readErr := os.ReadFile("mocks.json")
	require.NoError(t, readErr)
	require.Equal(t, text, again)
	_, out, _ = invokeHere(mocked, "mock", "-name", "m", "-")
	require.Equal(t, string(text), out)
	_, out, _ = invokeHere(mocked, "mock", "-")
	require.Contains(t, out, `"Machine": {`)
}

// The machine has the name that its template gives. An error has a cause, so that a
// CausePath that leads to it works.
func TestMockFileOfATemplate(t *testing.T) {
	const fails = `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "r", "Catch": [{"ErrorEquals": ["No"], "Next": "F"}], "End": true},
		"F": {"Type": "Fail", "ErrorPath": "$.Error", "CausePath": "$.Cause"}}}`
	writeFiles(t, map[string]string{"in/t.json": `{"Resources": {"Orders": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"Definition": ` + fails + `}}}}`})
	code, _, err := invokeHere("", "mock", "-o", "mocks.json", "in/t.json#Orders")
	require.Zero(t, code, err)
	code, _, err = invokeHere("", "run", "-mock", "mocks.json", "-case", "Orders/ANo", "in/t.json#Orders")
	require.Equal(t, exitFailed, code, err)
	require.Contains(t, err, "No in state F\nto be filled in\n")
}

// The files for the examples answer all their tasks.
func TestMockFilesOfExamples(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "examples", "*", "*.asl.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		code, out, errs := invokeHere("", "mock", "-name", "M", file)
		require.Zero(t, code, errs)
		parsed, err := mock.ParseFile([]byte(out))
		require.NoError(t, err)
		tasks, err := parsed.Case("M", "Happy")
		require.NoError(t, err)
		definition, err := os.ReadFile(file)
		require.NoError(t, err)
		program, err := interpreter.Compile(definition, interpreter.Options{})
		require.NoError(t, err)
		require.NoError(t, interpreter.Check(program, tasks))
	}
}

func TestMockReportsErrors(t *testing.T) {
	writeFiles(t, map[string]string{"bad.json": bad, "m.json": mocked})
	code, out, err := invokeHere("", "mock", "bad.json")
	require.Equal(t, exitFailed, code)
	require.Empty(t, out)
	require.Contains(t, err, "bad.json:3:44: error: /States/A/Next: "+asl.CodeMissingTransitionTarget)
	for _, args := range [][]string{{"nowhere.json"}, {}, {"-o", "no/such/folder", "m.json"}, {"m.json", "bad.json"}} {
		code, _, err := invokeHere("", append([]string{"mock"}, args...)...)
		require.Equal(t, exitUsage, code)
		require.NotEmpty(t, err)
	}
}

func TestMockAuto(t *testing.T) {
	writeFiles(t, map[string]string{"m.json": mocked, "auto": "{"})
	code, out, err := invokeHere("", "run", "-mock", "auto", "-input", `{"items": [1, 2, 3]}`, "m.json")
	require.Zero(t, code, err)
	require.Equal(t, "\"done\"\n", out)
	code, _, err = invokeHere("", "run", "-mock", "auto", "-case", "m/Happy", "m.json")
	require.Equal(t, exitUsage, code, "with a case it is a file")
	require.Contains(t, err, "-mock: ")
	code, _, err = invokeHere("", "run", "m.json")
	require.Equal(t, exitUsage, code)
	require.Contains(t, err, " an answer, from -mock and -case, -mock auto or -interactive:\n  no handler for the resource ")
	require.Contains(t, err, "\ntry:\n  asl run -mock auto m.json\n  asl run -interactive m.json\n  asl mock -o mocks.json m.json\n")
}
