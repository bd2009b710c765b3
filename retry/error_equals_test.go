package retry_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/retry"
)

func TestMatches(t *testing.T) {
	const heartbeat = asl.StatesHeartbeatTimeout
	for _, c := range []struct {
		rule        string
		errorEquals []string
		errorName   string
		want        bool
	}{
		{"the same name", []string{"A", "B"}, "B", true},
		{"another name", []string{"A"}, "B", false},
		{"case counts", []string{"a"}, "A", false},
		{"no names", nil, "A", false},

		{"States.ALL stands for any error", []string{asl.StatesAll}, "A", true},
		{"States.ALL stands for a timeout", []string{asl.StatesAll}, asl.StatesTimeout, true},
		{"States.ALL stands for a missed heartbeat", []string{asl.StatesAll}, heartbeat, true},
		{"States.ALL stands for an oversized result (recorded)", []string{asl.StatesAll}, asl.StatesDataLimitExceeded, true},
		{"States.ALL does not stand for States.Runtime", []string{asl.StatesAll}, asl.StatesRuntime, false},
		{"States.Runtime is not matched by its own name (recorded)", []string{asl.StatesRuntime}, asl.StatesRuntime, false},
		{"States.Runtime is not a failed task", []string{asl.StatesTaskFailed}, asl.StatesRuntime, false},

		{"States.TaskFailed stands for any error of a task", []string{asl.StatesTaskFailed}, "A", true},
		{"States.TaskFailed stands for permissions", []string{asl.StatesTaskFailed}, asl.StatesPermissions, true},
		{"States.TaskFailed matches itself", []string{asl.StatesTaskFailed}, asl.StatesTaskFailed, true},
		{"States.TaskFailed does not stand for a timeout", []string{asl.StatesTaskFailed}, asl.StatesTimeout, false},
		{"States.TaskFailed does not stand for a missed heartbeat", []string{asl.StatesTaskFailed}, heartbeat, false},
		{"States.TaskFailed does not stand for an oversized result", []string{asl.StatesTaskFailed}, asl.StatesDataLimitExceeded, false},
		{"a name beside States.TaskFailed", []string{asl.StatesTaskFailed, asl.StatesTimeout}, asl.StatesTimeout, true},

		{"States.Timeout matches itself", []string{asl.StatesTimeout}, asl.StatesTimeout, true},
		{"States.Timeout stands for a missed heartbeat", []string{asl.StatesTimeout}, heartbeat, true},
		{"States.HeartbeatTimeout matches a missed heartbeat", []string{heartbeat}, heartbeat, true},
		{"States.HeartbeatTimeout does not stand for a timeout", []string{heartbeat}, asl.StatesTimeout, false},
		{"States.DataLimitExceeded by its name (recorded)", []string{asl.StatesDataLimitExceeded}, asl.StatesDataLimitExceeded, true},
	} {
		require.Equal(t, c.want, retry.Matches(c.errorEquals, c.errorName), c.rule)
	}
}
