package machine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// twins are machines that do the same in JSONPath and in JSONata: from StartAt
// on, without the QueryLanguage. Tasks answer by a script: each Resource has its
// answers in order, the last one again and again. An answer is JSON, or an error
// after "!", or "?" for none, until the task times out.
var twins = []struct {
	name, input string
	tasks       map[string][]string
	path, ata   string
	want        string // the output as JSON, or "!" with error and cause
	took        time.Duration
}{
	{
		name: "Pass keeps its input", input: `{"a": 1.0, "b": [null]}`,
		path: `"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}`,
		ata:  `"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}`,
		want: `{"a": 1.0, "b": [null]}`,
	}, {
		name: "Pass makes a value", input: `{"a": {"b": 2}, "list": [1, 2, 3]}`,
		path: `"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {"x.$": "$.a.b", "n.$": "States.ArrayLength($.list)", "deep": {"y": ["k"], "z.$": "$.list[-1:]"}}, "End": true}}`,
		ata:  `"StartAt": "A", "States": {"A": {"Type": "Pass", "Output": {"x": "{% $states.input.a.b %}", "n": "{% $count($states.input.list) %}", "deep": {"y": ["k"], "z": "{% [$states.input.list[-1]] %}"}}, "End": true}}`,
		want: `{"x": 2, "n": 3, "deep": {"y": ["k"], "z": [3]}}`,
	}, {
		name: "Pass adds to its input", input: `{"a": 1}`,
		path: `"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": {"ok": true}, "ResultPath": "$.r.s", "End": true}}`,
		ata:  `"StartAt": "A", "States": {"A": {"Type": "Pass", "Output": "{% $merge([$states.input, {'r': {'s': {'ok': true}}}]) %}", "End": true}}`,
		want: `{"a": 1, "r": {"s": {"ok": true}}}`,
	}, {
		name: "InputPath and OutputPath", input: `{"in": {"out": [1, "x"]}}`,
		path: `"StartAt": "A", "States": {"A": {"Type": "Pass", "InputPath": "$.in", "OutputPath": "$.out", "End": true}}`,
		ata:  `"StartAt": "A", "States": {"A": {"Type": "Pass", "Output": "{% $states.input.in.out %}", "End": true}}`,
		want: `[1, "x"]`,
	}, {
		name: "text of numbers and texts", input: `{"who": "Ada", "n": 7}`,
		path: `"StartAt": "B", "States": {"A": {"Type": "Succeed", "InputPath": "$.t"}, "B": {"Type": "Pass", "Parameters": {"t.$": "States.Format('{} has {}', $.who, $.n)"}, "Next": "A"}}`,
		ata:  `"StartAt": "B", "States": {"A": {"Type": "Succeed", "Output": "{% $states.input.t %}"}, "B": {"Type": "Pass", "Output": {"t": "{% $states.input.who & ' has ' & $states.input.n %}"}, "Next": "A"}}`,
		want: `"Ada has 7"`,
	}, {
		name: "functions over arrays", input: `{"list": [1, 2, 3, 4, 5], "text": "a,b"}`,
		path: `"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {"parts.$": "States.ArrayPartition($.list, 2)", "has.$": "States.ArrayContains($.list, 3)", "range.$": "States.ArrayRange(1, 9, 2)", "split.$": "States.StringSplit($.text, ',')", "item.$": "States.ArrayGetItem($.list, 1)"}, "End": true}}`,
		ata:  `"StartAt": "A", "States": {"A": {"Type": "Pass", "Output": {"parts": "{% $partition($states.input.list, 2) %}", "has": "{% 3 in $states.input.list %}", "range": "{% $range(1, 9, 2) %}", "split": "{% $split($states.input.text, ',') %}", "item": "{% $states.input.list[1] %}"}, "End": true}}`,
		want: `{"parts": [[1, 2], [3, 4], [5]], "has": true, "range": [1, 3, 5, 7, 9], "split": ["a", "b"], "item": 2}`,
	}, {
		name: "functions over text", input: `{"text": "Zażółć"}`,
		path: `"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {"hash.$": "States.Hash($.text, 'SHA-256')", "base64.$": "States.Base64Encode('abc')", "json.$": "States.StringToJson('[1, {}]')", "string.$": "States.JsonToString($)"}, "End": true}}`,
		ata:  `"StartAt": "A", "States": {"A": {"Type": "Pass", "Output": {"hash": "{% $hash($states.input.text, 'SHA-256') %}", "base64": "{% $base64encode('abc') %}", "json": "{% $parse('[1, {}]') %}", "string": "{% $string($states.input) %}"}, "End": true}}`,
		want: `{"hash": "1b45560b47f44bbf87bf66cb5d1840e833c5857f8c5656a2f42656153853f8d1", "base64": "YWJj", "json": [1, {}], "string": "{\"text\":\"Zażółć\"}"}`,
	}, {
		name: "context object", input: `{"a": 1}`,
		path: `"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {"name.$": "$$.State.Name", "input.$": "$$.Execution.Input", "time.$": "$$.Execution.StartTime", "machine.$": "$$.StateMachine.Name"}, "End": true}}`,
		ata:  `"StartAt": "A", "States": {"A": {"Type": "Pass", "Output": {"name": "{% $states.context.State.Name %}", "input": "{% $states.context.Execution.Input %}", "time": "{% $states.context.Execution.StartTime %}", "machine": "{% $states.context.StateMachine.Name %}"}, "End": true}}`,
		want: `{"name": "A", "input": {"a": 1}, "time": "2024-01-02T03:04:05.000Z", "machine": "StateMachine"}`,
	}, {
		name: "Task selects input and result", input: `{"order": {"id": 7}}`,
		tasks: map[string][]string{"f": {`{"paid": 4.5, "noise": 1}`}},
		path:  `"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "Parameters": {"id.$": "$.order.id"}, "ResultSelector": {"amount.$": "$.paid"}, "ResultPath": "$.receipt", "End": true}}`,
		ata:   `"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "Arguments": {"id": "{% $states.input.order.id %}"}, "Output": "{% $merge([$states.input, {'receipt': {'amount': $states.result.paid}}]) %}", "End": true}}`,
		want:  `{"order": {"id": 7}, "receipt": {"amount": 4.5}}`,
	}, {
		name: "Task drops its result", input: `{"a": 1}`,
		tasks: map[string][]string{"f": {`"x"`}},
		path:  `"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "ResultPath": null, "End": true}}`,
		ata:   `"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "Arguments": "{% $states.input %}", "Output": "{% $states.input %}", "End": true}}`,
		want:  `{"a": 1}`,
	}, {
		name: "Task with a timeout from the input", input: `{"wait": 7}`,
		tasks: map[string][]string{"f": {"?"}},
		path:  `"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "TimeoutSecondsPath": "$.wait", "Catch": [{"ErrorEquals": ["States.Timeout"], "ResultPath": "$.e", "Next": "E"}], "End": true}, "E": {"Type": "Pass", "Parameters": {"late.$": "$.e.Error"}, "End": true}}`,
		ata:   `"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "Arguments": "{% $states.input %}", "TimeoutSeconds": "{% $states.input.wait %}", "Catch": [{"ErrorEquals": ["States.Timeout"], "Output": {"late": "{% $states.errorOutput.Error %}"}, "Next": "E"}], "End": true}, "E": {"Type": "Succeed"}}`,
		want:  `{"late": "States.Timeout"}`, took: 7 * time.Second,
	}, {
		name: "Retry until it works", input: `{"a": 1}`,
		tasks: map[string][]string{"f": {"!Busy: 1", "!Busy: 2", `{"b": 2}`}},
		path:  `"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 2, "BackoffRate": 3}], "ResultSelector": {"b.$": "$.b", "tries.$": "$$.State.RetryCount"}, "End": true}}`,
		ata:   `"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "Arguments": "{% $states.input %}", "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 2, "BackoffRate": 3}], "Output": {"b": "{% $states.result.b %}", "tries": "{% $states.context.State.RetryCount %}"}, "End": true}}`,
		want:  `{"b": 2, "tries": 2}`, took: 8 * time.Second,
	}, {
		name: "Retry in vain", input: `{}`,
		tasks: map[string][]string{"f": {"!Busy: always"}},
		path:  `"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 2, "BackoffRate": 1}], "End": true}}`,
		ata:   `"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 2, "BackoffRate": 1}], "End": true}}`,
		want:  `!Busy: always`, took: 2 * time.Second,
	}, {
		name: "Catch keeps the input", input: `{"a": 1}`,
		tasks: map[string][]string{"f": {"!Declined: the limit"}},
		path:  `"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "Catch": [{"ErrorEquals": ["Other"], "Next": "D"}, {"ErrorEquals": ["Declined"], "ResultPath": "$.error", "Next": "D"}], "End": true}, "D": {"Type": "Succeed"}}`,
		ata:   `"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "Arguments": "{% $states.input %}", "Catch": [{"ErrorEquals": ["Other"], "Next": "D"}, {"ErrorEquals": ["Declined"], "Output": "{% $merge([$states.input, {'error': $states.errorOutput}]) %}", "Next": "D"}], "End": true}, "D": {"Type": "Succeed"}}`,
		want:  `{"a": 1, "error": {"Error": "Declined", "Cause": "the limit"}}`,
	}, {
		name: "Catch gives the error", input: `{"a": 1}`,
		tasks: map[string][]string{"f": {"!E: c"}},
		path:  `"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "D"}], "End": true}, "D": {"Type": "Succeed"}}`,
		ata:   `"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "D"}], "End": true}, "D": {"Type": "Succeed"}}`,
		want:  `{"Error": "E", "Cause": "c"}`,
	}, {
		name: "Catch assigns", input: `{"a": 1}`,
		tasks: map[string][]string{"f": {"!E: c"}},
		path:  `"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "Assign": {"no": 1}, "Catch": [{"ErrorEquals": ["States.ALL"], "Assign": {"why.$": "$.Cause"}, "Next": "D"}], "End": true}, "D": {"Type": "Pass", "Parameters": {"why.$": "$why"}, "End": true}}`,
		ata:   `"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "Assign": {"no": 1}, "Catch": [{"ErrorEquals": ["States.ALL"], "Assign": {"why": "{% $states.errorOutput.Cause %}"}, "Next": "D"}], "End": true}, "D": {"Type": "Pass", "Output": {"why": "{% $why %}"}, "End": true}}`,
		want:  `{"why": "c"}`,
	}, {
		name: "Choice by number", input: `{"n": 7, "state": "open"}`,
		path: `"StartAt": "C", "States": {"C": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericLessThan": 5, "Next": "No"}, {"And": [{"Variable": "$.n", "NumericGreaterThanEquals": 7}, {"Not": {"Variable": "$.state", "StringEquals": "shut"}}], "Next": "Yes"}], "Default": "No"},
			"Yes": {"Type": "Pass", "Result": "yes", "End": true}, "No": {"Type": "Pass", "Result": "no", "End": true}}`,
		ata: `"StartAt": "C", "States": {"C": {"Type": "Choice", "Choices": [{"Condition": "{% $states.input.n < 5 %}", "Next": "No"}, {"Condition": "{% $states.input.n >= 7 and $not($states.input.state = 'shut') %}", "Next": "Yes"}], "Default": "No"},
			"Yes": {"Type": "Pass", "Output": "yes", "End": true}, "No": {"Type": "Pass", "Output": "no", "End": true}}`,
		want: `"yes"`,
	}, {
		name: "Choice falls through", input: `{"n": 5}`,
		path: `"StartAt": "C", "States": {"C": {"Type": "Choice", "Choices": [{"Or": [{"Variable": "$.x", "IsPresent": true}, {"Variable": "$.n", "IsString": true}], "Next": "Yes"}], "Default": "No", "Assign": {"by": "default"}},
			"Yes": {"Type": "Pass", "Result": "yes", "End": true}, "No": {"Type": "Pass", "Parameters": {"by.$": "$by"}, "End": true}}`,
		ata: `"StartAt": "C", "States": {"C": {"Type": "Choice", "Choices": [{"Condition": "{% $exists($states.input.x) or $type($states.input.n) = 'string' %}", "Next": "Yes"}], "Default": "No", "Assign": {"by": "default"}},
			"Yes": {"Type": "Pass", "Output": "yes", "End": true}, "No": {"Type": "Pass", "Output": {"by": "{% $by %}"}, "End": true}}`,
		want: `{"by": "default"}`,
	}, {
		name: "Choice assigns by its rule", input: `{"a": 2, "b": 1}`,
		path: `"StartAt": "C", "States": {"C": {"Type": "Choice", "Choices": [{"Variable": "$.a", "NumericGreaterThanPath": "$.b", "Assign": {"more.$": "$.a"}, "Next": "D"}], "Default": "D", "Assign": {"more": 0}}, "D": {"Type": "Pass", "InputPath": "$more", "End": true}}`,
		ata:  `"StartAt": "C", "States": {"C": {"Type": "Choice", "Choices": [{"Condition": "{% $states.input.a > $states.input.b %}", "Assign": {"more": "{% $states.input.a %}"}, "Next": "D"}], "Default": "D", "Assign": {"more": 0}}, "D": {"Type": "Pass", "Output": "{% $more %}", "End": true}}`,
		want: `2`,
	}, {
		name: "Choice without a match", input: `{"n": 1}`,
		path: `"StartAt": "C", "States": {"C": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericEquals": 2, "Next": "D"}]}, "D": {"Type": "Succeed"}}`,
		ata:  `"StartAt": "C", "States": {"C": {"Type": "Choice", "Choices": [{"Condition": "{% $states.input.n = 2 %}", "Next": "D"}]}, "D": {"Type": "Succeed"}}`,
		want: "!States.Runtime: An error occurred while executing the state 'C' (entered at the event id #2). Failed to transition out of the state. The state does not point to a next state.",
	}, {
		name: "variables are swapped", input: `{}`,
		path: `"StartAt": "A", "States": {"A": {"Type": "Pass", "Assign": {"x": 1, "y": {"z": [2, 3]}}, "Next": "B"}, "B": {"Type": "Pass", "Assign": {"x.$": "$y", "y.$": "$x"}, "Next": "C"}, "C": {"Type": "Pass", "Parameters": {"x.$": "$x.z[1]", "y.$": "$y"}, "End": true}}`,
		ata:  `"StartAt": "A", "States": {"A": {"Type": "Pass", "Assign": {"x": 1, "y": {"z": [2, 3]}}, "Next": "B"}, "B": {"Type": "Pass", "Assign": {"x": "{% $y %}", "y": "{% $x %}"}, "Next": "C"}, "C": {"Type": "Pass", "Output": {"x": "{% $x.z[1] %}", "y": "{% $y %}"}, "End": true}}`,
		want: `{"x": 3, "y": 1}`,
	}, {
		name: "a counter in a loop", input: `{"stop": 5}`,
		path: `"StartAt": "A", "States": {"A": {"Type": "Pass", "Assign": {"n": 0}, "Next": "C"}, "C": {"Type": "Choice", "Choices": [{"Variable": "$n", "NumericLessThanPath": "$.stop", "Assign": {"n.$": "States.MathAdd($n, 1)"}, "Next": "C"}], "Default": "D"}, "D": {"Type": "Pass", "InputPath": "$n", "End": true}}`,
		ata:  `"StartAt": "A", "States": {"A": {"Type": "Pass", "Assign": {"n": 0}, "Next": "C"}, "C": {"Type": "Choice", "Choices": [{"Condition": "{% $n < $states.input.stop %}", "Assign": {"n": "{% $n + 1 %}"}, "Next": "C"}], "Default": "D"}, "D": {"Type": "Pass", "Output": "{% $n %}", "End": true}}`,
		want: `5`,
	}, {
		name: "Task assigns its result", input: `{"a": 1}`,
		tasks: map[string][]string{"f": {`{"v": [1, 2]}`}},
		path:  `"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "Assign": {"v.$": "$.v"}, "ResultPath": null, "Next": "D"}, "D": {"Type": "Pass", "Parameters": {"v.$": "$v", "a.$": "$.a"}, "End": true}}`,
		ata:   `"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "Arguments": "{% $states.input %}", "Assign": {"v": "{% $states.result.v %}"}, "Output": "{% $states.input %}", "Next": "D"}, "D": {"Type": "Pass", "Output": {"v": "{% $v %}", "a": "{% $states.input.a %}"}, "End": true}}`,
		want:  `{"v": [1, 2], "a": 1}`,
	}, {
		name: "Map over items of the input", input: `{"list": [3, 1, 2], "by": 10}`,
		path: `"StartAt": "M", "States": {"M": {"Type": "Map", "ItemsPath": "$.list", "ItemSelector": {"n.$": "$$.Map.Item.Value", "i.$": "$$.Map.Item.Index", "by.$": "$.by"}, "End": true,
			"ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "Parameters": {"sum.$": "States.MathAdd($.n, $.by)", "i.$": "$.i"}, "End": true}}}}}`,
		ata: `"StartAt": "M", "States": {"M": {"Type": "Map", "Items": "{% $states.input.list %}", "ItemSelector": {"n": "{% $states.context.Map.Item.Value %}", "i": "{% $states.context.Map.Item.Index %}", "by": "{% $states.input.by %}"}, "End": true,
			"ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "Output": {"sum": "{% $states.input.n + $states.input.by %}", "i": "{% $states.input.i %}"}, "End": true}}}}}`,
		want: `[{"sum": 13, "i": 0}, {"sum": 11, "i": 1}, {"sum": 12, "i": 2}]`,
	}, {
		name: "Map of tasks, two at a time", input: `{"list": ["a", "b", "c"], "width": 2}`,
		tasks: map[string][]string{"f": {`1`, `2`, `3`}},
		path: `"StartAt": "M", "States": {"M": {"Type": "Map", "ItemsPath": "$.list", "MaxConcurrencyPath": "$.width", "ResultPath": "$.results", "OutputPath": "$.results", "End": true,
			"ItemProcessor": {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "End": true}}}}}`,
		ata: `"StartAt": "M", "States": {"M": {"Type": "Map", "Items": "{% $states.input.list %}", "MaxConcurrency": "{% $states.input.width %}", "End": true,
			"ItemProcessor": {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "Arguments": "{% $states.input %}", "End": true}}}}}`,
		want: `[1, 2, 3]`,
	}, {
		name: "Map of an empty array", input: `[]`,
		path: `"StartAt": "M", "States": {"M": {"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Fail"}}}}}`,
		ata:  `"StartAt": "M", "States": {"M": {"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Fail"}}}}}`,
		want: `[]`,
	}, {
		name: "Map reads outer variables and has its own", input: `[1, 2]`,
		path: `"StartAt": "A", "States": {"A": {"Type": "Pass", "Assign": {"base": 100}, "Next": "M"}, "M": {"Type": "Map", "ResultSelector": {"all.$": "$"}, "Assign": {"all.$": "$"}, "Next": "Z",
			"ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "Assign": {"own.$": "States.MathAdd($base, $)"}, "Next": "Q"}, "Q": {"Type": "Pass", "InputPath": "$own", "End": true}}}},
			"Z": {"Type": "Pass", "Parameters": {"all.$": "$all", "base.$": "$base"}, "End": true}}`,
		ata: `"StartAt": "A", "States": {"A": {"Type": "Pass", "Assign": {"base": 100}, "Next": "M"}, "M": {"Type": "Map", "Assign": {"all": "{% $states.result %}"}, "Next": "Z",
			"ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "Assign": {"own": "{% $base + $states.input %}"}, "Next": "Q"}, "Q": {"Type": "Pass", "Output": "{% $own %}", "End": true}}}},
			"Z": {"Type": "Pass", "Output": {"all": "{% $all %}", "base": "{% $base %}"}, "End": true}}`,
		want: `{"all": [101, 102], "base": 100}`,
	}, {
		name: "Map fails and is caught", input: `[1, 2]`,
		path: `"StartAt": "M", "States": {"M": {"Type": "Map", "Catch": [{"ErrorEquals": ["Bad"], "Next": "D"}], "End": true, "ItemProcessor": {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Bad", "CausePath": "States.Format('item {}', $)"}}}}, "D": {"Type": "Succeed"}}`,
		ata:  `"StartAt": "M", "States": {"M": {"Type": "Map", "Catch": [{"ErrorEquals": ["Bad"], "Next": "D"}], "End": true, "ItemProcessor": {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Bad", "Cause": "{% 'item ' & $states.input %}"}}}}, "D": {"Type": "Succeed"}}`,
		want: `{"Error": "Bad", "Cause": "item 1"}`,
	}, {
		name: "Parallel", input: `{"a": 1, "b": 2}`,
		tasks: map[string][]string{"f": {`"f"`}},
		path: `"StartAt": "P", "States": {"P": {"Type": "Parallel", "Parameters": {"x.$": "$.a"}, "ResultSelector": {"left.$": "$[0]", "right.$": "$[1]"}, "ResultPath": "$.both", "End": true, "Branches": [
			{"StartAt": "L", "States": {"L": {"Type": "Task", "Resource": "f", "End": true}}}, {"StartAt": "R", "States": {"R": {"Type": "Wait", "Seconds": 3, "End": true}}}]}}`,
		ata: `"StartAt": "P", "States": {"P": {"Type": "Parallel", "Arguments": {"x": "{% $states.input.a %}"}, "Output": "{% $merge([$states.input, {'both': {'left': $states.result[0], 'right': $states.result[1]}}]) %}", "End": true, "Branches": [
			{"StartAt": "L", "States": {"L": {"Type": "Task", "Resource": "f", "Arguments": "{% $states.input %}", "End": true}}}, {"StartAt": "R", "States": {"R": {"Type": "Wait", "Seconds": 3, "End": true}}}]}}`,
		want: `{"a": 1, "b": 2, "both": {"left": "f", "right": {"x": 1}}}`, took: 3 * time.Second,
	}, {
		name: "Parallel is tried again", input: `{}`,
		tasks: map[string][]string{"f": {"!E: c", `1`}},
		path: `"StartAt": "P", "States": {"P": {"Type": "Parallel", "Retry": [{"ErrorEquals": ["E"], "IntervalSeconds": 4}], "End": true, "Branches": [
			{"StartAt": "L", "States": {"L": {"Type": "Task", "Resource": "f", "End": true}}}, {"StartAt": "R", "States": {"R": {"Type": "Succeed"}}}]}}`,
		ata: `"StartAt": "P", "States": {"P": {"Type": "Parallel", "Retry": [{"ErrorEquals": ["E"], "IntervalSeconds": 4}], "End": true, "Branches": [
			{"StartAt": "L", "States": {"L": {"Type": "Task", "Resource": "f", "Arguments": "{% $states.input %}", "End": true}}}, {"StartAt": "R", "States": {"R": {"Type": "Succeed"}}}]}}`,
		want: `[1, {}]`, took: 4 * time.Second,
	}, {
		name: "Wait for seconds", input: `{"s": 90}`,
		path: `"StartAt": "W", "States": {"W": {"Type": "Wait", "SecondsPath": "$.s", "Assign": {"s.$": "$.s"}, "Next": "D"}, "D": {"Type": "Pass", "InputPath": "$s", "End": true}}`,
		ata:  `"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": "{% $states.input.s %}", "Assign": {"s": "{% $states.input.s %}"}, "Next": "D"}, "D": {"Type": "Pass", "Output": "{% $s %}", "End": true}}`,
		want: `90`, took: 90 * time.Second,
	}, {
		name: "Wait until a time", input: `{"at": "2024-01-02T04:04:05Z"}`,
		path: `"StartAt": "W", "States": {"W": {"Type": "Wait", "TimestampPath": "$.at", "OutputPath": "$.at", "End": true}}`,
		ata:  `"StartAt": "W", "States": {"W": {"Type": "Wait", "Timestamp": "{% $states.input.at %}", "Output": "{% $states.input.at %}", "End": true}}`,
		want: `"2024-01-02T04:04:05Z"`, took: time.Hour,
	}, {
		name: "Fail with values", input: `{"e": "Disk", "left": 3}`,
		path: `"StartAt": "F", "States": {"F": {"Type": "Fail", "ErrorPath": "$.e", "CausePath": "States.Format('{} bytes left', $.left)"}}`,
		ata:  `"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "{% $states.input.e %}", "Cause": "{% $states.input.left & ' bytes left' %}"}}`,
		want: `!Disk: 3 bytes left`,
	},
}

