package asl

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const placeholders = `{"StartAt": "A", "TimeoutSeconds": ${Timeout}, "States": {
  "A": {"Comment": "${Text} and ${!Literal}", "Type": "Task", "Resource": "${Function.Arn}", "InputPath": "$.${Field}", "Next": "B"},
  "B": {"Type": "Choice", "QueryLanguage": "JSONata", "Choices": [{"Condition": "{% ${Flag} %}", "Next": "C"}], "Default": "C"},
  "C": {"Type": "Pass", "Result": ${Order}, "End": true}}}`

// A value is text in a string, whatever characters it has, and JSON elsewhere.
func TestSubstitutionsStandForPlaceholders(t *testing.T) {
	m, err := ParseValid([]byte(placeholders), Options{Substitutions: map[string]string{
		"Timeout": "300", "Text": "a \"b\"\\\n\u2028", "Function.Arn": "charge", "Field": "order", "Flag": `$states.input.kind = "x"`, "Order": `{"id": [7]}`,
	}})
	require.NoError(t, err)
	require.EqualValues(t, 300, m.TimeoutSeconds.Value)
	a := m.States.Get("A").(*TaskState)
	require.Equal(t, "a \"b\"\\\n\u2028 and ${Literal}", a.Comment.Value)
	require.Equal(t, "charge", a.Resource.Value)
	require.Equal(t, "$.order", a.InputPath.Value.Text)
	require.NotNil(t, a.InputPath.Value.Parsed)
	require.Equal(t, `{% $states.input.kind = "x" %}`, m.States.Get("B").(*ChoiceState).Choices[0].Condition.Value.Expression.Text)
	require.Equal(t, "Pass", m.States.Get("C").Base().Type)

	// The tree's places are those of the text that was given.
	for name, field := range map[string]Pos{`"${Function.Arn}"`: a.Resource.Pos, `"$.${Field}"`: a.InputPath.Pos, `"B"}`: a.Next.Pos,
		`{"Comment"`: a.Pos, `${Order}`: m.States.Get("C").(*PassState).Result.Pos} {
		offset := strings.Index(placeholders, name)
		line := strings.Count(placeholders[:offset], "\n") + 1
		require.Equal(t, Pos{offset, line, offset - strings.LastIndexByte(placeholders[:offset], '\n')}, field, name)
	}
}

// A path or an expression must have its values; text that is only passed on stands
// as it is.
func TestParseNeedsTheValuesThatMatter(t *testing.T) {
	some := map[string]string{"Timeout": "300", "Order": "1"}
	_, err := ParseValid([]byte(placeholders), Options{Substitutions: some})
	require.EqualError(t, err, "2:110: PLACEHOLDER_WITHOUT_VALUE: no value for ${Field}\n3:85: PLACEHOLDER_WITHOUT_VALUE: no value for ${Flag}")
	_, err = Parse([]byte(placeholders), Options{Substitutions: some})
	require.EqualError(t, err, "2:110: PLACEHOLDER_WITHOUT_VALUE: no value for ${Field}")
	some["Field"], some["Flag"] = "f", "true"
	m, err := ParseValid([]byte(placeholders), Options{Substitutions: some})
	require.NoError(t, err)
	require.Equal(t, "${Function.Arn}", m.States.Get("A").(*TaskState).Resource.Value)
	require.Equal(t, "${Text} and ${Literal}", m.States.Get("A").Base().Comment.Value)

	// One placeholder that stands twice in a string is told once.
	_, err = ParseValid([]byte(`{"StartAt": "A", "States": {"A": {"Type": "Pass", "InputPath": "${a}.${b}", "OutputPath": "${a}", "End": true}}}`),
		Options{Substitutions: map[string]string{}})
	require.EqualError(t, err, "1:65: PLACEHOLDER_WITHOUT_VALUE: no value for ${a}\n1:92: PLACEHOLDER_WITHOUT_VALUE: no value for ${a}")
}

