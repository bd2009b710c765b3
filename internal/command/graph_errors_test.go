package command

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A definition with errors is drawn with all its states, and the findings are those of asl
// validate.
func TestGraphHasTheFindingsOfValidate(t *testing.T) {
	for name, text := range map[string]string{
		"unknown Type":  `{"StartAt": "A", "States": {"A": {"Type": "Tsk", "Next": "B"}, "B": {"Type": "Pass", "End": true}}}`,
		"unreachable":   `{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}, "B": {"Type": "Pass", "End": true}}}`,
		"and a warning": `{"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": "$.x", "Next": "C"}, "B": {"Type": "Pass", "End": true}}}`,
		"broken alone":  `{"StartAt": "A", "States": {"A": {"Type": "Tsk", "End": true}}}`,
		"no end":        `{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "A"}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			writeFiles(t, map[string]string{"m.json": text})
			code, findings, _ := invokeHere("", "validate", "m.json")
			require.Equal(t, exitFailed, code)
			findings = findings[:strings.LastIndex(strings.TrimSuffix(findings, "\n"), "\n")+1] // without the summary
			code, drawing, err := invokeHere("", "graph", "m.json")
			require.Equal(t, exitFailed, code)
			require.Equal(t, findings, err)
			require.Contains(t, drawing, `["A`)
		})
	}
	writeFiles(t, map[string]string{"m.json": `{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": ${Wait}, "End": true}}}`})
	code, _, err := invokeHere("", "graph", "m.json")
	require.Equal(t, []any{exitOK, ""}, []any{code, err}, "placeholders need no values")
}

// A history also colours a definition with errors.
func TestGraphShowsAHistoryWithErrors(t *testing.T) {
	writeFiles(t, map[string]string{"m.json": `{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Tsk", "End": true}}}`})
	code, drawing, _ := invokeHere(`{"id":1,"timestamp":0,"type":"ExecutionStarted"}
{"id":2,"previousEventId":0,"timestamp":0,"type":"PassStateEntered","stateEnteredEventDetails":{"name":"A","input":"{}"}}
`, "graph", "-history", "-", "m.json")
	require.Equal(t, exitFailed, code)
	require.Contains(t, drawing, "A<br/>running")
	require.Contains(t, drawing, "✕ ")
}
