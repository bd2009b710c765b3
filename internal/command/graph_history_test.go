package command

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGraphWarnsOfTheHistoryOfAnotherMachine(t *testing.T) {
	const events = `{"id":1,"timestamp":0,"type":"ExecutionStarted"}
{"id":2,"previousEventId":1,"timestamp":0,"type":"PassStateEntered","stateEnteredEventDetails":{"name":"Else\u001b","input":"{}"}}
`
	code, out, err := invoke(t, events, "graph", "-history", "-", "good.json")
	require.Zero(t, code)
	require.Contains(t, out, "flowchart")
	require.Equal(t, "asl graph: warning: -history: - is of another definition: event 2 enters \"Else\\x1b\", which is not a state of this one\n", err)
}

// A state of another type is one of another definition, also in a child of a Map Run.
func TestGraphWarnsOfStatesOfAnotherType(t *testing.T) {
	const child = `{"execution":"arn:aws:states:us-east-1:000000000000:execution:M/Each:a","id":2,"previousEventId":1,"timestamp":0,"type":"WaitStateEntered","stateEnteredEventDetails":{"name":"NAME","input":"{}"}}
`
	const own = `{"id":1,"timestamp":0,"type":"ExecutionStarted"}
`
	for name, want := range map[string]string{
		"Ask":  "asl graph: warning: -history: - is of another definition: event 2 enters the Wait state \"Ask\", which is a Task state in this one\n",
		"Rest": "",
		"Gone": "asl graph: warning: -history: - is of another definition: event 2 enters \"Gone\", which is not a state of this one\n",
	} {
		code, _, err := invoke(t, own+strings.Replace(child, "NAME", name, 1), "graph", "-history", "-", "good.json")
		require.Equal(t, []any{exitOK, want}, []any{code, err})
	}
}

// The children of Map Runs in the file colour the states of the processor, and count on
// the Map. A child can be drawn alone.
func TestGraphShowsChildren(t *testing.T) {
	const arn = "arn:aws:states:us-east-1:000000000000:execution:M/Each:"
	child := func(name, input, end string) string {
		return strings.NewReplacer("NAME", arn+name, "INPUT", input).Replace(`{"execution":"NAME","id":1,"timestamp":1,"type":"ExecutionStarted","executionStartedEventDetails":{"input":"INPUT"}}
{"execution":"NAME","id":2,"previousEventId":0,"timestamp":1,"type":"PassStateEntered","stateEnteredEventDetails":{"name":"P","input":"{}"}}
` + end)
	}
	const succeeded = `{"execution":"NAME","id":3,"previousEventId":2,"timestamp":2,"type":"PassStateExited","stateExitedEventDetails":{"name":"P","output":"1"}}
{"execution":"NAME","id":4,"previousEventId":3,"timestamp":2,"type":"ExecutionSucceeded","executionSucceededEventDetails":{"output":"1"}}
`
	const failed = `{"execution":"NAME","id":3,"previousEventId":2,"timestamp":2,"type":"ExecutionFailed","executionFailedEventDetails":{"error":"Broken"}}
`
	_, _, _ = invoke(t, "") // goes to a folder of its own
	definition := `{"StartAt": "Each", "States": {"Each": {"Type": "Map", "End": true, "ItemBatcher": {"MaxItemsPerBatch": 3},
		"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
			"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}}}}`
	events := `{"id":1,"timestamp":1,"type":"ExecutionStarted","executionStartedEventDetails":{"input":"{}"}}
{"id":2,"previousEventId":0,"timestamp":1,"type":"MapStateEntered","stateEnteredEventDetails":{"name":"Each","input":"{}"}}
` + child("a", `{\"Items\":[1,2,3]}`, succeeded) + child("b", `{\"Items\":[4,5,6]}`, failed) + child("c", `{\"Items\":[7]}`, "")
	require.NoError(t, os.WriteFile("map.json", []byte(definition), 0o600))
	require.NoError(t, os.WriteFile("events.ndjson", []byte(events), 0o600))
	draw := func(args ...string) string {
		var out, err bytes.Buffer
		require.Zero(t, runCommand(append(append([]string{"graph", "-history", "events.ndjson"}, args...), "map.json"),
			streams{in: strings.NewReader(""), out: &out, err: &err}), err.String())
		return out.String()
	}
	require.Contains(t, draw(), "Each · Distributed Map · running, 3 of 7 items, 3 failed, 1 running")
	require.Contains(t, draw(), "P<br/>1 of 3 running, 1 failed#58; Broken")
	require.Contains(t, draw("-execution", arn+"b"), "P<br/>failed#58; Broken")
}
