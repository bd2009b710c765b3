package asltest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/asltest"
)

// Concurrent tasks of one state and one input get their own results, also if one of them is
// retried before another one ends.
func TestReplayOfRetriesBesideOthers(t *testing.T) {
	for name, definition := range map[string]string{
		"a Task": `{"StartAt": "M", "States": {"M": {"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "T", "States": {
			"T": {"Type": "Task", "Resource": "t", "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 5}], "End": true}}}}}}`,
		"a Parallel around it": `{"StartAt": "M", "States": {"M": {"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "P", "States": {
			"P": {"Type": "Parallel", "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 5}], "End": true,
				"Branches": [{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "t", "End": true}}}]}}}}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			p := asltest.Compile(t, definition)
			x := asltest.Run(t, p, `[1, 1]`, asltest.On("T").
				After(time.Second).Throw("Busy", "").
				After(10*time.Second).Return(`"second"`).
				After(2*time.Second).Return(`"first, again"`))
			x.WantElapsed(10 * time.Second)
			require.Empty(t, asltest.Try(func(t testing.TB) { asltest.Replay(t, p, x.HistoryJSON()) }))
		})
	}
}
