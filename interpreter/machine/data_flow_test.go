package machine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// Each ResultPath that cannot be applied is States.ReferencePathConflict, a
// Catcher's too.
func TestReferencePathConflict(t *testing.T) {
	const end = `"E": {"Type": "Succeed"}`
	for _, c := range []struct{ state, input, cause string }{
		{`"Type": "Pass", "ResultPath": "$.a", "End": true`, `"text"`, `Unable to apply ReferencePath $.a to input "text"`},
		{`"Type": "Pass", "ResultPath": "$.a.b", "End": true`, `{"a": 1}`, `Unable to apply ReferencePath $.a.b to input {"a":1}`},
		{`"Type": "Pass", "ResultPath": "$.a[3]", "End": true`, `{"a": [1]}`, `Unable to apply ReferencePath $.a[3] to input {"a":[1]}`},
		{`"Type": "Pass", "ResultPath": "$.a", "End": true`, `null`, `Unable to apply ReferencePath $.a to input null`},
		{`"Type": "Task", "Resource": "f", "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.e", "Next": "E"}], "End": true`,
			`[]`, `Unable to apply ReferencePath $.e to input []`},
		{`"Type": "Parallel", "Branches": [{"StartAt": "F", "States": {"F": {"Type": "Fail"}}}],
			"Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.e", "Next": "E"}], "End": true`,
			`5`, `Unable to apply ReferencePath $.e to input 5`},
	} {
		p := compile(t, `{"StartAt": "S", "States": {"S": {`+c.state+`}, `+end+`}}`, machine.Options{})
		h := newHost(t, p, parse(t, c.input))
		h.answer = func(machine.Command) []machine.Event { return failWith("Broken", "") }
		outcome := h.run()
		require.NotNil(t, outcome.Error, c.state)
		require.Equal(t, "States.ReferencePathConflict", *outcome.Error, c.state)
		require.True(t, strings.HasPrefix(*outcome.Cause, c.cause), "the cause has no prefix: %s", *outcome.Cause)
	}
}

// An ItemsPath that leads to nothing is States.ReferencePathConflict. The cause
// names the first property that is missing, has no prefix, and shows the whole
// value that the path starts at.
func TestItemsPathThatLeadsToNothing(t *testing.T) {
	const (
		processor = `"Type": "Map", "ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Succeed"}}}, "End": true`
		start     = `{"StartAt": "V", "States": {"V": {"Type": "Pass", "Assign": {"v": {"w": 1}}, "Next": "S"}, `
	)
	for _, c := range []struct{ fields, input, cause string }{
		{`"ItemsPath": "$.a"`, `{}`, `Unable to apply step "a" to input {}`},
		{`"ItemsPath": "$.a.b.c"`, `{"a":{"x":1}}`, `Unable to apply step "b" to input {"a":{"x":1}}`},
		{`"ItemsPath": "$.a.b"`, `{"a":"s"}`, `Unable to apply step "b" to input {"a":"s"}`},
		{`"ItemsPath": "$.a.b"`, `{"a":null}`, `Unable to apply step "b" to input {"a":null}`},
		{`"ItemsPath": "$['a b'][0].c"`, `{"a b":[{}]}`, `Unable to apply step "c" to input {"a b":[{}]}`},
		{`"ItemsPath": "$.a"`, `[1]`, `Unable to apply step "a" to input [1]`},
		{`"InputPath": "$.in", "ItemsPath": "$.a"`, `{"in":{"b":1}}`, `Unable to apply step "a" to input {"b":1}`},
		{`"ItemsPath": "$v.x"`, `{}`, `Unable to apply step "x" to input {"w":1}`},
		{`"ItemsPath": "$$.Execution.Input.x"`, `{}`, `Unable to apply step "x" to input {"Execution":{`},
		{`"ItemsPath": "$.a", "Retry": [{"ErrorEquals": ["States.ALL"]}], "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "S"}]`,
			`{}`, `Unable to apply step "a" to input {}`},
	} {
		p := compile(t, start+`"S": {`+processor+`, `+c.fields+`}}}`, machine.Options{})
		outcome := newHost(t, p, parse(t, c.input)).run()
		require.NotNil(t, outcome.Error, c.fields)
		require.Equal(t, asl.StatesReferencePathConflict, *outcome.Error, c.fields)
		require.True(t, strings.HasPrefix(*outcome.Cause, c.cause), "%s: %s", c.fields, *outcome.Cause)
	}
}

