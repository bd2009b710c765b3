package machine_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/internal/race"
	"github.com/gostates/gostates/interpreter/machine"
)

// allocated returns how many bytes f allocates in all: more than it holds at any
// time.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// pathPlaces are states that evaluate a template or call, # in them.
var pathPlaces = map[string]string{
	"Parameters of a Pass":     `{"Type": "Pass", "Parameters": {"a": 1, "x": #}, "End": true}`,
	"Parameters of a Task":     `{"Type": "Task", "Resource": "r", "Parameters": [[#]], "End": true}`,
	"Parameters of a Parallel": `{"Type": "Parallel", "Parameters": #, "Branches": [PASS], "End": true}`,
	"ResultSelector":           `{"Type": "Task", "Resource": "r", "ResultSelector": {"x": #}, "OutputPath": null, "End": true}`,
	"Assign":                   `{"Type": "Pass", "Assign": {"x": #}, "End": true}`,
	"Assign of a Choice":       `{"Type": "Choice", "Choices": [{"Variable": "$", "IsPresent": true, "Assign": {"x": #}, "Next": "Z"}]}`,
	"Assign of a Catcher":      `{"Type": "Task", "Resource": "fails", "Catch": [{"ErrorEquals": ["States.ALL"], "Assign": {"x": #}, "Next": "Z"}], "End": true}`,
	"ItemSelector":             `{"Type": "Map", "ItemsPath": "$.one", "ItemSelector": {"x": #}, "ItemProcessor": PASS, "End": true}`,
	"results of a Parallel":    `{"Type": "Parallel", "Branches": [PASS], "ResultPath": null, "ResultSelector": {"x": #}, "End": true}`,
}

// pathBlowUps are templates, in which every path starts at the input.
var pathBlowUps = map[string]string{
	"lists":             repeated(200, `"a%d.$": "IN.b[*]"`),
	"lists in an array": `{"a.$": "States.Array(` + strings.TrimSuffix(strings.Repeat("IN.b[*], ", 900), ", ") + `)"}`,
	"all parts":         repeated(8, `"a%d.$": "IN..*"`),
	"descents":          `{"a.$": "IN.n..[*]..[*]..[*]"}`,
	"slices":            `{"a.$": "IN.n..[0:]..[0:]..[0:]"}`,
	"filters":           `{"a.$": "IN.n..[?(@)]..[?(@)]..[?(@)]"}`,
	"merges":            repeated(200, `"a%d.$": "States.JsonMerge(IN.o, IN.p, false)"`),
	"partitions":        repeated(200, `"a%d.$": "States.ArrayPartition(IN.b, 1)"`),
	"texts":             repeated(200, `"a%d.$": "States.JsonToString(IN.b)"`),
	"one long text":     `{"a.$": "States.Format('` + strings.Repeat("{}", 900) + `'` + strings.Repeat(", IN.b", 900) + `)"}`,
	"texts and values":  repeated(200, `"a%d.$": "States.StringToJson(States.JsonToString(IN.b))"`),
	"calls in calls":    `{"a.$": "` + nestedCalls(8) + `"}`,
	"split":             repeated(200, `"a%d.$": "States.StringSplit(States.JsonToString(IN.b), ',')"`),
	"lengths of lists":  `{"a.$": "States.ArrayLength(States.Array(` + strings.TrimSuffix(strings.Repeat("IN.b[*], ", 900), ", ") + `))"}`,
}

