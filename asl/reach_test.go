package asl

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReachable(t *testing.T) {
	const succeed = `{"Type": "Succeed"}`
	for _, c := range []struct {
		states string // of a machine that starts at A
		want   []string
	}{
		{`"A": {"Type": "Pass", "Next": "B"}, "B": ` + succeed, nil},
		{`"A": {"Type": "Pass", "End": true}, "B": ` + succeed + `, "C": {"Type": "Pass", "Next": "B"}`,
			[]string{`/States/B: MISSING_TRANSITION_TARGET: State "B" is not reachable.`, `/States/C: MISSING_TRANSITION_TARGET: State "C" is not reachable.`}},
		{`"A": {"Type": "Choice", "Default": "C", "Choices": [{"Variable": "$.x", "IsPresent": true, "Next": "B"}]}, "B": ` + succeed + `, "C": ` + succeed, nil},
		{`"A": {"Type": "Task", "Resource": "r", "End": true, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}]}, "B": ` + succeed, nil},
		{`"A": {"Type": "Parallel", "End": true, "Branches": [{"StartAt": "P", "States": {"P": ` + succeed + `, "Q": ` + succeed + `}}]}`,
			[]string{`/States/A/Branches[0]/States/Q: MISSING_TRANSITION_TARGET: State "Q" is not reachable.`}},
		{`"A": {"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "P", "States": {"P": ` + succeed + `, "Q": ` + succeed + `}}}`,
			[]string{`/States/A/ItemProcessor/States/Q: MISSING_TRANSITION_TARGET: State "Q" is not reachable.`}},
		{`"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "A"}, "C": {"Type": "Pass", "Next": "A"}`,
			[]string{`MISSING_END_STATE: Workflow has no terminal state`}},
		{`"A": {"Type": "Pass", "Next": "Z"}, "B": {"Type": "Pass", "Next": "B"}`,
			[]string{`MISSING_END_STATE: Workflow has no terminal state`, `/States/A/Next: MISSING_TRANSITION_TARGET: Missing 'Next' target: Z`}},
	} {
		var got []string
		for _, d := range Validate([]byte(`{"StartAt": "A", "States": {`+c.states+`}}`), Options{}) {
			text := d.Code + ": " + d.Message
			if d.Location != "" {
				text = d.Location + ": " + text
			}
			got = append(got, text)
		}
		require.ElementsMatch(t, c.want, got, c.states)
	}
}
