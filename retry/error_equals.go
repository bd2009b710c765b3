package retry

import (
	"slices"

	"github.com/gostates/gostates/asl"
)

// Matches reports whether an ErrorEquals list matches an error name. The name
// of a missed heartbeat is States.HeartbeatTimeout, although the history shows
// States.Timeout.
func Matches(errorEquals []string, errorName string) bool {
	if errorName == asl.StatesRuntime {
		return false // nothing retries or catches it, not even its own name
	}
	for _, e := range errorEquals {
		switch {
		case e == errorName || e == asl.StatesAll:
			return true
		case e == asl.StatesTimeout && errorName == asl.StatesHeartbeatTimeout:
			return true
		case e == asl.StatesTaskFailed && !slices.Contains(notTaskFailed, errorName):
			return true
		}
	}
	return false
}

// notTaskFailed are the errors that States.TaskFailed does not match.
var notTaskFailed = []string{asl.StatesTimeout, asl.StatesHeartbeatTimeout, asl.StatesDataLimitExceeded}
