package asltest_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/asltest"
	"github.com/gostates/gostates/value"
)

// discounts has a fault: an order of more than 1000 by a gold customer skips the payment.
const discounts = `{"StartAt": "Gold?", "States": {
	"Gold?": {"Type": "Choice", "Choices": [{"And": [
		{"Variable": "$.by.tier", "StringEquals": "gold"},
		{"Variable": "$.total", "NumericGreaterThan": 1000}], "Next": "Ship"}], "Default": "Pay"},
	"Pay": {"Type": "Pass", "Next": "Ship"},
	"Ship": {"Type": "Succeed"}}}`

const orderSchema = `{"type": "object", "required": ["total", "by"], "additionalProperties": false, "properties": {
	"total": {"type": "integer", "minimum": 0},
	"note": {"type": "string", "maxLength": 40},
	"items": {"type": "array", "items": {"$ref": "#/$defs/item"}},
	"by": {"type": "object", "required": ["tier"], "properties": {
		"name": {"type": "string"}, "tier": {"type": "string"}}}},
	"$defs": {"item": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "minLength": 1}, "parts": {"type": "array", "items": {"$ref": "#/$defs/item"}}}}}}`

// Every order is paid for. Inputs finds one that is not, and shrinks it.
func ExampleInputs() {
	fmt.Println(asltest.Try(func(t testing.TB) {
		program := asltest.Compile(t, discounts)
		asltest.Inputs(t, program, asltest.Schema(orderSchema), func(t testing.TB, input json.RawMessage) {
			asltest.Run(t, program, input).WantPath("Gold?", "Pay", "Ship")
		})
	}))
	// Output:
	// asltest: input 30 of 100 fails: {"by":{"tier":"gold"},"note":"czx","total":1001}
	// the smallest that fails, found in 26 runs: {"by":{"tier":"gold"},"total":1001}
	//   asltest: the path differs
	//     want  Gold?, Pay, Ship
	//     got   Gold?, Ship
	//       Gold?
	//     - Pay
	//       Ship
}

// ownGenerator is any generator, with Valid.
type ownGenerator struct{}

func (ownGenerator) Generate(r *rand.Rand) any {
	return map[string]any{"by": map[string]any{"tier": []string{"gold", "silver"}[r.IntN(2)], "since": r.IntN(2000)},
		"total": r.IntN(100_000), "lines": make([]int, r.IntN(10))}
}

func (ownGenerator) Valid(input json.RawMessage) bool {
	var order struct {
		By    *struct{ Tier *string }
		Total *int
	}
	return json.Unmarshal(input, &order) == nil && order.By != nil && order.By.Tier != nil && order.Total != nil
}

// A planted fault shrinks to an input below 40 bytes, from a schema, from examples and from
// any generator.
func TestInputsShrinkAPlantedFault(t *testing.T) {
	p := asltest.Compile(t, discounts)
	smallest := `{"total":1001,"by":{"tier":"gold"}}`
	for name, gen := range map[string]asltest.Generator{
		"schema": asltest.Schema(orderSchema),
		"examples": asltest.Examples(`{"total": 5, "note": "x", "items": [{"id": "a"}], "by": {"tier": "silver", "name": "Ada"}}`,
			map[string]any{"total": 70, "by": map[string]any{"tier": "gold"}}),
		"of the test": ownGenerator{},
	} {
		t.Run(name, func(t *testing.T) {
			report := asltest.Try(func(t testing.TB) {
				asltest.Inputs(t, p, gen, func(t testing.TB, input json.RawMessage) {
					asltest.Run(t, p, input).WantPath("Gold?", "Pay", "Ship")
				})
			})
			_, found, _ := strings.Cut(report, " runs: ")
			found, _, _ = strings.Cut(found, "\n")
			v, err := value.ParseString(found)
			require.NoError(t, err, report)
			want, _ := value.ParseString(smallest)
			require.True(t, value.Equal(want, v), report)
			require.Contains(t, report, "\n  asltest: the path differs\n", report)
		})
	}
}

func parsed(t testing.TB, input json.RawMessage) any {
	v, err := value.Parse(input)
	require.NoError(t, err)
	return v
}

