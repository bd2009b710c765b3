package asl_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
)

// everyField has one state of a language for each type, with a variable of its
// own, v and a number, in each field that can read one.
var everyField = map[string]string{
	"JSONPath Task": `{"Type": "Task", "Resource": "$no", "InputPath": "$v1", "OutputPath": "$v2.a",
		"Parameters": {"a": [{"b.$": "$v3[0]"}, "$no"], "c.$": "States.Format('{}', States.MathAdd($v4, $v5))"},
		"ResultSelector": {"a.$": "$v6"}, "ResultPath": "$.r", "Credentials": {"RoleArn.$": "$v7"},
		"TimeoutSecondsPath": "$v8", "HeartbeatSecondsPath": "$v9", "Assign": {"no.$": "$v10"},
		"Catch": [{"ErrorEquals": ["$no"], "Assign": {"no.$": "$v11"}, "Next": "X"}], "End": true}`,
	"JSONPath Pass": `{"Type": "Pass", "InputPath": "$v1", "OutputPath": "$v2", "Result": {"a.$": "$no"},
		"Assign": {"no.$": "$v3", "also": "$no"}, "End": true}`,
	"JSONPath Pass with Parameters": `{"Type": "Pass", "Parameters": {"a.$": "$v1", "b.$": "$$.State.Name", "c.$": "$.v"}, "End": true}`,
	"JSONPath Wait":                 `{"Type": "Wait", "InputPath": "$v1", "OutputPath": "$v2", "SecondsPath": "$v3", "Assign": {"no.$": "$v4"}, "End": true}`,
	"JSONPath Wait with a time":     `{"Type": "Wait", "TimestampPath": "$v1", "End": true}`,
	"JSONPath Choice": `{"Type": "Choice", "InputPath": "$v1", "OutputPath": "$v2", "Choices": [
		{"And": [{"Variable": "$v3", "StringEquals": "$no"}, {"Or": [{"Variable": "$.a", "StringEqualsPath": "$v4"}]}], "Next": "X", "Assign": {"no.$": "$v5"}},
		{"Not": {"Variable": "$v6", "IsPresent": true}, "Next": "X"}], "Default": "X", "Assign": {"no.$": "$v7"}}`,
	"JSONPath Succeed":             `{"Type": "Succeed", "InputPath": "$v1", "OutputPath": "$v2"}`,
	"JSONPath Fail":                `{"Type": "Fail", "ErrorPath": "$v1", "CausePath": "States.Format('{}', $v2)"}`,
	"JSONPath Fail without a path": `{"Type": "Fail", "Error": "{% $no %}", "Cause": "$no"}`,
	"JSONPath Parallel": `{"Type": "Parallel", "InputPath": "$v1", "OutputPath": "$v2", "Parameters": {"a.$": "$v3"}, "ResultSelector": {"a.$": "$v4"},
		"Branches": [{"StartAt": "A", "States": {"A": {"Type": "Pass", "InputPath": "$no", "End": true}}}], "Assign": {"no.$": "$v5"},
		"Catch": [{"ErrorEquals": ["E"], "Assign": {"no.$": "$v6"}, "Next": "X"}], "End": true}`,
	"JSONPath Map": `{"Type": "Map", "InputPath": "$v1", "OutputPath": "$v2", "ItemsPath": "$v3", "ItemSelector": {"a.$": "$v4"}, "ResultSelector": {"a.$": "$v5"},
		"MaxConcurrencyPath": "$v6", "ToleratedFailureCountPath": "$v7", "ToleratedFailurePercentagePath": "$v8", "Assign": {"no.$": "$v9"},
		"ItemReader": {"Resource": "r", "Parameters": {"a.$": "$v10"}, "ReaderConfig": {"MaxItemsPath": "$v11"}},
		"ItemBatcher": {"BatchInput": {"a.$": "$v12"}, "MaxItemsPerBatchPath": "$v13", "MaxInputBytesPerBatchPath": "$v14"},
		"ResultWriter": {"Resource": "r", "Parameters": {"a.$": "$v15"}}, "Catch": [{"ErrorEquals": ["E"], "Assign": {"no.$": "$v16"}, "Next": "X"}],
		"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "A", "States": {"A": {"Type": "Pass", "InputPath": "$no", "End": true}}}, "End": true}`,
	"JSONPath Map of the older form": `{"Type": "Map", "Parameters": {"a.$": "$v1"}, "Iterator": {"StartAt": "A", "States": {"A": {"Type": "Pass", "InputPath": "$no", "End": true}}}, "End": true}`,
	"JSONata Task": `{"Type": "Task", "Resource": "{% $no %}", "Arguments": {"a": [{"b": "{% $v1 %}"}, "$no", "{% $states.input %}"]}, "Output": "{% $v2 & $states.result %}",
		"Credentials": {"RoleArn": "{% $v3 %}"}, "TimeoutSeconds": "{% $v4 %}", "HeartbeatSeconds": "{% $v5 %}", "Assign": {"no": "{% $v6 %}", "also": "$no"},
		"Catch": [{"ErrorEquals": ["E"], "Output": "{% $v7 %}", "Assign": {"no": "{% $v8 %}"}, "Next": "X"}], "End": true}`,
	"JSONata Pass":             `{"Type": "Pass", "Output": {"a": ["{% $v1 %}"]}, "Assign": {"no": "{% $v2 %}"}, "End": true}`,
	"JSONata Wait":             `{"Type": "Wait", "Seconds": "{% $v1 %}", "Output": "{% $v2 %}", "Assign": {"no": "{% $v3 %}"}, "End": true}`,
	"JSONata Wait with a time": `{"Type": "Wait", "Timestamp": "{% $v1 %}", "End": true}`,
	"JSONata Choice": `{"Type": "Choice", "Choices": [{"Condition": "{% $v1 > 1 %}", "Output": "{% $v2 %}", "Assign": {"no": "{% $v3 %}"}, "Next": "X"}, {"Condition": true, "Next": "X"}],
		"Default": "X", "Output": "{% $v4 %}", "Assign": {"no": "{% $v5 %}"}}`,
	"JSONata Succeed": `{"Type": "Succeed", "Output": "{% $v1 %}"}`,
	"JSONata Fail":    `{"Type": "Fail", "Error": "{% $v1 %}", "Cause": "{% $v2 %}"}`,
	"JSONata Parallel": `{"Type": "Parallel", "Arguments": "{% $v1 %}", "Output": "{% $v2 %}", "Assign": {"no": "{% $v3 %}"},
		"Branches": [{"StartAt": "A", "States": {"A": {"Type": "Succeed", "Output": "{% $no %}"}}}],
		"Catch": [{"ErrorEquals": ["E"], "Output": {"a": "{% $v4 %}"}, "Assign": {"no": "{% $v5 %}"}, "Next": "X"}], "End": true}`,
	"JSONata Map": `{"Type": "Map", "Items": "{% $v1 %}", "ItemSelector": {"a": "{% $v2 %}"}, "MaxConcurrency": "{% $v3 %}", "ToleratedFailureCount": "{% $v4 %}",
		"ToleratedFailurePercentage": "{% $v5 %}", "Output": "{% $v6 %}", "Assign": {"no": "{% $v7 %}"},
		"ItemReader": {"Resource": "r", "Arguments": {"a": "{% $v8 %}"}, "ReaderConfig": {"MaxItems": "{% $v9 %}"}},
		"ItemBatcher": {"BatchInput": {"a": "{% $v10 %}"}, "MaxItemsPerBatch": "{% $v11 %}", "MaxInputBytesPerBatch": "{% $v12 %}"},
		"ResultWriter": {"Resource": "r", "Arguments": {"a": "{% $v13 %}"}}, "Catch": [{"ErrorEquals": ["E"], "Output": "{% $v14 %}", "Assign": {"no": "{% $v15 %}"}, "Next": "X"}],
		"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "A", "States": {"A": {"Type": "Succeed", "Output": "{% $no %}"}}}, "End": true}`,
}

