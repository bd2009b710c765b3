package build_test

import (
	"encoding/json"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/asl/build"
)

func requireJSON(t *testing.T, want string, m *build.StateMachine) {
	t.Helper()
	got, err := m.JSON()
	require.NoError(t, err)
	require.JSONEq(t, want, string(got))
}

// Every method sets the field of its name.
func TestEveryField(t *testing.T) {
	end := build.Succeed("End").Comment("c").InputPath("$.a").OutputPath(build.Null)
	each := build.Map("Each", build.Branch(build.Pass("In")).Comment("each")).Inline().
		ItemsPath("$.items").ItemSelector(map[string]any{"i.$": "$$.Map.Item.Index"}).MaxConcurrencyFrom("$.n").
		ResultSelector(map[string]any{"r.$": "$"}).ResultPath("$.r").Retry(build.RetryOn("A").MaxAttempts(0)).
		Catch(build.CatchOn(asl.StatesAll).Comment("all").ResultPath(build.Null).Then(end)).Then(end)
	far := build.Map("Far", build.Branch(build.Pass("InFar"))).Distributed(asl.Standard).Label("far").
		ToleratedFailureCount(1).ToleratedFailurePercentageFrom("$.percent").
		ItemReader(build.ItemReader{
			Resource: "arn:aws:states:::s3:getObject", Parameters: map[string]any{"Bucket": "b", "Key": "k"},
			InputType: "CSV", CSVDelimiter: "TAB", CSVHeaderLocation: "GIVEN", CSVHeaders: []string{"a"}, MaxItemsFrom: "$.max",
		}).
		ItemBatcher(build.ItemBatcher{BatchInput: map[string]any{"x": 1}, MaxItemsPerBatch: 2, MaxInputBytesPerBatchFrom: "$.bytes"}).
		ResultWriter(build.ResultWriter{
			Resource: "arn:aws:states:::s3:putObject", Parameters: map[string]any{"Bucket": "b", "Prefix": "p"},
			Transformation: "COMPACT", OutputType: "JSONL",
		}).Then(each)
	timed := build.Task("Timed").Resource("arn:aws:states:::http:invoke").Parameters(map[string]any{
		"ApiEndpoint": "https://example.com", "Method": "GET", "Authentication": map[string]any{"ConnectionArn": "a"},
	}).TimeoutSecondsFrom("$.t").HeartbeatSecondsFrom("$.h").Credentials(map[string]any{"RoleArn.$": "$.role"}).
		Retry(build.RetryOn("A", "B").Comment("twice").IntervalSeconds(2).MaxAttempts(3).BackoffRate(1.5).MaxDelaySeconds(60).JitterStrategy("FULL")).
		Then(far)
	choice := build.Choice("Which").Assign(map[string]any{"none": true}).
		When(build.And(
			build.Compare("$.a", build.IsPresent, true),
			build.Or(build.Compare("$.a", build.StringEquals.Path(), "$.b"), build.Not(build.Compare("$.c", build.NumericLessThan, 1.5)))),
			timed).
		When(build.Compare("$.t", build.TimestampEquals, "2026-01-02T03:04:05Z").Comment("then").Assign(map[string]any{"x": 1}), end).
		Default(build.Fail("Bad").ErrorPath("$.e").CausePath("States.Format('{}', $.c)").Comment("bad"))
	wait := build.Wait("Until").TimestampPath("$.until").Then(choice)
	start := build.Pass("Start").Parameters(map[string]any{"p": 1}).ResultPath("$.x").Assign(map[string]any{"v": 1}).
		Then(build.Wait("For").SecondsFrom("$.s").Then(wait))
	requireJSON(t, `{
	  "Comment": "all", "Version": "1.0", "TimeoutSeconds": 60, "QueryLanguage": "JSONPath", "StartAt": "Start",
	  "States": {
	    "Start": {"Type": "Pass", "Parameters": {"p": 1}, "ResultPath": "$.x", "Assign": {"v": 1}, "Next": "For"},
	    "For": {"Type": "Wait", "SecondsPath": "$.s", "Next": "Until"},
	    "Until": {"Type": "Wait", "TimestampPath": "$.until", "Next": "Which"},
	    "Which": {"Type": "Choice", "Assign": {"none": true}, "Default": "Bad", "Choices": [
	      {"And": [{"Variable": "$.a", "IsPresent": true}, {"Or": [
	        {"Variable": "$.a", "StringEqualsPath": "$.b"}, {"Not": {"Variable": "$.c", "NumericLessThan": 1.5}}]}], "Next": "Timed"},
	      {"Variable": "$.t", "TimestampEquals": "2026-01-02T03:04:05Z", "Comment": "then", "Assign": {"x": 1}, "Next": "End"}]},
	    "Timed": {"Type": "Task", "Resource": "arn:aws:states:::http:invoke",
	      "Parameters": {"ApiEndpoint": "https://example.com", "Method": "GET", "Authentication": {"ConnectionArn": "a"}},
	      "TimeoutSecondsPath": "$.t", "HeartbeatSecondsPath": "$.h", "Credentials": {"RoleArn.$": "$.role"},
	      "Retry": [{"ErrorEquals": ["A", "B"], "IntervalSeconds": 2, "MaxAttempts": 3, "BackoffRate": 1.5, "MaxDelaySeconds": 60, "JitterStrategy": "FULL", "Comment": "twice"}],
	      "Next": "Far"},
	    "Far": {"Type": "Map", "Label": "far", "ToleratedFailureCount": 1, "ToleratedFailurePercentagePath": "$.percent",
	      "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"},
	        "ReaderConfig": {"InputType": "CSV", "CSVDelimiter": "TAB", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["a"], "MaxItemsPath": "$.max"}},
	      "ItemBatcher": {"BatchInput": {"x": 1}, "MaxItemsPerBatch": 2, "MaxInputBytesPerBatchPath": "$.bytes"},
	      "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b", "Prefix": "p"},
	        "WriterConfig": {"Transformation": "COMPACT", "OutputType": "JSONL"}},
	      "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "InFar", "States": {"InFar": {"Type": "Pass", "End": true}}},
	      "Next": "Each"},
	    "Each": {"Type": "Map", "ItemsPath": "$.items", "ItemSelector": {"i.$": "$$.Map.Item.Index"}, "MaxConcurrencyPath": "$.n",
	      "ResultSelector": {"r.$": "$"}, "ResultPath": "$.r", "Retry": [{"ErrorEquals": ["A"], "MaxAttempts": 0}],
	      "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": null, "Comment": "all", "Next": "End"}],
	      "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, "Comment": "each", "StartAt": "In", "States": {"In": {"Type": "Pass", "End": true}}},
	      "Next": "End"},
	    "End": {"Type": "Succeed", "Comment": "c", "InputPath": "$.a", "OutputPath": null},
	    "Bad": {"Type": "Fail", "Comment": "bad", "ErrorPath": "$.e", "CausePath": "States.Format('{}', $.c)"}
	  }}`,
		build.Machine(start).Comment("all").Version("1.0").TimeoutSeconds(60).QueryLanguage(asl.JSONPath))

	jsonata := build.Map("Each", build.Branch(build.Pass("In"))).QueryLanguage(asl.JSONata).
		Items("{% $states.input %}").MaxConcurrencyFrom("{% 2 %}").
		Then(build.Wait("For").QueryLanguage(asl.JSONata).SecondsFrom("{% 1 %}").Output("{% 1 %}").
			Then(build.Wait("Until").Timestamp("2026-01-02T03:04:05Z").
				Then(build.Choice("Which").QueryLanguage(asl.JSONata).
					When(build.Condition("{% true %}").Output(map[string]any{"a": "{% 1 %}"}), build.Fail("Bad").Error("E").Cause("c")).
					Default(build.Succeed("End")))))
	requireJSON(t, `{"StartAt": "Each", "States": {
	    "Each": {"Type": "Map", "QueryLanguage": "JSONata", "Items": "{% $states.input %}", "MaxConcurrency": "{% 2 %}",
	      "ItemProcessor": {"StartAt": "In", "States": {"In": {"Type": "Pass", "End": true}}}, "Next": "For"},
	    "For": {"Type": "Wait", "QueryLanguage": "JSONata", "Seconds": "{% 1 %}", "Output": "{% 1 %}", "Next": "Until"},
	    "Until": {"Type": "Wait", "Timestamp": "2026-01-02T03:04:05Z", "Next": "Which"},
	    "Which": {"Type": "Choice", "QueryLanguage": "JSONata", "Choices": [
	      {"Condition": "{% true %}", "Output": {"a": "{% 1 %}"}, "Next": "Bad"}], "Default": "End"},
	    "Bad": {"Type": "Fail", "Error": "E", "Cause": "c"}, "End": {"Type": "Succeed"}}}`, build.Machine(jsonata))
}

