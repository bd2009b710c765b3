package asl_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
)

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

// The findings of several definitions together are many, and none is left out.
func TestTruncatedOfSeveralLists(t *testing.T) {
	found := asl.Validate([]byte(strings.ReplaceAll(string(chain(60, chains[0].format)), `"$.a.b"`, `"a.b"`)), asl.Options{})
	require.Len(t, found, 60)
	require.False(t, slices.Concat(found, found).Truncated())
	require.False(t, asl.ErrorList(nil).Truncated())
}

// AWS's exception has the errors, and not that there are more.
func TestInvalidDefinitionOfATruncatedList(t *testing.T) {
	found := asl.Validate([]byte(strings.ReplaceAll(string(chain(150, chains[0].format)), `"$.a.b"`, `"a.b"`)), asl.Options{})
	require.True(t, found.Truncated())
	message := found.InvalidDefinition()
	require.Equal(t, 100, strings.Count(message, asl.CodeSchemaValidationFailed))
	require.NotContains(t, message, "more errors")
}

// Control characters in a definition are escaped in findings, so that they neither
// break the line nor steer the terminal.
func TestFindingIsOneLine(t *testing.T) {
	found := asl.Validate([]byte(`{"StartAt": "A\n", "States": {"A\n": {"Type": "Succeed", "\u001b[31m": 1}}}`), asl.Options{})
	require.Len(t, found, 1)
	require.Equal(t, "/States/A\n", found[0].Location)
	require.Equal(t, `1:58: /States/A\u000a: SCHEMA_VALIDATION_FAILED: Field '\u001b[31m' is not supported`, found[0].String())
}

// The exception has errors of fields first, then of transitions, and what is wrong
// with the whole last (recorded); the list has them by their place.
func TestInvalidDefinitionOrder(t *testing.T) {
	found := asl.Validate([]byte(`{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "Nope"}}}`), asl.Options{})
	require.Equal(t, asl.CodeMissingEndState, found[0].Code)
	require.Equal(t, "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: Nope at /States/A/Next, "+
		"MISSING_END_STATE: Workflow has no terminal state at null'", found.InvalidDefinition())
	require.Equal(t, "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: Value cannot be empty at /States, "+
		"MISSING_TRANSITION_TARGET: Missing 'Next' target: A at /StartAt, MISSING_END_STATE: Workflow has no terminal state at null'",
		asl.Validate([]byte(`{"StartAt": "A", "States": {}}`), asl.Options{}).InvalidDefinition())
}

// The list is cut once, whoever found what is in it.
func TestValidateCountsWhatItLeavesOut(t *testing.T) {
	var states strings.Builder
	for i := range 150 {
		states.WriteString(strings.Repeat(" ", i%2) + `"S` + strings.Repeat("x", i%70) + strings.Repeat("y", i/70) +
			`": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "Parameters": {"a": "$.b"}, "Next": "nowhere"},`)
	}
	text := []byte(`{"StartAt": "S", "States": {` + strings.TrimSuffix(states.String(), ",") + `}}`)
	found := asl.Validate(text, asl.Options{Type: asl.Express})
	require.Len(t, found, 101)
	require.Equal(t, "234 more errors and 117 more warnings from here on", found[100].Message)
}

// The places in another text are in its order. The last element of a truncated list stays
// the last one.
func TestRelocate(t *testing.T) {
	definition := []byte(`{"StartAt": 1, "States": {}, "x": 1}`)
	other := []byte("x\nStartAt\n")
	found := asl.Validate(definition, asl.Options{})
	moved := found.Relocate(other, func(offset int) int {
		if offset == strings.Index(string(definition), `"x"`) {
			return 0
		}
		return 1000 - offset
	})
	require.Len(t, moved, len(found))
	require.Equal(t, asl.Pos{Offset: 0, Line: 1, Column: 1}, moved[0].Pos)
	require.Equal(t, "Field 'x' is not supported", moved[0].Message)
	require.Equal(t, asl.Pos{Offset: len(other), Line: 3, Column: 1}, moved[len(moved)-1].Pos)
	require.Positive(t, found[0].Pos.Offset, "the list itself is as it was")

	many := asl.Validate([]byte(`{"StartAt": "A", "States": {"A": {"Type": "Succeed"`+strings.Repeat(`, "é": 1`, 150)+strings.Repeat(`, "x": [{"Fail": 1, "Fail": 1}]`, 150)+`}}}`), asl.Options{})
	require.True(t, many.Truncated())
	errors, warnings := many.Count()
	back := many.Relocate(make([]byte, 1<<20), func(offset int) int { return 1<<20 - offset })
	require.True(t, back.Truncated())
	require.Equal(t, many[len(many)-1].Message, back[len(back)-1].Message)
	newErrors, newWarnings := back.Count()
	require.Equal(t, []int{errors, warnings}, []int{newErrors, newWarnings})
}