func repeated(n int, field string) string {
	fields := make([]string, n)
	for i := range fields {
		fields[i] = fmt.Sprintf(field, i)
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

// nestedCalls holds four lists in each call.
func nestedCalls(depth int) string {
	if depth == 0 {
		return "IN.b[*]"
	}
	return "States.Array(IN.b[*], IN.b[*], IN.b[*], " + nestedCalls(depth-1) + ")"
}

// largeInput has 250 KB in many small parts.
func largeInput(t testing.TB) any {
	var o, p []string
	for i := range 2000 {
		o = append(o, fmt.Sprintf(`"k%d":%d`, i, i))
		p = append(p, fmt.Sprintf(`"q%d":%d`, i, i))
	}
	n := strings.Repeat("[1,", 400) + strings.Repeat("]", 400)
	n = strings.ReplaceAll(n, ",]", "]")
	return parse(t, `{"one": [1], "n": `+n+`, "b": [`+strings.Repeat("1,", 100_000)+`2], "o": {`+strings.Join(o, ",")+`}, "p": {`+strings.Join(p, ",")+`}}`)
}

func runState(t testing.TB, language, state string, input any) *machine.Outcome {
	t.Helper()
	state = strings.ReplaceAll(state, "PASS", `{"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}`)
	p := compile(t, fmt.Sprintf(`{"QueryLanguage": %q, "StartAt": "S", "States": {"S": %s, "Z": {"Type": "Pass", "End": true}}}`, language, state), machine.Options{})
	h := newHost(t, p, input)
	h.answer = func(c machine.Command) []machine.Event {
		if c.Resource.Name == "fails" {
			return failWith("Boom", "")
		}
		return succeed(nil)
	}
	return h.run()
}

// Bounds on what is allocated in all, and not only held. An expression of JSONata
// has 48 MiB of its own.
const (
	allocatedByPaths   = 48 << 20
	allocatedByJSONata = 128 << 20
)

// Whatever a template makes is counted on the way: it ends as AWS ends a payload
// that is too large, before the memory is taken.
func TestTemplatesAreCountedWhileTheyAreBuilt(t *testing.T) {
	race.OneGoroutine(t)
	input := largeInput(t)
	for place, state := range pathPlaces {
		for name, template := range pathBlowUps {
			if place != "Parameters of a Task" && name != "lists" && name != "texts" {
				continue // all of them in one place, and these two everywhere
			}
			t.Run(place+"/"+name, func(t *testing.T) {
				template := strings.ReplaceAll(template, "IN", "$$.Execution.Input")
				var o *machine.Outcome
				used := allocated(func() { o = runState(t, "JSONPath", strings.ReplaceAll(state, "#", template), input) })
				requireTooLarge(t, o, place)
				require.Less(t, used, uint64(allocatedByPaths))
			})
		}
	}
}

func requireTooLarge(t *testing.T, o *machine.Outcome, place string) {
	t.Helper()
	require.NotNil(t, o.Error)
	require.Equal(t, asl.StatesDataLimitExceeded, *o.Error, "%.300s", *o.Cause)
	if strings.HasPrefix(place, "Assign") {
		require.Contains(t, *o.Cause, "ariable size limit exceeded. Variable 'x' in state 'S' was assigned")
	} else {
		require.Equal(t, "The state/task 'S' returned a result with a size exceeding the maximum number of bytes service limit.", *o.Cause)
	}
}

// queryPlaces are states that evaluate JSON with expressions in it.
var queryPlaces = map[string]string{
	"Arguments of a Task":     `{"Type": "Task", "Resource": "r", "Arguments": [[#]], "End": true}`,
	"Arguments of a Parallel": `{"Type": "Parallel", "Arguments": #, "Branches": [PASS], "End": true}`,
	"Output":                  `{"Type": "Pass", "Output": {"x": #}, "End": true}`,
	"Output of a Task":        `{"Type": "Task", "Resource": "r", "Output": #, "End": true}`,
	"Output of a Catcher":     `{"Type": "Task", "Resource": "fails", "Catch": [{"ErrorEquals": ["States.ALL"], "Output": #, "Next": "Z"}], "End": true}`,
	"Output of a rule":        `{"Type": "Choice", "Choices": [{"Condition": true, "Output": #, "Next": "Z"}]}`,
	"Output of a Wait":        `{"Type": "Wait", "Seconds": 1, "Output": #, "End": true}`,
	"Output of Succeed":       `{"Type": "Succeed", "Output": #}`,
	"Assign":                  `{"Type": "Pass", "Assign": {"x": #}, "End": true}`,
	"Assign of a Catcher":     `{"Type": "Task", "Resource": "fails", "Catch": [{"ErrorEquals": ["States.ALL"], "Assign": {"x": #}, "Next": "Z"}], "End": true}`,
	"Assign of a rule":        `{"Type": "Choice", "Choices": [{"Condition": true, "Assign": {"x": #}, "Next": "Z"}]}`,
	"Items":                   `{"Type": "Map", "Items": [#], "ItemProcessor": PASS, "End": true}`,
	"ItemSelector":            `{"Type": "Map", "Items": [1], "ItemSelector": #, "ItemProcessor": PASS, "End": true}`,
	"results of a Map":        `{"Type": "Map", "Items": [1], "Output": #, "ItemProcessor": PASS, "End": true}`,
}

var queryBlowUps = map[string]string{
	"padding":      repeated(500, `"a%d": "{%% $pad('', 200000) %%}"`),
	"ranges":       repeated(500, `"a%d": "{%% [1..40000] %%}"`),
	"joins":        repeated(500, `"a%d": "{%% $join($states.context.Execution.Input.b.$string()) %%}"`),
	"copies":       repeated(500, `"a%d": "{%% $append($states.context.Execution.Input.b, %[1]d) %%}"`),
	"shared parts": `{"a": "{% $reduce([1..30], function($a, $i) { {'a': $a, 'b': $a} }, 1) %}"}`,
	"shared lists": `{"a": "{% $reduce([1..30], function($a, $i) { [[$a], [$a]] }, 1) %}"}`,
}

func TestJSONataFieldsAreCountedWhileTheyAreBuilt(t *testing.T) {
	race.OneGoroutine(t)
	input := largeInput(t)
	for place, state := range queryPlaces {
		for name, field := range queryBlowUps {
			if place != "Output" && name != "padding" && name != "shared parts" {
				continue
			}
			t.Run(place+"/"+name, func(t *testing.T) {
				var o *machine.Outcome
				used := allocated(func() { o = runState(t, "JSONata", strings.ReplaceAll(state, "#", field), input) })
				requireTooLarge(t, o, place)
				require.Less(t, used, uint64(allocatedByJSONata))
			})
		}
	}
}

// What a path selects as a whole is bounded, too.
func TestListsOfPathFieldsAreCountedWhileTheyAreFound(t *testing.T) {
	input := largeInput(t)
	for field, state := range map[string]string{
		"InputPath":           `{"Type": "Pass", "InputPath": "#", "ResultPath": "$.x", "End": true}`,
		"OutputPath":          `{"Type": "Pass", "OutputPath": "#", "End": true}`,
		"Variable":            `{"Type": "Choice", "Choices": [{"Variable": "#", "IsNull": true, "Next": "Z"}], "Default": "Z"}`,
		"Variable, IsPresent": `{"Type": "Choice", "Choices": [{"Not": {"Variable": "#", "IsPresent": true}, "Next": "Z"}], "Default": "Z"}`,
		"Operand":             `{"Type": "Choice", "Choices": [{"Variable": "$.b[0]", "NumericEqualsPath": "#", "Next": "Z"}], "Default": "Z"}`,
		"CausePath":           `{"Type": "Fail", "CausePath": "States.JsonToString(#)"}`,
	} {
		t.Run(field, func(t *testing.T) {
			var o *machine.Outcome
			used := allocated(func() { o = runState(t, "JSONPath", strings.ReplaceAll(state, "#", "$.n..[*]..[*]..[*]"), input) })
			requireTooLarge(t, o, field)
			require.Less(t, used, uint64(allocatedByPaths))
		})
	}
}