// States may refer to each other in a loop, and their order may be given.
func TestLoopsAndOrder(t *testing.T) {
	poll, done := build.Task("Poll"), build.Succeed("Done")
	wait := build.Wait("Sleep").Seconds(5).Then(poll)
	poll.Then(build.Choice("Ready").When(build.Compare("$.ready", build.BooleanEquals, true), done).Default(wait))
	for want, m := range map[string]*build.StateMachine{
		"Poll Ready Done Sleep": build.Machine(poll),
		"Poll Sleep Ready Done": build.Machine(poll, wait),
	} {
		for range 2 { // a machine can be built again
			parsed, err := m.AST()
			require.NoError(t, err)
			var names []string
			for s := range parsed.All() {
				names = append(names, s.Base().Name)
			}
			require.Equal(t, want, strings.Join(names, " "))
		}
	}
}

type embedsNothing struct{ *build.TaskState }

type panics struct{}

func (panics) MarshalJSON() ([]byte, error) { panic("broken") }

// Everything wrong is reported with its place in the definition and the line of Go.
func TestErrorsNameThePlace(t *testing.T) {
	twice := build.Pass("Twice")
	var none *build.TaskState
	loop := build.Parallel("Loop", nil)
	self := build.Not(nil)
	machines := map[string]*build.StateMachine{
		"/States/Pay/Retry[0]/MaxAttempts: SCHEMA_VALIDATION_FAILED": build.Machine(build.Task("Pay").Retry(build.RetryOn("A").MaxAttempts(-1))),
		"/States/P/Branches[0]/States/Each/ItemsPath: SCHEMA_VALIDATION_FAILED": build.Machine(build.Parallel("P",
			build.Branch(build.Map("Each", build.Branch(build.Pass("In"))).ItemsPath("items")))),
		"Next leads to a state that is nil":      build.Machine(build.Pass("A").Then(none)),
		"Catch[0]/Next leads to a state":         build.Machine(build.Task("A").Catch(build.CatchOn("E"))),
		"Choices[0]/Next leads to a state":       build.Machine(build.Choice("A").When(build.Condition("{% true %}"), nil)),
		"/: NOT_BUILT: a state is nil":           build.Machine(embedsNothing{}),
		"zero: NOT_BUILT: Next leads to a state": build.Machine(build.Pass("zero").Then(&build.TaskState{})),
		"a Catcher is nil":                       build.Machine(build.Task("A").Catch(nil)),
		"a Retrier is nil":                       build.Machine(build.Task("A").Retry(nil)),
		"Choices[0]/Not[0]: the rule is nil":     build.Machine(build.Choice("A").When(self, build.Pass("B"))),
		"a state is nil":                         build.Machine(nil),
		"/States/Loop/Branches[0]: NOT_BUILT":    build.Machine(loop),
		"/States/Each/ItemProcessor: NOT_BUIL":   build.Machine(build.Map("Each", nil)),
		"the state is also in /States":           build.Machine(build.Parallel("P", build.Branch(twice)).Then(twice)),
		"Parameters: [\"n\"]: NaN has no JSON":   build.Machine(build.Task("A").Parameters(map[string]float64{"n": math.NaN()})),
		"Parameters: a method of the value pa":   build.Machine(build.Task("A").Parameters(panics{})),
		"Catch[0]/Assign: chan int":              build.Machine(build.Task("A").Catch(build.CatchOn("E").Assign(make(chan int)).Then(build.Pass("B")))),
		"/States/A: NOT_BUILT: another state":    build.Machine(build.Pass("A").Then(build.Pass("A"))),
		"/States/Far: MISSING_TRANSITION_TARG":   build.Machine(build.Pass("A"), build.Pass("Far")),
	}
	for want, m := range machines {
		t.Run(want, func(t *testing.T) {
			_, err := m.JSON()
			var list *build.Error
			require.ErrorAs(t, err, &list)
			require.Contains(t, err.Error(), want)
			require.Contains(t, err.Error(), "build_test.go:")
			var diagnostics asl.ErrorList
			require.ErrorAs(t, err, &diagnostics)
			require.Len(t, diagnostics, len(list.Problems))
			tree, err := m.AST()
			require.Nil(t, tree)
			require.Error(t, err)
		})
	}
}

