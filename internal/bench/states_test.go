package bench

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// The same machines in both query languages, beside Go for the same values.
func init() {
	for _, t := range []struct {
		name, unit        string
		n                 int
		jsonPath, jsonata string
		input             func(testing.TB) any
		byHand            func(input any) any
	}{
		{
			"100 Pass with an Output", "transition", 100,
			chain(100, func(int) string {
				return `"Type": "Pass", "Parameters": {"n.$": "$.n", "fixed": true}`
			}),
			ata(chain(100, func(int) string {
				return `"Type": "Pass", "Output": {"n": "{% $states.input.n %}", "fixed": true}`
			})),
			fixed(`{"n": 4711}`),
			func(input any) any {
				for range 100 {
					o := value.NewObject(2)
					o.Set("n", get(input, "n"))
					o.Set("fixed", true)
					input = o
				}
				return input
			},
		},
		{
			"Choice of 20 conditions", "execution", 1,
			choices(func(i int) string {
				return fmt.Sprintf(`{"Variable": "$.order.total", "NumericEquals": %d, "Next": "S"}`, 81+i)
			}),
			ata(choices(func(i int) string {
				return fmt.Sprintf(`{"Condition": "{%% $states.input.order.total = %d %%}", "Next": "S"}`, 81+i)
			})),
			fixed(`{"order": {"total": 100}}`),
			func(input any) any {
				for i := range int64(20) {
					if get(get(input, "order"), "total") == 81+i {
						return input
					}
				}
				return nil
			},
		},
		{
			"Map over 10,000 with ItemSelector", "item", 10_000,
			selecting(`"ItemSelector": {"v.$": "$$.Map.Item.Value", "i.$": "$$.Map.Item.Index"}`),
			ata(selecting(`"ItemSelector": {"v": "{% $states.context.Map.Item.Value %}", "i": "{% $states.context.Map.Item.Index %}"}`)),
			func(testing.TB) any { return items(10_000) },
			func(input any) any {
				results := make([]any, 0, 10_000)
				for i, v := range input.([]any) {
					o := value.NewObject(2)
					o.Set("v", v)
					o.Set("i", int64(i))
					results = append(results, o)
				}
				return results
			},
		},
		{
			"50 assigns and reads", "transition", 50,
			chain(50, func(i int) string {
				if i == 0 {
					return `"Type": "Pass", "Assign": {"v.$": "$.n", "w": 0}`
				}
				return `"Type": "Pass", "Assign": {"v.$": "$v", "w.$": "$v"}`
			}),
			ata(chain(50, func(i int) string {
				if i == 0 {
					return `"Type": "Pass", "Assign": {"v": "{% $states.input.n %}", "w": 0}`
				}
				return `"Type": "Pass", "Assign": {"v": "{% $v %}", "w": "{% $v %}"}`
			})),
			fixed(`{"n": 4711}`),
			func(input any) any {
				vars := value.NewObject(2)
				vars.Set("v", get(input, "n"))
				vars.Set("w", int64(0))
				for range 49 {
					v := get(vars, "v")
					vars = vars.With("v", v).With("w", v)
				}
				sink = vars
				return input
			},
		},
	} {
		for _, language := range []struct{ name, definition string }{{"JSONPath", t.jsonPath}, {"JSONata", t.jsonata}} {
			pairs = append(pairs, pair{
				name: t.name + ", " + language.name, unit: t.unit, n: t.n,
				ours: func(b *testing.B) func() {
					r := &runner{p: compile(b, language.definition, machine.NoLimits)}
					input := t.input(b)
					r.run(b, input)
					if got, want := r.x.Outcome.Output, t.byHand(input); !value.Equal(got, want) {
						b.Fatalf("%s, by hand %s", value.String(got), value.String(want))
					}
					return func() { r.run(b, input) }
				},
				byHand: func(b *testing.B) func() {
					input := t.input(b)
					return func() { sink = t.byHand(input) }
				},
			})
		}
	}
}

func ata(definition string) string {
	return strings.Replace(definition, "{", `{"QueryLanguage": "JSONata", `, 1)
}

func fixed(text string) func(testing.TB) any {
	return func(tb testing.TB) any { return parse(tb, text) }
}

func choices(rule func(i int) string) string {
	var rules []string
	for i := range 20 {
		rules = append(rules, rule(i))
	}
	return `{"StartAt": "C", "States": {"C": {"Type": "Choice", "Choices": [` + strings.Join(rules, ",") + `]}, "S": {"Type": "Succeed"}}}`
}

func selecting(selector string) string {
	return `{"StartAt": "M", "States": {"M": {"Type": "Map", "End": true, ` + selector + `,
		"ItemProcessor": {"StartAt": "T", "States": {"T": {"Type": "Pass", "End": true}}}}}}`
}
