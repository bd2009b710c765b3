package machine_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/internal/race"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

const heavy = `$sum([1..2000])`

// statesWithTwo are states that evaluate a heavy expression twice in one go, by
// the fields in which these stand. # is the expression.
var statesWithTwo = map[string]string{
	"Output":             `{"Type": "Pass", "Output": {"a": "{% # %}", "b": ["{% # %}"]}, "End": true}`,
	"Assign and Output":  `{"Type": "Pass", "Assign": {"a": "{% # %}"}, "Output": "{% # %}", "End": true}`,
	"Arguments":          `{"Type": "Task", "Resource": "r", "Arguments": ["{% # %}", "{% # %}"], "End": true}`,
	"TimeoutSeconds":     `{"Type": "Task", "Resource": "r", "TimeoutSeconds": "{% # %}", "Arguments": "{% # %}", "End": true}`,
	"result of a task":   `{"Type": "Task", "Resource": "r", "Assign": {"a": "{% # %}"}, "Output": "{% # %}", "End": true}`,
	"Catcher":            `{"Type": "Task", "Resource": "fails", "End": true, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Z", "Assign": {"a": "{% # %}"}, "Output": "{% # %}"}]}`,
	"Condition":          `{"Type": "Choice", "Choices": [{"Condition": "{% # < 0 %}", "Next": "Z"}, {"Condition": "{% # > 0 %}", "Next": "Z"}]}`,
	"Condition, Output":  `{"Type": "Choice", "Choices": [{"Condition": "{% # > 0 %}", "Output": "{% # %}", "Next": "Z"}]}`,
	"Error and Cause":    `{"Type": "Fail", "Error": "{% $string(#) %}", "Cause": "{% $string(#) %}"}`,
	"Wait":               `{"Type": "Wait", "Seconds": "{% # * 0 %}", "Output": "{% # %}", "End": true}`,
	"Output of a Wait":   `{"Type": "Wait", "Seconds": 1, "Assign": {"a": "{% # %}"}, "Output": "{% # %}", "End": true}`,
	"Items":              `{"Type": "Map", "Items": "{% [#] %}", "MaxConcurrency": "{% # %}", "ItemProcessor": PASS, "End": true}`,
	"ItemSelector":       `{"Type": "Map", "Items": [1, 2], "ItemSelector": "{% # %}", "ItemProcessor": PASS, "End": true}`,
	"results of a Map":   `{"Type": "Map", "Items": [1], "ItemProcessor": PASS, "Assign": {"a": "{% # %}"}, "Output": "{% # %}", "End": true}`,
	"Parallel":           `{"Type": "Parallel", "Arguments": ["{% # %}", "{% # %}"], "Branches": [PASS], "End": true}`,
	"Output of Parallel": `{"Type": "Parallel", "Branches": [PASS], "Output": ["{% # %}", "{% # %}"], "End": true}`,
	"Succeed":            `{"Type": "Succeed", "Output": ["{% # %}", "{% # %}"]}`,
}

// runWithin runs one state of JSONata whose expressions may do so much work, and
// returns the execution and the most work that a Step did.
func runWithin(t *testing.T, state string, steps int) (*machine.Outcome, int) {
	t.Helper()
	state = strings.ReplaceAll(state, "PASS", `{"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}`)
	state = strings.ReplaceAll(state, "#", heavy)
	definition := fmt.Sprintf(`{"QueryLanguage": "JSONata", "StartAt": "S", "States": {"S": %s, "Z": {"Type": "Succeed"}}}`, state)
	p := compile(t, definition, machine.Options{Limits: machine.Limits{ExpressionSteps: steps}})
	h := newHost(t, p, nil)
	h.answer = func(c machine.Command) []machine.Event {
		if c.Resource.Name == "fails" {
			return failWith("Boom", "")
		}
		return succeed(nil)
	}
	most := 0
	h.afterStep = func(h *host) { most = max(most, h.r.Work) }
	return h.run(), most
}

