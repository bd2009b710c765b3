package asl_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/jsonpath"
	"github.com/gostates/gostates/value"
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

func TestNumbersAndExpressions(t *testing.T) {
	s := state[*asl.MapState](t, `{"Type": "Map", "QueryLanguage": "JSONata", "End": true,
		"MaxConcurrency": "{% 1 + 1 %}", "ToleratedFailureCount": 3.0, "ToleratedFailurePercentage": 2.5,
		"Retry": [{"ErrorEquals": ["E"], "BackoffRate": 2, "MaxAttempts": 0}],
		"ItemProcessor": {"StartAt": "A", "States": {"A": {"Type": "Fail"}}}}`)
	require.Equal(t, "{% 1 + 1 %}", s.MaxConcurrency.Value.Expression.Text)
	require.Equal(t, " 1 + 1 ", s.MaxConcurrency.Value.Expression.Parsed.String())
	require.Equal(t, asl.Integer{Value: 3}, s.ToleratedFailureCount.Value)
	require.InDelta(t, 2.5, s.ToleratedFailurePercentage.Value.Value, 0)
	r := s.Retry[0]
	require.InDelta(t, 2.0, r.BackoffRate.Value, 0)
	require.True(t, r.MaxAttempts.IsSet())
	require.Equal(t, asl.Absent, r.IntervalSeconds.Presence)
	require.Nil(t, s.Catch)
}

func TestChoiceRules(t *testing.T) {
	s := state[*asl.ChoiceState](t, `{"Type": "Choice", "Choices": [
		{"Variable": "$.a", "NumericEqualsPath": "$.b", "Next": "X"},
		{"Variable": "$.a", "NumericEquals": 12345678901234567890, "Next": "X"},
		{"Or": [{"Variable": "$.a", "IsNull": true}, {"Not": {"Variable": "$.a", "IsPresent": true}}], "Next": "S"}]}`)
	require.Equal(t, "NumericEquals", s.Choices[0].Operator)
	require.Equal(t, "$.b", s.Choices[0].OperandPath.Value.Parsed.String())
	require.Nil(t, s.Choices[0].Operand)
	require.IsType(t, &big.Int{}, s.Choices[1].Operand)
	require.Len(t, s.Choices[2].Or, 2)
	require.Equal(t, true, s.Choices[2].Or[1].Not.Operand)

	s = state[*asl.ChoiceState](t, `{"Type": "Choice", "QueryLanguage": "JSONata", "Choices": [
		{"Condition": "{% $a %}", "Next": "X"}, {"Condition": false, "Next": "X"}]}`)
	require.Equal(t, "{% $a %}", s.Choices[0].Condition.Value.Expression.Text)
	require.Equal(t, asl.Boolean{Value: false}, s.Choices[1].Condition.Value)
}

func TestDistributed(t *testing.T) {
	for config, want := range map[string]bool{
		``:                                       false,
		`"ProcessorConfig": {},`:                 false,
		`"ProcessorConfig": {"Mode": "INLINE"},`: false,
		`"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},`: true,
	} {
		for _, field := range []string{"ItemProcessor", "Iterator"} {
			s := state[*asl.MapState](t, `{"Type": "Map", "End": true, "`+field+`": {`+config+`
				"StartAt": "A", "States": {"A": {"Type": "Fail"}}}}`)
			require.Equal(t, want, s.Processor().Distributed(), "%s %s", field, config)
		}
	}
	require.False(t, (&asl.MapState{}).Processor().Distributed())
}

func TestTemplateWithoutAnythingToEvaluate(t *testing.T) {
	s := state[*asl.PassState](t, `{"Type": "Pass", "Parameters": {"a": ["$.b", {"c": "States.UUID()"}]}, "End": true}`)
	require.Nil(t, s.Parameters.Value.Root)
	require.Equal(t, `{"a":["$.b",{"c":"States.UUID()"}]}`, value.String(s.Parameters.Value.Source))

	s = state[*asl.PassState](t, `{"Type": "Pass", "QueryLanguage": "JSONata", "Output": {"a.$": "$.b"}, "End": true}`)
	require.Nil(t, s.Output.Value.Root, "no templates in JSONata states")
}

