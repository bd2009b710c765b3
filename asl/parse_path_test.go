package asl_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/jsonpath"
)

func TestPathsAreParsed(t *testing.T) {
	s := state[*asl.MapState](t, `{"Type": "Map", "InputPath": "$$.Execution.Input", "ItemsPath": "$v.items", "End": true,
		"ItemProcessor": {"StartAt": "A", "States": {"A": {"Type": "Fail", "ErrorPath": "$.e", "CausePath": "States.Format('{}', $.c)"}}}}`)
	require.Equal(t, jsonpath.Context, s.InputPath.Value.Parsed.Root())
	require.Equal(t, "v", s.ItemsPath.Value.Parsed.Variable())
	fail := s.Processor().States.List[0].(*asl.FailState)
	require.Equal(t, "$.e", fail.ErrorPath.Value.Parsed.String())
	require.Equal(t, "States.Format", fail.CausePath.Value.Call.Function())
	require.Equal(t, "States.Format('{}', $.c)", fail.CausePath.Value.Text)
}