// The expressions of a state share one bound on their work, wherever they stand.
func TestExpressionsOfAStateShareTheirSteps(t *testing.T) {
	_, one := runWithin(t, `{"Type": "Pass", "Output": "{% # %}", "End": true}`, 0)
	require.Greater(t, one, 2000)
	for name, state := range statesWithTwo {
		t.Run(name, func(t *testing.T) {
			o, work := runWithin(t, state, 3*one)
			for _, cause := range []*string{o.Cause, o.Error} {
				if cause != nil {
					require.NotContains(t, *cause, "timeout")
				}
			}
			require.Greater(t, work, 2*one-100)

			limit := one + one/2
			o, work = runWithin(t, state, limit)
			require.NotNil(t, o.Error, "both expressions were evaluated")
			require.Equal(t, "States.QueryEvaluationError", *o.Error)
			require.Contains(t, *o.Cause, "Expression evaluation timeout")
			require.Less(t, work, limit+100)
		})
	}
}

// pathWork are states of JSONPath that make next to nothing and work much.
var pathWork = map[string]string{
	"unique":            `{"Type": "Pass", "Parameters": ` + repeated(100, `"a%d.$": "States.ArrayUnique($.b)"`) + `, "End": true}`,
	"contains":          `{"Type": "Pass", "Parameters": ` + repeated(100, `"a%d.$": "States.ArrayContains($.b, 7)"`) + `, "End": true}`,
	"contains an array": `{"Type": "Pass", "Parameters": ` + repeated(100, `"a%d.$": "States.ArrayContains($.b, $.one)"`) + `, "End": true}`,
	"lengths":           `{"Type": "Pass", "Parameters": ` + repeated(100, `"a%d.$": "States.ArrayLength($.b[*])"`) + `, "End": true}`,
	"merges":            `{"Type": "Pass", "Parameters": ` + repeated(500, `"a%d.$": "States.ArrayLength(States.Array(States.JsonMerge($.o, $.p, false)))"`) + `, "End": true}`,
	"filters":           `{"Type": "Pass", "Parameters": ` + repeated(100, `"a%d.$": "$.b[?(@ == 7)]"`) + `, "End": true}`,
	"a filter of many":  `{"Type": "Pass", "Parameters": {"a.$": "$.b[?(@ == 7` + strings.Repeat(" || @ == 7", 200) + `)]"}, "End": true}`,
	"patterns":          `{"Type": "Pass", "Parameters": ` + repeated(100, `"a%d.$": "$.b[?($.text =~ /(x+)*y/)]"`) + `, "End": true}`,
	"a large pattern":   `{"Type": "Pass", "Parameters": {"a.$": "$.one[?($.text =~ /` + strings.Repeat("x{0,900}y?", 9) + `z/)]"}, "End": true}`,
	"descents":          `{"Type": "Pass", "Parameters": {"a.$": "$.n..[*]..[*]..[*]..z"}, "End": true}`,
	"long names":        `{"Type": "Pass", "Parameters": {"a.$": "$.b[?(@['x'` + strings.Repeat(", 'x'", 200) + `] == 1)]"}, "End": true}`,
	"rules":             `{"Type": "Choice", "Choices": [{"And": [` + strings.Repeat(`{"Variable": "$.text", "StringMatches": "*x"}, `, 2000) + `{"Variable": "$.text", "IsNull": true}], "Next": "Z"}], "Default": "Z"}`,
	"rules of lists":    `{"Type": "Choice", "Choices": [{"Or": [` + strings.Repeat(`{"Variable": "$.b[*]", "IsNull": true}, `, 100) + `{"Variable": "$.text", "IsNull": true}], "Next": "Z"}], "Default": "Z"}`,
	"presence of lists": `{"Type": "Choice", "Choices": [{"Or": [` + strings.Repeat(`{"Variable": "$.b[*]", "IsPresent": false}, `, 100) + `{"Variable": "$.text", "IsNull": true}], "Next": "Z"}], "Default": "Z"}`,
}

// Paths, functions and rules count what they do where it grows with the input.
func TestPathsAndFunctionsOfAStateShareTheirSteps(t *testing.T) {
	race.OneGoroutine(t)
	const limit = 1_000_000
	input := largeInput(t).(*value.Object).With("text", strings.Repeat("x", 50_000))
	for name, state := range pathWork {
		t.Run(name, func(t *testing.T) {
			definition := fmt.Sprintf(`{"StartAt": "S", "States": {"S": %s, "Z": {"Type": "Pass", "End": true}}}`, state)
			p := compile(t, definition, machine.Options{Limits: machine.Limits{ExpressionSteps: limit, PayloadBytes: 1 << 20}})
			h := newHost(t, p, input)
			o := h.run()
			require.NotNil(t, o.Error)
			require.Equal(t, asl.StatesRuntime, *o.Error)
			require.Contains(t, *o.Cause, "more work than the limit of 1000000 steps")
			require.Less(t, h.r.Work, 2*limit)
		})
	}
}

