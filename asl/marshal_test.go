package asl_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
)

// All valid definitions of testdata come back, and every field is in one of
// them.
func TestMarshalGivesTheDefinitionBack(t *testing.T) {
	all := ""
	for _, file := range []string{"choice", "document", "map", "names", "paths", "retry_catch", "states", "task", "templates",
		"transitions", "wait_fail"} {
		for _, c := range readRules(t, "testdata/"+file+".txt") {
			if len(c.want) > 0 {
				continue
			}
			text := strings.Join(c.lines, "\n")
			requireRoundTrip(t, []byte(text), parse(t, text))
			all += text
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(fieldTable), "\n")[1:] {
		field := strings.Fields(line)[0]
		require.Contains(t, all, `"`+field+`":`, "a valid definition has %s", field)
	}
}

func TestMarshalWritesInOrder(t *testing.T) {
	m := parse(t, `{"States": {"Z": {"End": true, "Result": {"b": 1, "a": 2}, "Type": "Pass"}, "A": {"Type": "Succeed"}}, "StartAt": "Z"}`)
	text, err := asl.Marshal(m)
	require.NoError(t, err)
	require.Equal(t, `{"StartAt":"Z","States":{"Z":{"Type":"Pass","Result":{"b":1,"a":2},"End":true},"A":{"Type":"Succeed"}}}`, string(text))
}

func TestMarshalUncommentedKeepsData(t *testing.T) {
	const text = `{"Comment": "a", "StartAt": "Comment", "States": {"Comment": {"Type": "Map", "Comment": "b", "ResultSelector": {"Comment": "data"},
		"Retry": [{"ErrorEquals": ["E"], "Comment": "c"}], "Catch": [{"ErrorEquals": ["E"], "Next": "C", "Comment": "d"}], "Next": "C",
		"ItemProcessor": {"Comment": "e", "StartAt": "S", "States": {"S": {"Type": "Succeed", "Comment": "f"}}}},
		"C": {"Type": "Choice", "Choices": [{"Not": {"Variable": "$.Comment", "IsNull": true}, "Next": "C", "Comment": "g"}]}}}`
	m, err := asl.Parse([]byte(text))
	require.NoError(t, err)
	before, err := asl.Marshal(m)
	require.NoError(t, err)
	got, err := asl.MarshalUncommented(m)
	require.NoError(t, err)
	require.Equal(t, `{"StartAt":"Comment","States":{"Comment":{"Type":"Map","ResultSelector":{"Comment":"data"},"Retry":[{"ErrorEquals":["E"]}],`+
		`"Catch":[{"ErrorEquals":["E"],"Next":"C"}],"ItemProcessor":{"StartAt":"S","States":{"S":{"Type":"Succeed"}}},"Next":"C"},`+
		`"C":{"Type":"Choice","Choices":[{"Not":{"Variable":"$.Comment","IsNull":true},"Next":"C"}]}}}`, string(got))
	after, err := asl.Marshal(m)
	require.NoError(t, err)
	require.Equal(t, before, after, "the machine keeps its Comments")
}

func TestMarshalOfNothing(t *testing.T) {
	_, err := asl.MarshalUncommented(nil)
	require.EqualError(t, err, "asl: no machine to marshal")
	_, err = asl.Marshal(nil)
	require.EqualError(t, err, "asl: no machine to marshal")
	text, err := asl.Marshal(&asl.StateMachine{})
	require.NoError(t, err)
	require.Equal(t, "{}", string(text))
}

// What Parse could build of a broken definition can be marshalled.
func TestMarshalOfABrokenMachine(t *testing.T) {
	m, err := asl.Parse([]byte(`{"StartAt": "A", "States": {
		"A": {"Type": "Map", "ItemProcessor": {}},
		"B": {"Type": "Parallel", "Branches": [{"States": 1}]},
		"C": {"Type": "Choice", "Choices": [{}]},
		"D": 1}}`))
	require.Error(t, err)
	text, err := asl.Marshal(m)
	require.NoError(t, err)
	require.Contains(t, string(text), `"Choices":[{}]`)
}

// A host may build a tree of its own, with any positions.
func TestMarshalOfABuiltMachine(t *testing.T) {
	for _, offset := range []int{-1, 0, math.MaxInt} {
		st := &asl.SucceedState{StateBase: asl.StateBase{Name: "A", Type: "Succeed", Node: asl.Node{Pos: asl.Pos{Offset: offset}}}}
		text, err := asl.Marshal(&asl.StateMachine{States: &asl.States{List: []asl.State{st}}})
		require.NoError(t, err)
		require.Equal(t, `{"States":{"A":{"Type":"Succeed"}}}`, string(text))
	}
}
