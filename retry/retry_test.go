package retry_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/retry"
)

// delays returns the delays until a policy stops retrying, at most 6.
func delays(t *testing.T, r asl.Retrier) []time.Duration {
	t.Helper()
	r.ErrorEquals = []string{"E"}
	policy := retry.Compile([]asl.Retrier{r})
	attempts := make([]int32, policy.Len())
	var got []time.Duration
	for len(got) < 6 {
		index, delay, ok := policy.Next("E", attempts, never)
		require.Equal(t, 0, index)
		if !ok {
			break
		}
		got = append(got, delay)
		require.Equal(t, int32(len(got)), attempts[0])
	}
	return got
}

func opt[T any](v T) asl.Opt[T] { return asl.Opt[T]{Value: v, Presence: asl.Present} }

// never is a random source that must not be asked.
func never() uint64 { panic("drew a random number without JitterStrategy FULL") }

func TestDelays(t *testing.T) {
	const s, ms = time.Second, time.Millisecond
	for _, c := range []struct {
		rule string
		r    asl.Retrier
		want []time.Duration
	}{
		{"defaults: 3 attempts from 1 s, doubled", asl.Retrier{}, []time.Duration{s, 2 * s, 4 * s}},
		{"MaxAttempts 0 never retries", asl.Retrier{MaxAttempts: opt[int64](0)}, nil},
		{"MaxAttempts 1 is two executions", asl.Retrier{MaxAttempts: opt[int64](1)}, []time.Duration{s}},
		{"recorded: the fourth of 2 s doubled is 16 s",
			asl.Retrier{IntervalSeconds: opt[int64](2), MaxAttempts: opt[int64](4)}, []time.Duration{2 * s, 4 * s, 8 * s, 16 * s}},
		{"fractions of a second are kept",
			asl.Retrier{BackoffRate: opt(1.5)}, []time.Duration{s, 1500 * ms, 2250 * ms}},
		{"to the nearest nanosecond",
			asl.Retrier{IntervalSeconds: opt[int64](3), BackoffRate: opt(1.1)}, []time.Duration{3 * s, 3300 * ms, 3630 * ms}},
		{"BackoffRate 1 stays",
			asl.Retrier{BackoffRate: opt(1.0)}, []time.Duration{s, s, s}},
		{"MaxDelaySeconds caps",
			asl.Retrier{MaxDelaySeconds: opt[int64](3), MaxAttempts: opt[int64](4)}, []time.Duration{s, 2 * s, 3 * s, 3 * s}},
		{"IntervalSeconds 0 does not wait",
			asl.Retrier{IntervalSeconds: opt[int64](0)}, []time.Duration{0, 0, 0}},
		{"IntervalSeconds 0 does not wait, however fast it grows",
			asl.Retrier{IntervalSeconds: opt[int64](0), BackoffRate: opt(1e308)}, []time.Duration{0, 0, 0}},
		{"too long a delay is the longest",
			asl.Retrier{BackoffRate: opt(1e300)}, []time.Duration{s, math.MaxInt64, math.MaxInt64}},
		{"too long a delay is capped",
			asl.Retrier{BackoffRate: opt(1e300), MaxDelaySeconds: opt[int64](60)}, []time.Duration{s, 60 * s, 60 * s}},
		{"JitterStrategy NONE draws nothing",
			asl.Retrier{JitterStrategy: opt("NONE"), MaxAttempts: opt[int64](1)}, []time.Duration{s}},
		{"MaxAttempts beyond 32 bits",
			asl.Retrier{MaxAttempts: opt[int64](math.MaxInt64), BackoffRate: opt(1.0)}, []time.Duration{s, s, s, s, s, s}},
	} {
		require.Equal(t, c.want, delays(t, c.r), c.rule)
	}
}

func TestDelayAfterVeryManyAttempts(t *testing.T) {
	policy := retry.Compile([]asl.Retrier{{
		ErrorEquals: []string{"E"},
		MaxAttempts: opt[int64](99999999),
		BackoffRate: opt(1.00000001),
	}})
	_, delay, ok := policy.Next("E", []int32{99999998}, never)
	require.True(t, ok)
	require.InDelta(t, math.E, delay.Seconds(), 1e-5)
}

