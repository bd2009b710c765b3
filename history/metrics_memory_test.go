package history

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

type noMetrics struct{}

func (noMetrics) Count(string, Labels)               {}
func (noMetrics) Time(string, Labels, time.Duration) {}

// An EXPRESS execution has as many events as it likes.
func TestMeasureForgetsTasksThatWereCanceled(t *testing.T) {
	s := Measure(noMetrics{}).(*measure)
	for id := uint32(1); id < 200_000; id++ {
		require.NoError(t, s.Record("x", []Event{{ID: id, Type: TaskScheduled}}))
	}
	x, ok := s.executions.Get("x")
	require.True(t, ok)
	require.LessOrEqual(t, len(x.tasks), 2*DefaultMaxEvents)
	require.LessOrEqual(t, len(x.trail.places), 2*DefaultMaxEvents)
}