var ownVariable = regexp.MustCompile(`\$(v\d+)`)

func TestVariableReferencesOfEveryField(t *testing.T) {
	for name, definition := range everyField {
		t.Run(name, func(t *testing.T) {
			language, _, _ := strings.Cut(name, " ")
			var want []string
			for _, found := range ownVariable.FindAllStringSubmatch(definition, -1) {
				want = append(want, found[1])
			}
			m := parse(t, `{"QueryLanguage": "`+language+`", "StartAt": "S", "States": {"S": `+definition+`, "X": {"Type": "Succeed"}}}`)
			got := asl.VariableReferences(m)
			require.Equal(t, want, got["S"])
			delete(got, "S")
			delete(got, "A")
			require.Empty(t, got)
		})
	}
}

func TestVariableReferencesOfExpressions(t *testing.T) {
	for name, c := range map[string]struct {
		expr string
		want []string
	}{
		"each once":                     {`$b + $a + $b`, []string{"a", "b"}},
		"$states is none":               {`$states.context.State.Name & $x`, []string{"x"}},
		"bound by the expression":       {`($x := $y; $x + $x)`, []string{"y"}},
		"parameters of a function":      {`$map($list, function($v, $i){ $v + $i + $z })`, []string{"z", "list"}},
		"called functions":              {`$sum($x) + $uuid() + $nope($y)`, []string{"x", "y"}},
		"functions that are passed on":  {`$map($x, $uppercase) ~> $count`, []string{"x"}},
		"added functions":               {`$map($x, $parse)`, []string{"x"}},
		"a variable named as functions": {`[$length, $sum]`, []string{"length"}},
		"predicates":                    {`$a[b = $c]`, []string{"a", "c"}},
		"a syntax error":                {`$a +`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			m := parse(t, `{"QueryLanguage": "JSONata", "StartAt": "L", "States": {
				"L": {"Type": "Pass", "Assign": {"length": 1}, "Next": "S"},
				"S": {"Type": "Succeed", "Output": "{% `+c.expr+` %}"}}}`)
			require.Equal(t, c.want, asl.VariableReferences(m)["S"])
		})
	}
}