func TestJitterIsUniformUpToTheDelay(t *testing.T) {
	for _, c := range []struct {
		random   uint64
		interval int64
		want     time.Duration
	}{
		{0, 8, 0},
		{math.MaxUint64, 8, 8 * time.Second},
		{1 << 63, 8, 4 * time.Second},
		{1 << 62, 8, 2 * time.Second},
		{math.MaxUint64, 0, 0},
		{math.MaxUint64, math.MaxInt64, math.MaxInt64},
	} {
		policy := retry.Compile([]asl.Retrier{{
			ErrorEquals:     []string{"E"},
			IntervalSeconds: opt(c.interval),
			JitterStrategy:  opt("FULL"),
		}})
		_, delay, ok := policy.Next("E", make([]int32, 1), func() uint64 { return c.random })
		require.True(t, ok)
		require.Equal(t, c.want, delay)
	}
}

// The example of the specification: each Retrier counts for itself, and one
// that is exhausted ends the retrying.
func TestEachRetrierCountsForItself(t *testing.T) {
	policy := retry.Compile([]asl.Retrier{
		{ErrorEquals: []string{"ErrorA", "ErrorB"}, BackoffRate: opt(2.0), MaxAttempts: opt[int64](2)},
		{ErrorEquals: []string{"ErrorC"}, IntervalSeconds: opt[int64](5)},
	})
	attempts := make([]int32, policy.Len())
	for _, step := range []struct {
		name  string
		index int
		delay time.Duration
		ok    bool
	}{
		{"ErrorA", 0, time.Second, true},
		{"ErrorB", 0, 2 * time.Second, true},
		{"ErrorC", 1, 5 * time.Second, true},
		{"ErrorB", 0, 0, false},
	} {
		index, delay, ok := policy.Next(step.name, attempts, never)
		require.Equal(t, step.index, index, step.name)
		require.Equal(t, step.delay, delay, step.name)
		require.Equal(t, step.ok, ok, step.name)
	}
	require.Equal(t, []int32{2, 1}, attempts)
}

func TestExhaustedRetrierHidesLaterOnes(t *testing.T) {
	policy := retry.Compile([]asl.Retrier{
		{ErrorEquals: []string{"A"}, MaxAttempts: opt[int64](0)},
		{ErrorEquals: []string{asl.StatesAll}},
	})
	attempts := make([]int32, policy.Len())
	index, _, ok := policy.Next("A", attempts, never)
	require.Equal(t, 0, index)
	require.False(t, ok)
	index, _, ok = policy.Next("B", attempts, never)
	require.Equal(t, 1, index)
	require.True(t, ok)
	require.Equal(t, []int32{0, 1}, attempts)
}

func TestNoRetrierMatches(t *testing.T) {
	policy := retry.Compile([]asl.Retrier{{ErrorEquals: []string{asl.StatesAll}}})
	attempts := make([]int32, 1)
	index, _, ok := policy.Next(asl.StatesRuntime, attempts, never)
	require.Equal(t, -1, index)
	require.False(t, ok)
	require.Equal(t, []int32{0}, attempts)
}

func TestWithoutRetryAndCatch(t *testing.T) {
	for _, retriers := range [][]asl.Retrier{nil, {}} {
		policy := retry.Compile(retriers)
		require.Nil(t, policy)
		require.Zero(t, policy.Len())
		index, _, ok := policy.Next("A", nil, never)
		require.Equal(t, -1, index)
		require.False(t, ok)
	}
	require.Nil(t, retry.CompileCatch(nil))
	require.Equal(t, -1, retry.CompileCatch([]asl.Catcher{}).Match("A"))
}

func TestDecidingAllocatesNothing(t *testing.T) {
	policy := retry.Compile([]asl.Retrier{
		{ErrorEquals: []string{"A"}},
		{ErrorEquals: []string{asl.StatesTaskFailed}, JitterStrategy: opt("FULL"), MaxAttempts: opt[int64](1 << 30)},
	})
	catch := retry.CompileCatch([]asl.Catcher{{ErrorEquals: []string{asl.StatesAll}}})
	attempts := make([]int32, policy.Len())
	random := func() uint64 { return 1 }
	require.Zero(t, testing.AllocsPerRun(100, func() {
		policy.Next("B", attempts, random)
		catch.Match("B")
	}))
}
