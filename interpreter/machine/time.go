package machine

import (
	"math"
	"time"
)

// endOfTime is the latest time, in nanoseconds since 1970: what would be later
// is then.
const endOfTime = math.MaxInt64/int64(time.Second)*int64(time.Second) - 1

// nanosOf returns a time in nanoseconds since 1970, if they can count it.
func nanosOf(t time.Time) (int64, bool) {
	const limit = endOfTime/int64(time.Second) + 1
	seconds := t.Unix()
	return seconds*int64(time.Second) + int64(t.Nanosecond()), -limit < seconds && seconds < limit
}

// addDuration adds to a time in nanoseconds since 1970, and stays at the end of time.
func addDuration(now int64, d time.Duration) int64 {
	if d > 0 && now > endOfTime-int64(d) {
		return endOfTime
	}
	return now + int64(d)
}