// An ItemsPath that leads to something else than an array stays States.Runtime.
func TestItemsPathThatLeadsToNoArray(t *testing.T) {
	for path, input := range map[string]string{"$.a": `{"a":{}}`, "$.a.b": `{"a":{"b":null}}`, "$.a[2]": `{"a":[1]}`} {
		p := compile(t, `{"StartAt": "S", "States": {"S": {"Type": "Map", "ItemsPath": "`+path+`",
			"ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Succeed"}}}, "End": true}}}`, machine.Options{})
		outcome := newHost(t, p, parse(t, input)).run()
		require.NotNil(t, outcome.Error, path)
		require.Equal(t, asl.StatesRuntime, *outcome.Error, path)
		require.Equal(t, `Reference path "`+path+`" must point to array.`, *outcome.Cause)
	}
}

// A Pass whose Result is null has no Result.
func TestPassResultNull(t *testing.T) {
	for _, c := range []struct{ fields, want string }{
		{`"Result": null`, `{"a":1}`},
		{`"Result": null, "InputPath": "$.a"`, `1`},
		{`"Result": null, "Parameters": {"b.$": "$.a"}`, `{"b":1}`},
		{`"Result": null, "ResultPath": "$.r"`, `{"a":1,"r":{"a":1}}`},
		{`"Result": null, "ResultPath": null`, `{"a":1}`},
		{`"Result": false`, `false`},
	} {
		p := compile(t, `{"StartAt": "S", "States": {"S": {"Type": "Pass", `+c.fields+`, "End": true}}}`, machine.Options{})
		require.Equal(t, c.want, value.String(newHost(t, p, parse(t, `{"a": 1}`)).run().Output), c.fields)
	}
}

// A string that holds a number counts as the number in each field whose name
// ends in Path.
func TestNumericStringAtAPath(t *testing.T) {
	const (
		processor = `"ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Task", "Resource": "f", "End": true}}}, "End": true`
		widthPath = `"Type": "Map", "MaxConcurrencyPath": "$v.n", ` + processor
		count     = `"Type": "Map", "ToleratedFailureCountPath": "$v.n", ` + processor
		percent   = `"Type": "Map", "ToleratedFailurePercentagePath": "$v.n", ` + processor
		timeout   = `"Type": "Task", "Resource": "f", "TimeoutSecondsPath": "$v.n", "End": true`
		heartbeat = `"Type": "Task", "Resource": "f", "TimeoutSeconds": 99, "HeartbeatSecondsPath": "$v.n", "End": true`
		wait      = `"Type": "Wait", "SecondsPath": "$v.n", "End": true`
	)
	for _, c := range []struct{ state, n, cause string }{
		{widthPath, `"1"`, ""},
		{widthPath, `"-1"`, ""},
		{widthPath, `"one"`, `The MaxConcurrencyPath field refers to value "one" which is not a valid integer: $v.n`},
		{widthPath, `"1.5"`, `The MaxConcurrencyPath field refers to value "1.5" which is not a valid integer: $v.n`},
		{count, `"2"`, ""},
		{count, `"-2"`, "ToleratedFailureCount cannot be negative."},
		{count, `""`, `The ToleratedFailureCountPath field refers to value "" which is not a valid integer: $v.n`},
		{percent, `"2.5"`, ""},
		{percent, `"+05"`, ""},
		{percent, `" 5"`, `The ToleratedFailurePercentagePath field refers to value " 5" which is not a valid float: $v.n`},
		{percent, `"NaN"`, `The ToleratedFailurePercentagePath field refers to value "NaN" which is not a valid float: $v.n`},
		{percent, `"0x1p3"`, `The ToleratedFailurePercentagePath field refers to value "0x1p3" which is not a valid float: $v.n`},
		{percent, `"1e400"`, `The ToleratedFailurePercentagePath field refers to value "1e400" which is not a valid float: $v.n`},
		{count, `"+02"`, ""},
		{count, `" 2"`, `The ToleratedFailureCountPath field refers to value " 2" which is not a valid integer: $v.n`},
		{percent, `"101"`, "ToleratedFailurePercentage must be between 0 and 100."},
		{percent, `"half"`, `The ToleratedFailurePercentagePath field refers to value "half" which is not a valid float: $v.n`},
		{percent, `"true"`, `The ToleratedFailurePercentagePath field refers to value "true" which is not a valid float: $v.n`},
		{timeout, `"7"`, ""},
		{timeout, `"0"`, `The TimeoutSecondsPath field refers to value "0" which is not a valid integer: $v.n`},
		{heartbeat, `"7"`, ""},
		{heartbeat, `"x"`, `The HeartbeatSecondsPath field refers to value "x" which is not a valid integer: $v.n`},
		{wait, `"3"`, ""},
	} {
		p := compile(t, `{"StartAt": "A", "States": {
			"A": {"Type": "Pass", "Assign": {"v": {"n": `+c.n+`}}, "Next": "S"},
			"S": {`+c.state+`}}}`, machine.Options{})
		h := newHost(t, p, parse(t, `[1, 2]`))
		var command machine.Command
		h.answer = func(c machine.Command) []machine.Event { command = c; return succeed(nil) }
		outcome := h.run()
		if c.cause != "" {
			require.NotNil(t, outcome.Cause, c.state+c.n)
			require.Contains(t, *outcome.Cause, c.cause)
			continue
		}
		require.Nil(t, outcome.Cause, c.state+c.n)
		switch c.state {
		case timeout:
			require.Equal(t, 7*time.Second, command.Timeout)
		case heartbeat:
			require.Equal(t, 7*time.Second, command.Heartbeat)
		case wait:
			require.Equal(t, 3*time.Second, h.now.Sub(began))
		}
	}
}

