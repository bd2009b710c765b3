package retry_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/retry"
)

func TestFirstCatcherThatMatches(t *testing.T) {
	catch := retry.CompileCatch([]asl.Catcher{
		{ErrorEquals: []string{"A", asl.StatesTimeout}},
		{ErrorEquals: []string{asl.StatesTaskFailed}},
		{ErrorEquals: []string{asl.StatesAll}},
	})
	for name, want := range map[string]int{
		"A":                         0,
		asl.StatesHeartbeatTimeout:  0,
		"B":                         1,
		asl.StatesDataLimitExceeded: 2,
		asl.StatesRuntime:           -1,
	} {
		require.Equal(t, want, catch.Match(name), name)
	}
}
