package main

import (
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
	require.Equal(t, "asl graph: -history: - is of another definition: event 2 enters \"Else\\x1b\", which is not a state of this one\n", err)
}