// A Wait for a timestamp ends at its whole second.
func TestWaitTimestampIsCutToSeconds(t *testing.T) {
	const query = `"QueryLanguage": "JSONata", `
	for _, c := range []struct{ fields, input, want string }{
		{`"Timestamp": "2024-01-02T03:04:10.900Z"`, `{}`, "2024-01-02T03:04:10Z"},
		{`"Timestamp": "2024-01-02T04:04:10.999999999+01:00"`, `{}`, "2024-01-02T03:04:10Z"},
		{`"Timestamp": "2024-01-02T03:04:11Z"`, `{}`, "2024-01-02T03:04:11Z"},
		{`"Timestamp": "2024-01-02T03:04:05.999Z"`, `{}`, "2024-01-02T03:04:05Z"}, // the second that has begun
		{`"TimestampPath": "$.t"`, `{"t": "2024-01-02T03:04:10.900Z"}`, "2024-01-02T03:04:10Z"},
		{query + `"Timestamp": "2024-01-02T03:04:10.5Z"`, `{}`, "2024-01-02T03:04:10Z"},
		{query + `"Timestamp": "{% $states.input.t %}"`, `{"t": "2024-01-02T03:04:10.900Z"}`, "2024-01-02T03:04:10Z"},
	} {
		p := compile(t, `{"StartAt": "S", "States": {"S": {"Type": "Wait", "End": true, `+c.fields+`}}}`, machine.Options{})
		h := newHost(t, p, parse(t, c.input))
		require.Nil(t, h.run().Cause)
		require.Equal(t, c.want, h.now.Format(time.RFC3339Nano), c.fields)
	}
}

// ItemSelector is evaluated before MapIterationStarted: a failure is the Map's
// own and leaves no event of the iteration.
func TestItemSelectorFailsBeforeTheIteration(t *testing.T) {
	const processor = `"ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": true}}}, "End": true`
	for _, c := range []struct{ fields, want string }{
		{`"ItemSelector": {"a.$": "$$.Map.Item.Value.a"}`, "MapStateEntered MapStateStarted ExecutionFailed<-3"},
		{`"Parameters": {"a.$": "$.no"}`, "MapStateEntered MapStateStarted ExecutionFailed<-3"},
		{`"QueryLanguage": "JSONata", "ItemSelector": "{% $states.context.Map.Item.Value.a + 'x' %}"`,
			"MapStateEntered MapStateStarted EvaluationFailed<-3 MapStateFailed<-4 ExecutionFailed<-5"},
	} {
		p := compile(t, `{"StartAt": "S", "States": {"S": {"Type": "Map", `+c.fields+`, `+processor+`}}}`, machine.Options{})
		h := newHost(t, p, parse(t, `[{"b": 1}]`))
		require.NotNil(t, h.run().Error)
		require.Equal(t, c.want, linksOf(h.history[1:], history.EvaluationFailed, history.MapStateFailed, history.ExecutionFailed))
	}
	t.Run("of a later item", func(t *testing.T) {
		p := compile(t, `{"StartAt": "S", "States": {"S": {"Type": "Map", "MaxConcurrency": 1,
			"ItemSelector": {"a.$": "$$.Map.Item.Value.a"}, `+processor+`}}}`, machine.Options{})
		h := newHost(t, p, parse(t, `[{"a": 1}, {"b": 1}]`))
		require.Contains(t, *h.run().Cause, `The JSONPath '$$.Map.Item.Value.a' specified for the field 'a.$' could not be found in the input '{"Execution":`)
		require.Equal(t, "MapStateEntered MapStateStarted MapIterationStarted PassStateEntered PassStateExited MapIterationSucceeded<-6 ExecutionFailed<-6",
			linksOf(h.history[1:], history.MapIterationSucceeded, history.ExecutionFailed))
	})
}

