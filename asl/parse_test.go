package asl_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
)

// parse reads a definition that is valid.
func parse(t testing.TB, definition string) *asl.StateMachine {
	t.Helper()
	m, err := asl.Parse([]byte(definition))
	require.NoError(t, err)
	return m
}

// state reads one state that is valid, in a machine of its own; targets are the
// names of others.
func state[S asl.State](t testing.TB, definition string) S {
	t.Helper()
	m := parse(t, `{"StartAt": "S", "States": {"S": `+definition+`, "X": {"Type": "Succeed"}}}`)
	s, ok := m.States.Get("S").(S)
	require.True(t, ok, "%T", m.States.Get("S"))
	return s
}

// stateTypes has a valid state of each type.
var stateTypes = map[string]string{
	"Task":     `{"Type": "Task", "Resource": "r", "End": true}`,
	"Parallel": `{"Type": "Parallel", "Branches": [{"StartAt": "A", "States": {"A": {"Type": "Fail"}}}], "End": true}`,
	"Map":      `{"Type": "Map", "ItemProcessor": {"StartAt": "A", "States": {"A": {"Type": "Fail"}}}, "End": true}`,
	"Pass":     `{"Type": "Pass", "End": true}`,
	"Wait":     `{"Type": "Wait", "Seconds": 1, "End": true}`,
	"Choice":   `{"Type": "Choice", "Choices": [{"Variable": "$", "IsNull": true, "Next": "X"}]}`,
	"Succeed":  `{"Type": "Succeed"}`,
	"Fail":     `{"Type": "Fail"}`,
}

// Guards the switches over state types: a type without its case panics.
func TestEveryStateType(t *testing.T) {
	want := map[string]asl.State{
		"Task": &asl.TaskState{}, "Parallel": &asl.ParallelState{}, "Map": &asl.MapState{}, "Pass": &asl.PassState{},
		"Wait": &asl.WaitState{}, "Choice": &asl.ChoiceState{}, "Succeed": &asl.SucceedState{}, "Fail": &asl.FailState{},
	}
	require.Len(t, want, len(stateTypes))
	for typ, definition := range stateTypes {
		t.Run(typ, func(t *testing.T) {
			text := `{"StartAt": "S", "States": {"S": ` + definition + `, "X": {"Type": "Succeed"}}}`
			m := parse(t, text)
			s := m.States.Get("S")
			require.IsType(t, want[typ], s)
			require.Equal(t, typ, s.Base().Type)
			requireRoundTrip(t, []byte(text), m)
			require.Equal(t, typ == "Parallel" || typ == "Map", len(asl.Children(s)) == 1)
		})
	}
}

const nested = `{
  "StartAt": "Ship",
  "States": {
    "Ship": {
      "Type": "Task", "Resource": "ship", "Next": "Each",
      "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}],
      "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Each"}]
    },
    "Each": {
      "Type": "Map", "End": true,
      "ItemProcessor": {
        "ProcessorConfig": {"Mode": "INLINE"},
        "StartAt": "Both", "States": {
          "Both": {
            "Type": "Parallel", "End": true,
            "Branches": [
              {"StartAt": "Left", "States": {"Left": {"Type": "Succeed"}}},
              {"StartAt": "Right", "States": {"Right": {
                "Type": "Choice", "Choices": [{"And": [{"Not": {"Variable": "$", "IsNull": true}}], "Next": "End"}]},
                "End": {"Type": "Succeed"}}}
            ]
          }
        }
      }
    }
  }
}`