func TestTemplateParts(t *testing.T) {
	s := state[*asl.PassState](t, `{"Type": "Pass", "End": true, "Parameters":
		{"list": [1, {"x.$": "$.x"}], "plain": {"y": 1}, "call.$": "States.UUID()"}}`)
	root := s.Parameters.Value.Root
	require.Len(t, root.Fields, 3)
	list, plain, call := root.Fields[0], root.Fields[1], root.Fields[2]
	require.Equal(t, "list", list.Key)
	require.Equal(t, int64(1), list.Node.Items[0].Literal)
	x := list.Node.Items[1].Fields[0]
	require.Equal(t, "x", x.Key)
	require.Equal(t, "x.$", x.Node.Field)
	require.Equal(t, "$.x", x.Node.Path.String())
	require.Equal(t, `{"y":1}`, value.String(plain.Node.Literal))
	require.Equal(t, "call", call.Key)
	require.Equal(t, "States.UUID", call.Node.Call.Function())
}

// Literal keys come first, in their order; then those with .$, as a HashMap
// holds their names.
func TestTemplateOrder(t *testing.T) {
	s := state[*asl.PassState](t, `{"Type": "Pass", "End": true, "Parameters":
		{"b.$": "$.b", "z": 1, "a.$": "$.a", "p.$": "$.p", "c": 1, "BB.$": "$", "Aa.$": "$"}}`)
	var keys []string
	for _, f := range s.Parameters.Value.Root.Fields {
		keys = append(keys, f.Key)
	}
	require.Equal(t, []string{"z", "c", "p", "BB", "Aa", "a", "b"}, keys)
}

func TestAllErrorsAtOnce(t *testing.T) {
	m, err := asl.Parse([]byte(`{"StartAt": "Nowhere", "Extra": 1, "States": {
		"A": {"Type": "Task", "Retry": [{"ErrorEquals": ["E"], "MaxAttempts": -1}], "End": true},
		"B": {"Type": "None"},
		"C": {"Type": "Pass", "Next": "B", "ResultPath": "x"}}}`))
	require.EqualError(t, err, strings.Join([]string{
		`1:13: /StartAt: MISSING_TRANSITION_TARGET: Missing 'Next' target: Nowhere`,
		`1:24: /: SCHEMA_VALIDATION_FAILED: Field 'Extra' is not supported`,
		`2:8: /States/A: SCHEMA_VALIDATION_FAILED: These fields are required: [Resource]`,
		`2:73: /States/A/Retry[0]/MaxAttempts: SCHEMA_VALIDATION_FAILED: Minimum value is 0`,
		`3:17: /States/B/Type: SCHEMA_VALIDATION_FAILED: The field 'Type' should have one of these values: ` +
			`[Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map]`,
		`4:52: /States/C/ResultPath: SCHEMA_VALIDATION_FAILED: Value must be a valid JSONPath.`,
	}, "\n"))
	require.Len(t, m.States.List, 2, "what could be read is there")
	require.Equal(t, "x", m.States.Get("C").(*asl.PassState).ResultPath.Value.Text)
	require.Nil(t, m.States.Get("B"))
}

