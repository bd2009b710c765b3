package asl

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The sum of the delays is what adding them one by one gives.
func TestRetrierDelays(t *testing.T) {
	some := func(n int64) Opt[int64] { return Opt[int64]{Value: n, Presence: Present} }
	for _, interval := range []int64{0, 1, 3, 100} {
		for _, rate := range []float64{1, 1.1, 1.5, 2, 10} {
			for _, highest := range []int64{0, 1, 4, 50, 1000} { // 0: none
				r := Retrier{IntervalSeconds: some(interval), BackoffRate: Opt[float64]{Value: rate, Presence: Present}}
				if highest > 0 {
					r.MaxDelaySeconds = some(highest)
				}
				sum, delay := 0.0, float64(interval)
				for n := range 40 {
					require.InEpsilon(t, 1+sum, 1+r.totalDelay(n), 1e-9, "%d delays of %d by %v, at most %d", n, interval, rate, highest)
					if highest > 0 {
						sum += min(delay, float64(highest))
					} else {
						sum += delay
					}
					delay *= rate
				}
			}
		}
	}
	require.InDelta(t, 1e8, (&Retrier{IntervalSeconds: some(1), BackoffRate: Opt[float64]{Value: 1, Presence: Present}}).totalDelay(100_000_000), 1)
	require.InDelta(t, 7, (&Retrier{}).totalDelay(3), 0) // the defaults
}
