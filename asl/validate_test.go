package asl_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
)

// ParseAndValidate finds what Validate finds, and returns the tree that Parse returns.
func TestParseAndValidate(t *testing.T) {
	for _, text := range []string{
		`{"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": {"b.$": "$.c"}, "End": true}}}`,
		`{"StartAt": "A", "States": {"A": {"Type": "Tsk", "Next": "B"}, "B": {"Type": "Wait", "Seconds": -1}}}`,
		`{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Pass", "Output": "{% $x + %}", "End": true}}}`,
		`{"StartAt": "A", "States": {"A": {"Type": "Wait", "SecondsPath": "${Path}", "End": true}}}`,
		`{"StartAt": "A", "States": {}}`, `[]`, `{`, ``,
	} {
		for _, o := range []asl.Options{{}, {Severity: asl.SeverityError}, {Substitutions: map[string]string{}}} {
			m, found := asl.ParseAndValidate([]byte(text), o)
			require.Equal(t, asl.Validate([]byte(text), o), found, text)
			parsed, _ := asl.Parse([]byte(text), o)
			require.Equal(t, parsed == nil, m == nil, text)
			if m == nil {
				continue
			}
			require.Equal(t, slices.Collect(parsed.All()), slices.Collect(m.All()), text)
			require.Equal(t, parsed.States.Broken, m.States.Broken, text)
		}
	}
}

// A list of 500 mistakes is cut, in order, and says how many there are besides.
func TestValidateManyMistakes(t *testing.T) {
	text := strings.ReplaceAll(string(chain(500, chains[0].format)), `"$.a.b"`, `"a.b"`)
	found := asl.Validate([]byte(text), asl.Options{})
	require.Len(t, found, 101)
	require.Equal(t, "400 more errors from here on", found[100].Message)
	for i := 1; i < 100; i++ {
		require.Less(t, found[i-1].Pos.Offset, found[i].Pos.Offset)
	}
}

// Whatever follows, what is shown of a check has its advice.
func TestAdviceForWhatIsShown(t *testing.T) {
	text := `{"StartAt": "A", "QueryLanguage": "JSONata", "States": {"A": {"Type": "Pass", "Assign": {"count": 1}, "Next": "B"},
		"B": {"Type": "Task", "Resource": "f", "Arguments": "{% $cuont %}", "End": true, "Catch": [1` +
		strings.Repeat(`, 1`, 150) + `]}}}`
	found := asl.Validate([]byte(text), asl.Options{})
	require.Equal(t, "did you mean 'count'?", found[0].Detail)
}

// A misspelt word of a list has AWS's message, and advice.
func TestAdviceForWords(t *testing.T) {
	for text, want := range map[string]string{
		`{"StartAt": "A", "States": {"A": {"Type": "Tsk", "Resource": "r", "End": true}}}`:   "did you mean 'Task'?",
		`{"StartAt": "A", "States": {"A": {"Type": "pass", "End": true}}}`:                   "did you mean 'Pass'?",
		`{"StartAt": "A", "States": {"A": {"Type": "Nothing", "End": true}}}`:                "",
		`{"StartAt": "A", "QueryLanguage": "JSONAta", "States": {"A": {"Type": "Succeed"}}}`: "did you mean 'JSONata'?",
		`{"StartAt": "A", "States": {"A": {"Type": 7, "End": true}}}`:                        "",
	} {
		found := asl.Validate([]byte(text), asl.Options{})
		require.Equal(t, want, found[0].Detail, text)
		require.Contains(t, found[0].Message, "one of the")
	}
}

func TestValidateTextThatIsNoJSON(t *testing.T) {
	found := asl.Validate([]byte("{\n  nope}"), asl.Options{Type: asl.Express})
	require.Len(t, found, 1)
	require.Equal(t, asl.CodeInvalidJSON, found[0].Code)
	require.Equal(t, 2, found[0].Pos.Line)
}

// However many warnings come first, an error is found.
func TestWarningsHideNoError(t *testing.T) {
	text := `{"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": [` +
		strings.Repeat(`{"x": "$.a"}, `, 10_100) + `1], "End": true}, "B": {"Type": "Succeed"}}}`
	_, err := asl.ParseValid([]byte(text), asl.Options{})
	require.EqualError(t, err, `1:141489: /States/B: MISSING_TRANSITION_TARGET: State "B" is not reachable.`)
	found := asl.Validate([]byte(text), asl.Options{})
	require.Equal(t, "1 more error and 10000 more warnings from here on", found[100].Message)
	errors, warnings := found.Count()
	require.Equal(t, []int{1, 10_100}, []int{errors, warnings})
}

// Whatever stands in a definition, Validate allocates in proportion to its text.
func TestValidateMemory(t *testing.T) {
	many := func(n int, format string) string {
		var parts []string
		for i := range n {
			parts = append(parts, fmt.Sprintf(format, i))
		}
		return strings.Join(parts, ",")
	}
	long := strings.Repeat("k", 100_000)
	rule := `{"And": [` + many(1000, `{"Variable": "$.a", "NumericEquals": %d}`) + `]}`
	for range 50 {
		rule = `{"And": [{"Not": ` + rule + `}]}`
	}
	object := "{" + many(100, `"x%d.$": "$.x"`) + "}"
	for name, definition := range map[string]string{
		"a template that reads much": `{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true, "Parameters": {` +
			many(100, `"p%d": `+object) + `}}}}`,
		"branches below a large template": `{"StartAt": "A", "States": {"A": {"Type": "Parallel", "End": true, "Parameters": {` +
			many(20, `"p%d": `+object) + `}, "Branches": [` + many(1000, `{"StartAt": "B%[1]d", "States": {"B%[1]d": {"Type": "Fail"}}}`) + `]}}}`,
		"expressions below a long name": `{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Succeed", "Output": {"` + long +
			`": [` + many(500, `"{%% $v%d %%}"`) + `]}}}}`,
		"mistakes below a long name": `{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Succeed", "Output": {"` + long +
			`": [` + many(1000, `"{%% %d"`) + `]}}}}`,
		"repetitions below a long name": `{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true, "Result": {"` + long +
			`": {` + many(2000, `"a": %d`) + `}}}}}`,
		"rules below rules": `{"StartAt": "A", "States": {"B": {"Type": "Succeed"}, "A": {"Type": "Choice", "Default": "B", "Choices": [` +
			strings.TrimSuffix(rule, "}") + `, "Next": "B"}]}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			asl.Validate([]byte(definition), asl.Options{})
			runtime.ReadMemStats(&after)
			require.Less(t, int(after.TotalAlloc-before.TotalAlloc), 500*len(definition))
		})
	}
}
