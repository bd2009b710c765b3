package machine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/machine"
)

// The causes if a field that must be an integer has another value. Those of
// TimeoutSeconds and SecondsPath are recorded.
func TestFieldsRejectOtherThanIntegers(t *testing.T) {
	const (
		task   = `{"Type": "Task", "Resource": "f", "End": true, "QueryLanguage": "JSONata", "TimeoutSeconds": "{% $states.input %}"}`
		beat   = `{"Type": "Task", "Resource": "f", "End": true, "QueryLanguage": "JSONata", "TimeoutSeconds": 9, "HeartbeatSeconds": "{% $states.input %}"}`
		wait   = `{"Type": "Wait", "End": true, "QueryLanguage": "JSONata", "Seconds": "{% $states.input %}"}`
		path   = `{"Type": "Wait", "End": true, "SecondsPath": "$.n"}`
		width  = `{"Type": "Map", "End": true, "QueryLanguage": "JSONata", "Items": [], "MaxConcurrency": "{% $states.input %}", "ItemProcessor": {"StartAt": "Q", "States": {"Q": {"Type": "Succeed"}}}}`
		count  = `{"Type": "Map", "End": true, "QueryLanguage": "JSONata", "Items": [], "ToleratedFailureCount": "{% $states.input %}", "ItemProcessor": {"StartAt": "Q", "States": {"Q": {"Type": "Succeed"}}}}`
		share  = `{"Type": "Map", "End": true, "QueryLanguage": "JSONata", "Items": [], "ToleratedFailurePercentage": "{% $states.input %}", "ItemProcessor": {"StartAt": "Q", "States": {"Q": {"Type": "Succeed"}}}}`
		failed = "An error occurred while executing the state 'S' (entered at the event id #2). "
	)
	for _, test := range []struct{ state, input, cause string }{
		{task, `2.5`, "The TimeoutSeconds field cannot be parsed as an integer: 2.5"},
		{task, `1e30`, "The TimeoutSeconds field cannot be parsed as an integer: 1.0E30"},
		{task, `-3`, "TimeoutSeconds must be between 0 and 99999999 but was: -3"},
		{task, `100000000`, "TimeoutSeconds must be between 0 and 99999999 but was: 100000000"},
		{beat, `-3`, "HeartbeatSeconds must be between 0 and 99999999 but was: -3"},
		{wait, `0.5`, "The Seconds field cannot be parsed as an integer: 0.5"},
		{wait, `-1`, "Seconds must be between 0 and 99999999 but was: -1"},
		{width, `1.5`, "The MaxConcurrency field cannot be parsed as an integer: 1.5"},
		{count, `-1`, "ToleratedFailureCount cannot be negative."},
		{share, `101`, "ToleratedFailurePercentage must be between 0 and 100."},
		{path, `{}`, "The SecondsPath parameter does not reference an input value: $.n"},
		{path, `{"n": {"s": 1}}`, `The SecondsPath parameter cannot be parsed as a long value: $.n == {"s":1}`},
		{path, `{"n": [1]}`, "The SecondsPath parameter cannot be parsed as a long value: $.n == [1]"},
		{path, `{"n": null}`, "The SecondsPath parameter cannot be parsed as a long value: $.n == null"},
		{path, `{"n": "soon"}`, "The SecondsPath parameter cannot be parsed as a long value: $.n == soon"},
		{path, `{"n": 2.5}`, "The SecondsPath parameter cannot be parsed as a long value: $.n == 2.5"},
		{path, `{"n": "-2"}`, "The SecondsPath parameter references a negative value: $.n == -2"},
	} {
		p := compile(t, `{"StartAt": "S", "States": {"S": `+test.state+`}}`, machine.Options{})
		h := newHost(t, p, parse(t, test.input))
		h.run()
		require.Equal(t, machine.Failed, h.x.Status, test.input)
		require.Equal(t, failed+test.cause, *h.x.Outcome.Cause)
	}
}

func TestSecondsPathTakesText(t *testing.T) {
	p := compile(t, `{"StartAt": "S", "States": {"S": {"Type": "Wait", "SecondsPath": "$.n", "End": true}}}`, machine.Options{})
	h := newHost(t, p, parse(t, `{"n": "7"}`))
	h.run()
	require.Equal(t, machine.Succeeded, h.x.Status)
	require.Equal(t, 7*time.Second, h.now.Sub(began))
}
