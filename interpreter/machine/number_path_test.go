package machine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/machine"
)

// The path of a number may be "$": the whole input is the number.
func TestNumberPathIsWholeInput(t *testing.T) {
	started := func(machine.Command) []machine.Event { return []machine.Event{{Kind: machine.TaskStarted}} }
	for _, field := range []string{"TimeoutSecondsPath", "HeartbeatSecondsPath"} {
		p := compile(t, `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "`+field+`": "$", "End": true}}}`, machine.Options{})
		h := newHost(t, p, int64(7))
		h.answer = started
		require.NotNil(t, h.run())
		require.Equal(t, began.Add(7*time.Second), h.now, field)
		require.Equal(t, "States.Timeout", *h.x.Outcome.Error)
	}
	for _, tt := range []struct {
		field string
		input any
		tasks int // at the same time
		fails string
	}{
		{"MaxConcurrencyPath", int64(3), 3, ""},
		{"MaxConcurrencyPath", "many", 0, "not a valid integer"},
		{"ToleratedFailureCountPath", int64(-1), 0, "cannot be negative"},
		{"ToleratedFailurePercentagePath", int64(101), 0, "between 0 and 100"},
	} {
		p := compile(t, `{"StartAt": "A", "States": {"A": {"Type": "Pass", "Assign": {"list": [1, 2, 3, 4, 5]}, "Next": "M"}, "M": {"Type": "Map", "ItemsPath": "$list", "`+tt.field+`": "$", "End": true,
			"ItemProcessor": {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "End": true}}}}}}`, machine.Options{})
		h := newHost(t, p, tt.input)
		h.step(h.queue[0])
		require.Len(t, h.r.Commands, max(1, tt.tasks), tt.field)
		if tt.fails != "" {
			require.Contains(t, *h.x.Outcome.Cause, tt.fails)
		}
	}
}