// All inputs of a schema are valid by it, and so are smaller ones.
func TestInputsAreValid(t *testing.T) {
	p := asltest.Compile(t, discounts)
	for text, ok := range map[string]func(v any) bool{
		`{"type": "integer", "minimum": 3, "exclusiveMaximum": 6}`: func(v any) bool { n, ok := v.(int64); return ok && n >= 3 && n < 6 },
		`{"type": "number", "exclusiveMinimum": 0, "maximum": 1}`: func(v any) bool {
			c, ok := value.CompareNumbers(v, int64(0))
			d, _ := value.CompareNumbers(v, int64(1))
			return ok && c > 0 && d <= 0
		},
		`{"type": "string", "minLength": 2, "maxLength": 3}`: func(v any) bool { s, ok := v.(string); n := len([]rune(s)); return ok && 2 <= n && n <= 3 },
		`{"items": {"enum": [1, 2, 3]}, "uniqueItems": true}`: func(v any) bool {
			seen := map[any]bool{}
			for _, one := range v.([]any) {
				if seen[one] {
					return false
				}
				seen[one] = true
			}
			return true
		},
		`{"anyOf": [{"const": null}, {"type": ["boolean"]}]}`: func(v any) bool { _, ok := v.(bool); return ok || v == nil },
		`{"properties": {"a": true}, "required": ["a", "b"], "additionalProperties": {"type": "string", "format": "date"}}`: func(v any) bool {
			b, _ := v.(*value.Object).Get("b")
			_, ok := b.(string)
			return ok && v.(*value.Object).Has("a")
		},
		`{"type": "array", "items": {"$ref": "#"}, "maxItems": 3}`: func(v any) bool { _, ok := v.([]any); return ok },
		`{"type": "string"}`: func(v any) bool { _, ok := v.(string); return ok },
	} {
		kinds := map[string]bool{}
		gen := asltest.Schema(text)
		for range 2 { // a generator can be used again
			asltest.Inputs(t, p, gen, func(t testing.TB, input json.RawMessage) {
				kinds[string(input)] = true
				require.True(t, ok(parsed(t, input)), "%s: %s", text, input)
			})
		}
		require.Greater(t, len(kinds), 1, text)
		report := messages(t, func(t testing.TB) {
			asltest.Inputs(t, p, gen, func(t testing.TB, input json.RawMessage) {
				if !ok(parsed(t, input)) {
					t.Fatalf("%s is smaller and not valid by %s", input, text)
				}
				t.Error("no")
			})
		})
		require.NotContains(t, report, "not valid by")
	}
}

// Examples come first; what follows has their members.
func TestInputsLikeExamples(t *testing.T) {
	p := asltest.Compile(t, discounts)
	var all []string
	asltest.Inputs(t, p, asltest.Examples(`{"a": [], "b": 1}`, `{"b": "x", "a": [{"c": null}]}`), func(t testing.TB, input json.RawMessage) {
		o := parsed(t, input).(*value.Object)
		require.Equal(t, 2, o.Len())
		b, _ := o.Get("b")
		require.NotEqual(t, "float64", fmt.Sprintf("%T", b))
		all = append(all, string(input))
	})
	require.Equal(t, []string{`{"a":[],"b":1}`, `{"b":"x","a":[{"c":null}]}`}, all[:2])
	require.Len(t, all, 100)
}

// The same seed makes the same inputs; a test may skip some.
func TestInputsAreRepeated(t *testing.T) {
	p := asltest.Compile(t, discounts)
	list := func() (all []string) {
		asltest.Inputs(t, p, asltest.Schema(orderSchema), func(t testing.TB, input json.RawMessage) {
			all = append(all, string(input))
			if len(all)%2 == 0 {
				t.Skip("odd ones only")
			}
		})
		return all
	}
	require.Equal(t, list(), list())
}

