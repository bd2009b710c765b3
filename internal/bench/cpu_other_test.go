//go:build !unix

package bench

import "time"

var started = time.Now()

// cpuTime returns the wall time, where the system does not tell the processor time.
func cpuTime() time.Duration { return time.Since(started) }