// However many containers end with a state, or fail with it, they share the steps
// of one.
func TestContainersThatEndTogetherShareTheirSteps(t *testing.T) {
	_, one := runWithin(t, `{"Type": "Pass", "Output": "{% # %}", "End": true}`, 0)
	inner := map[string]string{
		"succeed": `"A": {"Type": "Pass", "Output": "{% # %}", "End": true}`,
		"fail":    `"A": {"Type": "Fail", "Error": "Boom"}`,
	}
	outer := map[string]string{
		"Parallel": `{"Type": "Parallel", "Branches": [{"StartAt": "%[1]s", "States": {%[2]s}}], "Output": "{%% # %%}", "Catch": [{"ErrorEquals": ["Boom"], "Output": "{%% # %%}", "Next": "Z%[3]d"}], "End": true}`,
		"Map":      `{"Type": "Map", "Items": [1], "ItemProcessor": {"StartAt": "%[1]s", "States": {%[2]s}}, "Output": "{%% # %%}", "Catch": [{"ErrorEquals": ["Boom"], "Output": "{%% # %%}", "Next": "Z%[3]d"}], "End": true}`,
	}
	for end, states := range inner {
		for kind, state := range outer {
			t.Run(kind+"s that "+end, func(t *testing.T) {
				name, states := "A", states
				for i := range 20 {
					wrapped := fmt.Sprintf(state, name, states, i)
					name = fmt.Sprintf("B%d", i)
					states = fmt.Sprintf(`"%s": %s, "Z%d": {"Type": "Pass", "Output": "{%% # %%}", "End": true}`, name, wrapped, i)
				}
				definition := fmt.Sprintf(`{"QueryLanguage": "JSONata", "StartAt": %q, "States": {%s}}`, name, strings.ReplaceAll(states, "#", heavy))
				limit := one + one/2
				p := compile(t, definition, machine.Options{Limits: machine.Limits{ExpressionSteps: limit, StepExpressions: 1}})
				h := newHost(t, p, nil)
				most := 0
				h.afterStep = func(h *host) { most = max(most, h.r.Work) }
				require.NotNil(t, h.run())
				require.Greater(t, most, one)
				require.Less(t, most, 2*limit+1000)
			})
		}
	}
}

// What one state used up is not missing in the next.
func TestStepsOfAStateAreItsOwn(t *testing.T) {
	_, one := runWithin(t, `{"Type": "Pass", "Output": "{% # %}", "End": true}`, 0)
	for name, state := range map[string]string{
		"states":          `{"Type": "Pass", "Output": "{% # %}", "Next": "T"}, "T": {"Type": "Pass", "Output": "{% # %}", "End": true}`,
		"task":            `{"Type": "Task", "Resource": "r", "Arguments": "{% # %}", "Output": "{% # %}", "End": true}`,
		"retries":         `{"Type": "Task", "Resource": "fails", "Arguments": "{% # %}", "Retry": [{"ErrorEquals": ["Boom"], "IntervalSeconds": 1}], "Catch": [{"ErrorEquals": ["Boom"], "Next": "Z"}], "End": true}`,
		"items":           `{"Type": "Map", "Items": [1, 2, 3], "MaxConcurrency": 1, "ItemSelector": "{% # %}", "ItemProcessor": PASS, "Output": "{% # %}", "End": true}`,
		"Catcher":         `{"Type": "Pass", "Output": "{% # %}", "Next": "T"}, "T": {"Type": "Task", "Resource": "fails", "Arguments": "{% # %}", "Catch": [{"ErrorEquals": ["Boom"], "Next": "Z", "Output": "{% # %}"}], "End": true}`,
		"after a timeout": `{"Type": "Task", "Resource": "r", "Arguments": ["{% # %}", "{% # %}"], "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Z", "Output": "{% # %}"}], "End": true}`,
	} {
		t.Run(name, func(t *testing.T) {
			o, _ := runWithin(t, state, one+one/2)
			require.Nil(t, o.Error)
		})
	}
}