// Generators and tests may be hostile, and schemas beyond what Schema knows.
func TestMistakesInInputs(t *testing.T) {
	p := asltest.Compile(t, discounts)
	none := func(testing.TB, json.RawMessage) {}
	of := func(f func(r *rand.Rand) any) asltest.Generator { return asltest.GeneratorFunc(f) }
	for want, test := range map[string]func(t testing.TB){
		"the program is nil":                            func(t testing.TB) { asltest.Inputs(t, nil, asltest.Examples(1), none) },
		"the generator or the test is nil":              func(t testing.TB) { asltest.Inputs(t, p, nil, none) },
		"input 1: the generator panics: oh":             func(t testing.TB) { asltest.Inputs(t, p, of(func(*rand.Rand) any { panic("oh") }), none) },
		"input 1: ":                                     func(t testing.TB) { asltest.Inputs(t, p, of(func(*rand.Rand) any { return make(chan int) }), none) },
		"there are no examples":                         func(t testing.TB) { asltest.Inputs(t, p, asltest.Examples(), none) },
		"example 2: ":                                   func(t testing.TB) { asltest.Inputs(t, p, asltest.Examples(1, "x"), none) },
		"the schema: #/properties/a/pattern: asltest.S": schemaTest(p, `{"properties": {"a": {"pattern": "x"}}}`),
		`#/type: want a type or types, got "text"`:      schemaTest(p, `{"type": "text"}`),
		`#/items/$ref: there is no "#/$defs/x"`:         schemaTest(p, `{"items": {"$ref": "#/$defs/x"}}`),
		`"http://x" does not begin with #`:              schemaTest(p, `{"$ref": "http://x"}`),
		"#/$ref: \"#\" is a reference itself":           schemaTest(p, `{"$ref": "#"}`),
		"a schema is an object or a boolean":            schemaTest(p, `[]`),
		"the test skipped all 100 inputs": func(t testing.TB) {
			asltest.Inputs(t, p, asltest.Examples(1), func(t testing.TB, _ json.RawMessage) { t.Skip() })
		},
		"found in 1 run: 0\n  panic: oh\n": func(t testing.TB) {
			asltest.Inputs(t, p, asltest.Examples(7), func(testing.TB, json.RawMessage) { panic("oh") })
		},
	} {
		require.Contains(t, messages(t, test), want)
	}
}

func schemaTest(p *asltest.Program, schema string) func(t testing.TB) {
	return func(t testing.TB) { asltest.Inputs(t, p, asltest.Schema(schema), func(testing.TB, json.RawMessage) {}) }
}

// A Valid that panics refuses, and one that takes all does not keep the search from ending.
type oddGenerator struct{ panics bool }

func (oddGenerator) Generate(r *rand.Rand) any { return []any{r.IntN(1000), strings.Repeat("x", 50)} }

func (g oddGenerator) Valid(json.RawMessage) bool {
	if g.panics {
		panic("oh")
	}
	return true
}

func TestInputsOfOddGenerators(t *testing.T) {
	p := asltest.Compile(t, discounts)
	for panics, want := range map[bool]string{true: `found in 0 runs: [`, false: ": []\n"} {
		report := messages(t, func(t testing.TB) {
			asltest.Inputs(t, p, oddGenerator{panics}, func(t testing.TB, input json.RawMessage) { t.Errorf("all fail") })
		})
		require.Contains(t, report, want)
	}
}

// Values of schemas that refer to themselves end, and values that are not valid by all
// keywords are not used.
func TestInputsOfDifficultSchemas(t *testing.T) {
	p := asltest.Compile(t, discounts)
	for _, text := range []string{
		`{"anyOf": [{"type": "array", "items": {"$ref": "#"}, "minItems": 3}, {"type": "integer"}]}`,
		`{"type": ["array", "boolean"], "items": {"$ref": "#"}, "minItems": 4}`,
		`{"$ref": "#/$defs/node", "$defs": {"node": {"type": "object", "properties": {"next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}}, "required": ["next"]}}}`,
		`{"properties": {"never": false, "list": {"items": false}, "b": {"type": "integer"}}}`,
		`{"type": "array", "items": {"type": "boolean"}, "uniqueItems": true, "minItems": 2}`,
		`{"type": "integer", "minimum": 3, "anyOf": [{"type": "string"}, {"type": "integer"}]}`,
		`{"type": "string", "enum": [1, "a"]}`,
	} {
		gen := asltest.Schema(text)
		valid := gen.(interface {
			Valid(input json.RawMessage) bool
		})
		count := 0
		asltest.Inputs(t, p, gen, func(t testing.TB, input json.RawMessage) {
			count++
			require.True(t, valid.Valid(input), "%s: %s", text, input)
		})
		require.Equal(t, 100, count)
	}
	for text, want := range map[string]string{
		`{"properties": {"next": {"$ref": "#"}}, "required": ["next"]}`: "the schema: no finite value is valid",
		`false`: "the schema: no finite value is valid",
		`{"anyOf": [{"$ref": "#"}, {"type": "null"}]}`:                                "the schema: an anyOf or oneOf leads to itself",
		`{"type": "integer", "minimum": 5, "maximum": 4}`:                             "input 1: none of 1000 values that were made is valid by the schema",
		`{"required": ["a"], "additionalProperties": false, "properties": {"b": {}}}`: "input 1: none of 1000 values that were made is valid by the schema",
	} {
		require.Contains(t, asltest.Try(schemaTest(p, text)), want, text)
	}
}
