package machine

import (
	"math"
	"time"
)

// endOfTime is the latest time, in nanoseconds since 1970. Later times become this
// one.
const endOfTime = math.MaxInt64/int64(time.Second)*int64(time.Second) - 1

// nanosOf returns the nanoseconds since 1970. ok is false if they are out of range.
func nanosOf(t time.Time) (int64, bool) {
	const limit = endOfTime/int64(time.Second) + 1
	seconds := t.Unix()
	return seconds*int64(time.Second) + int64(t.Nanosecond()), -limit < seconds && seconds < limit
}

// addDuration adds to a time in nanoseconds since 1970, up to endOfTime.
func addDuration(now int64, d time.Duration) int64 {
	if d > 0 && now > endOfTime-int64(d) {
		return endOfTime
	}
	return now + int64(d)
}