// Fields come in the order of the text, whatever their order in the state's type,
// and the variables of one expression in that of a java.util.HashSet.
func TestVariableReferencesAreInDocumentOrder(t *testing.T) {
	for name, c := range map[string]struct {
		state string
		want  []string
	}{
		"an object of expressions": {`"Type": "Succeed", "QueryLanguage": "JSONata", "Output": {"z": "{% $omega %}", "a": ["{% $beta %}", "{% $omega & $alpha %}"]}`,
			[]string{"omega", "beta", "alpha"}},
		"one expression": {`"Type": "Succeed", "QueryLanguage": "JSONata", "Output": "{% [$total, $amount, $bucket, $p, $a] %}"`,
			[]string{"bucket", "p", "a", "total", "amount"}},
		"a call": {`"Type": "Pass", "Parameters": {"x.$": "States.Array($q, $b, States.MathAdd($p, $a))"}, "End": true`,
			[]string{"p", "q", "a", "b"}},
		"more variables than 16 buckets hold": {`"Type": "Succeed", "QueryLanguage": "JSONata", "Output": "{% [$p, $a, $b, $c, $d, $e, $f, $g, $h, $i, $j, $k, $l] %}"`,
			[]string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "p"}},
		"fields of a Task": {`"Catch": [{"Next": "X", "Assign": {"e.$": "$m"}, "ErrorEquals": ["E"]}], "TimeoutSecondsPath": "$k", "OutputPath": "$z", "Type": "Task",
			"Parameters": {"b.$": "$y", "a.$": "$w"}, "InputPath": "$k", "Resource": "r", "End": true`, []string{"m", "k", "z", "y", "w"}},
		"fields of a Map": {`"Type": "Map", "ItemBatcher": {"MaxItemsPerBatchPath": "$z", "BatchInput": {"x.$": "$y"}}, "ItemsPath": "$b", "ItemSelector": {"i.$": "$a"},
			"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "A", "States": {"A": {"Type": "Succeed"}}}, "End": true`,
			[]string{"z", "y", "b", "a"}},
		"rules of a Choice": {`"Default": "X", "Assign": {"v.$": "$z"}, "Type": "Choice", "Choices": [{"Next": "X", "NumericLessThanPath": "$n", "Variable": "$c"}, {"Variable": "$b", "IsNull": true, "Next": "X"}]`,
			[]string{"z", "n", "c", "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			m := parse(t, `{"StartAt": "S", "States": {"S": {`+c.state+`}, "X": {"Type": "Succeed"}}}`)
			require.Equal(t, map[string][]string{"S": c.want}, asl.VariableReferences(m))
		})
	}
}

func TestVariableReferencesOfNestedStates(t *testing.T) {
	m := parse(t, `{"StartAt": "M", "States": {"M": {"Type": "Map", "ItemsPath": "$list", "End": true, "ItemProcessor": {"StartAt": "P", "States": {
		"P": {"Type": "Parallel", "End": true, "Branches": [
			{"StartAt": "L", "States": {"L": {"Type": "Pass", "InputPath": "$a", "End": true}}},
			{"StartAt": "R", "States": {"R": {"Type": "Succeed", "QueryLanguage": "JSONata", "Output": "{% $b %}"}}}]}}}}}}`)
	require.Equal(t, map[string][]string{"M": {"list"}, "L": {"a"}, "R": {"b"}}, asl.VariableReferences(m))
}

func TestVariableReferencesOfABrokenMachine(t *testing.T) {
	m, err := asl.Parse([]byte(`{"StartAt": "A", "States": {"A": {"Type": "Wait", "SecondsPath": "$[", "InputPath": "$a", "End": true},
		"P": {"Type": "Parallel", "Branches": [{"StartAt": "A", "States": {"A": {"Type": "Pass", "InputPath": "$b", "End": true}}}, {}], "End": true},
		"M": {"Type": "Map"}}}`))
	require.Error(t, err)
	require.Equal(t, map[string][]string{"A": {"a", "b"}}, asl.VariableReferences(m))
	require.Equal(t, map[string][]string{}, asl.VariableReferences(&asl.StateMachine{}))
}
