package asltest_test

import (
	"testing"
	"time"

	"github.com/gostates/gostates/interpreter/asltest"
)

const shipping = `{
	"StartAt": "Validate",
	"States": {
		"Validate": {"Type": "Pass", "Next": "Charge"},
		"Charge": {"Type": "Task", "Resource": "charge", "TimeoutSeconds": 60,
			"Retry": [{"ErrorEquals": ["Timeout", "States.Timeout"], "IntervalSeconds": 1, "BackoffRate": 2, "MaxAttempts": 3}],
			"Catch": [{"ErrorEquals": ["CardDeclined"], "ResultPath": "$.error", "Next": "Refuse"}],
			"ResultPath": "$.paid", "Next": "Ship"},
		"Ship": {"Type": "Task", "Resource": "ship", "End": true},
		"Refuse": {"Type": "Fail", "Error": "Refused", "CausePath": "$.error.Cause"}
	}
}`

func TestRetryThenShip(t *testing.T) {
	p := asltest.Compile(t, shipping)
	x := asltest.Run(t, p, `{"id": "o-1"}`,
		asltest.On("Charge").Throw("Timeout", "slow").Times(2).Then().Return(`{"ok": true}`),
		asltest.OnResource("sh*").Return(`"shipped"`))
	x.WantPath("Validate", "Charge", "Ship")
	x.WantAttempts("Charge", 3)
	x.WantElapsed(3 * time.Second)
	x.WantInputOf("Ship", `{"id": "o-1", "paid": {"ok": true}}`)
	x.WantNotVisited("Refuse")
	x.WantOutput(`"shipped"`)
}
