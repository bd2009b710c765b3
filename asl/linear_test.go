package asl_test

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
)

// fill repeats a part, with a comma between, until it has n bytes. %d in it is the
// number of the part, %n that of the next.
func fill(n int, part string) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strings.NewReplacer("%d", fmt.Sprint(i), "%n", fmt.Sprint(i+1)).Replace(part))
	}
	return b.String()
}

func states(language, list string) string {
	return fmt.Sprintf(`{"QueryLanguage": %q, "StartAt": "S", "States": {%s}}`, language, list)
}

// longDefinitions are of about n bytes, in which many parts could meet many others.
var longDefinitions = map[string]func(n int) string{
	"a chain of states": func(n int) string {
		return states("JSONPath", `"S": {"Type": "Pass", "Next": "s0"},`+fill(n, `"s%d": {"Type": "Pass", "Next": "s%n"}`))
	},
	"states that nothing leads to": func(n int) string {
		return states("JSONPath", `"S": {"Type": "Pass", "End": true},`+fill(n, `"s%d": {"Type": "Pass", "End": true}`))
	},
	"targets that are not there": func(n int) string {
		return states("JSONPath", `"S": {"Type": "Pass", "End": true},`+fill(n, `"statement%d": {"Type": "Pass", "Next": "statemate%d"}`))
	},
	"fields that are not there": func(n int) string {
		return states("JSONPath", `"S": {"Type": "Pass", "End": true,`+fill(n, `"Paramaters%d": 1`)+`}`)
	},
	"rules": func(n int) string {
		return states("JSONPath", `"S": {"Type": "Choice", "Choices": [`+fill(n, `{"Variable": "$.a%d", "IsNull": true, "Next": "S"}`)+`]}`)
	},
	"variables in a chain": func(n int) string {
		return states("JSONPath", `"S": {"Type": "Pass", "Assign": {"v0": 1}, "Next": "s0"},`+fill(n, `"s%d": {"Type": "Pass", "Assign": {"v%n.$": "$v%d"}, "Next": "s%n"}`))
	},
	"variables that nothing assigns": func(n int) string {
		return states("JSONPath", `"S": {"Type": "Pass", "Parameters": {`+fill(n, `"a%d.$": "$v%d"`)+`}, "End": true}`)
	},
	"paths to what is known": func(n int) string {
		return states("JSONPath", `"S": {"Type": "Pass", "Result": {`+fill(n/2, `"k%d": 1`)+`}, "Next": "T"}, "T": {"Type": "Pass", "Parameters": {`+fill(n/2, `"a%d.$": "$.k%d"`)+`}, "End": true}`)
	},
	"what is known through a chain": func(n int) string {
		return states("JSONPath", `"S": {"Type": "Pass", "Result": {`+fill(n/3, `"k%d": 1`)+`}, "Next": "s0"},`+fill(n, `"s%d": {"Type": "Pass", "Result": 1, "ResultPath": "$.x%d", "Next": "s%n"}`))
	},
	"branches": func(n int) string {
		return states("JSONPath", `"S": {"Type": "Parallel", "End": true, "Branches": [`+fill(n, `{"StartAt": "b%d", "States": {"b%d": {"Type": "Pass", "Assign": {"v%d": 1}, "End": true}}}`)+`]}`)
	},
	"expressions": func(n int) string {
		return states("JSONata", `"S": {"Type": "Pass", "Output": {`+fill(n, `"a%d": "{% $states.input.a%d & $v%d %}"`)+`}, "End": true}`)
	},
	"a block": func(n int) string {
		return states("JSONata", `"S": {"Type": "Pass", "Output": "{% (`+strings.ReplaceAll(fill(n, `$a%d := $a%d;`), ",", "")+` 1) %}", "End": true}`)
	},
	"names at the top": func(n int) string {
		return states("JSONata", `"S": {"Type": "Pass", "Output": "{% [`+fill(n, `a%d`)+`] %}", "End": true}`)
	},
	"escapes": func(n int) string {
		return states("JSONata", `"S": {"Type": "Pass", "Output": "{% [`+fill(n, `\u0024v%d`)+`] %}", "End": true}`)
	},
}

// A definition of four times the length takes four times the memory to parse and
// to check, and not sixteen times.
func TestLongDefinitionsTakeLinearMemory(t *testing.T) {
	allocated := func(text string) float64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		m, _ := asl.Parse([]byte(text))
		asl.Validate([]byte(text), asl.Options{})
		if m != nil {
			asl.VariableReferences(m)
		}
		runtime.ReadMemStats(&after)
		return float64(after.TotalAlloc - before.TotalAlloc)
	}
	const n = 15_000
	for name, definition := range longDefinitions {
		t.Run(name, func(t *testing.T) {
			once := allocated(definition(n))
			require.Less(t, allocated(definition(4*n)), 6*once)
		})
	}
}

// A source that is too large to be read takes hardly any memory, however many lines it has.
func TestTooLargeDefinitionsTakeNoMemory(t *testing.T) {
	text := bytes.Repeat([]byte("[\n"), 4*asl.MaxDefinitionBytes)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := asl.Parse(text)
	found := asl.Validate(text, asl.Options{})
	runtime.ReadMemStats(&after)
	require.EqualError(t, err, "1:1: INVALID_JSON_DESCRIPTION: the JSON has more than 1048576 bytes, the limit")
	require.EqualError(t, found, err.Error())
	require.Less(t, int(after.TotalAlloc-before.TotalAlloc), len(text)/2)
}