// A path to the item of an iteration selects the same as the way through the whole
// context object, in ItemSelector and in the states of the innermost iteration.
func TestItemOfTheContextObject(t *testing.T) {
	const items = `[[{"a": 1}, {"a": 2}], [null]]`
	processor := func(fields string) string {
		return `"ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true` + fields + `}}}`
	}
	for _, c := range []struct{ path, query, want string }{
		{"$$.Map.Item.Index", "$states.context.Map.Item.Index", `[0, 1]`},
		{"$$.Map.Item.Value", "$states.context.Map.Item.Value", items},
		{"$$.Map.Item.Value[0]", "$states.context.Map.Item.Value[0]", `[{"a": 1}, null]`},
		{"$$.Map.Item.Value[*].a", "[$states.context.Map.Item.Value.a]", `[[1, 2], []]`},
		{"$$.Map.Item", "$states.context.Map.Item", `[{"Index": 0, "Value": [{"a": 1}, {"a": 2}]}, {"Index": 1, "Value": [null]}]`},
		{"$$['Map'].Item['Index']", "$states.context.Map.Item.$lookup($, 'Index')", `[0, 1]`},
	} {
		path, query := `{"v.$": "`+c.path+`"}`, `{"v": "{% `+c.query+` %}"}`
		for name, fields := range map[string]string{
			"ItemSelector in JSONPath": `"ItemSelector": ` + path + `, ` + processor(""),
			"ItemSelector in JSONata":  `"QueryLanguage": "JSONata", "ItemSelector": ` + query + `, ` + processor(""),
			"a state in JSONPath":      processor(`, "Parameters": ` + path),
			"a state in JSONata":       processor(`, "QueryLanguage": "JSONata", "Output": ` + query),
		} {
			inner := `{"Type": "Map", "End": true, ` + fields + `}`
			outer := `{"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "I", "States": {"I": ` + inner + `}}}`
			for definition, input := range map[string]string{inner: items, outer: `[` + items + `]`} {
				h := newHost(t, compile(t, `{"StartAt": "M", "States": {"M": `+definition+`}}`, machine.Options{}), parse(t, input))
				out := h.run()
				require.Nil(t, out.Cause, "%s: %s", name, c.path)
				got := out.Output.([]any)
				if definition == outer {
					got = got[0].([]any)
				}
				for i, want := range parse(t, c.want).([]any) {
					v, _ := got[i].(*value.Object).Get("v")
					require.Equal(t, value.String(want), value.String(v), "%s: %s", name, c.path)
				}
			}
		}
	}
}

// linksOf prints the types of events, and of those of the given types also what
// they point to.
func linksOf(events []history.Event, linked ...history.Type) string {
	var b strings.Builder
	for i, ev := range events {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(ev.Type.String())
		for _, t := range linked {
			if ev.Type == t {
				b.WriteString("<-" + string(rune('0'+ev.Previous)))
			}
		}
	}
	return b.String()
}

// A missing path into the context object quotes the context object.
func TestMissingContextPathQuotesTheContext(t *testing.T) {
	for _, parameters := range []string{`{"x.$": "$$.Nowhere"}`, `{"x.$": "States.Format('{}', $$.Nowhere)"}`} {
		p := compile(t, `{"StartAt": "S", "States": {"S": {"Type": "Pass", "Parameters": `+parameters+`, "End": true}}}`, machine.Options{})
		cause := *newHost(t, p, parse(t, `{"in": 1}`)).run().Cause
		require.Contains(t, cause, `could not be found in the input '{"Execution":{"Id":"arn:aws:states:us-east-1:000000000000:execution:`)
		require.Contains(t, cause, `"State":{"Name":"S","EnteredTime":`)
	}
}