// Without Substitutions a definition is taken as AWS takes it.
func TestPlaceholdersAreTextForAWS(t *testing.T) {
	_, err := Parse([]byte(placeholders))
	require.ErrorContains(t, err, "1:36: INVALID_JSON_DESCRIPTION")
	found := Validate([]byte(`{"StartAt": "A", "States": {"A": {"Type": "Pass", "InputPath": "${Path}", "Comment": "${!c}", "End": true}}}`), Options{})
	require.Len(t, found, 1)
	require.Equal(t, "1:64: /States/A/InputPath: SCHEMA_VALIDATION_FAILED: Value must be a valid JSONPath. (Invalid path ${Path}, at offset 1)", found[0].String())
}

// Every byte of an expanded text that no value brought comes from where it stood.
func TestExpandedTextsKnowWhereTheyComeFrom(t *testing.T) {
	values := map[string]string{"Short": "", "Same": "12345", "Timeout": "300", "Long": strings.Repeat("x", 1000), "Text": `"\`, "Order": `{"a": "b"}`}
	names := []string{"Short", "Same", "Timeout", "Long", "Text", "Order", "Unknown"}
	for n := range 300 {
		var b strings.Builder
		b.WriteString(`{`)
		for k := range 20 {
			name := names[(n*7+k*k*3+k)%len(names)]
			switch (n + k) % 4 {
			case 0:
				fmt.Fprintf(&b, `"k%d": ${%s}, `, k, name)
			case 1:
				fmt.Fprintf(&b, `"k%d": "a ${%s}${%s}", `, k, name, names[k%len(names)])
			case 2:
				fmt.Fprintf(&b, "\"k%d\": \"\\\"${!%s}\\\\\",\n", k, name)
			default:
				fmt.Fprintf(&b, `"${%s}": "$${ %s $`, name, "\"\n, ")
			}
		}
		text := []byte(b.String())
		x := expandPlaceholders(text, values)
		for i := range x.segments {
			s := x.segments[i]
			end := len(x.text)
			if i+1 < len(x.segments) {
				end = x.segments[i+1].at
			}
			for at := s.at; at < end; at++ {
				if s.stands {
					require.True(t, bytes.HasPrefix(text[x.sourceOffset(at):], []byte("${")))
				} else {
					require.Equal(t, text[x.sourceOffset(at)], x.text[at])
				}
			}
		}
		for _, u := range x.unknown {
			require.Contains(t, string(text[u.start:u.end]), "${"+u.name+"}")
			require.True(t, u.bare || text[u.start] == '"' && text[u.end-1] == '"')
			require.NotNil(t, x.unknownStringAt(u.start))
			require.Nil(t, x.unknownStringAt(u.end))
		}
	}
}

// A value may be long, and stand for many placeholders: the text is not longer
// than a definition may be.
func TestExpandedTextsAreBounded(t *testing.T) {
	many := `{"StartAt": "A", "States": {"A": {"Type": "Pass", "Comment": "` + strings.Repeat("${V}", 200_000) + `", "End": true}}}`
	values := map[string]string{"V": strings.Repeat("v", 1<<19)}
	require.Len(t, expandPlaceholders([]byte(many), values).text, MaxDefinitionBytes+1)
	found := Validate([]byte(many), Options{Substitutions: values})
	require.Len(t, found, 1)
	require.Contains(t, found[0].Message, "more than 1048576 bytes")

	bare := `[` + strings.Repeat("${V},", 200_000) + `0]`
	found = Validate([]byte(bare), Options{Substitutions: map[string]string{}})
	require.Len(t, found, maxErrors+1)
	errors, _ := found.Count()
	require.Greater(t, errors, 100_000)
}