func TestPlacesAndLocations(t *testing.T) {
	m := parse(t, nested)
	ship := m.States.Get("Ship").(*asl.TaskState)
	each := m.States.Get("Each").(*asl.MapState)
	both := each.ItemProcessor.States.Get("Both").(*asl.ParallelState)
	right := both.Branches[1].States.Get("Right").(*asl.ChoiceState)
	for _, c := range []struct {
		node         asl.Node
		location     string
		line, column int
	}{
		{m.Node, "/", 1, 1},
		{m.States.Node, "/States", 3, 13},
		{ship.Node, "/States/Ship", 4, 13},
		{ship.Retry[0].Node, "/States/Ship/Retry[0]", 6, 17},
		{ship.Catch[0].Node, "/States/Ship/Catch[0]", 7, 17},
		{each.ItemProcessor.Node, "/States/Each/ItemProcessor", 11, 24},
		{each.ItemProcessor.ProcessorConfig.Node, "/States/Each/ItemProcessor/ProcessorConfig", 12, 28},
		{both.Node, "/States/Each/ItemProcessor/States/Both", 14, 19},
		{both.Branches[1].Node, "/States/Each/ItemProcessor/States/Both/Branches[1]", 18, 15},
		{right.Choices[0].Node, "/States/Each/ItemProcessor/States/Both/Branches[1]/States/Right/Choices[0]", 19, 47},
		{right.Choices[0].And[0].Not.Node,
			"/States/Each/ItemProcessor/States/Both/Branches[1]/States/Right/Choices[0]/And[0]/Not", 19, 64},
	} {
		require.Equal(t, c.location, c.node.Location)
		require.Equal(t, c.line, c.node.Pos.Line, c.location)
		require.Equal(t, c.column, c.node.Pos.Column, c.location)
		require.Equal(t, byte('{'), nested[c.node.Pos.Offset], c.location)
	}
	require.Equal(t, `"Each"`, nested[ship.Next.Pos.Offset:][:6])
}

func TestNullIsNotAbsent(t *testing.T) {
	s := state[*asl.PassState](t, `{"Type": "Pass", "InputPath": null, "ResultPath": "$.x", "Result": null, "End": true}`)
	require.True(t, s.InputPath.IsNull())
	require.False(t, s.InputPath.IsSet())
	require.True(t, s.ResultPath.IsSet())
	require.Equal(t, asl.Absent, s.OutputPath.Presence)
	require.True(t, s.Result.IsSet(), "null is a result")
	require.Nil(t, s.Result.Value)
	require.Equal(t, "none", s.Comment.Or("none"))
	require.Equal(t, "$.x", s.ResultPath.Or(asl.Path{}).Text)
}

func TestQueryLanguageOfStates(t *testing.T) {
	m := parse(t, `{"StartAt": "A", "States": {
		"A": {"Type": "Map", "QueryLanguage": "JSONata", "End": true, "Items": [], "ItemProcessor": {
			"StartAt": "B", "States": {
				"B": {"Type": "Pass", "Next": "C"},
				"C": {"Type": "Pass", "QueryLanguage": "JSONata", "End": true}}}}}}`)
	require.Equal(t, asl.JSONPath, m.Language)
	got := map[string]string{}
	for s := range m.All() {
		got[s.Base().Name] = s.Base().Language.String()
	}
	require.Equal(t, map[string]string{"A": "JSONata", "B": "JSONPath", "C": "JSONata"}, got)

	m = parse(t, `{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Succeed"}}}`)
	require.Equal(t, asl.JSONata, m.States.Get("A").Base().Language)
}

func TestNoDefinition(t *testing.T) {
	for _, c := range []struct{ rule, text, want string }{
		{"empty", "", "1:1: SCHEMA_VALIDATION_FAILED: Definition must be a valid JSON object"},
		{"blank", " \n", "1:1: SCHEMA_VALIDATION_FAILED: Definition must be a valid JSON object"},
		{"no object", "\n  null", "2:3: SCHEMA_VALIDATION_FAILED: Definition must be a valid JSON object"},
		{"no JSON", "{\n\"a\": tru}", "2:6: INVALID_JSON_DESCRIPTION: unexpected 't' where a value should be"},
		{"more behind it", `{} {}`, "1:4: INVALID_JSON_DESCRIPTION: unexpected '{' where the end of the JSON should be"},
		{"too large", strings.Repeat("[", asl.MaxDefinitionBytes+1),
			"1:1: INVALID_JSON_DESCRIPTION: the JSON has more than 1048576 bytes, the limit"},
		{"too deep", `{"Comment":` + strings.Repeat("[", asl.MaxDefinitionDepth),
			"1:211: TOO_DEEPLY_NESTED: values nest deeper than the limit of 200"},
	} {
		m, err := asl.Parse([]byte(c.text))
		require.Nil(t, m, c.rule)
		require.EqualError(t, err, c.want, c.rule)
	}
}

func TestLargestDefinition(t *testing.T) {
	text := []byte(`{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}`)
	text = append(text, bytes.Repeat([]byte(" "), asl.MaxDefinitionBytes-len(text))...)
	parse(t, string(text))
}