func TestErrorNamesTheLineOfTheState(t *testing.T) {
	_, file, line, _ := runtime.Caller(0)
	_, err := build.Machine(build.Pass("First").Then(
		build.Task("Pay"). // two lines below
					TimeoutSeconds(-1))).JSON()
	require.EqualError(t, err, fmt.Sprintf("build_test.go:%d: /States/Pay/TimeoutSeconds: SCHEMA_VALIDATION_FAILED: Minimum value is 1", line+2))
	var list *build.Error
	require.ErrorAs(t, err, &list)
	require.Equal(t, file, list.Problems[0].File)
	require.Equal(t, line+2, list.Problems[0].Line)
}

// The last options count: placeholders with values are filled in, and EXPRESS machines
// are checked as such.
func TestOptions(t *testing.T) {
	m := build.Machine(build.Task("Pay").Resource("${Pay}.waitForTaskToken").Parameters(json.RawMessage(`{"t.$": "$$.Task.Token"}`)))
	tree, err := m.AST(asl.Options{}, asl.Options{Substitutions: map[string]string{"Pay": "arn:aws:states:::sqs:sendMessage"}})
	require.NoError(t, err)
	require.Equal(t, "arn:aws:states:::sqs:sendMessage.waitForTaskToken", tree.States.Get("Pay").(*asl.TaskState).Resource.Value)
	_, err = m.JSON(asl.Options{Type: asl.Express, Substitutions: map[string]string{"Pay": "arn:aws:states:::sqs:sendMessage"}})
	require.Error(t, err)
}
