package asltest_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/asltest"
)

// A number that an option cannot have is a mistake of the test. It neither counts
// as another number nor is left out.
func TestNumbersOutOfRangeAreReported(t *testing.T) {
	p := asltest.Compile(t, `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "r", "TimeoutSeconds": 100, "End": true}}}`)
	for want, options := range map[string][]asltest.Option{
		"After(2562047h47m16.854775807s): a delay is from 0 to 876000h0m0s": {asltest.On("T").After(math.MaxInt64).Return(1)},
		"After(-1h0m0s): a delay is from 0 to":                              {asltest.On("T").Callback(-time.Hour, 1), asltest.Seed(3)},
		"Heartbeat(0s): the time between heartbeats is more than 0":         {asltest.On("T").Heartbeat(0).Return(1)},
		"Heartbeat(-1ns): the time between heartbeats is more than 0":       {asltest.On("T").Heartbeat(-1).Return(1)},
		"CrashAt(-1) never struck":                                          {asltest.On("T").Return(1), asltest.CrashAt(-1)},
		"CrashAt(0) never struck":                                           {asltest.On("T").Return(1), asltest.CrashAt(0)},
		`FailCall(0, "E", ...) never struck`:                                {asltest.On("T").Return(1), asltest.FailCall(0, "E", "")},
	} {
		require.Contains(t, messages(t, func(t testing.TB) { asltest.Run(t, p, nil, options...).WantSucceeded() }), want)
	}
	require.Equal(t, "asltest: Explore(-1): the number of schedules must be at least 1\n", messages(t, func(t testing.TB) {
		asltest.Explore(t, -1, func(t testing.TB, _ asltest.Option) { t.Fatal("called") })
	}))
}