func TestTooManyErrors(t *testing.T) {
	definition := `{"StartAt": "A", "States": {"A": {"Type": "Succeed"` + strings.Repeat(`, "%x": 1`, 150) + `}}}`
	numbers := make([]any, 150)
	for i := range numbers {
		numbers[i] = i
	}
	_, err := asl.Parse(fmt.Appendf(nil, definition, numbers...))
	var list asl.ErrorList
	require.ErrorAs(t, err, &list)
	require.Len(t, list, 101)
	require.Equal(t, "Field '63' is not supported", list[99].Message)
	require.Equal(t, "1:938: SCHEMA_VALIDATION_FAILED: 50 more errors from here on", list[100].String())
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

func TestErrorsOfHandlers(t *testing.T) {
	err := fmt.Errorf("while charging: %w", asl.Errorf("CardDeclined", "limit is %d", 100))
	require.EqualError(t, err, "while charging: CardDeclined: limit is 100")
	var e *asl.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, asl.Error{Name: "CardDeclined", Cause: "limit is 100"}, *e)
	require.ErrorIs(t, err, &asl.Error{Name: "CardDeclined"})
	require.ErrorIs(t, err, &asl.Error{Name: "CardDeclined", Cause: "limit is 100"})
	require.NotErrorIs(t, err, &asl.Error{Name: "CardDeclined", Cause: "stolen"})
	require.NotErrorIs(t, err, &asl.Error{Name: "Declined"})
	require.NotErrorIs(t, err, errors.New("CardDeclined"))
	require.EqualError(t, &asl.Error{Name: asl.StatesTimeout}, "States.Timeout")
}

func TestTimestamps(t *testing.T) {
	for text, valid := range map[string]bool{
		"2026-01-02T03:04:05Z":                true,
		"2026-01-02T03:04:05.00Z":             true,
		"2026-01-02T03:04:05.123456789+01:30": true,
		"2026-01-02T03:04:05-00:00":           true,
		"2024-02-29T23:59:59+23:59":           true,
		"":                                    false,
		"2026-01-02":                          false,
		"2026-01-02T03:04:05":                 false,
		"2026-01-02T03:04Z":                   false,
		"2026-01-02 03:04:05Z":                false,
		"2026-01-02t03:04:05Z":                false,
		"2026-01-02T03:04:05z":                false,
		"2026-01-02T3:04:05.5Z":               false,
		"2026-01-02T03:04:05,5Z":              false,
		"2026-01-02T03:04:05.Z":               false,
		"2026-01-02T03:04:05+0100":            false,
		"2026-01-02T03:04:05+24:00":           false,
		"2026-01-02T03:04:05+01:60":           false,
		"2026-13-02T03:04:05Z":                false,
		"2026-02-29T03:04:05Z":                false,
		"2026-01-02T25:04:05Z":                false,
		"02-01-2026T03:04:05Z":                false,
		"2026-01-02T03:04:05Z ":               false,
	} {
		require.Equal(t, valid, asl.IsTimestamp(text), "%q", text)
	}
	at, ok := asl.ParseTimestamp("2026-01-02T03:04:05.5+01:00")
	require.True(t, ok)
	require.Equal(t, time.Date(2026, 1, 2, 2, 4, 5, 5e8, time.UTC), at.UTC())
}

// The tree holds the expressions of a JSONata state compiled, in the order of the
// definition. One that does not parse has its text only: Validate reports it.
func TestParseCompilesExpressions(t *testing.T) {
	const text = `{"Type": "Pass", "QueryLanguage": "JSONata", "End": true,
		"Output": {"b": ["{% 1 %}", "plain"], "a": {"c": "{% ( %}"}, "d": "{% 2 %}"}, "Assign": {"x": "x"}}`
	s := state[*asl.PassState](t, text)
	list := s.Output.Value.Expressions
	require.Len(t, list, 3)
	require.Equal(t, " 1 ", list[0].Parsed.String())
	require.Equal(t, asl.Expression{Text: "{% ( %}"}, *list[1])
	require.Equal(t, " 2 ", list[2].Parsed.String())
	require.Nil(t, s.Output.Value.Root)
	require.Empty(t, s.Assign.Value.Expressions)
}

func TestExpressions(t *testing.T) {
	for text, want := range map[string]string{"{% 1 %}": " 1 ", "{%%}": "", "{%{%1%}%}": "{%1%}"} {
		source, ok := asl.ExpressionSource(text)
		require.True(t, ok, "%q", text)
		require.Equal(t, want, source)
	}
	for _, text := range []string{"{%}", "", " {% 1 %}", "{% 1 %} ", "{% 1", "1 %}"} {
		source, ok := asl.ExpressionSource(text)
		require.False(t, ok, "%q", text)
		require.Empty(t, source)
	}
}
