package temporal

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
)

// A month and some hours pass at once.
func TestTasksWaitsAndRetries(t *testing.T) {
	calls := 0
	resolver := interpreter.Mux{"pay": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
		if calls++; calls <= 3 {
			return nil, asl.Errorf("Busy", "later")
		}
		return task.Input, nil
	})}
	s := try(t, Config{Resolver: resolver}, `{"StartAt": "W", "States": {
		"W": {"Type": "Wait", "Seconds": 2592000, "Next": "T"},
		"T": {"Type": "Task", "Resource": "pay", "End": true, "TimeoutSeconds": 86400,
			"Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 3600, "MaxAttempts": 3, "BackoffRate": 1}]}}}`,
		`{"b": 1.0, "a": 12345678901234567890123}`)
	s.requireOutput(t, `{"b":1.0,"a":12345678901234567890123}`)
	require.Equal(t, 4, calls)
	require.Equal(t, 30*24*time.Hour+3*time.Hour, s.took.Truncate(time.Minute))
}