// TestTwins runs both machines of each pair, straight and from snapshots: they
// call the same tasks with the same input, take the same time and end the same.
func TestTwins(t *testing.T) {
	for _, tt := range twins {
		t.Run(tt.name, func(t *testing.T) {
			var calls []string // of the first run
			for i, definition := range []string{
				`{"QueryLanguage": "JSONPath", ` + tt.path + `}`,
				`{"QueryLanguage": "JSONata", ` + tt.ata + `}`,
			} {
				for _, after := range []func(*host){nil, restored, crashed} {
					h := newHost(t, compile(t, definition, machine.Options{}), parse(t, tt.input))
					h.afterStep = after
					made := h.scripted(tt.tasks)
					outcome := h.run()
					require.NotNil(t, outcome, "the machine %d ends", i)
					h.requireOutcome(tt.want)
					require.Equal(t, tt.took, h.now.Sub(began))
					if calls == nil {
						calls = append([]string{}, *made...)
					}
					require.Equal(t, calls, append([]string{}, *made...))
				}
			}
		})
	}
}

// scripted makes the host answer tasks by a script, and returns where it notes
// them.
func (h *host) scripted(tasks map[string][]string) *[]string {
	made := new([]string)
	seen := make(map[string]int)
	h.answer = func(c machine.Command) []machine.Event {
		name := c.Resource.Name
		*made = append(*made, name+" "+value.String(c.Input))
		answers := tasks[name]
		require.NotEmpty(h.t, answers, name)
		answer := answers[min(seen[name], len(answers)-1)]
		seen[name]++
		switch {
		case answer == "?":
			return []machine.Event{{Kind: machine.TaskStarted}}
		case strings.HasPrefix(answer, "!"):
			name, cause, _ := strings.Cut(answer[1:], ": ")
			return failWith(name, cause)
		}
		return succeed(parse(h.t, answer))
	}
	return made
}

// requireOutcome compares how the execution ended with an output as JSON, or an
// error and its cause after "!".
func (h *host) requireOutcome(want string) {
	h.t.Helper()
	outcome := h.x.Outcome
	if strings.HasPrefix(want, "!") {
		require.Equal(h.t, machine.Failed, h.x.Status)
		require.Equal(h.t, want, "!"+*outcome.Error+": "+*outcome.Cause)
		return
	}
	require.Equal(h.t, machine.Succeeded, h.x.Status, "%s", lines(h.history))
	require.True(h.t, value.Equal(parse(h.t, want), outcome.Output), "want %s, got %s", want, value.String(outcome.Output))
}
