package asl_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
)

func TestNumbersAndExpressions(t *testing.T) {
	s := state[*asl.MapState](t, `{"Type": "Map", "QueryLanguage": "JSONata", "End": true,
		"MaxConcurrency": "{% 1 + 1 %}", "ToleratedFailureCount": 3.0, "ToleratedFailurePercentage": 2.5,
		"Retry": [{"ErrorEquals": ["E"], "BackoffRate": 2, "MaxAttempts": 0}],
		"ItemProcessor": {"StartAt": "A", "States": {"A": {"Type": "Fail"}}}}`)
	require.Equal(t, "{% 1 + 1 %}", s.MaxConcurrency.Value.Expression.Text)
	require.Equal(t, " 1 + 1 ", s.MaxConcurrency.Value.Expression.Parsed.String())
	require.Equal(t, asl.Integer{Value: 3}, s.ToleratedFailureCount.Value)
	require.InDelta(t, 2.5, s.ToleratedFailurePercentage.Value.Value, 0)
	r := s.Retry[0]
	require.InDelta(t, 2.0, r.BackoffRate.Value, 0)
	require.True(t, r.MaxAttempts.IsSet())
	require.Equal(t, asl.Absent, r.IntervalSeconds.Presence)
	require.Nil(t, s.Catch)
}