// AWS sees a definition with its values, so their size counts.
func TestSizeOfExpandedTexts(t *testing.T) {
	const definition = `{"StartAt": "A", "States": {"A": {"Type": "Pass", "Comment": "COMMENT", "End": true}}}`
	room := MaxDefinitionBytes - len(definition) + len("COMMENT")
	fill := func(comment string) []byte { return []byte(strings.Replace(definition, "COMMENT", comment, 1)) }
	long := "${" + strings.Repeat("L", maxPlaceholder-3) + "}"
	tooLong := []string{"the JSON has more than 1048576 bytes, the limit"}
	for name, c := range map[string]struct {
		text  []byte
		value string // of all placeholders
		want  []string
	}{
		"shrinks to the limit":                              {fill(strings.Repeat(long, 100) + strings.Repeat("c", room-100)), "v", nil},
		"shrinks, but not enough":                           {fill(strings.Repeat(long, 100) + strings.Repeat("c", room-99)), "v", tooLong},
		"grows to the limit":                                {fill(strings.Repeat("${V}", 8) + strings.Repeat("c", room-8000)), strings.Repeat("v", 1000), nil},
		"grows above it":                                    {fill(strings.Repeat("${V}", 8) + strings.Repeat("c", room-7999)), strings.Repeat("v", 1000), tooLong},
		"letters that are escaped":                          {fill("${V}"), strings.Repeat("\n", room/2+1), tooLong},
		"one long value":                                    {fill("${V}"), strings.Repeat("é", room), tooLong},
		"a long value that is not JSON, outside of strings": {[]byte(`{"StartAt": ${V}}`), strings.Repeat("[", 2*MaxDefinitionBytes), tooLong},
		"too long without placeholders":                     {fill(strings.Repeat("c", room+1) + "${V}"), "", tooLong},
	} {
		found := Validate(c.text, Options{Substitutions: map[string]string{"V": c.value, long[2 : len(long)-1]: c.value}})
		var got []string
		for _, d := range found {
			got = append(got, d.Message)
		}
		require.Equal(t, c.want, got, name)
	}
}

// A value outside of strings is read once, however many placeholders have it.
func TestFaultyValuesAreReadOnce(t *testing.T) {
	bare := []byte(strings.Repeat("${V} ", 100_000))
	x := expandPlaceholders(bare, map[string]string{"V": "[" + strings.Repeat("1,", MaxDefinitionBytes/2-1)})
	require.Len(t, x.findings, 100_000)
}

func TestIsPlaceholder(t *testing.T) {
	for _, name := range []string{"Name", "A1", "__x__", "with-dash", "Function.Arn", "AWS::Region", "aws_sns_topic.alarm[0].arn", "var.x"} {
		require.True(t, IsPlaceholder(name), name)
	}
	for _, name := range []string{"", "!Name", "two words", "a:b", "1a", "a}", "a.", "${a}", "a[x]", `"k": $x`} {
		require.False(t, IsPlaceholder(name), name)
	}
}

// A placeholder hides an unreachable state only where its value may name a state.
func TestPlaceholdersThatMayNameAState(t *testing.T) {
	const gone, unreachable = `Missing 'Next' target: Gone`, `State "B" is not reachable.`
	for text, want := range map[string][]string{
		`{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "${X}", "Catch": [{"ErrorEquals": ["E"], "Next": "Gone"}], "End": true}, "B": {"Type": "Pass", "End": true}}}`:                 {gone, unreachable},
		`{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "r", "Catch": [{"ErrorEquals": ["E"], "Next": "${X}"}], "End": true}, "B": {"Type": "Pass", "End": true}}}`:                    {},
		`{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "Gone"}, "${X}": {"Type": "Pass", "End": true}, "B": {"Type": "Pass", "End": true}}}`:                                              {gone},
		`{"StartAt": "A", "States": {"A": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": true, "Next": "C"}], "Default": "${X}"}, "B": {"Type": "Succeed"}, "C": {"Type": "Succeed"}}}`: {},
		`{"StartAt": "${X}", "States": {"A": {"Type": "Pass", "End": true}, "B": {"Type": "Pass", "End": true}}}`:                                                                                     {},
		`{"StartAt": "A", "States": {"A": {"Type": "${X}", "Next": "Gone"}, "B": {"Type": "Pass", "End": true}}}`:                                                                                     {unreachable},
		`{"StartAt": "A", "States": {"A": {"Type": "${X}", "Next": "B"}, "B": {"Type": "Pass", "End": true}}}`:                                                                                        {},
		`{"StartAt": "A", "States": {"A": {"Type": "${X}", "Default": "${Y}"}, "B": {"Type": "Pass", "End": true}}}`:                                                                                  {},
	} {
		got := []string{}
		for _, d := range Validate([]byte(text), Options{Substitutions: map[string]string{}}) {
			if d.Severity == SeverityError {
				got = append(got, d.Message)
			}
		}
		require.ElementsMatch(t, want, got, text)
	}
}
