//go:build !race

package machine

import "testing"

// OneGoroutine skips a long test in which one goroutine works, under the race detector.
func OneGoroutine(*testing.T) {}
