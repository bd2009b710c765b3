package machine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/internal/probe"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

const (
	gatewayInvoke = "arn:aws:states:::apigateway:invoke"
	httpInvoke    = "arn:aws:states:::http:invoke"

	badHeaders = "The value of the field 'Headers' has an invalid format"
	badQuery   = "The value of the field 'QueryParameters' has an invalid format"
	forbidden  = "The 'Headers' field contains unsupported values: "
)

func TestParametersOfIntegrationsAreChecked(t *testing.T) {
	for name, c := range map[string]struct{ resource, parameters, reasons string }{
		"a string for a list": {gatewayInvoke, `{"Headers":{"a":"b"}}`, badHeaders},
		"a number for a list": {gatewayInvoke, `{"Headers":{"a":["b"],"c":1}}`, badHeaders},
		"null for a list":     {gatewayInvoke, `{"Headers":{"a":null}}`, badHeaders},
		"Headers as a string": {gatewayInvoke, `{"Headers":"a: b"}`, badHeaders},
		"Headers as an array": {gatewayInvoke, `{"Headers":[{"a":["b"]}]}`, badHeaders},
		"query as a string":   {gatewayInvoke, `{"QueryParameters":"?a=b"}`, badQuery},
		"waits for a token":   {gatewayInvoke + ".waitForTaskToken", `{"Headers":{"a":"b"}}`, badHeaders},
		"forbidden":           {gatewayInvoke, `{"Headers":{"Host":["b"]}}`, forbidden + "[host]"},
		"forbidden by prefix": {gatewayInvoke, `{"Headers":{"X-AmzTrace":["b"],"Via":["c"]}}`, forbidden + "[x-amztrace, via]"},
		"several reasons": {gatewayInvoke, `{"QueryParameters":1,"Headers":{"Via":"a"}}`,
			badHeaders + ", " + badQuery + ", " + forbidden + "[via]"},
		"http":              {httpInvoke, `{"Headers":{"AUTHORIZATION":"b","X-A":"c","If-Match":"d"}}`, forbidden + "[authorization, if-match]"},
		"http, in an array": {httpInvoke, `{"Headers":[{"a":"b"},{"Date":"c"}]}`, forbidden + "[date]"},
		"http, by prefix":   {httpInvoke, `{"Headers":{"x-amz-date":["c"]}}`, forbidden + "[x-amz-date]"},

		"allowed":               {gatewayInvoke, `{"Headers":{"X-Authorization":["b"],"a":[]},"QueryParameters":{"c":["d"]}}`, ""},
		"absent":                {gatewayInvoke, `{"ApiEndpoint":"a"}`, ""},
		"null":                  {gatewayInvoke, `{"Headers":null,"QueryParameters":null}`, ""},
		"http, allowed":         {httpInvoke, `{"Headers":{"X-Authorization":"b","Dates":["c"],"x-am":"d"}}`, ""},
		"http, a string":        {httpInvoke, `{"Headers":"Date"}`, ""},
		"http, no object":       {httpInvoke, `["Date"]`, ""},
		"another action":        {"arn:aws:states:::sqs:sendMessage", `{"Headers":{"Host":"b"}}`, ""},
		"the host's own name":   {"apigateway:invoke", `{"Headers":{"Host":"b"}}`, ""},
		"the SDK's integration": {"arn:aws:states:::aws-sdk:apigateway:invoke", `{"Headers":{"Host":"b"}}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			outcome := requireUnscheduled(t, c.reasons == "", `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "`+c.resource+`", "End": true}}}`, c.parameters)
			if c.reasons != "" {
				require.Equal(t, "An error occurred while executing the state 'T' (entered at the event id #2). The Parameters '"+c.parameters+
					"' could not be used to start the Task: ["+c.reasons+"]", *outcome.Cause)
			}
		})
	}
}

// The check is of what the fields of a state make, and its failure is
// States.Runtime, which nothing retries or catches.
func TestParametersAreCheckedBeforeTheTaskIsScheduled(t *testing.T) {
	const (
		task  = `"Type": "Task", "Resource": "` + gatewayInvoke + `", `
		saved = `"Retry": [{"ErrorEquals": ["States.ALL"]}], "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "E"}], "Next": "E"`
		end   = `, "E": {"Type": "Succeed"}`
		why   = " could not be used to start the Task: [" + badHeaders + "]"
	)
	for name, c := range map[string]struct{ states, cause string }{
		"Parameters": {`"T": {` + task + `"Parameters": {"Headers": {"a.$": "$.s"}}, ` + saved + `}`,
			`#2). The Parameters '{"Headers":{"a":"b"}}'`},
		"InputPath": {`"T": {` + task + `"InputPath": "$.p", ` + saved + `}`,
			`#2). The Parameters '{"Headers":{"a":"c"}}'`},
		"Arguments": {`"T": {"QueryLanguage": "JSONata", ` + task + `"Arguments": {"Headers": {"a": "{% $states.input.s %}"}}, ` + saved + `}`,
			`#2). The Arguments '{"Headers":{"a":"b"}}'`},
		"in a branch": {`"P": {"Type": "Parallel", "Branches": [{"StartAt": "T", "States": {"T": {` + task + `"InputPath": "$.p", "End": true}}}], ` + saved + `}`,
			`#4). The Parameters '{"Headers":{"a":"c"}}'`},
	} {
		t.Run(name, func(t *testing.T) {
			first := c.states[1:2]
			outcome := requireUnscheduled(t, false, `{"StartAt": "`+first+`", "States": {`+c.states+end+`}}`, `{"s": "b", "p": {"Headers": {"a": "c"}}}`)
			require.Equal(t, "An error occurred while executing the state 'T' (entered at the event id "+c.cause+why, *outcome.Cause)
		})
	}
}

// requireUnscheduled runs a machine whose task is scheduled, or fails before that.
func requireUnscheduled(t *testing.T, scheduled bool, definition, input string) *machine.Outcome {
	t.Helper()
	h := newHost(t, compile(t, definition, machine.Options{Limits: machine.NoLimits}), parse(t, input))
	outcome := h.run()
	require.Equal(t, scheduled, outcome == nil)
	for _, ev := range h.history {
		require.True(t, scheduled || ev.Type != history.TaskScheduled, "the task was scheduled")
	}
	if !scheduled {
		require.Equal(t, asl.StatesRuntime, *outcome.Error)
		last := h.history[len(h.history)-1]
		require.Equal(t, history.ExecutionFailed, last.Type)
		require.Equal(t, last.ID-1, last.Previous, "ExecutionFailed points to TaskStateEntered")
	}
	return outcome
}

// TestState shows what the parameters were, and gives the cause without a prefix.
func TestProbeShowsParametersThatAreNotTaken(t *testing.T) {
	var p probe.Probe
	x := probed(t, `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "`+gatewayInvoke+`", "Parameters": {"Headers.$": "$"}, "End": true}}}`,
		`{"a": "b"}`, &p)
	require.Equal(t, machine.Failed, x.Status)
	require.Equal(t, "The Parameters '{\"Headers\":{\"a\":\"b\"}}' could not be used to start the Task: ["+badHeaders+"]", *p.Cause)
	require.Equal(t, `{"afterInputPath":{"a":"b"},"afterParameters":{"Headers":{"a":"b"}}}`, value.String(p.Data))
}