// manyStates is a chain of n tasks.
func manyStates(n int) []byte {
	text := []byte(`{"StartAt": "State 0", "States": {`)
	for i := range n {
		text = fmt.Appendf(text, `"State %d": {"Type": "Task", "Resource": "r", "ResultPath": "$.x", "Next": "State %d"},`, i, i+1)
		text = append(text, '\n')
	}
	return fmt.Appendf(text, `"State %d": {"Type": "Succeed"}}}`, n)
}

// Ten times the states cost ten times the work, as far as allocations tell:
// time itself is for the benchmark.
func TestWorkIsLinear(t *testing.T) {
	allocations := func(n int) float64 {
		text := manyStates(n)
		return testing.AllocsPerRun(1, func() {
			m, err := asl.Parse(text)
			require.NoError(t, err)
			_, err = asl.Marshal(m)
			require.NoError(t, err)
		})
	}
	require.Less(t, allocations(10_000), 12*allocations(1_000))
}

// A hostile definition may not make its errors and locations larger than itself
// by orders of magnitude.
func TestHostileDefinitions(t *testing.T) {
	long := strings.Repeat("n", asl.MaxDefinitionBytes/2)
	fill := func(open, part, end string) string {
		n := (asl.MaxDefinitionBytes - len(open) - len(end)) / (len(part) + 1)
		return open + strings.Repeat(part+",", n-1) + part + end
	}
	for _, c := range []struct{ rule, text string }{
		{"retriers below a long name", fill(`{"States":{"`+long+`":{"Type":"Task","Retry":[`, `{}`, `]}}}`)},
		{"errors below a long name", fill(`{"States":{"`+long+`":{"Type":"Task","Retry":[`, `1`, `]}}}`)},
		{"bad values below a long key", fill(`{"States":{"A":{"Type":"Pass","Parameters":{"`+long+`":[`, `{"a.$":1}`, `]}}}}`)},
		{"broken states", fill(`{"States":{"A":{"Type":"Choice","Choices":[`, `{"Next":"B"}`, `]},"B":1}}`)},
		{"deep nesting", fill(`{"States":{"A":`+strings.Repeat(`{"Type":"Map","Iterator":{"States":{"`+strings.Repeat("a", 80)+`":`, 60)+
			`{"Type":"Task","Retry":[`, `{"ErrorEquals":["E"]}`, `]}`+strings.Repeat(`}}}`, 60)+`}}`)},
	} {
		m, err := asl.Parse([]byte(c.text))
		var list asl.ErrorList
		require.ErrorAs(t, err, &list, c.rule)
		require.LessOrEqual(t, len(list), 101, c.rule)
		require.NotNil(t, m, c.rule)
		for _, d := range list {
			require.Less(t, len(d.Location), 5000, c.rule)
		}
	}
}

func TestLongLocationsLoseTheirStart(t *testing.T) {
	name := strings.Repeat("n", 5000)
	_, err := asl.Parse([]byte(`{"States":{"` + name + `":{"Type":"Map","Iterator":{"States":{"B":{"Type":"Pass"}}}}}}`))
	var list asl.ErrorList
	require.ErrorAs(t, err, &list)
	require.Contains(t, list[len(list)-1].String(), ": .../Iterator/States/B: SCHEMA_VALIDATION_FAILED: This object should have")

	found := asl.Validate([]byte(`{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Succeed","Output":{"`+name+`":{"b":[0,"{%"]}}}}}`), asl.Options{})
	require.Len(t, found, 1)
	require.Equal(t, ".../b[1]", found[0].Location)
}

// States without a known Type are in the order of the source, with their places.
func TestBrokenStates(t *testing.T) {
	m, err := asl.Parse([]byte(`{"StartAt": "A", "States": {"A": {"Type": "Tsk", "Next": "B"}, "B": {"Type": "Pass", "Next": "C"}, "C": {"Type": 1, "Next": 2, "End": true}, "D": []}}`))
	require.Error(t, err)
	require.Len(t, m.States.List, 1)
	require.Equal(t, []asl.BrokenState{
		{Node: asl.Node{Pos: asl.Pos{Offset: 33, Line: 1, Column: 34}, Location: "/States/A"}, Name: "A", Type: "Tsk", Next: "B"},
		{Node: asl.Node{Pos: asl.Pos{Offset: 104, Line: 1, Column: 105}, Location: "/States/C"}, Name: "C", End: true},
		{Node: asl.Node{Pos: asl.Pos{Offset: 146, Line: 1, Column: 147}, Location: "/States/D"}, Name: "D"},
	}, m.States.Broken)
}
