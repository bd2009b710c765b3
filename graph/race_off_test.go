//go:build !race

package graph

import "testing"

// oneGoroutine skips a long test in which one goroutine works, under the race detector.
func oneGoroutine(*testing.T) {}