// The size limits of variables have AWS's causes without a prefix, and in a
// JSONata state the event EvaluationFailed.
func TestVariableLimitCauses(t *testing.T) {
	limits := machine.Limits{VariableBytes: 10, VariablesSize: 25}
	const (
		one   = "Variable size limit exceeded. Variable 'x' in state 'S' was assigned 11 bytes."
		state = "State total variable size limit exceeded. Variable 'y' in state 'S' was assigned 5 bytes, " +
			"which caused the size of variables assigned in the state to exceed its limit by 1 bytes."
		total = "Execution total variable size limit exceeded. State 'S3' assigned variables that exceed the total execution limit by 5 bytes."
	)
	for _, c := range []struct{ assign, cause string }{
		{`{"x": "123456789"}`, one},
		{`{"x": "1234", "y": "123", "z": "123456789"}`, state},
		{`{"x": "12345678"}`, ""},
	} {
		for _, language := range []string{"JSONPath", "JSONata"} {
			p := compile(t, `{"StartAt": "S", "QueryLanguage": "`+language+`", "States": {
				"S": {"Type": "Pass", "Assign": `+c.assign+`, "End": true}}}`, machine.Options{Limits: limits})
			h := newHost(t, p, nil)
			outcome := h.run()
			if c.cause == "" {
				require.Equal(t, machine.Succeeded, h.x.Status)
				continue
			}
			require.Equal(t, asl.StatesDataLimitExceeded, *outcome.Error)
			require.Equal(t, c.cause, *outcome.Cause)
			before := h.history[len(h.history)-2]
			if language == "JSONPath" {
				require.Equal(t, history.PassStateEntered, before.Type)
				continue
			}
			require.Equal(t, history.EvaluationFailed, before.Type)
			require.Equal(t, &history.Failure{Error: outcome.Error, Cause: outcome.Cause, Location: "Assign"}, before.Detail)
		}
	}
	t.Run("of all variables", func(t *testing.T) {
		p := compile(t, `{"StartAt": "S1", "States": {
			"S1": {"Type": "Pass", "Assign": {"a": "12345678"}, "Next": "S2"},
			"S2": {"Type": "Pass", "Assign": {"b": "12345678"}, "Next": "S3"},
			"S3": {"Type": "Pass", "Assign": {"c": "12345678"}, "End": true}}}`, machine.Options{Limits: limits})
		require.Equal(t, total, *newHost(t, p, nil).run().Cause)
	})
	t.Run("in a Catcher and a rule", func(t *testing.T) {
		for location, state := range map[string]string{
			"Catch[0]/Assign":   `{"Type": "Task", "Resource": "f", "Catch": [{"ErrorEquals": ["States.ALL"], "Assign": {"x": "123456789"}, "Next": "E"}], "End": true}`,
			"Choices[1]/Assign": `{"Type": "Choice", "Choices": [{"Condition": false, "Next": "E"}, {"Condition": true, "Assign": {"x": "123456789"}, "Next": "E"}]}`,
		} {
			p := compile(t, `{"StartAt": "S", "QueryLanguage": "JSONata", "States": {"S": `+state+`, "E": {"Type": "Succeed"}}}`,
				machine.Options{Limits: limits})
			h := newHost(t, p, nil)
			h.answer = func(machine.Command) []machine.Event { return failWith("Broken", "") }
			require.Equal(t, one, *h.run().Cause)
			require.Equal(t, location, h.history[len(h.history)-2].Detail.(*history.Failure).Location)
		}
	})
}

// A timeout has no cause, which a Catcher sees as an empty string, at the task
// itself and around it.
func TestCatchOfATimeout(t *testing.T) {
	const task = `{"Type": "Task", "Resource": "f", "TimeoutSeconds": 5, "HeartbeatSeconds": 2, "End": true`
	for _, state := range []string{
		task + `, "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "E"}]}`,
		task + `, "Catch": [{"ErrorEquals": ["States.HeartbeatTimeout"], "ResultPath": "$", "Next": "E"}]}`,
		task + `, "QueryLanguage": "JSONata", "Catch": [{"ErrorEquals": ["States.ALL"], "Output": "{% $states.errorOutput %}", "Next": "E"}]}`,
		`{"Type": "Parallel", "Branches": [{"StartAt": "T", "States": {"T": ` + task + `}}}], "End": true,
			"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "E"}]}`,
	} {
		p := compile(t, `{"StartAt": "S", "States": {"S": `+state+`, "E": {"Type": "Succeed"}}}`, machine.Options{})
		h := newHost(t, p, parse(t, `{}`))
		h.answer = func(machine.Command) []machine.Event { return []machine.Event{{Kind: machine.TaskStarted}} }
		require.Equal(t, `{"Error":"States.Timeout","Cause":""}`, value.String(h.run().Output), state)
	}
}

// ExecutionTimedOut names its error. The outcome does not.
func TestExecutionTimedOutNamesItsError(t *testing.T) {
	p := compile(t, `{"StartAt": "W", "TimeoutSeconds": 5, "States": {"W": {"Type": "Wait", "Seconds": 9, "End": true}}}`, machine.Options{})
	h := newHost(t, p, nil)
	require.Equal(t, &machine.Outcome{}, h.run())
	last := h.history[len(h.history)-1]
	require.Equal(t, history.ExecutionTimedOut, last.Type)
	require.Equal(t, asl.StatesTimeout, *last.Detail.(*history.Failure).Error)
}
