package asl

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// AWS was measured to refuse these expressions.
func TestReferencesOfExpressions(t *testing.T) {
	const bare = "UNSUPPORTED_JSONATA_EXPRESSION: Reference to '%s' at the top level is not supported."
	for _, c := range []struct {
		output string // of a Pass state
		want   []string
	}{
		{`{% phone %}`, []string{fmt.Sprintf(bare, "phone")}},
		{`{% phone.x & -phone & $sum(phone) %}`, []string{fmt.Sprintf(bare, "phone")}},
		{`{% [1..phone] %}`, []string{fmt.Sprintf(bare, "phone")}},
		{`{% {'a': phone, 'b': mail} %}`, []string{fmt.Sprintf(bare, "phone"), fmt.Sprintf(bare, "mail")}},
		{`{% (phone).x %}`, []string{fmt.Sprintf(bare, "phone")}},
		{`{% $map($states.input, function($y){ phone }) %}`, []string{fmt.Sprintf(bare, "phone")}},
		{`{% $ %}`, []string{fmt.Sprintf(bare, "$")}},
		{`{% $.x & $[0] & $string($) %}`, []string{fmt.Sprintf(bare, "$")}},
		{`{% $map([1], function($y){ $ }) %}`, []string{fmt.Sprintf(bare, "$")}},
		{`{% $$ %}`, []string{"UNSUPPORTED_JSONATA_EXPRESSION: Reference to '$$' is not supported."}},
		{`{% $states.input.a.$$ %}`, []string{"UNSUPPORTED_JSONATA_EXPRESSION: Reference to '$$' is not supported."}},
		{`{% $states.input.phone[type = 'x' and $.y].number %}`, nil},
		{`{% $states.input.a^(>b).(c & d) %}`, nil},
		{`{% $states.input.a{b: c} %}`, nil},
		{`{% $states.input ~> |a|{'b': c}| %}`, nil},
		{`{% **.x %}`, nil},
		{`{% $nope & $states.input & $states.context.State.Name %}`, nil},
		{`{% $states.errorOutput.Error %}`, []string{"UNSUPPORTED_JSONATA_EXPRESSION: Field '$states.errorOutput' does not exist."}},
		{`{% $states.result %}`, []string{"UNSUPPORTED_JSONATA_EXPRESSION: Field '$states.result' does not exist."}},
		{`{% [1, %}`, []string{`INVALID_JSONATA_EXPRESSION: Expected "]" before end of expression`}},
		{`{%%}`, []string{"INVALID_JSONATA_EXPRESSION: Unexpected end of expression"}},
		{`{% "a %}`, []string{"INVALID_JSONATA_EXPRESSION: String literal must be terminated by a matching quote"}},
		{`{% [1 %} %}`, []string{`INVALID_JSONATA_EXPRESSION: The symbol "}" cannot be used as a unary operator`}},
		{`{% x`, []string{"SCHEMA_VALIDATION_FAILED: JSONata string must start with {% and end with %}"}},
		{`x %}`, []string{"SCHEMA_VALIDATION_FAILED: JSONata string must start with {% and end with %}"}},
		{`{%}`, []string{"SCHEMA_VALIDATION_FAILED: JSONata string must start with {% and end with %}"}},
		{` {% x %}`, []string{"SCHEMA_VALIDATION_FAILED: JSONata string must start with {% and end with %}"}},
		{` {% x %} `, nil},
	} {
		text := fmt.Sprintf(`{"QueryLanguage": "JSONata", "StartAt": "P", "States": {"P": {"Type": "Pass", "End": true, "Output": {"v": [%q]}}}}`, c.output)
		var got []string
		for _, d := range Validate([]byte(text), Options{}) {
			if d.Severity != SeverityError {
				continue
			}
			require.Equal(t, "/States/P/Output/v[0]", d.Location, c.output)
			got = append(got, d.Code+": "+d.Message)
		}
		require.ElementsMatch(t, c.want, got, c.output)
	}
}

// A literal block of YAML ends with a line break.
func TestLineBreakAfterExpression(t *testing.T) {
	const advice = "it ends with a line break, which YAML leaves out after |-"
	for output, want := range map[string]string{"{% 1 %}\n": advice, "{% 1\n": "", " {% 1 %}": ""} {
		for _, state := range []string{
			`{"Type": "Pass", "End": true, "Output": %q}`,
			`{"Type": "Wait", "End": true, "Seconds": %q}`,
			`{"Type": "Choice", "Choices": [{"Condition": %q, "Next": "E"}]}`,
		} {
			text := `{"QueryLanguage": "JSONata", "StartAt": "P", "States": {"P": ` + fmt.Sprintf(state, output) + `, "E": {"Type": "Succeed"}}}`
			found := Validate([]byte(text), Options{})
			i := slices.IndexFunc(found, func(d Diagnostic) bool {
				return d.Message == "JSONata string must start with {% and end with %}"
			})
			require.GreaterOrEqual(t, i, 0, text)
			require.Equal(t, want, found[i].Detail, text)
		}
	}
}

// What $states has depends on the field.
func TestStatesMembers(t *testing.T) {
	const text = `{"QueryLanguage": "JSONata", "StartAt": "T", "States": {
		"T": {"Type": "Task", "Resource": "r", "Arguments": "{%% $states.%[1]s %%}", "Output": "{%% $states.%[1]s %%}", "End": true,
			"Catch": [{"ErrorEquals": ["A"], "Next": "T", "Output": "{%% $states.%[1]s %%}"}]}}}`
	for member, want := range map[string][]string{
		"input": nil, "context": nil,
		"result":      {"/States/T/Arguments", "/States/T/Catch[0]/Output"},
		"errorOutput": {"/States/T/Arguments", "/States/T/Output"},
		"other":       {"/States/T/Arguments", "/States/T/Output", "/States/T/Catch[0]/Output"},
	} {
		var got []string
		for _, d := range Validate([]byte(fmt.Sprintf(text, member)), Options{}) {
			require.Equal(t, "Field '$states."+member+"' does not exist.", d.Message)
			got = append(got, d.Location)
		}
		require.ElementsMatch(t, want, got, member)
	}
}
